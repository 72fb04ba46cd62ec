from odoo import api, fields, models
from odoo.fields import Domain


class DunningCharge(models.Model):
    """What a charge has from its letter: one entry per letter, its number, its invoices."""

    _inherit = 'dunning.charge'

    letter_id = fields.Many2one(
        'dunning.letter', index='btree_not_null', ondelete='cascade', readonly=True,
        help="A letter that was sent stays; one that came back takes its charges along.")

    @api.depends('letter_id.name')
    def _compute_name(self):
        # EXTENDS smart_dunning: a fee belongs to no invoice, but to its letter
        result = super()._compute_name()
        for charge in self.filtered(lambda charge: not charge.move_id and charge.letter_id):
            charge.name = f"{charge.name} {charge.sudo().letter_id.name}"
        return result

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

    def _get_items(self):
        items = super()._get_items()
        for one in self.sudo().filtered(lambda charge: charge.kind == 'fee'):
            items[one.id] = one.letter_id.line_ids.filtered(
                lambda line: line.state in ('sent', 'undone')).move_line_id.ids
        return items

    def _tell_waived(self, waivers):
        for letter, of_letter in waivers.grouped(
                lambda waiver: waiver.charge_id.letter_id).items():
            if letter:
                letter.sudo().message_post(body=of_letter._get_sentence())
        return super()._tell_waived(waivers)
