import logging
import random
import time
from datetime import timedelta

from odoo import api, fields, models
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL

from ..policy.notes import speak_for

_logger = logging.getLogger(__name__)

#: How many times a batch is tried while other transactions change the same records.
TRIES = 5
#: Changes that cannot lift a hold may wait this long, so that one run of the cron serves many.
DELAY = timedelta(seconds=30)
#: A commit is over by then: a run of the cron that starts later than this finds the changes.
COMMIT_TIME = timedelta(seconds=10)


class DunningDebtorChange(models.Model):
    """Queue of customers whose figures have changed. Booking only adds to it, at commit."""

    _name = 'dunning.debtor.change'
    _description = "Debtor to Refresh"
    _log_access = False

    company_id = fields.Many2one('res.company', required=True, ondelete='cascade')
    partner_id = fields.Many2one('res.partner', required=True, ondelete='cascade')

    @api.model
    def _enqueue(self, company_partner_ids):
        """Note customers to refresh at once, when the transaction has ended.

        :param company_partner_ids: pairs (company id, commercial partner id)
        """
        self._note(company_partner_ids, is_urgent=True)

    @api.model
    def _enqueue_later(self, company_partner_ids):
        """Note customers to refresh within a minute or two.

        For what happens all day and lifts no hold: waking the scheduler for it costs more than
        the rest of what we do about an order.

        :param company_partner_ids: pairs (company id, commercial partner id)
        """
        self._note(company_partner_ids, is_urgent=False)

    @api.model
    def _enqueue_of(self, records):
        """Note the customers of records that name `company_id` and `partner_id`."""
        self._enqueue({(record.company_id.id, record.partner_id.id) for record in records})

    @api.model
    def _get_pending(self, company):
        """Return the ids of the customers of a company whose row is not up to date yet."""
        noted = {partner_id for company_id, partner_id in self.env.cr.precommit.data.get(
            'smart_dunning.changes', ()) if company_id == company.id}
        return noted | {partner_id for partner_id, in self.env.execute_query(SQL(
            "SELECT partner_id FROM dunning_debtor_change WHERE company_id = %s", company.id))}

    def _note(self, company_partner_ids, is_urgent):
        """Remember customers until the end of the transaction, each once."""
        if not company_partner_ids:
            return
        precommit = self.env.cr.precommit
        changes = precommit.data.setdefault('smart_dunning.changes', {})
        if not changes:
            precommit.add(self.sudo()._store_queue)
        for pair in company_partner_ids:
            changes[pair] = changes.get(pair, False) or is_urgent

    def _store_queue(self):
        changes = self.env.cr.precommit.data.pop('smart_dunning.changes', {})
        if not changes:
            return
        # By its cached number: this happens with every booking, confirmation and delivery.
        cron_id = self.env['ir.model.data']._xmlid_to_res_id(
            'smart_dunning.ir_cron_dunning_debtor', raise_if_not_found=False)
        companies, partners = zip(*sorted(changes), strict=True)
        now = fields.Datetime.now()
        [[is_coming]] = self.env.execute_query(SQL("""
            WITH stored AS (
                INSERT INTO dunning_debtor_change (company_id, partner_id)
                SELECT change.* FROM unnest(%s::int[], %s::int[]) change (company_id, partner_id)
                  JOIN res_company company ON company.id = change.company_id
                  JOIN res_partner partner ON partner.id = change.partner_id)
            SELECT EXISTS (
                SELECT FROM ir_cron_trigger WHERE cron_id = %s AND call_at > %s)
        """, list(companies), list(partners), cron_id or None, now + COMMIT_TIME))
        is_urgent = any(changes.values())
        if cron_id and (is_urgent or not is_coming):
            # For a moment that is still to come, core does not wake the scheduler.
            self.env['ir.cron'].browse(cron_id)._trigger(None if is_urgent else now + DELAY)

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
        """Refresh the customers in the queue; once a day all, since time alone changes figures."""
        progress = self.env['ir.cron']._commit_progress
        queue = self.env['dunning.debtor.change']
        stale = self._get_stale_companies()
        progress(remaining=len(stale) + queue.search_count([]))
        for company in stale:
            self._retry(lambda _tries: self._refresh_isolated(company))    # noqa: B023
            if not progress(1):
                return
        # Each try takes fewer customers: less to collide with other transactions over.
        while number := self._retry(
                lambda tries: self._refresh_queued(max(1, batch_size // 10**tries))):
            if not progress(number):
                return

    @api.model
    def _refresh_queued(self, limit):
        """Refresh the next customers of the queue; returns how many these were."""
        changes = self.env['dunning.debtor.change']._take(limit)
        for company, partners in changes.items():
            self._refresh_isolated(company, partners)
        return sum(len(partners) for partners in changes.values())

    @api.model
    def _refresh_isolated(self, company, partners=None):
        """Refresh customers of a company; one whose figures cannot be computed fails alone.

        :param partners: as for `_refresh`
        """
        try:
            with self.env.cr.savepoint():
                speak_for(company, self)._refresh(partners=partners, company=company)
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            raise
        except Exception:
            if partners is None:
                debtor = self.sudo().with_company(company)
                partners = self.env['res.partner'].browse(sorted(
                    debtor._get_ledger_facts(company, None).keys()
                    | debtor._get_existing(company, None) | debtor._get_watched(company, None)))
            elif len(partners) <= 1:
                _logger.exception(
                    "The figures of customer %s in company %s cannot be computed", partners.ids,
                    company.id)
                return
            half = (len(partners) + 1) // 2
            for part in filter(None, (partners[:half], partners[half:])):
                self._refresh_isolated(company, part)

    @api.model
    def _retry(self, work):
        """Do a piece of work, anew when a concurrent transaction was faster.

        Odoo does so for requests, but a cron that fails waits for its next hour.

        :param work: gets the number of tries before
        """
        for tries in range(TRIES):
            try:
                result = work(tries)
                self.env.cr.flush()
                return result
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                self.env.cr.rollback()
                if tries == TRIES - 1:
                    self.env.ref('smart_dunning.ir_cron_dunning_debtor')._trigger(
                        at=fields.Datetime.now() + timedelta(minutes=1))
                    self.env['ir.cron']._commit_progress()
                    raise
                time.sleep(random.uniform(0.0, 0.1 * 2**tries))
        return None

    @api.model
    def _get_stale_companies(self):
        """Return the companies whose rows are missing, or of yesterday."""
        newest = dict(self.with_context(active_test=False)._read_group(
            [], ['company_id'], ['refreshed_at:min']))
        return self.env['res.company'].search([]).filtered(
            lambda company: company not in newest or not newest[company]
            or newest[company].date() < company._get_dunning_today())
