from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL


class AccountPaymentRegister(models.TransientModel):
    """The payment of a customer who has paid everything: items and charges, the oldest first."""

    _inherit = 'account.payment.register'

    dunning_pays_all = fields.Boolean(readonly=True)
    dunning_sum_text = fields.Char(compute='_compute_dunning_sum_text', compute_sudo=True)

    @api.depends('dunning_pays_all', 'line_ids')
    def _compute_dunning_sum_text(self):
        """Say what the payment is made of: the figures of the debtor."""
        for wizard in self:
            wizard.dunning_sum_text = wizard.dunning_pays_all and self.env._(
                "Principal %(principal)s + fees and interest %(charges)s − credits %(credits)s "
                "= to pay %(total)s", **wizard._get_dunning_sums()) or False

    def _get_dunning_sums(self):
        """Return principal, charges, credits and total as texts."""
        money = self.currency_id.format
        residuals = self.line_ids.mapped('amount_residual_currency')
        charges = sum(self._get_dunning_charges(self.line_ids.move_id).mapped('amount_open'))
        return {
            'principal': money(sum(one for one in residuals if one > 0)),
            'charges': money(charges),
            'credits': money(-sum(one for one in residuals if one < 0)),
            'total': money(sum(residuals) + charges)}

    def _get_dunning_charges(self, moves):
        # EXTENDS claim: all that letters have claimed of the customer
        if not self.dunning_pays_all:
            return super()._get_dunning_charges(moves)
        return self.env['dunning.charge']._get_open(
            self.company_id, self.line_ids.partner_id.commercial_partner_id.ids).filtered(
                lambda charge: charge.currency_id == self.currency_id)


class DunningDebtor(models.Model):
    _inherit = 'dunning.debtor'

    def action_paid_everything(self):
        """Open core's payment dialog with all that is to pay: items and charges, less credits.

        What is overdue; all that is open where nothing is overdue.

        :raise UserError: when nothing is open
        """
        self.ensure_one()
        self.check_access('read')
        self.env['dunning.charge']._check_clerk()
        currency = self._get_agreement_currency()
        lines = self._get_lines_to_pay(currency)
        charges = sum(self._get_open_charges().filtered(
            lambda charge: charge.currency_id == currency).mapped('amount_open'))
        total = currency.round(sum(lines.mapped('amount_residual_currency')) + charges)
        if not lines or currency.compare_amounts(total, 0.0) <= 0:
            raise UserError(self.env._(
                "%(customer)s has nothing to pay.", customer=self.partner_id.display_name))
        wizard = self.env['account.payment.register'].with_company(self.company_id).with_context(
            active_model='account.move.line', active_ids=lines.ids).create({
                'group_payment': True, 'dunning_pays_all': True, 'dunning_costs_first': True,
                'amount': total, 'custom_user_amount': total,
                'custom_user_currency_id': currency.id})
        return {
            'type': 'ir.actions.act_window', 'res_model': wizard._name, 'res_id': wizard.id,
            'name': self.env._("Customer paid everything"), 'view_mode': 'form',
            'views': [(False, 'form')], 'target': 'new',
            'context': {'active_model': 'account.move.line', 'active_ids': lines.ids},
        }

    def _get_lines_to_pay(self, currency):
        """Return what is overdue with the credits, the oldest first; all debts if none is due."""
        def fetch(condition):
            return self.env['account.move.line'].browse(
                line_id for line_id, in self.env['dunning.item']._fetch(
                    self.company_id, ('id',), partner_ids=self.partner_id.ids, order='due, id',
                    where=SQL("item.currency = %s AND %s", currency.id, condition)))
        debts = SQL("item.open > 0 AND item.excluded IS NULL")
        credits = fetch(SQL("item.open < 0"))
        due = fetch(SQL("%s AND item.due < %s", debts, self.company_id._get_dunning_today()))
        due = due or fetch(debts)
        return due and due | credits
