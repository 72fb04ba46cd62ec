from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..policy.evidence import get_chatter_fields
from ..policy.labels import get_label
from ..policy.notes import speak_to, to_note


class DunningAnswer(models.Model):
    """What a customer has said on their page, with the evidence of it.

    What the policy lets through has its promise, dispute or plan at once; the rest waits for the
    clerk, whose click makes the same record. Written by the system alone.
    """

    _name = 'dunning.answer'
    _description = "Answer of a Customer"
    _inherit = ['mail.thread', 'mail.activity.mixin']
    _order = 'said_at desc, id desc'
    _check_company_auto = True
    _mail_post_access = 'read'

    kind = fields.Selection([
        ('promise', "Promise to pay"), ('dispute', "Dispute"), ('plan', "Instalments"),
        ('paid', "Says it is paid"), ('contact', "Other contact"),
        ('received', "Receipt confirmed"),
    ], required=True, readonly=True, index=True)
    state = fields.Selection([
        ('open', "To decide"), ('accepted', "Accepted"), ('declined', "Declined"),
    ], required=True, readonly=True, default='open', index=True, tracking=True)
    letter_id = fields.Many2one(
        'dunning.letter', required=True, readonly=True, index=True, ondelete='restrict')
    partner_id = fields.Many2one(
        'res.partner', "Customer", required=True, readonly=True, index=True, ondelete='restrict')
    company_id = fields.Many2one('res.company', required=True, readonly=True, index=True)
    currency_id = fields.Many2one('res.currency', required=True, readonly=True)
    user_id = fields.Many2one('res.users', "Responsible", domain=[('share', '=', False)])
    item_ids = fields.Many2many('account.move.line', string="Items", readonly=True)
    move_id = fields.Many2one('account.move', "Invoice", readonly=True, ondelete='restrict')
    date = fields.Date("Day", readonly=True, help="Pays until, or has paid on, this day.")
    amount = fields.Monetary(readonly=True)
    reason_id = fields.Many2one('dunning.pause.reason', readonly=True, ondelete='restrict')
    note = fields.Text("What They Write", readonly=True)
    contact_name = fields.Char(readonly=True)
    contact_email = fields.Char(readonly=True)
    contact_phone = fields.Char(readonly=True)
    said_by = fields.Char("Name", required=True, readonly=True, help="As typed by the customer.")
    said_at = fields.Datetime(required=True, readonly=True)
    ip_address = fields.Char("IP Address", readonly=True)
    login_id = fields.Many2one(
        'res.users', "Logged In As", readonly=True, help="Empty: came by the link of the letter.")
    promise_id = fields.Many2one('dunning.promise', readonly=True)
    dispute_id = fields.Many2one('dunning.dispute', readonly=True)
    plan_id = fields.Many2one('dunning.installment.plan', "Instalment Plan", readonly=True)
    contact_id = fields.Many2one('res.partner', "New Contact", readonly=True)

    _open_once = models.UniqueIndex(
        "(letter_id, kind, COALESCE(move_id, 0)) WHERE state = 'open'",
        "This was said already, and is being looked at.")

    @api.depends('kind', 'letter_id.name')
    def _compute_display_name(self):
        for answer in self:
            answer.display_name = f"{get_label(answer, 'kind')} ({answer.sudo().letter_id.name})"

    @api.model_create_multi
    def create(self, vals_list):
        self._check_system()
        return super().create(vals_list)

    def write(self, vals):
        if vals.keys() - get_chatter_fields(self) - {'user_id'}:
            self._check_system()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_evidence(self):
        raise UserError(self.env._("What a customer has said is evidence and stays."))

    def _check_system(self):
        if not self.env.su:
            raise AccessError(self.env._("What customers have said is written by them alone."))

    # The clerk decides --------------------------------------------------------------------------

    def action_accept(self):
        """Make of the answer what the customer wants: promise, dispute, plan, contact."""
        self.check_access('write')
        self._check_open()
        for answer in self.sudo():
            answer._take()
            answer._set_decided('accepted')
        return True

    def action_decline(self):
        """Turn the answer down; the customer sees that on their page."""
        self.check_access('write')
        self._check_open()
        for answer in self.sudo():
            if answer.plan_id.state == 'draft':
                answer.plan_id.action_cancel()
            answer._set_decided('declined')
        return True

    def _check_open(self):
        for answer in self:
            if answer.state != 'open':
                raise UserError(self.env._(
                    "“%(answer)s” is decided already.", answer=answer.display_name))

    def _set_decided(self, state):
        self.ensure_one()
        self.write({'state': state})
        self.activity_unlink(['smart_dunning.mail_activity_dunning_answer'])

    def _take(self):
        """Make the record that a clerk would make; called as superuser."""
        self.ensure_one()
        getattr(self, f'_take_{self.kind}')()

    def _take_promise(self):
        items = self.item_ids.filtered(
            lambda item: not item.reconciled and item.parent_state == 'posted')
        if not items:
            raise UserError(self.env._("Nothing of it is open any more."))
        left = self.amount
        for company, of_company in sorted(
                items.grouped('company_id').items(), key=lambda pair: pair[0] != self.company_id):
            if self.promise_id and self.currency_id.compare_amounts(left, 0.0) <= 0:
                break
            promise = self._make_promise(company, of_company, left)
            self.promise_id = self.promise_id or promise
            left -= promise.amount

    def _make_promise(self, company, items, most):
        """Return the promise about the items of one company; branches keep books of their own.

        :param most: what is promised in all, in the currency of the answer
        """
        promises = self.env['dunning.promise'].with_company(company)
        one = promises.new({'item_ids': items.ids, 'currency_id': self.currency_id.id})
        return promises.create({
            'partner_id': self.partner_id.id, 'company_id': company.id,
            'currency_id': self.currency_id.id, 'user_id': self._get_responsible().id,
            'item_ids': [fields.Command.set(items.ids)], 'date': self.date, 'channel': 'portal',
            'amount': min(most, self.currency_id.round(one._get_promisable_amount())),
            'said_by': self.said_by, 'note': self.note, 'portal_letter_id': self.letter_id.id})

    def _take_dispute(self):
        dispute = self.env['dunning.dispute'].with_company(self.company_id).create({
            'move_id': self.move_id.id, 'reason_id': self.reason_id.id,
            'amount': min(self.amount, self.move_id.amount_residual), 'note': self.note,
            'user_id': self._get_responsible().id, 'portal_letter_id': self.letter_id.id,
            'said_by': self.said_by})
        self._get_files().write({'res_model': dispute._name, 'res_id': dispute.id})
        self.dispute_id = dispute

    def _take_plan(self):
        self.plan_id.action_confirm()

    def _take_paid(self):
        """The clerk has looked for the payment: nothing else follows."""

    def _take_received(self):
        """The receipt stands on the letter."""

    def _take_contact(self):
        """Let letters go to the person from now on; who is not known yet is created."""
        known = self.partner_id.child_ids.filtered(
            lambda one: one.email_normalized == self.contact_email)
        self.contact_id = known[:1] or self.env['res.partner'].create({
            'parent_id': self.partner_id.id, 'type': 'invoice', 'name': self.contact_name,
            'email': self.contact_email, 'phone': self.contact_phone,
            'lang': self.partner_id.lang})
        self.partner_id.dunning_contact_id = self.contact_id

    # Around it ----------------------------------------------------------------------------------

    def _get_responsible(self):
        return self.user_id or self.letter_id._get_clerk() or self.env.ref('base.user_admin')

    def _get_files(self):
        return self.env['ir.attachment'].search(
            [('res_model', '=', self._name), ('res_id', '=', self.id)])

    def _keep_files(self, files):
        """Keep what the customer has sent along.

        :param files: tuples of name and content, looked at before
        """
        self.env['ir.attachment'].create([{
            'name': name, 'raw': content, 'res_model': self._name, 'res_id': self.id,
        } for name, content in files])

    def _tell_clerk(self):
        """Give the responsible person an activity, and the debtor a line in its history."""
        self.ensure_one()
        told = speak_to(self._get_responsible(), self)
        text = told._get_summary()
        told.activity_schedule(
            'smart_dunning.mail_activity_dunning_answer', note=to_note(text),
            user_id=self._get_responsible().id)
        debtor = self.env['dunning.debtor']._get_of(self)
        debtor.message_post(body=to_note(text))

    def _get_summary(self):
        """Return what was said, by whom and from where, as lines of text."""
        facts = [
            self.env._("By the customer: %(kind)s", kind=get_label(self, 'kind')),
            self.move_id.name, self.reason_id.name,
            self.amount and self.currency_id.format(self.amount),
            self.date and self.letter_id._format_document_date(self.date),
            self.contact_name, self.contact_email, self.contact_phone, self.note,
            self.env._("%(name)s, %(ip)s", name=self.said_by, ip=self.ip_address or '–')]
        return "\n".join(filter(None, facts))
