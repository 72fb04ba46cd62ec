from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain


class DunningPolicy(models.Model):
    _inherit = 'dunning.policy'

    copy_hours = fields.Integer(
        "Hours to Wait for Copies of Invoices", default=12,
        help="Letters wait so long for copies that are still being made, then go without and say "
        "so.")

    _copy_hours_bounds = models.Constraint(
        'CHECK(copy_hours BETWEEN 0 AND 240)', "Letters wait for copies for 0 to 240 hours.")


class DunningLetter(models.Model):
    """Copies of the invoices that go along with a letter.

    They are made ahead, by a cron of their own: a copy takes seconds, and a letter that is being
    sent holds its customer. A letter waits for its copies as long as its policy says, then goes
    without and says so.
    """

    _inherit = 'dunning.letter'

    copies_until = fields.Datetime(
        "Waits for Copies Until", readonly=True, copy=False,
        help="Until then the letter waits for the copies of its invoices. Empty: not looked at.")

    def _get_invoices(self):
        """Return the invoices that the letter asks for."""
        return self._get_asked_lines().move_id.sudo().filtered(
            lambda move: move.is_sale_document(include_receipts=True))

    def _get_copied_invoices(self):
        """Return the invoices whose copies shall go along."""
        if not self.level_id.attach_invoices or not self._get_channel().carries_files:
            return self.env['account.move']
        return self._get_invoices()

    def _get_invoice_attachments(self):
        """Return the files of the invoices asked for, where the level says so and there are any."""
        invoices = self._get_copied_invoices()
        files = self.env['dunning.copy']._find(invoices)
        return self.env['ir.attachment'].union(*(
            files[move] for move in invoices if move in files))

    def _get_missing_copies(self):
        """Return the invoices whose PDF should go along, but is not there."""
        invoices = self._get_copied_invoices()
        files = self.env['dunning.copy']._find(invoices)
        return invoices.filtered(lambda move: move not in files)

    def _tell_missing_copies(self):
        """Say on the letters which invoices have no PDF that could go along."""
        missing = {
            letter: moves for letter in self if (moves := letter._get_missing_copies())}
        for lang, letters in self.filtered(missing.get).grouped(
                lambda letter: letter._get_clerk().lang).items():
            env = self.with_context(lang=lang).env
            letters._message_log_batch({
                letter.id: env._(
                    "No copy attached of %(invoices)s: there is no PDF of them.",
                    invoices=", ".join(missing[letter].mapped('name')))
                for letter in letters})

    @api.model
    def _can_make_copies(self):
        """Return whether core's PDF engine is there."""
        return self.env['ir.actions.report'].get_wkhtmltopdf_state() in ('ok', 'upgrade')

    # Ahead of the sending -----------------------------------------------------------------------

    @api.model
    def _get_copies_domain(self):
        """Return the letters that wait for no copies, or no longer."""
        return (Domain('copies_until', '=', False)
                | Domain('copies_until', '<=', fields.Datetime.now()))

    @api.model
    def _wait_for_copies(self, queue):
        """Let letters wait for copies that can still be made, and have them made.

        :param queue: the domain of the letters that are to be sent
        """
        letters = self.search(queue & Domain('copies_until', '=', False) & Domain(
            'level_id.attach_invoices', '=', True))
        if not letters:
            return
        now = fields.Datetime.now()
        waiting = letters.filtered(lambda letter: letter._get_undecided_copies()) \
            if self._can_make_copies() else self.browse()
        # Before the moment that the queue asks for.
        (letters - waiting).copies_until = now - timedelta(minutes=1)
        for policy, some in waiting.grouped('policy_id').items():
            some.copies_until = now + timedelta(hours=policy.copy_hours)
        if waiting:
            self.env.ref('smart_dunning.ir_cron_dunning_copy').sudo()._trigger()

    def _get_undecided_copies(self):
        """Return the invoices of which a copy can still be tried."""
        return self.env['dunning.copy']._find_undecided(
            self._get_copied_invoices(), self.company_id._get_dunning_today())

    @api.model
    def _cron_make_copies(self):
        """Make what letters wait for, a copy a transaction, and let them go when it is done."""
        progress = self.env['ir.cron']._commit_progress
        waiting = Domain('state', '=', 'ready') & Domain(
            'copies_until', '>', fields.Datetime.now())
        letters = self.search(waiting, order='copies_until, id')
        seconds_left = progress(remaining=len(letters))
        for letter_id in letters.ids:
            if not seconds_left:
                break
            letter = self.browse(letter_id)
            day = letter.company_id._get_dunning_today()
            for move in letter._get_undecided_copies():
                self.env['dunning.copy']._make(move, day)
                if not progress(0):
                    return                    # the scheduler calls again for the rest
            letter.copies_until = fields.Datetime.now() - timedelta(minutes=1)
            seconds_left = progress(1)
        self.env['ir.cron']._wake_dunning_sender()
