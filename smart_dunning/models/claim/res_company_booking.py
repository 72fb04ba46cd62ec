from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

#: Accounts of the shipped charts, by their names there: other interest; other operating income
#: that bears no tax. Damages are outside the scope of VAT (UStAE 1.3), so no account with one.
INTEREST_ACCOUNTS = ('account_2650', 'chart_skr04_7100')
FEE_ACCOUNTS = ('account_8603', 'chart_skr04_4830')


class ResCompany(models.Model):
    _inherit = 'res.company'

    dunning_booking = fields.Selection([
        ('never', "Not automatically"), ('letter', "When the letter goes out"),
        ('paid', "When the customer pays"),
    ], "Booking of Fees and Interest", required=True, default='never')
    dunning_interest_account_id = fields.Many2one(
        'account.account', "Late Interest Account", check_company=True)
    dunning_fee_account_id = fields.Many2one('account.account', check_company=True)
    dunning_journal_id = fields.Many2one(
        'account.journal', "Journal of Charges", check_company=True,
        domain=[('type', '=', 'general')])
    dunning_allocate_costs_first = fields.Boolean(
        "Costs and Interest First",
        help="A payment settles fees and interest before the invoice, § 367 BGB.")

    def _get_dunning_account(self, kind):
        """Return the account on which a kind of charge is booked as income.

        :param kind: 'fee', 'lump_sum' or 'interest'
        :raise UserError: when there is none
        """
        self.ensure_one()
        name, shipped = (
            ('dunning_interest_account_id', INTEREST_ACCOUNTS) if kind == 'interest'
            else ('dunning_fee_account_id', FEE_ACCOUNTS))
        account = (
            self._get_nearest_dunning_value(name)
            or self._get_chart_record('account.account', shipped)
            or self._get_other_income_account())
        if not account:
            raise UserError(self.env._(
                "%(company)s has no “%(account)s”. Please choose one in the settings of dunning.",
                company=self.name,
                account=self._fields[name]._description_string(self.env)))
        return account

    def _get_dunning_journal(self):
        """Return the journal in which charges are booked.

        :raise UserError: when there is none
        """
        self.ensure_one()
        journal = (
            self._get_nearest_dunning_value('dunning_journal_id')
            or self._get_chart_record('account.journal', ('general',)))
        if not journal:
            used = self.parent_ids.sudo()
            journal = self.env['account.journal'].sudo().search([
                *self.env['account.journal']._check_company_domain(self),
                ('type', '=', 'general'),
                ('id', 'not in', (
                    used.currency_exchange_journal_id | used.tax_cash_basis_journal_id).ids),
            ], limit=1)
        if not journal:
            raise UserError(self.env._(
                "%(company)s has no journal for dunning charges. Please choose one in the "
                "settings of dunning.", company=self.name))
        return journal

    def _check_dunning_booking(self):
        """Refuse to book charges where an account or the journal is missing.

        :raise UserError: what is missing, and where to choose it
        """
        for kind in ('interest', 'fee'):
            self._get_dunning_account(kind)
        self._get_dunning_journal()

    def _get_nearest_dunning_value(self, name):
        """Return a setting of the company, else of its nearest parent that has it."""
        for company in reversed(self.sudo().parent_ids):
            if company[name]:
                return company[name]
        return self.sudo()[name]

    def _get_chart_record(self, model, names):
        """Return the first active record of the company's chart that bears one of these names."""
        chart = self.env['account.chart.template'].sudo().with_company(self)
        for name in names:
            record = chart.ref(name, raise_if_not_found=False)
            if record and record.exists().active:
                return record
        return self.env[model]

    def _get_other_income_account(self):
        """Return the first account of other income that has no special use."""
        used = self.parent_ids.sudo()
        special = (
            used.income_currency_exchange_account_id
            | used.default_cash_difference_income_account_id
            | used.account_journal_early_pay_discount_gain_account_id)
        accounts = self.env['account.account'].sudo().with_company(self)
        return accounts.search(
            Domain(accounts._check_company_domain(self))
            & Domain('account_type', '=', 'income_other') & Domain('tax_ids', '=', False)
            & Domain('id', 'not in', special.ids), order='code, id', limit=1)

    def _get_first_open_day(self, date, journal):
        """Return a date, or the day after the lock date that has passed over it.

        What a closed period can no longer take is booked at the first open day, as core does with
        bills that come late: the charge keeps the date of its letter.
        """
        self.ensure_one()
        locks = self._get_violated_lock_dates(date, False, journal)
        return locks[-1][0] + timedelta(days=1) if locks else date
