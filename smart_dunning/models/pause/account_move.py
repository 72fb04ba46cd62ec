from odoo import fields, models
from odoo.tools import format_date

from .dialog import open_dialog


class AccountMove(models.Model):
    """What an invoice shows of the reasons to wait, and the buttons to record one."""

    _inherit = 'account.move'

    dunning_pause_text = fields.Char(
        "Dunning Waits", compute='_compute_dunning_pause_text',
        groups='smart_dunning.group_dunning_user,account.group_account_readonly')
    dunning_dispute_ids = fields.One2many(
        'dunning.dispute', 'move_id', "Disputes",
        groups='smart_dunning.group_dunning_user,account.group_account_readonly')

    def _compute_dunning_pause_text(self):
        """Say why and until when this invoice, or a part of it, is left in peace."""
        self.dunning_pause_text = False
        moves = self.filtered(
            lambda move: move.state == 'posted'
            and move.move_type in ('out_invoice', 'out_receipt'))
        for company, of_company in moves.grouped('company_id').items():
            today = company._get_dunning_today()
            pauses = self.env['dunning.pause'].sudo().search([
                ('company_id', '=', company.id), ('date_until', '>=', today),
                ('partner_id', 'in', of_company.commercial_partner_id.ids)])
            for move in of_company:
                move.dunning_pause_text = ". ".join(
                    move._get_pause_sentences(pauses)) or False

    def _get_pause_sentences(self, pauses):
        """Return one sentence for each pause that concerns the invoice, and for core's switch."""
        self.ensure_one()
        if self.payment_state not in ('not_paid', 'partial', 'in_payment'):
            return []
        lines = self.sudo().line_ids
        mine = pauses.filtered(lambda pause: (
            pause.partner_id == self.commercial_partner_id
            and pause.move_id in (self.env['account.move'], self._origin)
            and (not pause.item_ids or pause.item_ids & lines)))
        sentences = []
        for pause in mine:
            values = {'reason': pause.text, 'date': format_date(self.env, pause.date_until)}
            if pause._is_endless():
                sentences.append(pause.text)
                continue
            sentences.append(self.env._(
                "%(reason)s (no letter for %(amount)s of it until %(date)s)", **values,
                amount=pause.currency_id.format(pause.amount)) if pause.amount else self.env._(
                "%(reason)s (no letter until %(date)s)", **values))
        if self.no_followup:
            sentences.append(self.env._("Excluded from follow-up"))
        return sentences

    def _post(self, soft=True):
        # EXTENDS account
        posted = super()._post(soft=soft)
        refunds = posted.filtered(lambda move: move.move_type == 'out_refund')
        if refunds:
            self.env['dunning.dispute'].sudo().search(
                [('refund_id', 'in', refunds.ids)])._end_pause()
        return posted

    # Buttons ------------------------------------------------------------------------------------

    def action_record_promise(self):
        """Open the dialog for a promise to pay these invoices."""
        items = self.env['dunning.promise']._get_agreeable_items(
            self.commercial_partner_id[:1], self.company_id[:1], self.currency_id[:1], self)
        return self._open_dialog(
            'dunning.promise', self.env._("Promise to pay"), item_ids=items.ids)

    def action_record_dispute(self):
        """Open the dialog for an objection to this invoice."""
        self.ensure_one()
        return self._open_dialog('dunning.dispute', self.env._("Dispute"), move_id=self.id)

    def action_record_plan(self):
        """Open the dialog for a plan to pay these invoices in parts."""
        items = self.env['dunning.installment.plan']._get_agreeable_items(
            self.commercial_partner_id[:1], self.company_id[:1], self.currency_id[:1], self)
        return self._open_dialog(
            'dunning.installment.plan', self.env._("Instalment plan"), item_ids=items.ids)

    def action_record_pause(self):
        """Open the dialog for a pause of this invoice alone."""
        self.ensure_one()
        return self._open_dialog('dunning.pause', self.env._("Pause dunning"), move_id=self.id)

    def _open_dialog(self, model, title, **values):
        invoice = self[:1]
        return open_dialog(self.env, model, title, invoice.commercial_partner_id,
                           invoice.company_id, invoice.currency_id, **values)
