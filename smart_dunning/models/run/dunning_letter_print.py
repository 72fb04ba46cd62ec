import psycopg2

from odoo import models
from odoo.exceptions import UserError

from ..policy.notes import speak_to, to_note
from .dunning_letter_paper import AT_ONCE

_ADDRESS_ACTIVITY = 'smart_dunning.mail_activity_dunning_address'
#: So many customers are named in an activity; the run lists them all.
_NAMED = 30


class DunningLetter(models.Model):
    """The channel paper: rendered for the printer, sent when a person says that it was."""

    _inherit = 'dunning.letter'

    def action_printed(self):
        """Record that letters were printed and go by post: their levels count as reached."""
        self.check_access('write')
        self._check_open(('ready',))
        for letter in self.sudo():
            if not letter._get_channel().is_on_paper or not letter.is_printed_out:
                raise UserError(self.env._(
                    "Please print letter %(letter)s first.", letter=letter.name))
            letter._set_sent_by_hand()
            letter._finish_activities('smart_dunning.mail_activity_dunning_print')
        return True

    def action_print(self):
        """Render these letters with the figures of this moment, as one PDF for the printer.

        They count as sent when `action_printed` says so. What was paid meanwhile is cancelled.
        Raises UserError when there is nothing to print.
        """
        self.check_access('write')
        letters = self.filtered(lambda letter: letter._get_channel().is_on_paper)
        letters._check_open(('ready',))
        if not letters:
            raise UserError(self.env._(
                "There is nothing to print. Letters that wait for approval must be approved "
                "first."))
        grounds = letters._read_grounds()
        if len(grounds.stale) > AT_ONCE:
            # What was printed with other figures is laid out again before it is printed again.
            grounds.stale.sudo().filtered('is_printed_out').is_printed_out = False
            return self._notify_layout(len(letters - grounds.stale), len(letters))
        printed = letters._print(grounds)
        action = {
            'type': 'ir.actions.act_url',
            'url': f"/report/pdf/smart_dunning.letter_document/{','.join(map(str, printed.ids))}",
            'target': 'new',
        } if printed else None
        failed = letters.filtered(lambda letter: letter.state == 'failed')
        if failed:
            self.env['dunning.run'].sudo()._tell_troubles()
            return self._notify_failed(failed, action)
        return action or self._notify_all_settled()

    def _notify_all_settled(self):
        """Say that nothing is left to print. An error would bring the settled letters back."""
        return self._notify(self.env._(
            "Nothing is left to print: all of it was settled meanwhile."))

    def _notify_layout(self, ready, total):
        """Say how many letters are laid out, and have the others laid out."""
        self._wake_layout()
        return self._notify(self.env._(
            "%(ready)s of %(total)s letters are laid out, the others are being laid out "
            "right now. Please print in a few minutes.", ready=ready, total=total))

    def _notify_failed(self, failed, action):
        """Say which letters could not be laid out and why; the others are printed all the same.

        :param action: what prints the others, if there are any
        """
        return self._notify(self.env._(
            "%(count)s letters could not be laid out. Please correct the cause, then retry them: "
            "%(letters)s", count=len(failed), letters="; ".join(
                f"{letter.name}: {letter.note}" for letter in failed[:_NAMED])),
            'danger', action)

    def _notify(self, text, kind='info', action=None):
        """Return the action that shows a text, then does another one or shows the letters anew."""
        return {
            'type': 'ir.actions.client',
            'tag': 'display_notification',
            'params': {
                'type': kind, 'message': text, 'sticky': kind == 'danger',
                'next': action or {'type': 'ir.actions.client', 'tag': 'soft_reload'},
            },
        }

    def _print(self, grounds):
        """Lay out what is not; return the letters left to print. What cannot be is `failed`.

        :param grounds: what `_read_grounds` has found in this transaction
        """
        stale = grounds.stale.sudo()
        ready = self.sudo() - stale
        ready._keep_layouts()
        printed = set(ready.ids)
        for letter in stale:
            try:
                with self.env.cr.savepoint():
                    if letter._serve_print(reading=grounds.readings[letter.id]):
                        printed.add(letter.id)
            except psycopg2.OperationalError:
                raise                         # somebody books on it: Odoo tries again
            except Exception as error:
                letter._set_not_laid_out(error)
        return self.filtered(lambda letter: letter.id in printed)

    def _serve_print(self, composed=None, reading=None):
        """Keep the document with the figures of this moment; returns whether anything is left.

        :param reading: what `_read_again` has found in this transaction; None to read now
        """
        facts = self._recheck(reading)
        if facts:
            self._store_document()
            self.is_printed_out = True
        return bool(facts)

    def _notify_missing_address(self):
        """Ask for e-mail addresses where levels wanted e-mail and paper has to do.

        One activity for a run, whatever the number of customers; who is named on an open one is
        not asked for again.
        """
        channels = self.env['dunning.level']._get_channels()
        letters = self.filtered(
            lambda letter: letter.channel != letter.level_id.channel
            and channels[letter.level_id.channel].is_mail)
        asked = self.env['mail.activity'].search([
            ('activity_type_id', '=', self.env.ref(_ADDRESS_ACTIVITY).id),
            ('res_model', '=', 'dunning.run')]).mapped('res_id') if letters else []
        on_paper = self.env['dunning.level']._find_channels('is_on_paper')
        known = set(self._read_group(
            [('run_id', 'in', asked), ('channel', 'in', on_paper)], ['company_id', 'partner_id'])
        ) if asked else set()
        for run, some in letters.grouped('run_id').items():
            customers = self.env['res.partner'].browse(dict.fromkeys(
                letter.partner_id.id for letter in some
                if (letter.company_id, letter.partner_id) not in known))
            if customers:
                run._ask_for_addresses(customers)


class DunningRun(models.Model):
    _inherit = 'dunning.run'

    def _ask_for_addresses(self, customers):
        """Give the clerk one activity about all customers whom no e-mail reaches."""
        clerk = self._get_clerk() or self.env.user
        told = speak_to(clerk, self)
        env = told.env
        names = customers[:_NAMED].mapped('display_name')
        texts = [env._(
            "%(count)s customers cannot be reached by e-mail: the address is missing, blocked, or "
            "mail came back. Their letters have to be printed.", count=len(customers)),
            "; ".join(names)]
        if len(customers) > _NAMED:
            texts.append(env._("and %(count)s more", count=len(customers) - _NAMED))
        told.activity_schedule(
            _ADDRESS_ACTIVITY, user_id=clerk.id, date_deadline=self.date,
            note=to_note("\n".join(texts)))
