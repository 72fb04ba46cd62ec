from odoo import fields, models
from odoo.exceptions import UserError

from ...logic import portal
from .allocation import allocate


class DunningLetter(models.Model):
    """A receipt that names the letter is proposed for exactly that letter."""

    _inherit = 'dunning.letter'

    has_receipt = fields.Boolean(
        "A Payment Names It", compute='_compute_has_receipt', compute_sudo=True,
        help="A receipt in the bank that nobody has allocated names this letter.")

    def _compute_has_receipt(self):
        for letter in self:
            letter.has_receipt = letter.state == 'sent' and bool(letter._find_receipts())

    def _find_receipts(self):
        """Return the open receipts of the customer whose text names the letter."""
        self.ensure_one()
        names = {self.name, self._get_reference_to_type()} - {False, ''}
        return self.env['dunning.charge']._get_open_credits(
            self.company_id._get_dunning_tree(), self.partner_id.ids).filtered(
            lambda line: line.currency_id == self.currency_id and any(
                _squeeze(name) in _squeeze(" ".join(filter(None, (
                    line.name, line.ref, line.move_id.ref)))) for name in names))

    def action_allocate_receipt(self):
        """Settle what the letter asks for from the receipts that name it, in our order."""
        self.check_access('write')
        for letter in self.sudo():
            credits = letter._find_receipts()
            if not credits:
                raise UserError(self.env._(
                    "No payment that waits to be allocated names %(letter)s.", letter=letter.name))
            items = {
                item.line.move_line_id: (item.line.date_maturity, item.disputed)
                for item in letter._get_account().items if item.open > 0}
            lines = self.env['account.move.line'].sudo().browse(portal.order_for_payment(
                (line.id, due, disputed) for line, (due, disputed) in items.items()))
            for (account, _company), same in credits.grouped(
                    lambda line: (line.account_id, line.company_id)).items():
                allocate(
                    same, lines.filtered(lambda line, own=account: line.account_id == own),
                    letter._get_charges_now(), letter.company_id.dunning_allocate_costs_first,
                    max(same.mapped('date')))
        return True


def _squeeze(text):
    """Return a text as banks pass it on: they drop spaces and signs as they like."""
    return ''.join(sign for sign in text.upper() if sign.isalnum())
