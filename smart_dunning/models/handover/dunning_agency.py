from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Command

from ...logic import handover, handover_record
from ..policy.bounds import check_text

#: What a new agency gets: what they all ask for, in their common order.
_DEFAULT_COLUMNS = (
    'case_number', 'debtor_kind', 'debtor_name', 'debtor_street', 'debtor_zip', 'debtor_city',
    'debtor_country', 'debtor_email', 'debtor_phone', 'debtor_vat', 'claim_number', 'claim_date',
    'claim_due', 'claim_original', 'claim_paid', 'claim_open', 'currency', 'claim_subject',
    'claim_default_date', 'claim_default_basis', 'claim_first_reminder', 'claim_interest',
    'claim_lump_sum', 'case_fees', 'claim_limitation')


class DunningAgency(models.Model):
    """A collection agency (or a lawyer): what it takes, how it gets it, what it is told."""

    _name = 'dunning.agency'
    _description = "Collection Agency"
    _inherit = ['mail.thread']
    _order = 'sequence, id'
    _check_company_auto = True

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10, help="The first one that takes a case gets it.")
    company_id = fields.Many2one(
        'res.company', required=True, index=True, default=lambda self: self.env.company)
    currency_id = fields.Many2one(related='company_id.currency_id', string="Currency")
    partner_id = fields.Many2one(
        'res.partner', "Contact", required=True, ondelete='restrict', check_company=True,
        help="Its address, language and e-mail: cases and news go there.")
    email = fields.Char(related='partner_id.email', string="E-mail")
    creditor_reference = fields.Char(
        "Our Client Number", help="By which number the agency knows this company.")
    country_ids = fields.Many2many(
        'res.country', string="Countries",
        help="It works on customers in these countries. Empty: in all.")
    min_amount = fields.Monetary(
        "Cases From", help="In company currency. 0: from the first cent.")
    max_amount = fields.Monetary("Cases Up To", help="In company currency. 0: without a bound.")
    customers = fields.Selection([
        (handover.ALL, "All customers"), (handover.BUSINESS, "Businesses"),
        (handover.CONSUMER, "Consumers"),
    ], required=True, default=handover.ALL)
    reports_to_bureau = fields.Boolean(
        "Reports to a Credit Bureau", tracking=True,
        help="The agency may report the claim to a credit bureau. For natural persons § 31 (2) "
        "BDSG then asks for two written reminders, the first four weeks ago, and for one that "
        "tells of the report: nobody can decide otherwise.")
    delivery = fields.Selection([
        ('download', "Download"), ('email', "E-mail to the agency"),
    ], required=True, default='download',
        help="Download: you upload the package where the agency wants it. By e-mail: it goes to "
        "the address of the contact. Please agree with the agency on a protected mailbox.")
    customer_text = fields.Text(
        "Wording for the Customer", translate=True,
        help="Stands in the e-mail to the customer and on the page of the letter. {agency} is the "
        "name of the agency, {contact} how to reach it. Empty: the wording that is shipped, in "
        "the language of the customer.")
    column_ids = fields.One2many('dunning.agency.column', 'agency_id', "Columns", copy=True)
    delimiter = fields.Selection([
        (';', "Semicolon ;"), (',', "Comma ,"), ('tab', "Tab"),
    ], required=True, default=';', help="Between the columns of the CSV file.")
    decimal_sign = fields.Selection(
        [(',', "1234,56"), ('.', "1234.56")], "Numbers", required=True, default=',')
    date_format = fields.Selection([
        ('%d.%m.%Y', "31.12.2026"), ('%Y-%m-%d', "2026-12-31"), ('%d/%m/%Y', "31/12/2026"),
        ('%Y%m%d', "20261231"),
    ], "Dates", required=True, default='%d.%m.%Y')
    encoding = fields.Selection([
        ('utf-8-sig', "UTF-8"), ('cp1252', "Windows-1252"),
    ], required=True, default='utf-8-sig',
        help="Windows-1252: characters that it does not have become a question mark.")
    journal_id = fields.Many2one(
        'account.journal', "Journal of Payments", check_company=True,
        domain="[('type', 'in', ('bank', 'general'))]",
        help="For the proposals to book what the agency has collected. Empty: the first "
        "miscellaneous journal.")
    cost_account_id = fields.Many2one(
        'account.account', "Account of Its Costs", check_company=True,
        domain="[('account_type', 'in', ('expense', 'expense_direct_cost'))]",
        help="What the agency keeps of the money of customers.")
    transit_account_id = fields.Many2one(
        'account.account', "Money in Transit", check_company=True,
        help="Where the agency's transfer is expected until the bank entry arrives. Empty: the "
        "company's account of internal transfers.")
    handover_count = fields.Integer("Cases", compute='_compute_handover_count')

    _amounts_sensible = models.Constraint(
        'CHECK(min_amount BETWEEN 0 AND 1e11 AND max_amount BETWEEN 0 AND 1e11 '
        'AND (max_amount = 0 OR max_amount >= min_amount))',
        "The amounts of an agency must not be negative, nor the highest below the lowest.")

    @api.model
    def _get_default_text(self):
        return self.env._(
            "We have asked {agency} to collect the amount. Please turn to them in this matter "
            "and pay only there: {contact}.")

    def _compute_handover_count(self):
        counts = dict(self.env['dunning.handover']._read_group(
            [('agency_id', 'in', self.ids)], ['agency_id'], ['__count']))
        for agency in self:
            agency.handover_count = counts.get(agency, 0)

    @api.constrains('customer_text', 'name', 'creditor_reference')
    def _check_texts(self):
        check_text(self, 'customer_text', 'name', 'creditor_reference')

    @api.constrains('delivery', 'partner_id')
    def _check_delivery(self):
        for agency in self:
            if agency.delivery == 'email' and not agency.partner_id.email_normalized:
                raise ValidationError(self.env._(
                    "%(agency)s has no e-mail address to which cases could go.",
                    agency=agency.name))

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if not vals.get('column_ids'):
                vals['column_ids'] = [
                    Command.create({'source': source, 'sequence': index})
                    for index, source in enumerate(_DEFAULT_COLUMNS, 1)]
        return super().create(vals_list)

    def action_open_handovers(self):
        """Show the cases of the agency."""
        self.ensure_one()
        return {
            'type': 'ir.actions.act_window', 'name': self.name, 'res_model': 'dunning.handover',
            'view_mode': 'list,form,pivot', 'domain': [('agency_id', '=', self.id)],
        }

    # What others read ---------------------------------------------------------------------------

    def _get_terms(self):
        """Return the agencies as `logic.handover.Agency`, in their order."""
        return [handover.Agency(
            agency.id, frozenset(agency.country_ids.ids), agency.min_amount, agency.max_amount,
            agency.customers, agency.reports_to_bureau) for agency in self]

    def _get_contact_text(self):
        """Return in one line how a customer reaches the agency."""
        self.ensure_one()
        partner = self.partner_id
        place = " ".join(filter(None, (partner.zip, partner.city)))
        return ", ".join(filter(None, (
            self.name, partner.street, place, partner.phone, partner.email)))

    def _get_customer_text(self, lang):
        """Return what the customer is told about who collects, in a language."""
        self.ensure_one()
        agency = self.sudo().with_context(lang=lang)
        text = agency.customer_text
        # Who has stored the shipped wording has it in one language alone.
        if not text or text in {
                self.with_context(lang=code)._get_default_text()
                for code, _name in self.env['res.lang'].get_installed()}:
            text = agency._get_default_text()
        return text.replace('{agency}', agency.name).replace(
            '{contact}', agency._get_contact_text())


