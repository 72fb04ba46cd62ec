import logging

import psycopg2

from odoo import api, fields, models, tools
from odoo.fields import Domain

from ...logic.days import shift
from ..policy.addresses import format_recipients, to_header

_logger = logging.getLogger(__name__)

_LAYOUT = 'smart_dunning.dunning_mail_layout'


class DunningInstallmentPlan(models.Model):
    """The e-mails of a plan: the agreement through core's composer, answers come to the plan."""

    _inherit = 'dunning.installment.plan'

    email = fields.Char(related='recipient_id.email', string="E-mail")

    def action_send(self):
        """Open core's composer with the agreement attached."""
        self.ensure_one()
        self.check_access('write')
        self._check_state('active')
        template = self.env.ref(
            'smart_dunning.mail_template_installment_plan', raise_if_not_found=False)
        return {
            'type': 'ir.actions.act_window', 'res_model': 'mail.compose.message',
            'name': self.env._("Send agreement"), 'target': 'new',
            'view_mode': 'form', 'views': [(False, 'form')],
            'context': {
                'default_model': self._name, 'default_res_ids': self.ids,
                'default_composition_mode': 'comment',
                'default_template_id': template.id if template else False,
                'default_attachment_ids': self.sudo().document_id.ids,
                'default_email_layout_xmlid': _LAYOUT,
                'force_email': True,
            },
        }

    def _notify_by_email_prepare_rendering_context(self, message, *args, **kwargs):
        # EXTENDS mail: the layout of our letters names the particulars of the company
        context = super()._notify_by_email_prepare_rendering_context(message, *args, **kwargs)
        return {**context, 'footer': self.sudo()._get_mail_footer() if self else []}


class DunningInstallment(models.Model):
    """A friendly e-mail before each part, once, while nothing of it is missed."""

    _inherit = 'dunning.installment'

    @api.model
    def _cron_remind(self, batch_size=200):
        """Remind of the parts that are due soon; one that fails does not stop the others."""
        parts = self._find_to_remind()
        progress = self.env['ir.cron']._commit_progress
        progress(remaining=len(parts))
        crash = None
        for part in parts[:batch_size]:
            crash = part._remind_isolated() or crash
            if not progress(1):
                break                         # out of time: the scheduler calls again for the rest
        if crash:
            raise crash

    @api.model
    def _find_to_remind(self):
        """Return the parts to remind of today: of companies that let us send by ourselves."""
        parts = self.browse()
        for company in self.env['res.company'].search([('dunning_active', '=', True)]):
            self.env['dunning.installment.plan']._update_states(company)
            parts |= self._find_of_company(company, company._get_dunning_today())
        return parts

    @api.model
    def _find_of_company(self, company, today):
        policies = self.env['dunning.policy'].sudo()
        ahead = max(policies._get_for_company(company).mapped('installment_remind_days'), default=0)
        parts = self.sudo().search(
            self._get_queue_domain() & Domain('company_id', '=', company.id)
            & Domain('date_due', '>=', today) & Domain('date_due', '<=', shift(today, ahead)))
        assigned = policies._assign_all(company, parts.partner_id.ids)

        def is_time(part):
            days = policies.browse(assigned.get(part.partner_id.id)).installment_remind_days
            return days and part.date_due <= shift(today, days)
        return parts.filtered(is_time)

    @api.model
    def _get_queue_domain(self):
        """Return the parts of which the customer was not reminded yet, and can be by e-mail."""
        return (
            Domain('plan_id.state', '=', 'active') & Domain('state', 'in', ('due', 'partly'))
            & Domain('reminded_on', '=', False)
            & Domain('plan_id.recipient_id.email_normalized', '!=', False))

    def _remind_isolated(self):
        """Send one reminder in transactions of its own; return an unexpected error, if any."""
        self.ensure_one()
        try:
            part = self.try_lock_for_update().filtered_domain(self._get_queue_domain())
            if not part:
                return None
            part.reminded_on = part.company_id._get_dunning_today()
            mail = self.env['mail.mail'].create(part._prepare_reminder_values())
            # From here on it goes out once: by the next line, or by core's queue after a crash.
            self.env['ir.cron']._commit_progress()
            mail.send()
            if mail.state == 'exception':
                part._set_not_reminded(mail.failure_reason)
        except psycopg2.OperationalError:     # somebody books on the plan at this moment
            self.env.cr.rollback()
        except Exception as error:  # one reminder's defect must not stop the rest
            self.env.cr.rollback()
            _logger.exception("The reminder of instalment %s crashed", self.id)
            return error
        return None

    def _set_not_reminded(self, reason):
        """Try again with the next run, and tell the responsible person why it did not work."""
        self.reminded_on = False
        plan = self.plan_id
        plan._message_log(body=plan.with_context(lang=plan.user_id.lang).env._(
            "The reminder of the instalment of %(date)s could not be sent: %(reason)s",
            date=tools.format_date(self.env, self.date_due), reason=reason or "?"))

    def _prepare_reminder_values(self):
        """Return the values of the mail; answers come to the plan."""
        self.ensure_one()
        plan = self.plan_id
        template = self.env.ref('smart_dunning.mail_template_installment_reminder')
        texts = template._generate_template(self.ids, ('subject', 'body_html'))[self.id]
        plan = plan.with_context(lang=plan.lang).with_company(plan.company_id)
        author = plan.user_id.partner_id or plan.company_id.partner_id
        sender = plan.company_id._get_dunning_sender(plan.user_id)
        reply_to = plan._notify_get_reply_to_batch(
            defaults={plan.id: sender}, author_ids={plan.id: author.id})[plan.id]
        return {
            'subject': to_header(texts['subject']),
            'body_html': plan.env['mail.render.mixin']._render_encapsulate(
                _LAYOUT, texts['body_html'], context_record=plan,
                add_context={'company': plan.company_id, 'footer': plan._get_mail_footer()}),
            'email_from': sender,
            'email_to': format_recipients(plan.recipient_id.name, plan.email),
            'reply_to': reply_to or sender,
            'author_id': author.id,
            'message_type': 'email_outgoing',
            'model': plan._name,
            'res_id': plan.id,
            'record_name': plan.display_name,
            'record_company_id': plan.company_id.id,
            'record_alias_domain_id': plan.company_id.alias_domain_id.id,
            # A deleted mail takes its message along, and answers would not find the plan.
            'auto_delete': False,
        }

    # What the text of the reminder names ---------------------------------------------------------

    def _get_amount_text(self):
        """Return what is open of the part, as text in the language of the context."""
        return self.plan_id._format_document_money(self.amount - self.amount_paid)

    def _get_payment_lines(self):
        """Return pairs of what a transfer asks for: payee, account, reference."""
        plan = self.plan_id.sudo()
        bank = plan._choose_bank(plan.item_ids.move_id)
        lines = [(self.env._("Payee"), bank.acc_holder_name or bank.partner_id.name),
                 (self.env._("Account"), bank.acc_number)] if bank else []
        return [*lines, (self.env._("Reference"), plan._get_reference_to_type())]
