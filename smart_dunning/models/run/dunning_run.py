from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..policy.bounds import check_day
from ..policy.evidence import get_chatter_fields


class DunningRun(models.Model):
    """A dunning run of one company: proposal, review, sending."""

    _name = 'dunning.run'
    _description = "Dunning Run"
    _inherit = ['mail.thread', 'mail.activity.mixin']
    _order = 'date desc, id desc'
    _check_company_auto = True
    _check_company_domain = models.check_company_domain_parent_of      # a branch's letter

    # What people may write, the first three until the run is planned. All else is written by the
    # system alone.
    _draft_fields = frozenset({'company_id', 'date', 'due_after'})
    _free_fields = _draft_fields | {'user_id'}

    name = fields.Char("Number", required=True, readonly=True, copy=False, default="/")
    company_id = fields.Many2one(
        'res.company', required=True, index=True, default=lambda self: self.env.company)
    currency_id = fields.Many2one(related='company_id.currency_id')
    date = fields.Date(
        required=True, default=lambda self: self.env.company._get_dunning_today(),
        help="The day for which the run decides who is due for which level.")
    state = fields.Selection([
        ('draft', "New"), ('planned', "Planned"), ('sending', "Sending"), ('done', "Done"),
        ('cancelled', "Cancelled"),
    ], default='draft', required=True, readonly=True, copy=False, tracking=True, index=True)
    user_id = fields.Many2one(
        'res.users', "Responsible", default=lambda self: self.env.user,
        domain=[('share', '=', False)])
    is_automatic = fields.Boolean("Nightly Run", readonly=True, copy=False)
    is_released = fields.Boolean(
        "Sent by Hand", readonly=True, copy=False,
        help="Somebody pressed Send: the letters go whether or not automatic dunning is on.")
    released_by_id = fields.Many2one(
        'res.users', "Sent on Request Of", readonly=True, copy=False)
    planned_on = fields.Date(readonly=True, copy=False)
    due_after = fields.Date(
        "Only Items Due After", copy=False, default=lambda self: self.env.company.dunning_due_after,
        help="Older open items are left out. Empty: everything counts.")
    bank_date = fields.Date(
        "Newest Bank Entry", readonly=True, copy=False,
        help="Payments after this day are not known to the run.")
    note = fields.Text("Remark", readonly=True, copy=False)
    letter_ids = fields.One2many('dunning.letter', 'run_id', "Letters", readonly=True)
    omission_ids = fields.One2many('dunning.omission', 'run_id', "Left Out", readonly=True)
    letter_count = fields.Integer("Number of Letters", compute='_compute_letter_figures')
    open_count = fields.Integer("Still to Send", compute='_compute_letter_figures')
    approval_count = fields.Integer("To Approve", compute='_compute_letter_figures')
    failed_count = fields.Integer("Failed", compute='_compute_letter_figures')
    print_count = fields.Integer("To Print", compute='_compute_letter_figures')
    layout_count = fields.Integer(
        "Laid Out", compute='_compute_layout_count',
        help="Of the letters to print: printing them only puts them together.")
    sent_count = fields.Integer("Sent", compute='_compute_letter_figures')
    omission_count = fields.Integer("Number Left Out", compute='_compute_omission_count')
    amount_total = fields.Monetary(
        "Total", compute='_compute_letter_figures', help="In company currency.")

    # One nightly run per company and day, whatever is started twice.
    _automatic_once = models.UniqueIndex(
        "(company_id, date) WHERE is_automatic",
        "The nightly run of this day exists already.")

    def _compute_letter_figures(self):
        """Count the letters by state; cancelled ones do not count."""
        rows = self.env['dunning.letter']._read_group(
            [('run_id', 'in', self.ids), ('state', '!=', 'cancelled')],
            ['run_id', 'state', 'channel'], ['__count', 'amount_company:sum'])
        on_paper = self.env['dunning.level']._find_channels('is_on_paper')
        for run in self:
            mine = [row[1:] for row in rows if row[0] == run]

            def count(*states, channel=None, mine=mine):
                return sum(
                    number for state, by, number, _amount in mine
                    if state in states and channel in (None, by))
            run.letter_count = sum(row[2] for row in mine)
            run.open_count = count('draft', 'ready', 'sending')
            run.approval_count = count('draft')
            run.failed_count = count('failed')
            run.sent_count = count('sent')
            run.print_count = sum(count('ready', channel=code) for code in on_paper)
            run.amount_total = sum(row[3] for row in mine)

    def _compute_layout_count(self):
        counts = dict(self.env['dunning.letter']._read_group(
            [('run_id', 'in', self.ids), ('state', '=', 'ready'),
             ('draft_document_id', '!=', False)], ['run_id'], ['__count']))
        for run in self:
            run.layout_count = counts.get(run, 0)

    def _compute_omission_count(self):
        counts = dict(self.env['dunning.omission']._read_group(
            [('run_id', 'in', self.ids)], ['run_id'], ['__count']))
        for run in self:
            run.omission_count = counts.get(run, 0)

    # CRUD ---------------------------------------------------------------------------------------

    @api.constrains('date')
    def _check_date(self):
        check_day(self, 'date')

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_protected(vals)
            company = self.env['res.company'].browse(
                vals.get('company_id') or self.env.company.id)
            vals.setdefault('due_after', company.dunning_due_after)
            if not (self.env.su and vals.get('name')):
                vals['name'] = self.env['ir.sequence'].sudo().with_company(company).next_by_code(
                    'dunning.run') or "/"
        return super().create(vals_list)

    def write(self, vals):
        self._check_protected(vals)
        if self._draft_fields & vals.keys() and any(run.state != 'draft' for run in self):
            raise UserError(self.env._("A planned run keeps its company, date and items."))
        result = super().write(vals)
        if 'company_id' in vals:
            # The record rules ask where a run comes from; where it goes to counts as well.
            self.check_access('write')
        return result

    def _check_protected(self, vals):
        if not self.env.su and vals.keys() - self._free_fields - get_chatter_fields(self):
            raise AccessError(self.env._("The state of a run is written by the system alone."))

    @api.ondelete(at_uninstall=False)
    def _unlink_except_evidence(self):
        if any(run.state not in ('draft', 'cancelled') for run in self):
            raise UserError(self.env._("Please cancel the run first; what was sent stays."))
        if self.sudo().letter_ids.filtered(lambda letter: letter.state == 'sent'):
            raise UserError(self.env._("A run with sent letters is evidence and stays."))
        self.sudo().letter_ids.unlink()

    # Actions ------------------------------------------------------------------------------------

    def action_plan(self):
        """Plan the run: write the letters that are due on its date, and who is left out and why.

        Nothing outside the run changes. Raises UserError when it is planned already.
        """
        self._plan_at_once()
        return True

    def _plan_at_once(self, tell=None):
        """Plan drafts now, whoever else could do it later.

        :param tell: see `_plan`
        """
        self.check_access('write')
        for run in self:
            if run.state != 'draft':
                raise UserError(self.env._("Run %(run)s is already planned.", run=run.name))
            run.sudo()._plan(tell=tell)

    def action_send(self):
        """Queue the letters for the send cron; those that wait for approval stay.

        Delivery is the work of the cron `ir_cron_dunning_send`, which commits letter by letter.
        """
        self.check_access('write')
        for run in self:
            if run.state not in ('planned', 'sending'):
                raise UserError(self.env._("Please plan run %(run)s first.", run=run.name))
        runs = self.sudo()
        runs.write({'is_released': True, 'released_by_id': self.env.uid})
        runs.filtered(lambda run: run.state == 'planned').write({'state': 'sending'})
        runs.activity_unlink(['smart_dunning.mail_activity_dunning_review'])
        runs._find_letters('draft', **{
            'level_id.needs_approval': False, 'insolvency_words': False}).write({'state': 'ready'})
        runs._close_if_finished()
        self.env['ir.cron']._wake_dunning_sender()
        self.env['dunning.letter']._wake_layout()
        return True

    def action_approve_all(self):
        """Approve every letter of the run that waits for it."""
        self._find_letters('draft').action_approve()
        return True

    def action_retry(self):
        """Send the failed letters once more."""
        self._find_letters('failed').action_retry()
        return True

    def action_cancel(self):
        """Cancel what was not sent yet; the accounting is as before."""
        self.check_access('write')
        for run in self:
            if run.state == 'done':
                raise UserError(self.env._("Run %(run)s is done.", run=run.name))
        runs = self.sudo()
        kept = runs._filter_with('sending', 'sent')
        runs._find_letters('draft', 'ready', 'failed')._set_cancelled(self.env._("Run cancelled"))
        (runs - kept).write({'state': 'cancelled'})
        runs._close_if_finished()
        return True

    def action_print_letters(self):
        """Render the letters to print, with today's figures, as one PDF for the printer."""
        self.check_access('write')
        return self._find_to_print().sorted('name').action_print()

    def action_mark_printed(self):
        """Record that everything printed goes by post."""
        self.check_access('write')
        letters = self._find_to_print().filtered('is_printed_out')
        if not letters:
            raise UserError(self.env._("Please print the letters first."))
        letters.action_printed()
        return True

    def _find_to_print(self):
        """Return the letters that wait for the printer."""
        return self.env['dunning.letter'].search([
            ('run_id', 'in', self.ids), ('state', '=', 'ready'),
            ('channel', 'in', self.env['dunning.level']._find_channels('is_on_paper'))])

    def _find_letters(self, *states, **values):
        """Return the letters of the runs in these states; a run may have many others."""
        return self.env['dunning.letter'].search(
            [('run_id', 'in', self.ids), ('state', 'in', states)]
            + [(name, '=', value) for name, value in values.items()])

    def _filter_with(self, *states):
        """Return those of the runs that have a letter in one of these states."""
        groups = self.env['dunning.letter']._read_group(
            [('run_id', 'in', self.ids), ('state', 'in', states)], ['run_id'])
        return self.browse(run.id for run, in groups)

    # State changes ------------------------------------------------------------------------------

    def _close_if_finished(self):
        """A run of which something was sent is done once no letter is left to do."""
        runs = self.sudo().filtered(lambda run: run.state in ('planned', 'sending'))
        begun = runs.filtered(lambda run: run.state == 'sending') | runs._filter_with('sent')
        finished = begun - begun._filter_with('draft', 'ready', 'sending', 'failed')
        finished.write({'state': 'done'})
        runs._renew_reviews()
        # What the nightly run had to say, such as letters left for tomorrow, stays to be read.
        finished.filtered(lambda run: not run.note).activity_unlink(
            ['smart_dunning.mail_activity_dunning_review'])

    def _get_send_date(self):
        """Return the date that letters sent today carry.

        The run's own date, moved by the days that went by since it could have been sent: a
        proposal sent three days late is dated three days later, a preview sent on its day is not.
        """
        self.ensure_one()
        today = self.company_id._get_dunning_today()
        waited = today - max(self.planned_on or today, self.date)
        return fields.Date.add(self.date, days=max(0, waited.days))
