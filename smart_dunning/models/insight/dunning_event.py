import logging
from contextlib import contextmanager
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL
from odoo.tools.misc import Callbacks

_logger = logging.getLogger(__name__)

#: Events of more than a year are forgotten, so that the same month of last year can still be
#: looked at. Much longer than any finding lasts (30 days, and 90 before a limitation): what is
#: forgotten is never found, and so never told, again.
KEPT_DAYS = 400
#: So many are forgotten in one transaction.
_FORGOTTEN_AT_ONCE = 10_000

#: What is stored of a finding besides its kind, in the order of `_get_found`.
_COLUMNS = (
    'kind', 'partner_id', 'res_model', 'res_id', 'occasion', 'amount', 'currency_id', 'date_due',
    'level_id', 'user_id', 'facts')


class DunningEvent(models.Model):
    """Something that happened with a customer and that somebody may want to act on.

    Events are read from the facts after each refresh of the debtors and once a night, never told
    by the room in which something happens: so a defect of an automation rule stops no letter, and
    whatever was killed is found again. A unique index says that nothing is told twice.

    Each is created by the ORM, so automation rules and webhooks can wait for that.
    """

    _name = 'dunning.event'
    _description = "Dunning Event"
    _order = 'id desc'

    kind = fields.Selection(
        '_select_kinds', "Event", required=True, readonly=True, index=True)
    date = fields.Date(required=True, readonly=True, index=True)
    company_id = fields.Many2one(
        'res.company', required=True, readonly=True, index=True, ondelete='cascade')
    partner_id = fields.Many2one(
        'res.partner', "Customer", required=True, readonly=True, index=True, ondelete='cascade')
    user_id = fields.Many2one(
        'res.users', "Responsible", readonly=True, help="Who looks after what it is about.")
    told_user_id = fields.Many2one(
        'res.users', "Told", readonly=True, help="Who got an activity or a mail about it.")
    level_id = fields.Many2one('dunning.level', readonly=True, ondelete='set null')
    currency_id = fields.Many2one('res.currency', required=True, readonly=True)
    amount = fields.Monetary(readonly=True, aggregator=None)
    date_due = fields.Date("Due", readonly=True, help="The day that counts for what is to be done.")
    facts = fields.Json(readonly=True)
    text = fields.Text("What Happened", compute='_compute_text', compute_sudo=True)
    res_model = fields.Char("Model of the Record", required=True, readonly=True)
    res_id = fields.Many2oneReference(
        "Record", model_field='res_model', required=True, readonly=True)
    occasion = fields.Char(required=True, readonly=True)
    date_over = fields.Date(
        "Over Since", readonly=True, help="States alone: the day on which it was so no more.")
    is_silent = fields.Boolean(
        "Known Before", readonly=True, help="It was so before events were told.")

    _occasion_uniq = models.UniqueIndex(
        "(kind, res_model, res_id, occasion) WHERE date_over IS NULL",
        "Each event is told once.")

    @api.model
    def _select_kinds(self):
        return [(name, self.env._(kind.label)) for name, kind in self._get_kinds().items()]

    @api.depends('kind', 'facts', 'amount', 'date_due', 'partner_id', 'level_id')
    @api.depends_context('lang')
    def _compute_text(self):
        kinds = self._get_kinds()
        for event in self:
            kind = kinds.get(event.kind)        # the addon of a kind may be gone
            event.text = kind and getattr(event, kind.sentence)() or event.kind

    @api.depends('text')
    def _compute_display_name(self):
        for event in self:
            event.display_name = event.text

    def action_open(self):
        """Open what it is about."""
        self.ensure_one()
        self.check_access('read')
        if not self._get_record():
            raise UserError(self.env._("This record does not exist any more."))
        return {
            'type': 'ir.actions.act_window', 'res_model': self.res_model, 'view_mode': 'form',
            'res_id': self.res_id,
        }

    def _get_record(self):
        """Return what it is about, empty when that is gone."""
        self.ensure_one()
        if self.res_model not in self.env:
            return self.env['dunning.debtor']
        return self.env[self.res_model].browse(self.res_id).exists()

    # Finding ------------------------------------------------------------------------------------

    @api.model
    def _collect_isolated(self, company, date, partner_ids=None, *, is_nightly=False):
        """Collect events; that they cannot be read must not stop what comes before and after."""
        try:
            with self.env.cr.savepoint():
                return self._collect(company, date, partner_ids, is_nightly=is_nightly)
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            raise
        except Exception:
            _logger.exception("The events of %s cannot be collected", company.name)
            return self.browse()

    @api.model
    def _collect(self, company, date, partner_ids=None, *, is_nightly=False, is_silent=False):
        """Store what has happened and nobody was told of yet, and tell it; return the events.

        Two statements for all kinds: the states that are over, and what is new.

        :param company: one company, without its branches
        :param date: the day on which events happen and by which deadlines count
        :param partner_ids: commercial partners to look at; None for all
        :param is_nightly: the kinds that are looked at once a night, instead of all others
        :param is_silent: remember everything as known, and tell nobody
        """
        events = self.sudo()
        kinds = {name: kind for name, kind in self._get_kinds().items()
                 if kind.is_nightly == is_nightly}
        self.env.flush_all()
        events._end_states(kinds, company, date, partner_ids)
        found = events._get_found(kinds, company, date, is_whole=partner_ids is None)
        rows = self.env.execute_query_dict(SQL("""
            SELECT %(columns)s FROM (%(found)s) found
             WHERE begins AND %(whose)s AND NOT EXISTS (
                SELECT FROM dunning_event event
                 WHERE event.kind = found.kind AND event.res_model = found.res_model
                   AND event.res_id = found.res_id AND event.occasion = found.occasion
                   AND event.date_over IS NULL)
          ORDER BY kind, res_id
        """, columns=SQL(", ").join(map(SQL.identifier, _COLUMNS)), found=found,
            whose=self._get_whose(SQL("partner_id"), partner_ids))) if found else []
        values = [{**row, 'company_id': company.id, 'date': date} for row in rows]
        known, news = [], []
        for one in values:
            stood_before = kinds[one['kind']].stands_before and not company.dunning_events_since
            (known if is_silent or stood_before else news).append(one)
        events._remember(known)
        return events._store(news)

    @api.model
    def _get_whose(self, column, partner_ids):
        return SQL("TRUE") if partner_ids is None else SQL(
            "%s = ANY(%s)", column, list(partner_ids))

    @api.model
    def _get_found(self, kinds, company, date, *, is_whole=False):
        """Return the query of all findings, None where no kind has any.

        :param kinds: {name: `Kind`}
        :param is_whole: whether all customers are looked at
        """
        parts = []
        for name, kind in kinds.items():
            found = getattr(self, kind.find)(company, date)
            if found:
                parts.append(found.get_query(name, kind.model, company, is_whole))
        return SQL(" UNION ALL ").join(parts) if parts else None

    @api.model
    def _end_states(self, kinds, company, date, partner_ids):
        """Note which states are over; the same state may then begin, and be told, again."""
        states = {name: kind for name, kind in kinds.items() if kind.is_state}
        if not states:
            return
        found = self._get_found(states, company, date, is_whole=partner_ids is None)
        still = SQL("FALSE") if not found else SQL("""EXISTS (
            SELECT FROM (%s) found
             WHERE found.kind = event.kind AND found.res_model = event.res_model
               AND found.res_id = event.res_id AND found.occasion = event.occasion)""", found)
        self.env.cr.execute(SQL("""
            UPDATE dunning_event event SET date_over = %(date)s
             WHERE event.company_id = %(company)s AND event.kind IN %(kinds)s
               AND event.date_over IS NULL AND %(whose)s AND NOT %(still)s
        """, date=date, company=company.id, kinds=tuple(states), still=still,
            whose=self._get_whose(SQL("event.partner_id"), partner_ids)))
        self.invalidate_model(['date_over'])

    # Forgetting ---------------------------------------------------------------------------------

    @api.autovacuum
    def _gc_events(self):
        """Forget what happened, and states that were over, more than `KEPT_DAYS` ago.

        A state that lasts is never forgotten: it would begin anew. Nor is what reports read.

        :return: (number forgotten, whether more are left), for the scheduler
        """
        old = self.sudo().search(self._get_old_domain(), limit=_FORGOTTEN_AT_ONCE, order='id')
        count = len(old)
        old.unlink()
        return count, int(count == _FORGOTTEN_AT_ONCE)

    @api.model
    def _get_old_domain(self):
        # An hour or a zone does not matter here, so the day of no company has to be asked for.
        limit = fields.Date.today() - timedelta(days=KEPT_DAYS)
        kinds = {name: kind for name, kind in self._get_kinds().items() if not kind.is_kept}
        states = [name for name, kind in kinds.items() if kind.is_state]
        return (Domain('kind', 'in', states) & Domain('date_over', '<', limit)) | (
            Domain('kind', 'in', list(kinds.keys() - states)) & Domain('date', '<', limit))

    # Storing ------------------------------------------------------------------------------------

    @api.model
    def _remember(self, rows):
        """Store events that nobody hears of: past the ORM, so that no automation rule does."""
        if not rows:
            return
        names = [*_COLUMNS, 'company_id', 'date']
        self.env.cr.execute(SQL("""
            INSERT INTO dunning_event (%(names)s, is_silent, create_uid, create_date)
            VALUES %(rows)s
        """, names=SQL(", ").join(map(SQL.identifier, names)), rows=SQL(", ").join(
            SQL("(%s, TRUE, %s, now())", SQL(", ").join(
                SQL("%s", fields.Json.convert_to_column(
                    self._fields['facts'], row[name], self) if name == 'facts' else row[name])
                for name in names), self.env.uid) for row in rows)))
        self.invalidate_model()

    @api.model
    def _store(self, rows):
        """Create events and tell them; one that cannot be created fails alone, and comes again.

        :param rows: values of events
        """
        if not rows:
            return self
        try:
            with self._hold_calls_back(), self.env.cr.savepoint():
                events = self.create(rows)
                self.env.flush_all()
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            raise
        except Exception:
            if len(rows) == 1:
                _logger.exception(
                    "The event %(kind)s of %(res_model)s %(res_id)s cannot be stored", rows[0])
                return self
            half = len(rows) // 2
            return self._store(rows[:half]) | self._store(rows[half:])
        events._tell()
        return events

    @contextmanager
    def _hold_calls_back(self):
        """Take back what was to run after the commit, when what is done here fails.

        A savepoint does not: the webhooks of events that are then created one by one would be
        called for each try.
        """
        cr = self.env.cr
        kept, cr.postcommit = cr.postcommit, Callbacks()
        try:
            yield
        except BaseException:
            cr.postcommit = kept
            raise
        added, cr.postcommit = cr.postcommit, kept
        kept.add(added.run)
