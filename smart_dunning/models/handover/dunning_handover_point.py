from odoo import api, fields, models
from odoo.tools import format_date

from ...logic import handover
from ..policy.labels import get_labels


class DunningHandoverPoint(models.Model):
    """One thing that speaks against handing over: a sentence, and the button that mends it."""

    _name = 'dunning.handover.point'
    _inherit = ['dunning.system.record']
    _description = "Point against a Handover"
    _order = 'handover_id, sequence'
    _allow_sudo_commands = False

    handover_id = fields.Many2one(
        'dunning.handover', required=True, index=True, ondelete='cascade')
    company_id = fields.Many2one(related='handover_id.company_id', store=True, index=True)
    sequence = fields.Integer()
    code = fields.Char(required=True)
    facts = fields.Json()
    text = fields.Char("What Speaks against It", compute='_compute_text')
    mend_label = fields.Char(compute='_compute_text')
    is_open = fields.Boolean(
        "Left to Us", help="Neither law nor agreement asks for it: a manager may decide otherwise.")
    is_overridden = fields.Boolean("Decided Otherwise")

    @api.depends('code', 'facts')
    @api.depends_context('lang')
    def _compute_text(self):
        for point in self:
            point.text, point.mend_label = point._describe()

    def _get_system_text(self):
        return self.env._("Points are written by the handover they belong to.")

    def _describe(self):
        """Return the sentence, and what the button is called; the latter is empty without one."""
        self.ensure_one()
        facts, case = self.facts or {}, self.handover_id.sudo()
        company = case.company_id
        reasons = get_labels(
            self.env['dunning.omission'], 'reason') if self.code == handover.EXCLUDED else {}
        values = {
            'invoices': ", ".join(facts.get('numbers', ())),
            'customer': case.partner_id.display_name,
            'amount': company.currency_id.format(facts.get('figure') or 0.0),
            'wanted_amount': company.currency_id.format(facts.get('wanted') or 0.0),
            'count': int(facts.get('figure') or 0), 'wanted': int(facts.get('wanted') or 0),
            'date': format_date(self.env, facts['day']) if facts.get('day') else '',
            'names': ", ".join(reasons.get(name, name) for name in facts.get('names', ())),
            'agency': case.agency_id.name or '',
            'who': self.env._("the policy") if self.is_open else self.env._("§ 31 BDSG"),
        }
        text, label = self._get_texts()[self.code]
        return text % values, label

    @api.model
    def _get_texts(self):
        """Return {code: (sentence with %-places, what the button is called)}."""
        # pylint: disable=prefer-env-translation
        _ = self.env._
        invoice, debtor = _("Open the invoice"), _("Open the debtor")
        return {
            handover.NOTHING: (_("Nothing is open any more."), debtor),
            handover.NO_AGENCY: (
                _("No agency takes the case: please enter one, or choose it here."),
                _("Agencies")),
            handover.AGENCY: (
                _("%(agency)s does not take this case over %(amount)s: look at its countries, "
                  "amounts and kind of customers."), _("Open the agency")),
            handover.NOT_DUE: (_("%(invoices)s: not due yet."), invoice),
            handover.EXCLUDED: (
                _("%(invoices)s: left out of dunning (%(names)s)."), invoice),
            handover.CREDIT: (
                _("%(customer)s has money with us that is not allocated. Please match it first."),
                debtor),
            handover.DISPUTE: (
                _("%(invoices)s: disputed. A disputed claim is decided first."),
                _("Open the dispute")),
            handover.PROMISE: (
                _("%(invoices)s: the customer has promised to pay, and the day is not over."),
                _("Open the promise")),
            handover.INSTALLMENT: (
                _("%(invoices)s: an instalment plan is kept so far."), _("Open the plan")),
        } | self._get_open_texts(invoice, debtor)

    @api.model
    def _get_open_texts(self, invoice, debtor):
        """Return the same about reminders, time, address, delivery and what is asked for."""
        # pylint: disable=prefer-env-translation
        _ = self.env._
        return {
            handover.PAUSED: (_("Dunning is paused: %(invoices)s."), _("Open the pause")),
            handover.PENDING: (_("A dunning letter is waiting to be sent."), _("Open the letter")),
            handover.ANNOUNCED: (
                _("%(invoices)s: the last reminder, if there was one, does not announce a "
                  "handover."), debtor),
            handover.DEADLINE: (
                _("%(invoices)s: the deadline of the announcement, with the days that the policy "
                  "waits after it, lasts until %(date)s."), debtor),
            handover.LETTERS: (
                _("%(invoices)s: written reminders: %(count)s; %(who)s asks for %(wanted)s."),
                debtor),
            handover.DAYS: (
                _("%(invoices)s: days since the first reminder: %(count)s; %(who)s asks for "
                  "%(wanted)s."), debtor),
            handover.BUREAU: (
                _("%(invoices)s: no written reminder has told that a credit bureau may hear of it, "
                  "as § 31 BDSG asks for."), debtor),
            handover.TIME_BARRED: (_("%(invoices)s: time-barred."), invoice),
            handover.MINIMUM: (
                _("Only %(amount)s is open; the policy asks for %(wanted_amount)s."),
                _("Open the policy")),
            handover.ADDRESS: (
                _("The address of %(customer)s is not complete."), _("Open the customer")),
            handover.INSOLVENT: (
                _("“%(names)s” in the name of the customer: in insolvency claims are filed with "
                  "the administrator."), _("Open the customer")),
            handover.UNDELIVERED: (
                _("%(invoices)s: nothing says that the customer got it."), invoice),
            handover.RETURN: (
                _("%(invoices)s: a return or a credit note is under way."), invoice),
            handover.ASKED: (
                _("%(agency)s asks for what we do not know: %(names)s."), _("Open the customer")),
        }

    # Button -------------------------------------------------------------------------------------

    def action_mend(self):
        """Open what is to be changed."""
        self.ensure_one()
        self.check_access('read')
        case = self.handover_id
        records = {
            handover.NO_AGENCY: lambda: None,
            handover.AGENCY: lambda: case.agency_id, handover.MINIMUM: case._get_policy,
            handover.DISPUTE: lambda: self._find_agreement('dispute_id'),
            handover.PROMISE: lambda: self._find_agreement('promise_id'),
            handover.INSTALLMENT: lambda: self._find_agreement('plan_id'),
            handover.PAUSED: lambda: self._find_pause().filtered(lambda one: one.kind == 'manual'),
            handover.PENDING: case._get_pending_letters,
            **dict.fromkeys((handover.ADDRESS, handover.ASKED, handover.INSOLVENT),
                            lambda: case.partner_id),
        }
        for code in (handover.NOT_DUE, handover.EXCLUDED, handover.TIME_BARRED,
                     handover.UNDELIVERED, handover.RETURN):
            records[code] = self._get_invoices
        found = records.get(self.code, self._get_debtor)()
        if found is None:
            return self.env['ir.actions.act_window']._for_xml_id(
                'smart_dunning.dunning_agency_action')
        return self._open(found or self._get_debtor())

    def _open(self, records):
        action = {
            'type': 'ir.actions.act_window', 'res_model': records._name, 'view_mode': 'form',
            'name': records[:1].display_name}
        if len(records) == 1:
            return action | {'res_id': records.id}
        return action | {
            'view_mode': 'list,form', 'domain': [('id', 'in', records.ids)],
            'name': self.env._("What speaks against it")}

    def _get_invoices(self):
        numbers = (self.facts or {}).get('numbers', ())
        return self.handover_id.line_ids.filtered(lambda line: line.name in numbers).move_id

    def _get_debtor(self):
        return self.env['dunning.debtor']._get_of(self.handover_id)

    def _find_pause(self):
        case = self.handover_id
        return self.env['dunning.pause'].search([
            ('partner_id', '=', case.partner_id.id), ('company_id', '=', case.company_id.id),
            ('date_until', '>=', case.company_id._get_dunning_today())])

    def _find_agreement(self, link):
        return self._find_pause()[link]
