import logging
from datetime import date

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain

from ...logic import handover
from ..policy.notes import speak_for

_logger = logging.getLogger(__name__)


class _NotReady(Exception):
    """What was tried is taken back: the case may not be handed over yet."""


class DunningHandover(models.Model):
    """Cases that come about by themselves: after a level that announces the agency."""

    _inherit = 'dunning.handover'

    @api.model
    def _cron_propose(self, batch_size=200):
        """Propose what was announced and not paid; one bad customer does not stop the others."""
        progress = self.env['ir.cron']._commit_progress
        found = self._find_announced()
        progress(remaining=len(found))
        crash = None
        for company, partner, by_currency in found[:batch_size]:
            cases = speak_for(company, self)
            for currency, items in by_currency.items():
                crash = cases._propose_isolated(company, partner, currency, items) or crash
            # Whoever was tried waits until tomorrow: else the next call would begin with the same.
            self.env['dunning.debtor']._get_of(items).handover_tried_on = (
                company._get_dunning_today())
            if not progress(1):
                break                       # out of time: the scheduler calls again for the rest
        if crash:
            raise crash

    @api.model
    def _find_announced(self):
        """Return [(company, customer, {currency: items})] that were not tried today.

        The level of the items says that an agency is next. Who waits longest comes first.
        """
        found = []
        agencies = self.env['dunning.agency'].sudo().search([])
        for company in agencies.company_id.filtered('dunning_active'):
            taken = self.env['dunning.handover.line'].sudo()._search(
                [('is_current', '=', True), ('move_line_id', '!=', False)])
            lines = self.env['account.move.line'].sudo().search(
                Domain('company_id', '=', company.id) & Domain('reconciled', '=', False)
                & Domain('partner_id', '!=', False) & Domain('parent_state', '=', 'posted')
                & Domain('dunning_level_id.hand_over', '=', True)
                & Domain('id', 'not in', taken.subselect('move_line_id')))
            tried = self._get_tried_days(company, lines.partner_id)
            today = company._get_dunning_today()
            found += [
                (tried.get(partner), company, partner, of_partner.grouped('currency_id'))
                for partner, of_partner in lines.grouped('partner_id').items()
                if tried.get(partner) != today]
        return [row for _day, *row in sorted(
            found, key=lambda row: (row[0] or date.min, row[1].id, row[2].id))]

    @api.model
    def _get_tried_days(self, company, partners):
        """Return {customer: day on which a handover was last tried}."""
        debtors = self.env['dunning.debtor'].sudo().with_context(active_test=False)
        return {
            debtor.partner_id: debtor.handover_tried_on
            for debtor in debtors.search_fetch(
                [('company_id', '=', company.id), ('partner_id', 'in', partners.ids)],
                ['partner_id', 'handover_tried_on'])}

    @api.model
    def _propose_isolated(self, company, partner, currency, items):
        """Propose one case in a savepoint; return an unexpected error, if any."""
        try:
            with self.env.cr.savepoint():
                self._propose(company, partner, currency, items)
        except _NotReady:
            self.env.invalidate_all()
        except psycopg2.OperationalError:       # somebody works on the customer at this moment
            raise
        except UserError as error:
            _logger.info("No handover of %s: %s", partner.id, error)
        except Exception as error:  # one customer's defect must not stop the rest
            _logger.exception("The handover of customer %s crashed", partner.id)
            return error
        return None

    @api.model
    def _propose(self, company, partner, currency, items):
        """Make one case of what may be handed over; automatic policies let it go at once.

        :raise _NotReady: where nothing may
        """
        # Numbered only once it stays: what is tried each night must leave no gaps. The activity
        # that follows tells the clerk; a second mail about it would say nothing more.
        cases = self.sudo().with_company(company).with_context(mail_auto_subscribe_no_notify=True)
        case = cases.create({
            'name': "/", 'partner_id': partner.id, 'company_id': company.id,
            'currency_id': currency.id,
            'item_ids': [Command.set(items.ids)], 'is_automatic': True,
            'user_id': (company.dunning_user_id or self.env.user).id})
        case._choose_agency()
        points = case._decide(case._get_case_facts())
        failed = {number for point in points for number in point.numbers}
        if failed:
            case._keep_items(case.item_ids.filtered(
                lambda item: (item.move_id.name or item.name) not in failed))
            points = case.item_ids and case._decide(case._get_case_facts())
        if not case.item_ids or not handover.may_pass(points, ()):
            raise _NotReady
        case.name = self._get_next_number(company)
        if case._get_policy().handover_auto:
            case.action_hand_over()
        else:
            case.action_propose()

    def _keep_items(self, items):
        """Leave these items of a draft, the others are free."""
        self.ensure_one()
        self.line_ids.filtered(lambda line: line.move_line_id not in items).unlink()
        self.item_ids = items

    def _leave_out_settled(self):
        """Leave out what is not open any more since the proposal: paid, or cancelled."""
        self.ensure_one()
        case = self.sudo()
        rows = case._get_item_rows()
        settled = case.item_ids.filtered(lambda item: item.id not in rows)
        if settled and settled != case.item_ids:        # without any item a point says so
            case._keep_items(case.item_ids - settled)
            self._tell(self.env._(
                "%(number)s: %(invoices)s left out, nothing is open there any more.",
                number=self.name, invoices=", ".join(settled.move_id.mapped('display_name'))))

    # By hand ------------------------------------------------------------------------------------

    @api.model
    def _make_for(self, debtors, **values):
        """Return a draft for each debtor and currency with something overdue: open ones first.

        :param debtors: `dunning.debtor`
        :param values: for new drafts
        :raise UserError: where nothing is left to hand over
        """
        cases = self.browse()
        for debtor in debtors:
            cases |= self.search([
                ('partner_id', '=', debtor.partner_id.id), ('state', 'in', ('draft', 'proposed')),
                ('company_id', '=', debtor.company_id.id)])
            currencies = self._get_free_items(debtor.partner_id, debtor.company_id).currency_id
            for currency in currencies:
                items = self._get_free_items(debtor.partner_id, debtor.company_id, currency)
                cases |= self.create({
                    'partner_id': debtor.partner_id.id, 'company_id': debtor.company_id.id,
                    'currency_id': currency.id, 'item_ids': [Command.set(items.ids)], **values})
        if not cases:
            raise UserError(self.env._(
                "Nothing overdue of %(customers)s is left to hand over.",
                customers=", ".join(debtors.partner_id.mapped('display_name'))))
        return cases

    @api.model
    def _get_free_items(self, partner, company, currency=None):
        """Return the overdue items of a customer that are part of no other case."""
        today = company._get_dunning_today()
        rows = self.env['dunning.item']._fetch(
            company, ('id', 'due', 'open', 'excluded', 'currency', 'charge'),
            partner_ids=partner.commercial_partner_id.ids)
        lines = self.env['account.move.line'].sudo().browse([
            line_id for line_id, due, amount, excluded, currency_id, charge in rows
            if amount > 0 and due < today and not excluded and not charge
            and (not currency or currency_id == currency.id)])
        taken = self.env['dunning.handover.line'].sudo().search([
            ('move_line_id', 'in', lines.ids), ('is_current', '=', True)]).move_line_id
        return lines - taken