class DunningAgencyColumn(models.Model):
    """One column of the tables for an agency: what it is called there, and what stands in it."""

    _name = 'dunning.agency.column'
    _description = "Column for a Collection Agency"
    _order = 'sequence, id'

    agency_id = fields.Many2one(
        'dunning.agency', required=True, index=True, ondelete='cascade')
    company_id = fields.Many2one(related='agency_id.company_id', store=True, index=True)
    sequence = fields.Integer(default=10)
    source = fields.Selection('_get_sources', "What", required=True, default='fixed')
    name = fields.Char("Heading", help="Empty: the name of the source.")
    text = fields.Char("Fixed Text", help="The same in each row; for “Fixed text” alone.")
    is_required = fields.Boolean(
        "Asked For", help="Without it a case cannot be handed over.")

    @api.model
    def _get_sources(self):
        """Return the sources of columns, a fixed list: no expression of anybody's is evaluated."""
        # pylint: disable=prefer-env-translation
        _ = self.env._
        labels = {
            'fixed': _("Fixed text"), 'case_number': _("Case: our number"),
            'case_date': _("Case: date"), 'creditor_reference': _("Creditor: client number"),
            'creditor_name': _("Creditor: name"), 'currency': _("Currency"),
            'case_principal': _("Case: principal"), 'case_interest': _("Case: interest"),
            'case_lump_sum': _("Case: lump sums"), 'case_fees': _("Case: dunning costs"),
            'case_total': _("Case: total"), 'debtor_reference': _("Debtor: customer number"),
            'debtor_kind': _("Debtor: kind"), 'debtor_name': _("Debtor: name"),
            'debtor_street': _("Debtor: street"), 'debtor_street2': _("Debtor: address line 2"),
            'debtor_zip': _("Debtor: postcode"), 'debtor_city': _("Debtor: town"),
            'debtor_country': _("Debtor: country"), 'debtor_email': _("Debtor: e-mail"),
            'debtor_phone': _("Debtor: phone"), 'debtor_vat': _("Debtor: VAT number"),
            'debtor_lang': _("Debtor: language"), 'claim_number': _("Claim: invoice number"),
            'claim_date': _("Claim: invoice date"), 'claim_due': _("Claim: due date"),
            'claim_original': _("Claim: original amount"), 'claim_paid': _("Claim: paid"),
            'claim_waived': _("Claim: credited"), 'claim_open': _("Claim: open"),
            'claim_subject': _("Claim: subject"), 'claim_default_date': _("Claim: default since"),
            'claim_default_basis': _("Claim: reason of default"),
            'claim_first_reminder': _("Claim: first reminder"),
            'claim_interest': _("Claim: interest"),
            'claim_interest_to': _("Claim: interest up to"),
            'claim_margin': _("Claim: interest margin"), 'claim_lump_sum': _("Claim: lump sum"),
            'claim_limitation': _("Claim: limitation"),
        }
        return [(code, labels.get(code, code)) for code in ('fixed', *handover_record.SOURCES)]

    @api.constrains('name', 'text')
    def _check_texts(self):
        check_text(self, 'name', 'text')

    def _get_heading(self):
        """Return what stands above the column."""
        self.ensure_one()
        return self.name or self.source
