from odoo import api, models
from odoo.tools import SQL, format_date


class DunningHoldCheck(models.AbstractModel):
    """What is overdue, item by item, for those who ask a held customer to pay."""

    _inherit = 'dunning.hold.check'

    @api.model
    def _get_overdue_amounts(self, company, partner):
        """Return {overdue receivable line: what of it is asked for}, the oldest first.

        Asked for is what a letter of today would ask for: nothing disputed, promised, left out,
        or on its way. Amounts are in the currency of the line.
        """
        companies = self.env['res.company'].browse(self._get_config(company.id).companies)
        rows = self.env['dunning.item']._fetch(
            companies, ('id', 'asked'), partner_ids=partner.ids, order='due, id',
            date=company._get_dunning_today(), due_after=company.dunning_due_after or None,
            where=SQL("item.asked > 0 AND item.due < %s", company._get_dunning_today()))
        lines = self.env['account.move.line'].sudo()
        return {lines.browse(line_id): amount for line_id, amount in rows[:50]}

    @api.model
    def _get_overdue_items(self, company, partner):
        """Return the overdue items as texts for the salesperson."""
        return [
            self.env._("%(number)s over %(amount)s, due on %(day)s", number=line.move_name,
                       amount=line.currency_id.format(amount),
                       day=format_date(self.env, line.date_maturity))
            for line, amount in self._get_overdue_amounts(company, partner).items()]
