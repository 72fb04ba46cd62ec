import contextlib
import logging
from datetime import timedelta

import psycopg2

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from .dunning_letter_compose import BUNDLE
from .mail_errors import is_temporary

_logger = logging.getLogger(__name__)


class DunningLetter(models.Model):
    """Sending, one letter at a time, so that a crash at any point is told apart afterwards.

    1. The cron locks the customers of a bundle, reads the ledger again and composes its mails
       (`dunning_letter_compose`): what they share is read once.
    2. Each letter is locked and served by its channel, `_serve_<channel>`: `dunning_letter_mail`,
       `dunning_letter_call`, `dunning_letter_print`. Whoever hands it to the outside claims its
       levels and commits before, then calls `_deliver`.
    3. `_deliver`, in a new transaction: write everything that being sent means (`_set_sent`), hand
       the letter over, commit.
    """

    _inherit = 'dunning.letter'

    @api.model
    def _get_queue_domain(self):
        """Return the letters that the send cron delivers; paper waits for a person."""
        return (
            Domain('state', '=', 'ready') & self._get_retry_domain() & self._get_copies_domain()
            & Domain('channel', 'in', self.env['dunning.level']._find_channels('goes_by_itself'))
            & (Domain('is_released', '=', True) | Domain('run_id.state', '=', 'sending') & (
                Domain('run_id.is_automatic', '=', False) | Domain('run_id.is_released', '=', True)
                | Domain('company_id.dunning_active', '=', True))))

    @api.model
    def _cron_send(self, batch_size=100):
        """Send what is ready; one failing letter never stops the others."""
        _count, crash = self._send_round(batch_size)
        if crash:
            raise crash

    @api.model
    def _send_round(self, batch_size):
        """Send letters that nobody else is at, each in transactions of its own; commits.

        :param batch_size: how many letters at most
        :return: how many it took, and the last unexpected error or None
        """
        self._flag_lost_letters()
        queue = self._get_queue_domain()
        try:
            self._wait_for_copies(queue)
            self.env.flush_all()              # a conflict shows here
        except psycopg2.OperationalError:
            self.env.cr.rollback()            # another sender does it
        progress = self.env['ir.cron']._commit_progress
        waiting = self.search_count(queue)
        self.env['ir.cron']._wake_dunning_helpers(-(-waiting // BUNDLE))
        seconds_left = progress(remaining=waiting)
        seen, crash = set(), None
        while seconds_left and len(seen) < batch_size:
            with self._take_bundle(queue, seen, batch_size - len(seen)) as bundle:
                if not bundle:
                    progress(remaining=0)     # others are at what is left, or it waits a minute
                    break
                seen.update(bundle.ids)
                composed = bundle._compose_ahead(queue)
                for letter in bundle:
                    # Not as a part of the bundle: each commit forgets what was read, and
                    # whatever is read again would be read for all letters of the bundle.
                    letter = self.browse(letter.id)
                    crash = letter._send_isolated(queue, composed.get(letter.id)) or crash
                    seconds_left = progress(1)    # commits while the customer is still held
                    if not seconds_left:
                        break                 # the scheduler calls again for the rest
        self._finish_round(queue)
        return len(seen), crash

    @api.model
    def _finish_round(self, queue):
        """Close runs whose last letters two senders finished at once, and come back for the rest.

        Letters are left that another transaction got in the way of.
        """
        try:
            self.env['dunning.run'].search([
                ('state', 'in', ('planned', 'sending'))])._close_if_finished()
            self.env['dunning.run']._tell_troubles()
            if self.search_count(queue, limit=1):
                self.env['ir.cron']._wake_dunning_sender(
                    fields.Datetime.now() + timedelta(minutes=1))
            self.env['ir.cron']._commit_progress()
        except psycopg2.OperationalError:
            self.env.cr.rollback()            # the other sender does it

    def _send_isolated(self, queue, composed=None):
        """Send one letter in transactions of its own; return an unexpected error, if any.

        :param queue: the domain it has to be in
        :param composed: the `Composed` of the letter, if it was composed ahead
        """
        self.ensure_one()
        # Remarks are read by the clerk.
        self = self.with_context(lang=composed.lang if composed else self._get_clerk().lang)
        try:
            letter = self.search(queue & Domain('id', '=', self.id)).try_lock_for_update(
                allow_referencing=True)
            if letter:
                letter._serve(composed)
        except psycopg2.errors.UniqueViolation:
            self.env.cr.rollback()
            self._set_cancelled(self.env._("Another letter has dunned these items meanwhile"))
        except psycopg2.OperationalError:
            # Somebody booked on the same items at this moment: the letter stays as the last commit
            # left it, and the next round takes it up (`ready`) or asks the clerk (`sending`).
            self.env.cr.rollback()
        except UserError as refusal:
            self.env.cr.rollback()
            self._set_failed(str(refusal))
        except Exception as error:  # one letter's defect must not stop the rest
            self.env.cr.rollback()
            _logger.exception("Dunning letter %s crashed", self.id)
            self._set_failed(self._get_crash_text())
            return error
        return None

    def _get_crash_text(self):
        """Return what a clerk reads about a defect of the system."""
        return self.env._(
            "Unexpected error. Please ask your administrator to check the server log "
            "(letter %(letter)s).", letter=self.name)

    # Locks --------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def _take_bundle(self, queue, seen, most=BUNDLE):
        """Hold the customers of the next letters that no other sender is at; yields the letters.

        Empty when there are none. See `_claim_customers` for the lock.

        :param queue: the domain of the letters that are to be sent
        :param seen: ids of the letters that were taken before
        :param most: how many letters at most, in any case no more than `BUNDLE`
        """
        bundle = self._lock_bundle(queue, seen, min(most, BUNDLE))
        keys = bundle._get_lock_keys()
        try:
            if bundle:
                # A new snapshot: what the previous holders committed must be seen.
                self.env['ir.cron']._commit_progress()
            yield bundle
        finally:
            if bundle:
                # Everything is committed by now; after an error nothing else would be accepted.
                self.env.cr.rollback()
                self._call_for_each('pg_advisory_unlock', keys)

    def _lock_bundle(self, queue, seen, most):
        """Lock the customers of the next letters, passing by what others have; return the letters.

        Row by row in the order of the queue: a customer is locked only if the letter is returned,
        or unlocked again, where a bundle ends at another run or at a customer's second letter.
        """
        query = self._search(
            queue & Domain('id', 'not in', list(seen)), order='run_id, name, id')
        table = SQL.identifier(self._table)
        rows = self.env.execute_query(SQL(
            "SELECT id FROM (%s OFFSET 0) letter WHERE pg_try_advisory_lock("
            "hashtext('dunning_send_' || company_id), partner_id) LIMIT %s",
            query.select(*(SQL("%s.%s", table, SQL.identifier(name))
                           for name in ('id', 'company_id', 'partner_id'))), most))
        letters = self.browse(row[0] for row in rows)
        bundle = (letters._split_into_bundles() or [letters])[0]
        rest = letters - bundle
        self._call_for_each('pg_advisory_unlock', rest._get_lock_keys())
        return bundle

    def _get_lock_keys(self):
        """Return for each letter what `_call_for_each` locks its customer by."""
        return [(letter.id, f'dunning_send_{letter.company_id.id}', letter.partner_id.id)
                for letter in self]

    @contextlib.contextmanager
    def _claim_customers(self):
        """Hold the customers for this database session; yields the letters nobody else has.

        The lock outlives commits and dies with the process, which is how a letter that was being
        sent is told from one whose sender was killed.
        """
        keys = self._get_lock_keys()
        rows = self._call_for_each('pg_try_advisory_lock', keys)
        free = {letter_id for letter_id, is_free in rows if is_free}
        try:
            if free:
                # A new snapshot: what the previous holders committed must be seen.
                self.env['ir.cron']._commit_progress()
            yield self.browse(letter_id for letter_id in self.ids if letter_id in free)
        finally:
            if free:
                # Everything is committed by now; after an error nothing else would be accepted.
                self.env.cr.rollback()
                self._call_for_each('pg_advisory_unlock', [key for key in keys if key[0] in free])

    @api.model
    def _call_for_each(self, function, keys):
        """Return (letter id, answer) of a function of PostgreSQL on advisory locks.

        :param keys: rows of letter id, name of the lock, partner id
        """
        return self.env.execute_query(SQL(
            "SELECT letter_id, %s(hashtext(name), partner_id) "
            "FROM unnest(%s::int[], %s::text[], %s::int[]) AS key (letter_id, name, partner_id)",
            SQL.identifier(function), *([*column] for column in zip(*keys, strict=True)),
        )) if keys else []

    # Steps --------------------------------------------------------------------------------------

    def _serve(self, composed=None):
        """Serve a letter by its channel: `_serve_<channel>`, here or in the addon of the channel.

        :param composed: the `Composed` of the letter, if it was composed ahead
        """
        self.ensure_one()
        getattr(self, f'_serve_{self.channel}')(composed)

    def _get_channel(self):
        """Return what is true of the channel of the letter, a `channel.Channel`."""
        self.ensure_one()
        return self.env['dunning.level']._get_channels()[self.channel]

    def _claim_levels(self):
        """Take the levels for this letter; the unique index refuses a second one."""
        self.line_ids.filtered(lambda line: line.state == 'draft').write({'state': 'sending'})

    def _deliver(self, facts, prepare):
        """Write what being sent means, hand the letter over, commit.

        The letter is `sending`, committed with its levels claimed. A conflict in the database
        shows before the hand-over begins; what happens after it leaves the fate of the letter
        unknown, unless it was certainly refused.

        :param facts: what `_recheck` returned when the letter was read last
        :param prepare: a function that makes ready what is handed over, and returns the function
            that hands it over; what that one raises is judged by `_is_refusal`
        """
        self.ensure_one()
        has_begun = False
        try:
            if self._has_changed(facts):
                self._reset_to_ready()
                return
            self._set_sent()
            hand_over = prepare()
            self.env.flush_all()             # every conflict in the database shows before this line
            has_begun = True
            hand_over()
            self.env['ir.cron']._commit_progress()
        except UserError:
            raise                             # refused by core before it called the mail server
        except Exception as error:
            self.env.cr.rollback()
            if has_begun and self._is_refusal(error):
                if is_temporary(error):
                    self._put_off(error)
                else:
                    self._set_failed(self._get_failure_text(error))
            elif has_begun:
                _logger.warning("Letter %s: it is unknown whether it went out", self.id,
                                exc_info=True)
                self._set_fate_unknown()
            elif isinstance(error, psycopg2.OperationalError):
                self._reset_to_ready()
            else:
                raise

    def _reset_to_ready(self):
        """Nothing left the house: the letter is read and composed anew."""
        self.write({'state': 'ready', 'message_uid': False})
        self.line_ids.filtered(lambda line: line.state == 'sending').write({'state': 'draft'})

    def _set_sent(self):
        """Record that the customer has the letter: state, evidence, levels, charges."""
        self.ensure_one()
        self.write({
            'state': 'sent', 'is_fate_unknown': False, 'note': False, 'sent_date': self.date,
            'attempts': 0, 'retry_at': False,
            'sent_at': fields.Datetime.now(),
            'sent_by_id': self._get_sender(),
        })
        self.line_ids.filtered(lambda line: line.state in ('draft', 'sending'))._reach_levels(
            self.date)
        self._claim_charges()
        self._mark_told_disputes()

    def _get_sender(self):
        """Return the id of who has sent the letter: the cron does what people have asked it to."""
        self.ensure_one()
        asked = self.released_by_id or self.run_id.released_by_id
        return asked.id if asked and self.env.uid == SUPERUSER_ID else self.env.uid

    def _set_sent_by_hand(self):
        """Record that a person served the letter."""
        self._set_sent()
        self.run_id._close_if_finished()
