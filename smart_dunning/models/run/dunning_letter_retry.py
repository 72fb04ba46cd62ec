from datetime import timedelta

from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import format_time

from .mail_errors import is_away

#: Minutes to wait after each attempt in vain; more than five hours in all, the same night.
PAUSES = (5, 10, 20, 40, 80, 160)


class DunningLetter(models.Model):
    """A mail server that is away: letters wait and are tried again, with growing pauses."""

    _inherit = 'dunning.letter'

    attempts = fields.Integer(
        "Attempts in Vain", readonly=True, copy=False,
        help="How often the mail server could not be reached, or asked to come again later.")
    retry_at = fields.Datetime("Next Attempt", readonly=True, copy=False)

    def _get_retry_domain(self):
        """Return the letters that need not wait for their next attempt."""
        return Domain('retry_at', '=', False) | Domain('retry_at', '<=', fields.Datetime.now())

    def _put_off(self, error):
        """Try again later, as long as `PAUSES` last; nothing has left the house.

        Where there is no connection at all, the other letters of the company wait as well.

        :param error: what the attempt ended with, see `_is_refusal`
        """
        self.ensure_one()
        self._reset_to_ready()
        letters = self
        if is_away(error):
            channels = self.env['dunning.level']._find_channels('is_mail')
            letters |= self.search(
                self._get_queue_domain() & Domain('company_id', '=', self.company_id.id)
                & Domain('channel', 'in', channels)).try_lock_for_update(allow_referencing=True)
        attempt = self.attempts + 1
        reason = self._get_failure_text(error)
        if attempt > len(PAUSES):
            letters._set_failed(reason)
            return
        retry_at = fields.Datetime.now() + timedelta(minutes=PAUSES[attempt - 1])
        letters.write({
            'attempts': attempt, 'retry_at': retry_at, 'note': self.env._(
                "%(reason)s Next attempt at %(time)s.", reason=reason, time=format_time(
                    self.env, retry_at, tz=self.company_id._get_dunning_timezone(),
                    time_format='short'))})
        self.env['ir.cron']._wake_dunning_sender(retry_at)

    def _reset_attempts(self):
        """Let letters be tried at once: a person wants them to go."""
        self.sudo().write({'attempts': 0, 'retry_at': False})