class DunningDebtor(models.Model):
    _inherit = 'dunning.debtor'

    handover_tried_on = fields.Date("Last Looked at for Handover", readonly=True)


class DunningLevel(models.Model):
    _inherit = 'dunning.level'

    hand_over = fields.Boolean(
        "Hand Over Next",
        help="The letter of this level announces a collection agency. Once its deadline is over, "
        "the handover of what is still open is proposed, unless something speaks against it.")


class DunningPolicy(models.Model):
    """When a policy lets go, and to whom."""

    _inherit = 'dunning.policy'

    handover_agency_ids = fields.Many2many(
        'dunning.agency', string="Agencies",
        help="The first one that takes a case gets it. Empty: all agencies of the company.")
    handover_auto = fields.Boolean(
        "Hand Over by Itself", help="Without review. Otherwise a proposal waits for a person.")
    handover_min_letters = fields.Integer(
        "Written Reminders", default=2, help="At least so many, after the due date.")
    handover_min_days = fields.Integer(
        "Days Since the First Reminder", default=28)
    handover_wait_days = fields.Integer(
        "Days after the Deadline", default=3,
        help="So many days after the deadline of the announcement nothing leaves yet: the bank "
        "takes its time.")
    handover_min_amount = fields.Monetary("Cases From", help="In company currency.")

    _handover_bounds = models.Constraint(
        'CHECK(handover_min_letters BETWEEN 0 AND 100 AND handover_min_days BETWEEN 0 AND 3650 '
        'AND handover_wait_days BETWEEN 0 AND 3650 AND handover_min_amount BETWEEN 0 AND 1e11)',
        "What the policy asks for before a handover must not be negative, nor longer than ten "
        "years.")
