from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain

from ...logic import portal
from ..policy.notes import speak_to


class DunningLetter(models.Model):
    """What the customer answers to a letter: bounds, records, evidence. Called as superuser."""

    _inherit = 'dunning.letter'

    answer_ids = fields.One2many('dunning.answer', 'letter_id', "Answers", readonly=True)
    received_at = fields.Datetime("Receipt Confirmed", readonly=True, copy=False)
    received_by = fields.Char(readonly=True, copy=False)

    def _get_reasons(self):
        """Return the reasons a customer may choose from when they object."""
        return self.env['dunning.pause.reason'].search(
            Domain('usage', '=', 'dispute') & Domain(
                'company_id', 'in', [False, *self.company_id.parent_ids.ids]))

    def _get_answerable_items(self, account=None, but=('installment',), is_promise=False):
        """Return what a promise or plan is about: what is asked for, and in no plan.

        :param account: the `Account` of the letter, where it is known already
        :param but: kinds of agreements that leave nothing more to agree
        :param is_promise: the part that is not disputed can be promised; a plan takes whole items,
            of one company
        """
        items = self.env['account.move.line'].union(*(
            item.line.move_line_id for item in (account or self._get_account()).payable_items
            if item.pause_kind not in but and (is_promise or not item.disputed)))
        return items if is_promise or items.company_id <= self.company_id else items.browse()

    def _record(self, kind, evidence, **values):
        """Record an answer; one that says the same and waits is not recorded twice.

        :param evidence: `said_by`, `ip_address`, `login_id`
        """
        self.ensure_one()
        if self.state == 'cancelled':
            raise UserError(self.env._("This letter was withdrawn."))
        self.env['dunning.promise'].new({'partner_id': self.partner_id.id})._lock_customer()
        if self.env['dunning.answer'].search_count([
                ('letter_id', '=', self.id), ('kind', '=', kind), ('state', '=', 'open'),
                ('move_id', '=', values.get('move_id', False))], limit=1):
            raise UserError(self.env._("You have told us already. We are looking at it."))
        return self.env['dunning.answer'].create({
            'kind': kind, 'letter_id': self.id, 'partner_id': self.partner_id.id,
            'company_id': self.company_id.id, 'currency_id': self.currency_id.id,
            'user_id': self._get_clerk().id, 'said_at': fields.Datetime.now(),
            **evidence, **values})

    def _finish(self, answer, is_accepted):
        """Make the record at once where that is allowed, and tell the responsible person."""
        if is_accepted:
            # What follows from it is told to the clerk, not to the customer.
            speak_to(answer._get_responsible(), answer)._take()
            answer.state = 'accepted'
        answer._tell_clerk()
        return answer

    # The kinds of answers -----------------------------------------------------------------------

    def _answer_promise(self, evidence, day, note=False):
        """Promise to pay what is open until a day; returns the answer.

        :raise UserError: with a text for the customer
        """
        items = self._get_answerable_items(is_promise=True)
        if not items:
            raise UserError(self.env._("There is nothing open here that could be promised."))
        promises = self.env['dunning.promise'].search([
            ('item_ids', 'in', items.ids), ('state', '!=', 'cancelled')])
        if any(one.state == 'open' for one in promises):
            raise UserError(self.env._(
                "You have promised the payment already. Please call us if that does not work."))
        policy = self.policy_id
        verdict = portal.judge_promise(
            day, self.company_id._get_dunning_today(), most_days=policy.portal_promise_days,
            earlier=len(promises), most=min(
                policy.portal_promise_max, policy.promise_max or policy.portal_promise_max))
        if verdict in (portal.PAST, portal.TOO_FAR):
            raise UserError(self.env._("Please choose a day between today and a year from now."))
        amount = min(self._get_account().total, sum(items.mapped('amount_residual_currency')))
        answer = self._record(
            'promise', evidence, date=day, amount=amount, note=note,
            item_ids=[Command.set(items.ids)])
        return self._finish(answer, verdict == portal.ACCEPTED)

    def _answer_dispute(self, evidence, move_id, reason_id, note, amount=None, files=()):
        """Object to an invoice of the letter, or to a part of it; returns the answer."""
        item = next((
            one for one in self._get_account().items
            if one.line.move_id.id == move_id and one.open > 0), None)
        reason = self._get_reasons().filtered(lambda one: one.id == reason_id)
        if not item or not reason or not note:
            raise UserError(self.env._(
                "Please choose an invoice and a reason, and write a few words."))
        move = item.line.move_id
        if self.env['dunning.dispute'].search_count(
                [('move_id', '=', move_id), ('state', '=', 'open')], limit=1):
            raise UserError(self.env._(
                "%(invoice)s is being clarified already.", invoice=move.name))
        answer = self._record(
            'dispute', evidence, move_id=move.id, reason_id=reason.id, note=note,
            amount=min(amount or move.amount_residual, move.amount_residual))
        answer._keep_files(files)
        return self._finish(answer, self.policy_id.portal_dispute == 'at_once')

    def _answer_paid(self, evidence, day, amount, note=False, files=()):
        """Say that it is paid: somebody looks for the payment, dunning does not wait for that."""
        today = self.company_id._get_dunning_today()
        if not 0 <= (today - day).days <= portal.MOST_DAYS_AHEAD or amount <= 0:
            raise UserError(self.env._("Please enter the day and the amount of your payment."))
        answer = self._record('paid', evidence, date=day, amount=amount, note=note)
        answer._keep_files(files)
        return self._finish(answer, False)

    def _answer_contact(self, evidence, name, email, phone=False):
        """Name the person for invoices and reminders; the clerk accepts it with one click."""
        if not name or not email:
            raise UserError(self.env._("Please enter a name and a valid e-mail address."))
        return self._finish(self._record(
            'contact', evidence, contact_name=name, contact_email=email, contact_phone=phone),
            False)

    def _answer_received(self, evidence):
        """Confirm that the letter arrived."""
        if self.received_at:
            return self.answer_ids.filtered(lambda one: one.kind == 'received')[:1]
        answer = self._record('received', evidence, state='accepted')
        self.write({'received_at': answer.said_at, 'received_by': answer.said_by})
        self._message_log(body=self._speak_to_clerk().env._(
            "%(name)s has confirmed that the letter arrived.", name=answer.said_by))
        return answer

    # Instalments --------------------------------------------------------------------------------

    def _prepare_plan_values(self, count, day, amount_part=0.0):
        items = self._get_answerable_items()
        return {
            'partner_id': self.partner_id.id, 'company_id': self.company_id.id,
            'currency_id': self.currency_id.id, 'user_id': self._get_clerk().id,
            'item_ids': [Command.set(items.ids)], 'count': count, 'amount_part': amount_part,
            'date_first': day, 'interval': 'monthly', 'portal_letter_id': self.id}

    def _preview_plan(self, count, day, amount_part=0.0):
        """Return the parts that a proposal means, as pairs of day and amount.

        :raise UserError: where the policy does not allow them, with its bounds
        """
        policy, today = self.policy_id, self.company_id._get_dunning_today()
        if policy.portal_plan == 'none' or self.env['dunning.installment.plan'].search_count([
                ('portal_letter_id', '=', self.id), ('state', 'in', ('draft', 'active'))]):
            raise UserError(self.env._("No more instalments can be proposed here. Please call us."))
        if not 1 <= count <= 120:
            raise UserError(self.env._("Please enter the number of instalments."))
        plan = self.env['dunning.installment.plan'].with_company(self.company_id).new(
            self._prepare_plan_values(count, day, amount_part))
        parts = [(row['date_due'], row['amount']) for row in plan._prepare_parts_values()]
        bounds = self._get_plan_bounds()
        refusal = portal.judge_parts(parts, today, bounds)
        if refusal:
            raise UserError(self._get_bounds_text(bounds))
        return parts

    def _get_plan_bounds(self):
        policy = self.policy_id
        return portal.Bounds(
            policy.portal_plan_parts, self.company_currency_id._convert(
                policy.portal_plan_part_min, self.currency_id, self.company_id,
                self.company_id._get_dunning_today()),
            policy.portal_plan_first_days, policy.portal_plan_days)

    def _get_bounds_text(self, bounds):
        """Return in a sentence what instalments may be proposed."""
        today = self.company_id._get_dunning_today()
        return self.env._(
            "Possible are up to %(count)s instalments of at least %(amount)s, the first until "
            "%(first)s, the last until %(last)s.", count=bounds.parts or 120,
            amount=self._format_document_money(bounds.smallest),
            first=self._format_document_date(
                fields.Date.add(today, days=bounds.first_days or portal.MOST_DAYS_AHEAD)),
            last=self._format_document_date(fields.Date.add(today, days=bounds.days or 3650)))

    def _answer_plan(self, evidence, count, day, amount_part=0.0):
        """Propose instalments: a plan in draft, which the clerk or the signature puts in force."""
        parts = self._preview_plan(count, day, amount_part)
        answer = self._record('plan', evidence, date=day, amount=sum(part[1] for part in parts))
        answer.plan_id = self.env['dunning.installment.plan'].with_company(
            self.company_id).create(self._prepare_plan_values(count, day, amount_part))
        if self.policy_id.portal_plan == 'signed':
            answer.state = 'accepted'
        answer._tell_clerk()
        return answer
