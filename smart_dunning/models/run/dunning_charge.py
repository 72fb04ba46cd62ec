from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL


class DunningCharge(models.Model):
    """What a charge has from its letter: one entry per letter, its number, its invoices."""

    _inherit = 'dunning.charge'

    def _get_booking_key(self):
        return (*super()._get_booking_key(), self.letter_id)

    def _get_entry_reference(self):
        return " ".join(filter(None, (
            ", ".join(self.letter_id.mapped('name')), super()._get_entry_reference())))

    @api.model
    def _get_of_moves_domain(self, moves):
        # A fee names no invoice: it belongs to those of its letter.
        letters = self.env['dunning.letter.line'].sudo().search(
            [('move_id', 'in', moves.ids), ('state', '=', 'sent')]).letter_id
        return super()._get_of_moves_domain(moves) | (
            Domain('kind', '=', 'fee') & Domain('letter_id', 'in', letters.ids))

    def _get_moves(self):
        fees = self.sudo().filtered(lambda charge: charge.kind == 'fee')
        return super()._get_moves() | fees.letter_id.line_ids.filtered(
            lambda line: line.state == 'sent').move_id

    def _tell_waived(self, waivers):
        for letter, of_letter in waivers.grouped(
                lambda waiver: waiver.charge_id.letter_id).items():
            if letter:
                letter.sudo().message_post(body=of_letter._get_sentence())
        return super()._tell_waived(waivers)


class DunningLetter(models.Model):
    _inherit = 'dunning.letter'

    def action_waive_charges(self):
        """Ask which charges of these letters are waived, how much of them and why."""
        self.check_access('read')
        return self.env['dunning.charge'].sudo().search([
            ('letter_id', 'in', self.ids)])._open_waive_dialog()


class AccountMoveLine(models.Model):
    _inherit = 'account.move.line'

    @api.model
    def _get_dunning_flush_fields(self):
        names = super()._get_dunning_flush_fields()
        return {**names, 'account.move.line': [*names['account.move.line'], 'dunning_charge_id']}

    @api.model
    def _get_dunnable_condition(self, company):
        # EXTENDS smart_dunning: what is charged is never dunned itself
        return SQL(
            "%s AND (line.dunning_charge_id IS NULL OR line.amount_residual_currency < 0)",
            super()._get_dunnable_condition(company))
