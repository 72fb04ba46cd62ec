from odoo import fields
from odoo.fields import Command

from .common import DunningCommon


class HandoverCommon(DunningCommon):
    """A customer whom two letters have warned, an agency, and verbs to hand over and come back."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.germany = cls.env.ref('base.de')
        cls.customer.country_id = cls.other.country_id = cls.germany
        cls.today = cls.company._get_dunning_today()
        cls.policy.level_ids.filtered(lambda level: level.position == 4).hand_over = True
        cls.costs = cls.env['account.account'].search([
            *cls.env['account.account']._check_company_domain(cls.company),
            ('account_type', '=', 'expense')], limit=1)
        cls.office = cls.env['res.partner'].create({
            'name': "North Collections", 'is_company': True, 'email': 'cases@north.example',
            'street': "Harbour 7", 'zip': '20095', 'city': "Hamburg", 'lang': 'en_US',
            'country_id': cls.germany.id})
        cls.agency = cls.env['dunning.agency'].create({
            'name': "North Collections", 'partner_id': cls.office.id,
            'company_id': cls.company.id, 'delivery': 'email', 'creditor_reference': "K-77",
            'cost_account_id': cls.costs.id})
        cls.handovers = cls.env['dunning.handover']

    @classmethod
    def _day(cls, days):
        """Return the day so many days before today."""
        return fields.Date.subtract(cls.today, days=days)

    def _warned(self, amount=100.0, partner=None, days=(60, 40, 20), due=80, **values):
        """Post an invoice that was sent, fell due and was dunned on these days, to the last level.

        :param days: how many days ago the letters of levels 2, 3, 4 went out
        """
        move = self._invoice(self._day(due), amount, partner, **values)
        move.is_move_sent = True
        for _level, ago in zip((2, 3, 4), days, strict=False):
            self._run(self._day(ago))
        letters = self.env['dunning.letter'].search([('line_ids.move_id', '=', move.id)])
        for letter, ago in zip(letters.sorted('id'), days, strict=False):
            letter.sudo().write({'sent_date': self._day(ago), 'date': self._day(ago),
                                 'deadline': self._day(ago - 7)})
        return move

    def _case(self, *moves, user=None, **values):
        """Make a draft about invoices as the clerk does."""
        moves = self.env['account.move'].union(*moves)
        return self.handovers.with_user(user or self.clerk).create({
            'partner_id': moves.commercial_partner_id.id, 'company_id': self.company.id,
            'currency_id': moves.currency_id.id,
            'item_ids': [Command.set(self.env['account.move.line'].union(
                *(self._terms(move) for move in moves)).ids)], **values})

    def _handed_over(self, *moves, **values):
        """Hand invoices over; return the case."""
        case = self._case(*moves, **values)
        case.action_propose()
        case.action_hand_over()
        return case

    def _codes(self, case):
        """Return the codes of the points of a case."""
        return case.sudo().point_ids.mapped('code')

    def _mails(self, case):
        """Return the mails about a case."""
        return self.env['mail.mail'].sudo().search(
            [('model', '=', case._name), ('res_id', '=', case.id)], order='id')

    def _judge(self, case):
        """Let the cases see what the ledger says, as each refresh of the debtor does."""
        self.handovers._update_states(self.company, case.sudo().partner_id.ids)
        case.invalidate_recordset()
