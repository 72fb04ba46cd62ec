from odoo import api, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from ...logic import allocation
from ..policy.locks import lock_or_refuse


class DunningCharge(models.Model):
    """Waiving: the customer is let off a charge, whole or in part, for a reason that stays."""

    _inherit = 'dunning.charge'

    def _waive(self, reason, amount=None):
        """Waive open charges; what was booked of them is reversed.

        :param reason: why, as the clerk says it
        :param amount: how much in all, in the currency of the charges; None for everything open.
            A part goes to fees, lump sums, then interest, the oldest first.
        :return: the waivers
        :raise ValidationError: when there is less open than that
        """
        self._check_clerk()
        charges = self.sudo()
        lock_or_refuse(charges)
        charges._unbook()
        charges = charges._sort_for_allocation().filtered('amount_open')
        if not (reason or '').strip():
            raise ValidationError(self.env._("Please say why the charges are waived."))
        if amount is None:
            parts = {charge: charge.amount_open for charge in charges}
        else:
            parts = charges._share(amount)
        if not parts:
            raise ValidationError(self.env._("Nothing is open any more."))
        booked = charges._get_booked_rests()
        reversal = {}
        for charge, part in parts.items():
            unbooked = charge._get_amount_to_book()
            rest = part - unbooked if abs(part) > abs(unbooked) else 0.0
            reversal[charge] = min(rest, booked[charge], key=abs)
        entries = charges._reverse(reversal)
        waivers = self.env['dunning.waiver'].sudo().create([{
            'charge_id': charge.id, 'company_id': charge.company_id.id, 'amount': part,
            'reason': reason.strip(), 'user_id': self.env.uid,
            'date': charge.company_id._get_dunning_today(),
            'entry_id': entries[charge].id if charge in entries else False,
        } for charge, part in parts.items()])
        self._tell_waived(waivers)
        return waivers

    def _share(self, amount):
        """Return {charge: part of an amount}, fees first; all charges have the same currency."""
        currency = self.currency_id
        if len(currency) != 1:
            raise ValidationError(self.env._(
                "Charges in several currencies can only be waived as a whole."))
        total = sum(self.mapped('amount_open'))
        if currency.compare_amounts(amount, 0) <= 0 or currency.compare_amounts(
                amount, total) > 0:
            raise ValidationError(self.env._(
                "Enter an amount greater than zero and no more than %(amount)s.",
                amount=currency.format(total)))
        return allocation.share(
            amount, [(charge, charge.amount_open) for charge in self], currency.round)

    def _tell_waived(self, waivers):
        """Write into the chatter of the invoices what was waived; the debtor's is added there."""
        for move, of_move in waivers.grouped(lambda waiver: waiver.charge_id.move_id).items():
            if move:
                move.message_post(body=of_move._get_sentence())

    # Screens --------------------------------------------------------------------------------

    @api.model
    def _get_open_of_moves(self, moves):
        """Return the open charges for these invoices, sudo; a letter adds its fee.

        :param moves: invoices whose reader has the right to read them
        """
        moves.check_access('read')
        return self.sudo().search(self._get_of_moves_domain(moves) & Domain(
            'amount_open', '!=', 0) & Domain(
            'company_id', 'in', moves.company_id.ids))._sort_for_allocation()

    def _get_moves(self):
        """Return the invoices for which the charge is claimed; a fee has those of its letter."""
        return self.sudo().move_id

    @api.model
    def _get_of_moves_domain(self, moves):
        """Return the domain of the charges for invoices; a letter adds its fee."""
        return Domain('move_id', 'in', moves.ids)

    def action_waive(self):
        """Ask how much of these charges is waived and why."""
        return self._open_waive_dialog()

    def _open_waive_dialog(self):
        charges = self.filtered('amount_open').sudo(False)
        charges._check_clerk()
        if not charges:
            raise UserError(self.env._("Nothing is open any more."))
        return {
            'type': 'ir.actions.act_window', 'res_model': 'dunning.charge.waive',
            'name': self.env._("Waive fees and interest"), 'view_mode': 'form',
            'target': 'new', 'context': {'default_charge_ids': charges.ids},
        }

    def _waive_rest(self):
        """Waive these charges of a customer who has paid the principal; tell how much it was."""
        waivers = self.sudo(False)._waive(self.env._("The principal is paid."))
        return {
            'type': 'ir.actions.client', 'tag': 'display_notification',
            'params': {
                'type': 'success', 'message': waivers._get_sentence(),
                'next': {'type': 'ir.actions.client', 'tag': 'soft_reload'}},
        }

    @api.model
    def _open_list(self, domain):
        """Return the action that lists charges."""
        action = self.env['ir.actions.act_window']._for_xml_id(
            'smart_dunning.dunning_charge_action')
        return {**action, 'domain': domain, 'context': {'create': False}}


class DunningWaiver(models.Model):
    _inherit = 'dunning.waiver'

    def _get_sentence(self):
        """Return what these waivers let off, in one sentence for the chatter."""
        sentences = []
        for (kind, is_back, reason), waivers in self.grouped(
                lambda one: (one.kind, one.amount < 0, one.reason)).items():
            values = {
                'amounts': " + ".join(
                    currency.format(abs(sum(of_currency.mapped('amount'))))
                    for currency, of_currency in waivers.grouped('currency_id').items()),
                'charges': ", ".join(waivers.charge_id.mapped('name')), 'reason': reason}
            if kind == 'waiver':
                sentences.append(self.env._(
                    "Waived %(amounts)s of fees and interest (%(charges)s): %(reason)s", **values))
            elif is_back:
                sentences.append(self.env._(
                    "Claimed again %(amounts)s of fees and interest (%(charges)s): %(reason)s",
                    **values))
            else:
                sentences.append(self.env._(
                    "Taken back %(amounts)s of fees and interest (%(charges)s): %(reason)s",
                    **values))
        return ". ".join(sentences)
