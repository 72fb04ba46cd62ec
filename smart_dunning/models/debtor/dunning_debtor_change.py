from odoo import api, fields, models
from odoo.tools import SQL


class DunningDebtorChange(models.Model):
    """Queue of customers whose figures have changed. Booking only adds to it, at commit."""

    _name = 'dunning.debtor.change'
    _description = "Debtor to Refresh"
    _log_access = False

    company_id = fields.Many2one('res.company', required=True, ondelete='cascade')
    partner_id = fields.Many2one('res.partner', required=True, ondelete='cascade')

    @api.model
    def _enqueue(self, company_partner_ids):
        """Note customers to refresh, once per transaction.

        :param company_partner_ids: pairs (company id, commercial partner id)
        """
        if not company_partner_ids:
            return
        precommit = self.env.cr.precommit
        changes = precommit.data.setdefault('smart_dunning.changes', set())
        if not changes:
            precommit.add(self.sudo()._store_queue)
        changes.update(company_partner_ids)

    def _store_queue(self):
        changes = self.env.cr.precommit.data.pop('smart_dunning.changes', ())
        if not changes:
            return
        companies, partners = zip(*sorted(changes), strict=True)
        self.env.cr.execute(SQL("""
            INSERT INTO dunning_debtor_change (company_id, partner_id)
            SELECT change.* FROM unnest(%s::int[], %s::int[]) change (company_id, partner_id)
              JOIN res_company company ON company.id = change.company_id
              JOIN res_partner partner ON partner.id = change.partner_id
        """, list(companies), list(partners)))
        cron = self.env.ref('smart_dunning.ir_cron_dunning_debtor', raise_if_not_found=False)
        if cron:
            cron._trigger()

    @api.model
    def _take(self, limit):
        """Take customers off the queue; returns {company: partners}."""
        rows = self.env.execute_query(SQL("""
            DELETE FROM dunning_debtor_change WHERE id IN (
                SELECT id FROM dunning_debtor_change ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED)
            RETURNING company_id, partner_id
        """, limit))
        taken = {}
        for company_id, partner_id in rows:
            taken.setdefault(company_id, set()).add(partner_id)
        return {
            self.env['res.company'].browse(company_id): self.env['res.partner'].browse(partner_ids)
            for company_id, partner_ids in taken.items()
        }


class DunningDebtor(models.Model):
    _inherit = 'dunning.debtor'

    @api.model
    def _cron_refresh(self, batch_size=2000):
        """Refresh whom the queue names; once a day everybody, since time alone changes figures."""
        progress = self.env['ir.cron']._commit_progress
        queue = self.env['dunning.debtor.change']
        stale = self._get_stale_companies()
        progress(remaining=len(stale) + queue.search_count([]))
        for company in stale:
            self._refresh(company=company)
            if not progress(1):
                return
        while changes := queue._take(batch_size):
            for company, partners in changes.items():
                self._refresh(partners=partners, company=company)
            if not progress(sum(len(partners) for partners in changes.values())):
                return

    @api.model
    def _get_stale_companies(self):
        """Return the companies whose rows are missing, or of yesterday."""
        newest = dict(self.with_context(active_test=False)._read_group(
            [], ['company_id'], ['refreshed_at:min']))
        return self.env['res.company'].search([]).filtered(
            lambda company: company not in newest or not newest[company]
            or newest[company].date() < company._get_dunning_today())
