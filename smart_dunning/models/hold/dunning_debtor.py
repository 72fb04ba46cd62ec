import json

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...logic import exposure, worklist
from ..policy.notes import speak_to, to_note
from .dunning_hold_rule import STATES

HOLD_FIGURES = {
    'exposure': 'numeric', 'credit_limit': 'numeric', 'hold_state': 'varchar',
    'hold_order': 'varchar', 'hold_delivery': 'varchar', 'hold_reasons': 'jsonb',
}


class DunningDebtor(models.Model):
    """How much credit the customer has left, whether they are on hold, and why."""

    _inherit = 'dunning.debtor'

    exposure = fields.Monetary(
        readonly=True, help="Open receivables, and confirmed orders not invoiced yet.")
    credit_limit = fields.Monetary(readonly=True, help="0: no limit.")
    limit_use = fields.Float("Use of the Limit", compute='_compute_limit_use')
    hold_state = fields.Selection(STATES, "Hold", readonly=True, index=True, default='clear')
    hold_order = fields.Selection(STATES, "Hold of Orders", readonly=True)
    hold_delivery = fields.Selection(STATES, "Hold of Deliveries", readonly=True)
    hold_reasons = fields.Json(readonly=True)
    hold_reason = fields.Text("Held Because", compute='_compute_hold_reason')
    hold_ids = fields.One2many('dunning.hold', compute='_compute_hold_ids', string="Holds by Hand")
    is_held_by_hand = fields.Boolean(compute='_compute_is_held_by_hand')
    release_ids = fields.One2many(
        'dunning.release', compute='_compute_hold_ids', string="Releases")
    limit_change_ids = fields.One2many(
        'dunning.limit.change', compute='_compute_limit_change_ids',
        string="History of the Limit")
    payment_term_id = fields.Many2one(
        'account.payment.term', "Payment Terms", compute='_compute_payment_term_id')

    @api.depends('exposure', 'credit_limit')
    def _compute_limit_use(self):
        for debtor in self:
            debtor.limit_use = 100 * debtor.exposure / debtor.credit_limit \
                if debtor.credit_limit else 0.0

    @api.depends('hold_reasons')
    @api.depends_context('lang')
    def _compute_hold_reason(self):
        check = self.env['dunning.hold.check']
        # A stored reason may come from the trigger of an addon that was uninstalled since.
        known = check._get_triggers()
        for debtor in self:
            debtor.hold_reason = '\n'.join(
                check._get_reason_text(debtor._translate_reason(reason), debtor.company_id)
                for reason in map(load_reason, debtor.hold_reasons or ())
                if reason.code in known) or False

    def _translate_reason(self, reason):
        """Return a stored reason in the language of the reader, not of the cron that stored it."""
        level = self.sudo().level_id
        if reason.code == exposure.LEVEL and level:
            return reason._replace(text=level.name)
        return reason

    def _compute_hold_ids(self):
        self._find_of_customer('hold_ids')
        self._find_of_customer('release_ids')

    def _compute_limit_change_ids(self):
        self._find_of_customer('limit_change_ids')

    def _compute_is_held_by_hand(self):
        holds = self.env['dunning.hold'].sudo().search([
            ('partner_id', 'in', self.partner_id.ids), ('company_id', 'in', self.company_id.ids),
        ]).filtered('is_in_force').grouped(lambda hold: (hold.partner_id, hold.company_id))
        for debtor in self.sudo():
            debtor.is_held_by_hand = (debtor.partner_id, debtor.company_id) in holds

    @api.depends('partner_id')
    def _compute_payment_term_id(self):
        for debtor in self.sudo():
            debtor.payment_term_id = debtor.partner_id.with_company(
                debtor.company_id).property_payment_term_id

    # Refresh ------------------------------------------------------------------------------------

    @api.model
    def _get_figure_types(self):
        # EXTENDS debtor
        return {**super()._get_figure_types(), **HOLD_FIGURES}

    @api.model
    def _get_watched(self, company, partner_ids):
        # EXTENDS debtor: who has ordered but got no invoice yet, and who is held by hand
        whose = SQL("TRUE") if partner_ids is None else SQL(
            "payer.commercial_partner_id = ANY(%s)", list(partner_ids))
        rows = self.env.execute_query(SQL("""
            SELECT payer.commercial_partner_id FROM sale_order so
              JOIN res_partner payer ON payer.id = so.partner_invoice_id
             WHERE so.state = 'sale' AND so.company_id = %(company)s AND %(whose)s
               AND so.invoice_status IN ('no', 'to invoice', 'upselling')
             UNION
            SELECT hold.partner_id FROM dunning_hold hold
              JOIN res_partner payer ON payer.id = hold.partner_id
             WHERE hold.company_id = %(company)s AND hold.active AND %(whose)s
             UNION
            SELECT payer.commercial_partner_id FROM account_move draft
              JOIN res_partner payer ON payer.id = draft.partner_id
             WHERE %(counts_drafts)s AND draft.state = 'draft' AND draft.company_id = %(company)s
               AND draft.move_type IN ('out_invoice', 'out_receipt', 'out_refund') AND %(whose)s
        """, company=company.id, whose=whose, counts_drafts=self.env[
            'dunning.hold.check']._get_config(company.id).counts_drafts))
        return super()._get_watched(company, partner_ids) | {partner_id for partner_id, in rows}

    @api.model
    def _collect_figures(self, company, partner_ids, facts):
        # EXTENDS debtor
        figures = super()._collect_figures(company, partner_ids, facts)
        check = self.env['dunning.hold.check']
        today, compare = company._get_dunning_today(), company.currency_id.compare_amounts
        for partner_id, (terms, found) in check._get_facts(company, list(figures)).items():
            order, delivery = (
                check._judge_customer(terms, found, today, compare, checkpoint)
                for checkpoint in (exposure.ORDER, exposure.DELIVERY))
            reasons = exposure.merge((order, delivery))
            figures[partner_id].update({
                'exposure': found.get_exposure(terms.count_drafts),
                'credit_limit': found.credit_limit,
                'hold_state': reasons.state, 'hold_order': order.state,
                'hold_delivery': delivery.state,
                'hold_reasons': json.dumps([_dump_reason(each) for each in reasons.reasons]),
            })
        return figures

    @api.model
    def _get_or_make(self, company, partner):
        """Return the row of a customer, made when there is none yet."""
        domain = [('company_id', '=', company.id), ('partner_id', '=', partner.id)]
        debtor = self.with_context(active_test=False).search(domain)
        if not debtor:
            self._refresh(partners=partner, company=company, keep=True)
            debtor = self.with_context(active_test=False).search(domain)
        return debtor

    @api.model
    def _enqueue_policies(self, policies):
        """Policies have changed: everybody under one of their companies is looked at again."""
        companies = policies.company_id
        if len(companies) < len(policies) and not all(policy.company_id for policy in policies):
            companies = self.env['res.company'].sudo().search([])
        self._enqueue_companies(companies)

    @api.model
    def _enqueue_companies(self, companies):
        rows = self.sudo().with_context(active_test=False)._read_group(
            [('company_id', 'child_of', companies.ids)], ['company_id', 'partner_id'])
        self.env['dunning.debtor.change']._enqueue(
            {(company.id, partner.id) for company, partner in rows})

    @api.model
    def _get_release_requests(self, company, partner_ids):
        # EXTENDS debtor
        inquiries = self.env['dunning.release.inquiry'].sudo().search([
            ('company_id', '=', company.id), ('partner_id', 'in', list(partner_ids)),
            ('state', '=', 'open')])
        return super()._get_release_requests(company, partner_ids) | set(inquiries.partner_id.ids)

    # Releases -----------------------------------------------------------------------------------

    def action_work(self):
        # EXTENDS debtor: the request is answered where the release is given
        if self.work_code == worklist.RELEASE:
            return self._open_request()
        return super().action_work()

    def _open_request(self):
        """Open the dialog that grants or refuses what was asked for first."""
        self.ensure_one()
        inquiry = self.env['dunning.release.inquiry'].sudo().search([
            ('company_id', '=', self.company_id.id), ('partner_id', '=', self.partner_id.id),
            ('state', '=', 'open')], order='id', limit=1)
        if not inquiry or not self.env.user.has_group('smart_dunning.group_dunning_release'):
            return self._open(self)
        name = 'picking_id' if inquiry.picking_id else 'order_id'
        return {
            **self.action_release(),
            'name': self.env._(
                "Release %(document)s", document=inquiry._get_document().display_name),
            'context': {f'default_{name}': inquiry._get_document().id}}

    def action_release(self):
        """Ask for amount, end and reason of a release of this customer."""
        self.ensure_one()
        self.env['dunning.release']._check_may_release()
        return {
            'type': 'ir.actions.act_window', 'res_model': 'dunning.release.grant',
            'name': self.env._("Release %(document)s", document=self.partner_id.display_name),
            'view_mode': 'form', 'target': 'new',
            'context': {'default_partner_id': self.partner_id.id,
                        'default_company_id': self.company_id.id},
        }

    def action_hold(self):
        """Ask until when and why this customer gets nothing more."""
        self.ensure_one()
        return {
            'type': 'ir.actions.act_window', 'res_model': 'dunning.hold',
            'name': self.env._("Put on hold"), 'view_mode': 'form', 'target': 'new',
            'views': [(self.env.ref('smart_dunning.dunning_hold_view_form_dialog').id, 'form')],
            'context': {'default_partner_id': self.partner_id.id,
                        'default_company_id': self.company_id.id},
        }

    def action_end_hold(self):
        """End the holds by hand of these customers."""
        self.env['dunning.hold'].search([
            ('partner_id', 'in', self.partner_id.ids), ('company_id', 'in', self.company_id.ids),
        ]).action_end()
        self._refresh_own()
        return True

    def _ask_for_release(self, link, note):
        """Give everybody who may release an activity with a link, once until it is answered.

        :param link: the document as Markup
        :param note: what the person who asks has to say
        """
        self.ensure_one()
        activity_type = self.env.ref('smart_dunning.mail_activity_dunning_release')
        releasers = self.env.ref('smart_dunning.group_dunning_release').sudo().all_user_ids \
            .filtered(lambda user: not user.share and self.company_id in user.company_ids
                      and user.id != self.env.ref('base.user_root').id)
        if not releasers:
            raise UserError(self.env._(
                "Nobody may release holds yet. Please ask your administrator to give somebody "
                "the right “May Release Holds”."))
        waiting = self.activity_ids.filtered(
            lambda activity: activity.activity_type_id == activity_type)
        for user in releasers - waiting.user_id:
            told = speak_to(user, self)
            told.activity_schedule(
                activity_type_id=activity_type.id, user_id=user.id,
                date_deadline=self.company_id._get_dunning_today(),
                summary=told.env._("Release requested by %(user)s", user=self.env.user.name),
                note=to_note(link + ": " + note))


def _dump_reason(reason):
    values = reason._asdict()
    values['day'] = reason.day and reason.day.isoformat()
    return {name: value for name, value in values.items() if value}


def load_reason(values):
    """Return a stored reason as `logic.exposure.Reason`."""
    day = values.get('day')
    return exposure.Reason(**{
        'effect': exposure.NONE, **values, 'day': fields.Date.to_date(day) if day else None})
