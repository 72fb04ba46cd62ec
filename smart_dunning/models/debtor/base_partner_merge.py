from odoo import models
from odoo.tools import SQL

#: Tables where the customer is part of a unique index: two become one, both rows stay.
EVIDENCE = ('dunning.letter', 'dunning.charge')


class MergePartnerAutomatic(models.TransientModel):
    """Two customers become one: nothing of what was written, claimed or agreed is lost."""

    _inherit = 'base.partner.merge.automatic.wizard'

    def _update_foreign_keys(self, src_partners, dst_partner):
        # EXTENDS base: it knows neither unique indexes nor that one customer has one debtor
        self.env.flush_all()
        for model in EVIDENCE:
            self.env.cr.execute(SQL(
                "UPDATE %s SET merged_from = partner_id "
                "WHERE partner_id IN %s AND COALESCE(merged_from, 0) = 0",
                SQL.identifier(self.env[model]._table), src_partners._ids or (0,)))
        companies = self._merge_debtors(src_partners, dst_partner)
        result = super()._update_foreign_keys(src_partners, dst_partner)
        self.env['dunning.debtor.change']._enqueue(
            {(company.id, dst_partner.commercial_partner_id.id) for company in companies})
        return result

    def _merge_debtors(self, src_partners, dst_partner):
        """Leave one row per company, with the history of all; return these companies."""
        debtors = self.env['dunning.debtor'].sudo().with_context(active_test=False).search(
            [('partner_id', 'in', (src_partners | dst_partner).ids)])
        companies = debtors.company_id
        for rows in debtors.grouped('company_id').values():
            kept = rows.filtered(lambda row: row.partner_id == dst_partner) or rows[:1]
            others = rows - kept
            if not others:
                continue
            kept.user_id = kept.user_id or others.user_id[:1]
            self._update_foreign_keys_generic('dunning.debtor', others, kept)
            self._update_reference_fields_generic('dunning.debtor', others, kept)
            others.unlink()
        return companies
