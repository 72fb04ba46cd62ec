from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import SQL

from ..policy.addresses import find_addresses
from ..policy.bounds import check_text
from ..policy.channel import CHANNELS
from ..policy.evidence import get_chatter_fields
from ..policy.labels import get_label


class DunningLetter(models.Model):
    """One letter to one customer in one currency, at one level, with its evidence."""

    _name = 'dunning.letter'
    _description = "Dunning Letter"
    _inherit = ['mail.thread', 'mail.activity.mixin']
    _order = 'date desc, id desc'
    _check_company_auto = True
    _mail_post_access = 'read'

    # What people may write, as long as the letter is open. All else is state and evidence, written
    # by the system alone.
    _free_fields = frozenset({
        'recipient_id', 'email', 'channel', 'deadline', 'user_id', 'own_words'})
    # What a letter asks for besides the open items.
    _charge_fields = ('amount_interest', 'amount_lump_sum', 'amount_fee', 'amount_charges')

    name = fields.Char("Number", required=True, readonly=True, copy=False, index=True)
    run_id = fields.Many2one(
        'dunning.run', required=True, index=True, ondelete='restrict', readonly=True,
        check_company=True)
    company_id = fields.Many2one('res.company', required=True, index=True, readonly=True)
    date = fields.Date(required=True, readonly=True, help="The date of the letter.")
    partner_id = fields.Many2one(
        'res.partner', "Customer", required=True, index=True, ondelete='restrict', readonly=True)
    recipient_id = fields.Many2one(
        'res.partner', required=True, ondelete='restrict',
        domain="[('commercial_partner_id', '=', partner_id)]",
        help="Whose address stands on the letter: the invoice contact, or the customer.")
    email = fields.Char("E-mail", compute='_compute_email', store=True, readonly=False)
    currency_id = fields.Many2one('res.currency', required=True, readonly=True)
    company_currency_id = fields.Many2one(
        related='company_id.currency_id', string="Company Currency")
    policy_id = fields.Many2one('dunning.policy', required=True, readonly=True, index=True)
    level_id = fields.Many2one('dunning.level', required=True, readonly=True, index=True)
    level_position = fields.Integer(
        related='level_id.position', string="Level No.", aggregator=None)
    is_prenotice = fields.Boolean("Reminder Before the Due Date", readonly=True)
    channel = fields.Selection(CHANNELS, required=True, default='email')
    user_id = fields.Many2one(
        'res.users', "Responsible", help="Signs the letter and gets the answers.")
    line_ids = fields.One2many('dunning.letter.line', 'letter_id', "Items", readonly=True)
    state = fields.Selection([
        ('draft', "To approve"), ('ready', "Ready"), ('sending', "Being sent"), ('sent', "Sent"),
        ('failed', "Failed"), ('cancelled', "Cancelled"),
    ], default='draft', required=True, readonly=True, index=True)
    insolvency_words = fields.Char(
        "Words about Insolvency", readonly=True, copy=False,
        help="What the name of the customer says. Such letters wait for approval: once insolvency "
        "proceedings are opened, claims are filed with the administrator.")
    needs_approval = fields.Boolean(compute='_compute_needs_approval')
    amount_due = fields.Monetary("Sum of Items", readonly=True)
    amount_credit = fields.Monetary("Credits", readonly=True)
    amount_interest = fields.Monetary(
        "Late Interest", readonly=True, help="Since the last letter that claimed any.")
    amount_lump_sum = fields.Monetary("Lump Sum", readonly=True)
    amount_fee = fields.Monetary("Dunning Fee", readonly=True)
    amount_charges = fields.Monetary(
        "From Earlier Letters", readonly=True,
        help="Interest, lump sums and fees that earlier letters have claimed and nobody paid.")
    amount_total = fields.Monetary(
        "Total", compute='_compute_amount_total', store=True, aggregator=None)
    amount_company = fields.Monetary(
        "Total in Company Currency", currency_field='company_currency_id', readonly=True,
        help="What the letter asks for, fees and interest included, at the rate of its items.")
    oldest_due_date = fields.Date(readonly=True)
    deadline = fields.Date("Pay Until")
    is_deadline_typed = fields.Boolean(
        "Deadline Typed", readonly=True, copy=False,
        help="A person has entered the deadline: it stays, also when the letter is dated later.")
    own_words = fields.Text(
        "A Sentence of Your Own", copy=False,
        help="Stands on this letter and in its e-mail, after the text of the level.")
    sent_date = fields.Date("Sent On", readonly=True, copy=False)
    sent_at = fields.Datetime(readonly=True, copy=False)
    sent_by_id = fields.Many2one('res.users', readonly=True, copy=False)
    released_by_id = fields.Many2one(
        'res.users', "Sent on Request Of", readonly=True, copy=False,
        help="Who pressed the button; the mail server is served by the system.")
    message_uid = fields.Char("Message-Id", readonly=True, copy=False, index='btree_not_null')
    document_id = fields.Many2one(
        'ir.attachment', "PDF as Sent", readonly=True, copy=False, ondelete='restrict')
    note = fields.Char("Remark", readonly=True, help="Why the letter failed or was cancelled.")
    is_fate_unknown = fields.Boolean(
        "Unknown Whether Sent", readonly=True,
        help="The system stopped while the mail was handed over. Please check and decide.")
    is_released = fields.Boolean(
        "Sent by Hand", readonly=True, copy=False,
        help="Sent individually, independent of its run.")
    is_bounced = fields.Boolean("Bounced", readonly=True)
    bounced_date = fields.Date("Came Back On", readonly=True, copy=False)
    bounced_email = fields.Char("Came Back From", readonly=True, copy=False)
    is_printed_out = fields.Boolean(
        "Rendered for the Printer", readonly=True, copy=False,
        help="Its document is the one for the envelope, not that of an e-mail that came back.")

    merged_from = fields.Integer(
        "Customer Before Merging", readonly=True, copy=False,
        help="Number of the customer it was written to, who has become one with another.")

    _open_idx = models.Index(
        "(company_id, partner_id) WHERE state IN ('draft', 'ready', 'sending', 'failed')")
    _sent_idx = models.Index("(company_id, partner_id, sent_date) WHERE state = 'sent'")
    # The list begins with the newest, of however many letters there are.
    _list_idx = models.Index("(company_id, date DESC, id DESC)")
    _run_partner_uniq = models.UniqueIndex(
        "(run_id, partner_id, currency_id, policy_id, level_id, COALESCE(merged_from, 0))",
        "A run makes one letter per customer, currency, policy and level.")

    @api.depends('amount_due', 'amount_credit', *_charge_fields)
    def _compute_amount_total(self):
        for letter in self:
            letter.amount_total = letter.amount_due - letter.amount_credit + sum(
                letter[name] for name in self._charge_fields)

    @api.depends('level_id.needs_approval', 'insolvency_words')
    def _compute_needs_approval(self):
        for letter in self:
            letter.needs_approval = bool(letter.level_id.needs_approval or letter.insolvency_words)

    @api.depends('recipient_id')
    def _compute_email(self):
        for letter in self:
            recipient = letter.recipient_id
            letter.email = recipient.email or recipient.commercial_partner_id.email

    @api.constrains('own_words')
    def _check_own_words(self):
        check_text(self, 'own_words')

    @api.constrains('channel')
    def _check_channel(self):
        served = self.env['dunning.level']._get_channels()
        for letter in self:
            if letter.channel not in served:
                raise ValidationError(self.env._(
                    "No module serves the channel “%(channel)s”.",
                    channel=get_label(letter, 'channel')))

    # CRUD ---------------------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            raise AccessError(self.env._("Letters are written by a dunning run."))
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su:
            if vals.keys() - self._free_fields - get_chatter_fields(self):
                raise AccessError(self.env._(
                    "State and evidence of a letter are written by the system alone."))
            if self._free_fields & vals.keys():
                self._check_open()
            if 'deadline' in vals:
                self.sudo().write({'is_deadline_typed': bool(vals['deadline'])})
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_evidence(self):
        if any(letter.state in ('sending', 'sent') for letter in self):
            raise UserError(self.env._("A letter that was sent is evidence and stays."))

    def _get_evidence(self):
        # EXTENDS smart_dunning: what happened to a letter that left the house is kept
        return self.filtered(lambda letter: letter.state in ('sending', 'sent'))

    def _check_open(self, states=('draft', 'ready', 'failed')):
        for letter in self:
            if letter.state not in states:
                raise UserError(self.env._(
                    "Letter %(letter)s is %(state)s and cannot be changed any more.",
                    letter=letter.name, state=get_label(letter, 'state')))

    # Actions ------------------------------------------------------------------------------------

    def action_approve(self):
        """Let letters that need approval go out with their run."""
        self.check_access('write')
        self._check_open()
        self.sudo().filtered(lambda letter: letter.state == 'draft').write({'state': 'ready'})
        self._get_runs()._renew_reviews()
        self.env['ir.cron']._wake_dunning_sender()
        self._wake_layout()
        return True

    def action_take_out(self):
        """Leave letters out of their run; their items come back with the next one."""
        self.check_access('write')
        asked = self.filtered(
            lambda letter: letter.state == 'sending' and letter._get_channel().needs_person)
        (self - asked)._check_open()
        asked._finish_activities('smart_dunning.mail_activity_dunning_call')
        self._set_cancelled(self.env._("Taken out by %(user)s", user=self.env.user.name))
        return True

    def action_channel_email(self):
        """Send by e-mail instead."""
        for letter in self:
            if not find_addresses(letter.email):
                raise UserError(self.env._(
                    "%(customer)s has no valid e-mail address. Please enter one first.",
                    customer=letter.partner_id.display_name))
        self.write({'channel': 'email'})
        return True

    def action_channel_print(self):
        """Print instead; the deadline is later by the days of the post, unless it was typed."""
        self.write({'channel': 'print'})
        for letter in self.sudo().filtered(lambda letter: not letter.is_prenotice):
            run = letter._get_own_run()
            if not letter.is_deadline_typed and letter.deadline == run._find_deadline(
                    letter.level_id, 'email', letter.date, letter.company_id):
                letter.deadline = run._find_deadline(
                    letter.level_id, 'print', letter.date, letter.company_id)
        return True

    def action_send(self):
        """Send these letters now, whatever happens with the rest of their run."""
        self.check_access('write')
        self._check_open()
        self._reset_attempts()
        self.sudo().write({
            'state': 'ready', 'note': False, 'is_released': True,
            'released_by_id': self.env.uid})
        self.env['ir.cron']._wake_dunning_sender()
        self._wake_layout()
        return True

    def action_retry(self):
        """Send failed letters once more."""
        self.check_access('write')
        self._check_open(('failed',))
        self.action_send()
        return True

    # State changes ------------------------------------------------------------------------------

    def _set_cancelled(self, reason):
        """Close letters that will not be sent; their items are free for the next run.

        Two statements, whatever their number: a run may have ten thousand.
        """
        if not self:
            return
        runs = self._get_runs()
        self.env.flush_all()
        self.env.cr.execute(SQL("""
            UPDATE dunning_letter SET state = 'cancelled', note = %s, is_fate_unknown = FALSE,
                   write_uid = %s, write_date = now() AT TIME ZONE 'UTC'
             WHERE id = ANY(%s)
        """, reason, self.env.uid, self.ids))
        self.env.cr.execute(SQL("""
            UPDATE dunning_letter_line SET state = 'dropped', drop_reason = %s,
                   write_uid = %s, write_date = now() AT TIME ZONE 'UTC'
             WHERE letter_id = ANY(%s) AND state IN ('draft', 'sending')
        """, reason, self.env.uid, self.ids))
        self.env['dunning.letter'].invalidate_model()
        self.env['dunning.letter.line'].invalidate_model()
        runs._close_if_finished()

    def _get_runs(self):
        """Return the runs of the letters, which need not be read for that."""
        return self.env['dunning.run'].sudo().browse(
            run.id for run, in self.sudo()._read_group([('id', 'in', self.ids)], ['run_id']))

    def _set_failed(self, reason):
        """Keep a letter that could not be sent, with a reason a clerk understands."""
        letters = self.sudo()
        letters.write({'state': 'failed', 'note': reason})
        letters.line_ids.filtered(lambda line: line.state == 'sending').write({'state': 'draft'})
