import base64
import functools
import re
from datetime import UTC, datetime

from babel import dates

from odoo import api, fields, models
from odoo.tools import format_amount, format_date, is_html_empty
from odoo.tools.mail import html2plaintext
from odoo.tools.translate import code_translations

from . import engine, epc_qr
from .merge import merge

# Between the tags of tables and blocks, space only costs time.
_INSIGNIFICANT_SPACE = re.compile(
    r'(?<=>)\s+(?=</?(?:table|thead|tbody|tr|t[dh]|div|h1|h2|p)\b)')
# Where numbers of pages go in a translated sentence.
_PLACE = '\0'
# Where English is written with the day before the month.
_DAY_FIRST = frozenset({
    'GB', 'IE', 'AU', 'NZ', 'ZA', 'IN', 'SG', 'HK', 'MT', 'CY', 'GI', 'JE', 'GG', 'IM', 'KE', 'NG'})
# Lines that fit the address zone of a DIN 5008 window in the normal size.
_ADDRESS_LINES = 6


class DunningDocument(models.AbstractModel):
    """A letter on the company's paper: PDF/A made by WeasyPrint from a QWeb template.

    A concrete model has `name`, `date`, `company_id`, `partner_id`, `recipient_id`, `currency_id`
    and `document_id` (the PDF as it was sent), and names its template.
    """

    _name = 'dunning.document'
    _description = "Letter on Paper"

    lang = fields.Char("Language", compute='_compute_lang')

    document_sha256 = fields.Char(
        "SHA-256 of the PDF", readonly=True, copy=False,
        help="The fingerprint of the PDF as it was kept: another file has another one.")

    #: The QWeb template, which calls `smart_dunning.letter_head` and `smart_dunning.letter_foot`;
    #: the name of its report as well, which prints without wkhtmltopdf.
    _document_template = None

    @api.depends('recipient_id', 'partner_id', 'company_id')
    def _compute_lang(self):
        for letter in self:
            letter.lang = self._choose_lang(*letter._get_lang_wishes())

    def _get_lang_wishes(self):
        """Return the languages in which a letter would best be written, the best one first."""
        self.ensure_one()
        return (self.recipient_id.lang, self.partner_id.lang, self.company_id.partner_id.lang,
                self.env.lang)

    @api.model
    def _choose_lang(self, *wishes):
        """Return the first of these languages that letters speak, else English."""
        return next(filter(self._speaks, wishes), 'en_US')

    @api.model
    def _speaks(self, lang):
        """Return whether letters have words in a language; else the whole letter takes another.

        A language that is active, but whose words are not there, would mix two in one letter.
        """
        return bool(lang) and (lang.startswith('en') or bool(
            code_translations.get_python_translations('smart_dunning', lang)))

    @api.model
    def _find_document_model(self, report_name):
        """Return the name of the model whose documents a report prints; None: not one of ours."""
        return self._get_document_reports().get(report_name)

    @api.model
    def _get_document_reports(self):
        """Return {name of a report: name of the model whose documents it prints}."""
        return {
            model._document_template: name for name, model in self.env.registry.items()
            if getattr(model, '_document_template', None)}

    def _render_documents(self):
        """Return the PDF of each letter as {id: bytes}, in its language, as it stands now.

        Neither stores nor changes anything; needs no web server. Raises AccessError when the user
        may not read the letters, UserError when a text of the level is broken.
        """
        engine.check(self.env)
        from . import pdf, style  # noqa: PLC0415
        self.check_access('read')
        documents = {}
        for letter in self:
            company = letter.company_id.sudo()
            sheet = style.get_style(
                company.font, company.primary_color, company.secondary_color,
                company.paperformat_id.format, company.dunning_window)
            documents[letter.id] = pdf.render(letter._render_document_html(), sheet)
        return documents

    def _render_document_html(self):
        """Return the letter as the HTML that its PDF is made from."""
        self.ensure_one()
        letter = self.sudo().with_company(self.company_id).with_context(lang=self.lang)
        html = letter.env['ir.qweb']._render(
            letter._get_document_template(), letter._prepare_document_values())
        return f'<!DOCTYPE html>{_INSIGNIFICANT_SPACE.sub("", html)}'

    def _get_document_template(self):
        """Return the QWeb template, or the id of its view, that the document is made from."""
        return self._document_template

    def _get_documents(self):
        """Return the PDF of each letter as {id: bytes}: as sent where it was sent, else as now."""
        self.check_access('read')
        stored = self.filtered(lambda letter: letter.sudo().document_id)
        documents = {letter.id: letter.sudo().document_id.raw for letter in stored}
        return documents | (self - stored)._render_documents()

    def _render_merged_document(self):
        """Return one PDF with all letters in their order, for the printer.

        A letter that was sent appears as it was sent. Every letter counts its own pages.
        """
        documents = self._get_documents()
        return documents[self.id] if len(self) == 1 else merge(
            [documents[letter.id] for letter in self])

    # What the template knows ---------------------------------------------------------------------

    def _prepare_document_values(self):
        """Return the values of the template; the paper's here, those of the letter by super().

        Called as superuser, in the company and language of the letter.
        """
        self.ensure_one()
        company = self.company_id
        return {
            'company': company,
            'document_lang': (self.lang or 'en_US').replace('_', '-'),
            'direction': self._get_direction(),
            'created': datetime.now(UTC).strftime('%Y-%m-%dT%H:%M:%SZ'),
            'logo': self._get_logo_url(),
            'return_line': " · ".join(filter(None, (
                company.name, company.street,
                " ".join(filter(None, (company.zip, company.city)))))),
            'address': self._get_address_lines(),
            'address_size': _ADDRESS_LINES,
            'signer': self._get_signer(),
            'information': self._get_information_lines(),
            'footer': self._prepare_footer_values(),
            'running': self._get_running_texts(),
            'qr_name': self.env._("QR code with the data of the payment"),
            'is_html_empty': is_html_empty,
            # The statement says again what the letter says.
            'format_money': functools.cache(self._format_document_money),
            'format_date': functools.cache(self._format_document_date),
            'format_table_date': functools.cache(self._format_table_date),
            # Two dates in one cell: a box less in every row.
            'format_dates': self._format_document_dates,
            'dates_head': f'{self.env._("Date")}\t{self.env._("Due on")}',
        }

    def _get_direction(self):
        """Return how the language of the letter runs: `ltr` or `rtl`."""
        return self.env['res.lang']._get_data(code=self.lang).direction or 'ltr'

    def _get_running_texts(self):
        """Return what stands at the edges of pages, as attributes of the body; see letter.css."""
        page, of, end = self.env._(
            "Page %(page)s of %(pages)s", page=_PLACE, pages=_PLACE).split(_PLACE)
        return {
            'data-runner': " · ".join((
                self.company_id.name, self.name, self._format_document_date(self.date))),
            'data-page': page, 'data-of': of, 'data-end': end}

    def _get_signer(self):
        """Return name, phone and e-mail of the person who answers questions about the letter."""
        self.ensure_one()
        return {
            'name': self.signer_name, 'phone': self.signer_phone, 'email': self.signer_email}

    def _get_information_lines(self):
        """Return the lines beside the address; others add theirs through super().

        A line has a `label`, a `value` and perhaps a `class` of the style sheet.
        """
        signer = self._get_signer()
        lines = [
            (self.env._("Our reference"), self.name, None),
            (self.env._("Customer no."), self.partner_id.ref, None),
            (self.env._("Date"), self._format_document_date(self.date), None),
            (self.env._("Your contact"), signer['name'], 'l-gap'),
            (self.env._("Phone"), signer['phone'], None),
            (self.env._("E-mail"), signer['email'], None)]
        return [{'label': label, 'value': value, 'class': name}
                for label, value, name in lines if value]

    def _format_document_money(self, amount, currency=None):
        """Return an amount in the currency (the letter's unless told) as text of its language."""
        currency = currency or self.currency_id
        text = format_amount(self.env, currency.round(amount), currency)
        # Signs that the fonts of letters have: a real minus, no zero-width and narrow spaces.
        return text.replace('-', '\N{MINUS SIGN}').replace(
            '\N{ZERO WIDTH NO-BREAK SPACE}', '').replace(
            '\N{NARROW NO-BREAK SPACE}', '\N{NO-BREAK SPACE}')

    def _format_document_date(self, date):
        """Return a date as text; in English in words, since 03/02 is two days to two readers."""
        return self._format_day(date, 'long')

    def _format_table_date(self, date):
        """Return a date as text for a column, in English with a short name of the month."""
        return self._format_day(date, 'medium')

    def _format_day(self, date, width):
        if (self.env.lang or 'en_US').startswith('en'):
            return self._format_in_words(date, width)
        return format_date(self.env, date) if date else ''

    def _format_in_words(self, date, width):
        """Return a date with the name of its month, in the order of the language and its country.

        Mostly one English alone is installed, that of the United States.
        """
        if not date:
            return ''
        country = (self.recipient_id.country_id or self.partner_id.country_id).code
        if self.env.lang in (False, None, 'en_US') and country in _DAY_FIRST:
            return dates.format_date(date, width, locale='en_GB')
        return format_date(self.env, date, date_format=width)

    def _format_document_dates(self, date, due):
        """Return the date of an item and the day it is due, around a tab stop of the sheet."""
        return f'{self._format_table_date(date)}\t{self._format_table_date(due)}'

    def _get_salutation(self):
        """Return the salutation, by name where the recipient is a person. Ends with a comma.

        An invoice address often is a department: nobody to say hello to.
        """
        self.ensure_one()
        return self._make_salutation(self.recipient_id)

    @api.model
    def _make_salutation(self, recipient):
        """Return the salutation of a contact in the language of the context."""
        if recipient.is_company or not recipient.name or recipient.type != 'contact':
            return self.env._("Dear Sir or Madam,")
        return self.env._("Dear %(name)s,", name=recipient.name)

    def _get_mail_footer(self):
        """Return the particulars that a business letter must name, as lines of text."""
        return self._make_mail_footer(self.company_id)

    @api.model
    def _make_mail_footer(self, company):
        lines = [
            (company.street, " ".join(filter(None, (company.zip, company.city)))),
            (company.phone, company.email, company.website),
            (company.company_registry, company.vat),
        ]
        lines = [" · ".join(filter(None, line)) for line in lines if any(line)]
        # Managing directors, seat and register court stand in the footer of the documents (in
        # Germany § 35a GmbHG and § 37a HGB ask for them in e-mails as well).
        said = html2plaintext(company.report_footer or '', include_references=False)
        return lines + [
            line.strip() for line in said.splitlines()
            if line.strip() and not any(line.strip() in known for known in lines)]

    def _get_logo_url(self):
        """Return the company's logo as a data URI, or False. 512 pixels are 200 dpi here."""
        from . import pdf  # noqa: PLC0415
        company = self.company_id
        encoded = not company.uses_default_logo and company.partner_id.image_512
        if not encoded:
            return False
        content = pdf.get_logo(base64.b64decode(encoded))
        kind = 'png' if content.startswith(b'\x89PNG') else 'svg+xml'
        return f'data:image/{kind};base64,{base64.b64encode(content).decode()}'

    def _get_address_lines(self):
        """Return the lines of the address window, the country only abroad and in capitals."""
        recipient, customer = self.recipient_id, self.partner_id
        place = recipient if recipient.street or recipient.city else customer
        lines = [customer.name]
        if recipient != customer:
            if recipient.name and recipient.name != customer.name:
                lines.append(recipient.name)
            elif not recipient.name and recipient.type == 'invoice':
                lines = [customer.name]
        home = self.company_id._get_dunning_country()
        abroad = place.country_id and place.country_id != home
        lines += [
            line.strip() for line in
            place._display_address(without_company=True).splitlines()
            if line.strip() and line.strip() != place.country_id.name]
        if abroad:
            lines.append((place.country_id.name or '').upper())
        return [line for line in lines if line]

    def _prepare_footer_values(self):
        """Return the parts of the footer; what the company's own footer says is not repeated."""
        company = self.company_id
        said = html2plaintext(company.report_footer or '')
        details = not company.is_company_details_empty and company.company_details
        country = company._get_dunning_country()
        own = [
            company.name, company.street, company.street2,
            " ".join(filter(None, (company.zip, company.city))),
            country != self.recipient_id.country_id and country.name]
        banks = [
            [bank.bank_id.name, bank.acc_number,
             bank.bank_bic and self.env._("BIC %s", bank.bank_bic)]
            for bank in company.partner_id.bank_ids[:2]]
        legal = [
            company.vat and company.vat not in said and self.env._("VAT ID %s", company.vat),
            company.company_registry and company.company_registry not in said
            and self.env._("Registry %s", company.company_registry)]
        contact = [
            value for value in (
                company.phone, company.email, (company.website or '').split('://')[-1])
            if value and value not in said]
        columns = [*([] if details else [own]), contact, *banks, legal]
        columns = list(filter(None, ([line for line in one if line] for one in columns)))
        # Each as wide as its longest line asks for.
        lengths = [max(map(len, column)) + 4 for column in columns]
        share = (3 if details else 4) / 4 / (sum(lengths) or 1)
        return {
            'details': details,
            'columns': [
                {'text': '\n'.join(column), 'style': f'width: {length * share:.1%}'}
                for column, length in zip(columns, lengths, strict=True)],
            'text': not is_html_empty(company.report_footer) and company.report_footer,
        }

    # Payment -------------------------------------------------------------------------------------

    def _make_qr_payload(self, bank, amount, reference):
        """Return the text of the EPC QR code (GiroCode), or '' when there can be none.

        The payload is that of Odoo's module `account_qr_code_sepa`, which need not be there.

        :param bank: `res.partner.bank` to pay to
        :param amount: in the letter's currency
        :param reference: what the customer shall write on the transfer
        """
        amount = self.currency_id.round(amount)
        if not bank or self.currency_id.compare_amounts(amount, 0) <= 0:
            return ''
        method = 'sct_qr'
        if method not in {code for code, *_others in bank._get_available_qr_methods()}:
            return ''
        transfer = (amount, self.currency_id, self.partner_id, reference, '')
        if (bank._get_error_messages_for_qr(method, self.partner_id, self.currency_id)
                or bank._check_for_qr_code_errors(method, *transfer)):
            return ''
        return '\n'.join(bank._get_qr_vals(method, *transfer))

    def _make_payment_lines(self, bank, amount, reference, deadline=None):
        """Return how to pay as lines of `label`, `value` and perhaps `class`.

        :param bank: `res.partner.bank` to pay to; may be empty
        :param amount: in the letter's currency
        :param str reference: what a person writes on the transfer
        :param deadline: its label and the date, if there is one
        """
        lines = [
            deadline and (deadline[0], self._format_document_date(deadline[1]), 'l-deadline'),
            (self.env._("Amount"), self._format_document_money(amount), None),
            bank and (
                self.env._("Payee"), bank.acc_holder_name or bank.partner_id.name, None),
            bank and (
                self.env._("IBAN") if bank.acc_type == 'iban' else self.env._("Account"),
                ", ".join(filter(None, (
                    bank.acc_number, bank.bank_bic and self.env._("BIC %s", bank.bank_bic)))),
                None),
            (self.env._("Reference"), reference, None)]
        return [{'label': label, 'value': value, 'class': name}
                for label, value, name in filter(None, lines)]

    @staticmethod
    def _draw_qr(payload):
        """Return the QR code of a text as a data URI for the template, or False."""
        return bool(payload) and epc_qr.make_image(epc_qr.make_matrix(payload))

    def _choose_bank(self, invoices):
        """Return the company's account to pay to: the invoices' own, else one in the currency."""
        return self.company_id._choose_dunning_bank(invoices, self.currency_id)
