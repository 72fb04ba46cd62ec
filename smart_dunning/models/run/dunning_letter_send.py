import contextlib
import logging
import smtplib
from datetime import timedelta

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.base.models.ir_mail_server import MailDeliveryException

_logger = logging.getLogger(__name__)

# The mail server said no: the letter was certainly not accepted. Anything else that happens after
# the hand-over began leaves its fate open.
REFUSALS = (
    smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused, smtplib.SMTPNotSupportedError,
    UnicodeError, AssertionError,
)


class DunningLetter(models.Model):
    """Sending, one letter at a time, so that a crash at any point is told apart afterwards.

    1. lock the customers of a bundle, read the ledger again, write the letters (see
       `dunning_letter_compose`): what they share is read once;
    2. for each letter keep its document, claim its levels, commit `sending` with the Message-Id;
    3. in a new transaction write everything that being sent means, hand the mail over, commit.
    """

    _inherit = 'dunning.letter'

    @api.model
    def _get_queue_domain(self):
        """Return the letters that the send cron delivers; paper waits for a person."""
        return (
            Domain('state', '=', 'ready') & Domain('channel', '!=', 'print')
            & (Domain('is_released', '=', True) | Domain('run_id.state', '=', 'sending') & (
                Domain('run_id.is_automatic', '=', False) | Domain('run_id.is_released', '=', True)
                | Domain('company_id.dunning_active', '=', True))))

    @api.model
    def _cron_send(self, batch_size=100):
        """Send what is ready; one failing letter never stops the others."""
        self._flag_lost_letters()
        queue = self._get_queue_domain()
        progress = self.env['ir.cron']._commit_progress
        seconds_left = progress(remaining=self.search_count(queue))
        letters = self.search(queue, limit=batch_size, order='run_id, name, id')
        crash = None
        for bundle in letters._split_into_bundles():
            if not seconds_left:
                break                         # out of time: the scheduler calls again for the rest
            with bundle._claim_customers() as mine:
                composed = mine._compose_ahead(queue)
                progress(len(bundle - mine))
                for letter in mine:
                    # Alone: each transaction reads its letter again, and no other one.
                    letter = self.browse(letter.id)
                    crash = letter._send_isolated(queue, composed.get(letter.id)) or crash
                    seconds_left = progress(1)    # commits while the customer is still held
                    if not seconds_left:
                        break
        self._finish_round(queue)
        if crash:
            raise crash

    @api.model
    def _finish_round(self, queue):
        """Close runs whose last letters two senders finished at once, and come back for the rest.

        Letters are left that another transaction got in the way of.
        """
        try:
            self.env['dunning.run'].search([
                ('state', 'in', ('planned', 'sending'))])._close_if_finished()
            if self.search_count(queue, limit=1):
                self.env.ref('smart_dunning.ir_cron_dunning_send')._trigger(
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
            composed = letter and letter._prepare_sending(composed)
            if composed:
                self.env['ir.cron']._commit_progress()
                letter._deliver(composed)
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
            self._set_failed(self.env._("Unexpected error; the administrator finds it in the log."))
            return error
        return None

    # Locks --------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def _claim_customers(self):
        """Hold the customers for this database session; yields the letters nobody else has.

        The lock outlives commits and dies with the process, which is how a letter that was being
        sent is told from one whose sender was killed.
        """
        keys = [(letter.id, f'dunning_send_{letter.company_id.id}', letter.partner_id.id)
                for letter in self]
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

    @api.model
    def _flag_lost_letters(self):
        """Show letters whose sender died during the hand-over to the clerk, who decides."""
        lost = self.search([
            ('state', '=', 'sending'), ('channel', '=', 'email'), ('is_fate_unknown', '=', False)])
        with lost._claim_customers() as mine:
            for letter in mine:
                if letter.state == 'sending' and not letter.is_fate_unknown:
                    try:
                        letter._set_fate_unknown()
                        self.env['ir.cron']._commit_progress()
                    except psycopg2.OperationalError:
                        self.env.cr.rollback()    # the clerk decides at this moment

    def _set_fate_unknown(self):
        """Ask the clerk whether the customer got the letter."""
        self.ensure_one()
        self.write({
            'is_fate_unknown': True,
            'note': self.env._(
                "The system stopped while the mail was handed over. It may have been sent.")})
        self._ask_clerk(
            'smart_dunning.mail_activity_dunning_fate',
            self.env._("Please find out whether %(customer)s got this letter, then choose “It was "
                       "sent” or “Send again”.", customer=self.partner_id.display_name))

    def _ask_clerk(self, activity_type, note):
        """Give the responsible person an activity about this letter."""
        self.ensure_one()
        self.activity_schedule(
            activity_type, note=note, user_id=self._get_clerk().id or self.env.uid)

    def _get_clerk(self):
        """Return who looks after the letter when it needs a decision."""
        self.ensure_one()
        return self.company_id.dunning_user_id or self.run_id.user_id or self.user_id

    # E-mail -------------------------------------------------------------------------------------

    def _prepare_sending(self, composed=None):
        """Keep the document as evidence and claim the levels.

        Returns the `Composed` that the letter stands on, or False when there is nothing to send.

        :param composed: the letter as it was composed ahead; it is composed anew if somebody has
            changed it since
        """
        self.ensure_one()
        letter = self.with_context(tracking_disable=True)
        if letter.channel == 'call':
            if letter._recheck():
                letter._schedule_call()
            return False
        if not composed or composed.version != letter._get_versions()[letter.id]:
            composed = letter._compose()
            if not composed:
                return False
            letter._tell_composed()
        letter._store_document(composed.document)
        letter.write({
            'state': 'sending',
            'note': False,
            'message_uid': composed.mail['message_id'],
        })
        letter._claim_levels()
        self.env.flush_all()
        return composed

    def _claim_levels(self):
        """Take the levels for this letter; the unique index refuses a second one."""
        self.line_ids.filtered(lambda line: line.state == 'draft').write({'state': 'sending'})

    def _deliver(self, composed):
        """Write what being sent means, hand the mail over, commit.

        :param composed: what `_prepare_sending` returned
        """
        self.ensure_one()
        has_begun = False
        try:
            if self._has_changed(composed.facts):
                self._reset_to_ready()
                return
            self._set_sent()
            mail = self.env['mail.mail'].create(self._add_document(composed.mail))
            self.env.flush_all()             # every conflict in the database shows before this line
            has_begun = True
            self._hand_over(mail)
            self.env['ir.cron']._commit_progress()
        except UserError:
            raise                             # refused by core before it called the mail server
        except Exception as error:
            self.env.cr.rollback()
            if has_begun and self._is_refusal(error):
                self._set_failed(self._get_failure_text(error))
            elif has_begun:
                _logger.warning("Letter %s: it is unknown whether it went out", self.id,
                                exc_info=True)
                self._set_fate_unknown()
            elif isinstance(error, psycopg2.OperationalError):
                self._reset_to_ready()
            else:
                raise

    def _add_document(self, mail):
        """Return the values of the mail with the letter as it was kept."""
        return {**mail, 'attachment_ids': [
            *mail['attachment_ids'], fields.Command.link(self.document_id.id)]}

    def _reset_to_ready(self):
        """Nothing left the house: the letter is read and composed anew."""
        self.write({'state': 'ready', 'message_uid': False})
        self.line_ids.filtered(lambda line: line.state == 'sending').write({'state': 'draft'})

    def _hand_over(self, mail):
        """Give the mail to the mail server; raises when it is not accepted."""
        mail.send(raise_exception=True)
        if mail.state == 'exception':
            raise MailDeliveryException(mail.failure_reason or self.env._("No valid recipient."))

    @staticmethod
    def _is_refusal(error):
        """Return whether it is certain that the mail server did not take the mail."""
        if not isinstance(error, MailDeliveryException):
            return False
        # Core hands over the exception itself where it did not even get a connection.
        has_no_connection = any(isinstance(part, Exception) for part in error.args)
        reason = error.__cause__ or error.__context__
        return has_no_connection or reason is None or isinstance(reason, REFUSALS)

    def _get_failure_text(self, error):
        """Return why the mail server refused, in one line for the clerk."""
        reason = error.__cause__ or error.__context__ or error
        answers = [(reason.smtp_code, reason.smtp_error)] if hasattr(reason, 'smtp_code') \
            else getattr(reason, 'recipients', {}).values()
        text = " ".join(
            f"{code} {answer.decode(errors='replace') if isinstance(answer, bytes) else answer}"
            for code, answer in answers) or str(reason)
        return self.env._("The mail server refused: %(reason)s", reason=" ".join(text.split()))

    def _set_sent(self):
        """Record that the customer has the letter: state, evidence, levels on the items."""
        self.ensure_one()
        self.write({
            'state': 'sent', 'is_fate_unknown': False, 'note': False, 'sent_date': self.date,
            'sent_at': fields.Datetime.now(), 'sent_by_id': self.env.uid,
        })
        self.line_ids.filtered(lambda line: line.state in ('draft', 'sending'))._reach_levels(
            self.date)
