from dataclasses import replace

from odoo import models
from odoo.tools import SQL

from ...logic import ladder


class DunningRun(models.Model):
    """Reminders before the due date go to those who need them: classes that the level names."""

    _inherit = 'dunning.run'

    def _get_ladder_customers(self, partner_ids, date):
        customers = super()._get_ladder_customers(partner_ids, date)
        for partner_id, unwanted in self._find_unwanted_notes(partner_ids).items():
            customers[partner_id] = replace(
                customers.get(partner_id) or ladder.Customer(), unwanted=unwanted)
        return customers

    def _find_unwanted_notes(self, partner_ids):
        """Return {partner id: ids of levels} that are not for a business of its class.

        A rating decides nothing about persons (art. 22 GDPR), not even a reminder.
        """
        named = {
            level.id: level._get_risk_letters() for level in self._get_policies().level_ids
            if level.is_prenotice and level.risk_letters}
        if not named:
            return {}
        self.env['dunning.debtor'].flush_model(['partner_id', 'company_id', 'risk_class'])
        self.env['res.partner'].flush_model(['is_company'])
        rows = self.env.execute_query(SQL("""
            SELECT debtor.partner_id, debtor.risk_class FROM dunning_debtor debtor
              JOIN res_partner partner ON partner.id = debtor.partner_id AND partner.is_company
             WHERE debtor.company_id = %s AND debtor.partner_id = ANY(%s)
               AND debtor.risk_class IS NOT NULL
        """, self.company_id.id, list(partner_ids)))
        return {
            partner_id: unwanted for partner_id, letter in rows
            if (unwanted := frozenset(
                level for level, letters in named.items() if letter not in letters))}
