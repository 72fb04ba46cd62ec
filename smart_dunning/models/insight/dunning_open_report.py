import base64
import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from ..paper.sheet import Sheet, make_book

_logger = logging.getLogger(__name__)

#: So many rows stand in the mail itself; the files have all.
_ROWS_IN_MAIL = 50
_UNITS = {'daily': 'days', 'weekly': 'weeks', 'monthly': 'months'}


class DunningOpenReport(models.Model):
    """Open items by mail: who gets which ones, how often, and as which file.

    Only users of the company get it, and only items of the company and its branches stand in it.
    """

    _name = 'dunning.open.report'
    _description = "Open Items by Mail"
    _inherit = ['mail.thread']
    _order = 'company_id, name, id'
    _check_company_auto = True

    name = fields.Char("Subject", required=True, translate=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        'res.company', required=True, index=True, default=lambda self: self.env.company)
    user_ids = fields.Many2many(
        'res.users', string="Recipients", required=True,
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]")
    is_own_only = fields.Boolean(
        "Own Customers Only",
        help="Each recipient gets the items of which they are the salesperson, and no mail where "
        "there are none.")
    frequency = fields.Selection(
        [('daily', "Daily"), ('weekly', "Weekly"), ('monthly', "Monthly")],
        default='weekly', required=True)
    next_date = fields.Date(
        "Next On", required=True, default=lambda self: self._get_first_date(),
        help="Sent in the morning of this day.")
    #: Which day of the month was wished: what is sent on the last of February is back on the 31st.
    month_day = fields.Integer(
        "Day of the Month", compute='_compute_month_day', store=True, readonly=False)
    partner_ids = fields.Many2many(
        'res.partner', string="Customers", help="Empty: all.")
    salesperson_ids = fields.Many2many(
        'res.users', 'dunning_open_report_salesperson_rel', string="Salespersons",
        help="Empty: all.")
    is_overdue_only = fields.Boolean("Overdue Items Only", default=True)
    file_format = fields.Selection(
        [('none', "None"), ('xlsx', "Excel (XLSX)"), ('pdf', "PDF")], "File", default='xlsx',
        required=True)
    last_date = fields.Date("Last Sent On", readonly=True, copy=False)
    note = fields.Char("Remark", readonly=True, copy=False)

    _month_day_possible = models.Constraint(
        'CHECK(month_day BETWEEN 1 AND 31)', "Please enter a day of the month from 1 to 31.")

    @api.model
    def _get_first_date(self):
        """Return the next Monday: lists are read at the beginning of a week."""
        today = self.env.company._get_dunning_today()
        return today + timedelta(days=7 - today.weekday())

    @api.depends('next_date')
    def _compute_month_day(self):
        for report in self:
            report.month_day = report.next_date and report.next_date.day

    @api.constrains('user_ids', 'company_id')
    def _check_users(self):
        for report in self.sudo():
            wrong = report.user_ids.filtered(
                lambda user, company=report.company_id: user.share
                or company not in user.company_ids)
            if wrong:
                raise ValidationError(self.env._(
                    "%(names)s cannot get figures of %(company)s: please choose users of the "
                    "company.", names=", ".join(wrong.mapped('name')),
                    company=report.company_id.name))

    # Sending ------------------------------------------------------------------------------------

    @api.model
    def _cron_send(self):
        """Send the reports whose day has come; one that fails is told of and stops no other."""
        reports = self.search([]).filtered(
            lambda one: one.next_date <= one.company_id._get_dunning_today())
        progress = self.env['ir.cron']._commit_progress
        progress(remaining=len(reports))
        for report in reports:
            today = report.company_id._get_dunning_today()
            try:
                with self.env.cr.savepoint():
                    report._send(today)
                    report.note = False
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                raise
            except Exception as error:  # noqa: BLE001, whatever is wrong with this one
                _logger.exception("Open items report %s was not sent.", report.id)
                report.note = str(error)[:200]
            report._set_next_date(today)
            if not progress(1):
                break

    def _set_next_date(self, today):
        """Go on to the first day of the rhythm after today, however many were missed."""
        wished = self.month_day if self.frequency == 'monthly' else None
        date, times = self.next_date, 0
        while date <= today:
            times += 1
            date = fields.Date.add(
                self.next_date, **{_UNITS[self.frequency]: times}, day=wished)
        self.write({'next_date': date, **({'month_day': wished} if wished else {})})

    def action_send_now(self):
        """Send the report now; the rhythm stays as it is."""
        self.check_access('write')
        for report in self:
            if not report.sudo()._send(report.company_id._get_dunning_today()):
                raise UserError(self.env._("There is nothing to send: no such item is open."))
        return True

    def _send(self, today, tell=None):
        """Queue one mail per recipient; return how many.

        :param tell: called with how many recipients are done, and how many there are
        """
        self.ensure_one()
        mails = self.env['mail.mail'].sudo()
        count = 0
        for place, user in enumerate(self.user_ids):
            if tell:
                tell(place, len(self.user_ids))
            # Whoever has left the company since gets nothing.
            if not user.active or user.share or self.company_id not in user.company_ids:
                continue
            report = self.with_context(lang=user.lang)
            items = report._read_items(user)
            if not user.email or not items:
                continue
            mails.create(report._prepare_mail(user, items, today))
            count += 1
        self.last_date = today
        return count

    def _read_items(self, user):
        """Return the rows of `dunning.ageing.report` that a recipient gets."""
        companies = self.company_id._get_dunning_branches()
        domain = Domain('company_id', 'in', companies.ids)
        if self.is_overdue_only:
            domain &= Domain('overdue_amount', '>', 0)
        if self.partner_ids:
            domain &= Domain('partner_id', 'in', self.partner_ids.commercial_partner_id.ids)
        if self.salesperson_ids:
            domain &= Domain('user_id', 'in', self.salesperson_ids.ids)
        if self.is_own_only:
            domain &= Domain('user_id', '=', user.id)
        rows = self.env['dunning.ageing.report'].sudo().with_context(
            allowed_company_ids=companies.ids).search(domain)
        return rows.sorted(lambda row: (row.partner_id.name or "", row.due, row.id))

    def _prepare_mail(self, user, items, today):
        currency = self.company_id.currency_id
        values = {
            'report': self, 'items': items[:_ROWS_IN_MAIL], 'count': len(items),
            'more': max(0, len(items) - _ROWS_IN_MAIL), 'currency': currency, 'today': today,
            'total': sum(items.mapped('amount')),
            'overdue': sum(items.mapped('overdue_amount')),
        }
        body = self.env['ir.qweb']._render('smart_dunning.open_report_mail', values)
        return {
            'subject': f"{self.name} – {self.company_id.name}",
            'email_to': user.email_formatted,
            'email_from': self.company_id.email_formatted or self.env.user.email_formatted,
            'body_html': body, 'auto_delete': True,
            'attachment_ids': [fields.Command.create(values)
                               for values in self._prepare_files(items, values)],
        }

    # Files --------------------------------------------------------------------------------------

    def _prepare_files(self, items, values):
        """Return the values of the attachment, if one is wanted."""
        if self.file_format == 'none':
            return []
        make = {'xlsx': self._make_xlsx, 'pdf': self._make_pdf}[self.file_format]
        date = values['today'].isoformat()
        return [{
            'name': f"{self.env._('Open items')} {date}.{self.file_format}",
            'datas': base64.b64encode(make(items, {**values, 'items': items, 'more': 0})),
        }]

    def _make_xlsx(self, items, _values):
        """Return a workbook; what people typed stays text and never becomes a formula."""
        heads = [self.env._("Customer"), self.env._("Document"), self.env._("Due Date"),
                 self.env._("Days"), self.env._("Level"), self.env._("Salesperson"),
                 self.env._("Open"), self.env._("Overdue")]
        return make_book([Sheet(heads, [[
            row.partner_id.display_name or "", row.number or "", row.due, row.days_overdue,
            row.level_id.name or "", row.user_id.name or "", row.amount, row.overdue_amount,
        ] for row in items], self.env._("Open items"))])

    def _make_pdf(self, _items, values):
        from ..paper import pdf, style  # noqa: PLC0415, needs Pango

        html = self.env['ir.qweb']._render('smart_dunning.open_report_pdf', values)
        company = self.company_id
        return pdf.render(str(html), style.get_style(
            company.font or 'Lato', company.primary_color or '#000000',
            company.secondary_color or '#555555'))
