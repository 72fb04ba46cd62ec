import contextlib
import logging
import smtplib
from datetime import timedelta

import psycopg2

from odoo import api, fields, models, tools
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

    1. lock the customer, read the ledger again, render, commit `sending` with the Message-Id;
    2. in a new transaction write everything that being sent means, hand the mail over, commit.
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
        progress(remaining=self.search_count(queue))
        crash = None
        for letter in self.search(queue, limit=batch_size, order='run_id, name, id'):
            with letter._claim_customer() as is_free:
                crash = (is_free and letter._send_isolated(queue)) or crash
                seconds_left = progress(1)    # commits while the customer is still held
            if not seconds_left:
                break                         # out of time: the scheduler calls again for the rest
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

    def _send_isolated(self, queue):
        """Send one letter in transactions of its own; return an unexpected error, if any."""
        self.ensure_one()
        self = self.with_context(lang=self._get_clerk().lang)  # remarks are read by the clerk
        try:
            letter = self.try_lock_for_update(allow_referencing=True).filtered_domain(queue)
            facts = letter and letter._prepare_sending()
            if facts:
                self.env['ir.cron']._commit_progress()
                letter._deliver(facts)
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
    def _claim_customer(self):
        """Hold the customer for this database session; yields whether nobody else has him.

        The lock outlives commits and dies with the process, which is how a letter that was being
        sent is told from one whose sender was killed.
        """
        self.ensure_one()
        key = SQL("hashtext(%s), %s", f'dunning_send_{self.company_id.id}', self.partner_id.id)
        [[is_free]] = self.env.execute_query(SQL("SELECT pg_try_advisory_lock(%s)", key))
        try:
            if is_free:
                # A new snapshot: what the previous holder committed must be seen.
                self.env['ir.cron']._commit_progress()
                self.invalidate_recordset()
            yield is_free
        finally:
            if is_free:
                # Everything is committed by now; after an error nothing else would be accepted.
                self.env.cr.rollback()
                self.env.execute_query(SQL("SELECT pg_advisory_unlock(%s)", key))

    @api.model
    def _flag_lost_letters(self):
        """Show letters whose sender died during the hand-over to the clerk, who decides."""
        lost = self.search([
            ('state', '=', 'sending'), ('channel', '=', 'email'), ('is_fate_unknown', '=', False)])
        for letter in lost:
            with letter._claim_customer() as is_free:
                if is_free and letter.state == 'sending' and not letter.is_fate_unknown:
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

    def _prepare_sending(self):
        """Read the ledger again, render, claim the levels.

        Returns the facts that the letter stands on, or False when there is nothing to send.
        """
        self.ensure_one()
        letter = self.with_context(tracking_disable=True)
        facts = letter._recheck()
        if not facts:
            return False
        if letter.channel == 'call':
            letter._schedule_call()
            return False
        letter._check_email()
        letter._store_document()
        letter._ensure_invoice_copies()
        letter.write({
            'state': 'sending',
            'note': False,
            'message_uid': tools.mail.generate_tracking_message_id(f'{letter.id}-dunning.letter'),
        })
        letter._claim_levels()
        self.env.flush_all()
        return facts

    def _claim_levels(self):
        """Take the levels for this letter; the unique index refuses a second one."""
        self.line_ids.filtered(lambda line: line.state == 'draft').write({'state': 'sending'})

    def _check_email(self):
        if not tools.email_normalize(self.email):
            raise UserError(self.env._("The e-mail address is missing or not valid."))

    def _deliver(self, facts):
        """Write what being sent means, hand the mail over, commit.

        :param facts: what `_prepare_sending` returned
        """
        self.ensure_one()
        has_begun = False
        try:
            if self._has_changed(facts):
                self._reset_to_ready()
                return
            self._set_sent()
            self._follow()
            mail = self.env['mail.mail'].create(self._prepare_mail_values())
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

    def _reset_to_ready(self):
        """Nothing left the house: the letter is read and written anew."""
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
