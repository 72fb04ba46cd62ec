import json

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...logic import court_sheet
from ..policy.files import download


class DunningHandover(models.Model):
    """The court data sheet: what a German application for a court order asks for.

    For whoever types it in. Order, lengths and catalogue numbers are from general knowledge and no
    official file of the courts, and the sheet says so; the layout changes by inheriting the view
    `smart_dunning.court_sheet_document`.
    """

    _inherit = 'dunning.handover'

    _document_template = 'smart_dunning.court_sheet_document'

    court_country_code = fields.Char("Country Code", compute='_compute_court_country_code')

    @api.depends('company_id')
    def _compute_court_country_code(self):
        for case in self:
            case.court_country_code = case.company_id.sudo()._get_dunning_country().code

    def action_court_sheet(self):
        """Show the court data sheet as PDF, as the case stands now."""
        self._check_court_sheet()
        return {
            'type': 'ir.actions.act_url', 'target': 'new',
            'url': f"/report/pdf/{self._document_template}/{self.id}"}

    def action_court_sheet_json(self):
        """Download the facts of the court data sheet as JSON, for other programs."""
        self._check_court_sheet()
        name = f"{self.name.replace('/', '-')}-court.json"
        content = json.dumps(self._make_court_sheet().to_dict(), ensure_ascii=False, indent=1)
        attachment = self.env['ir.attachment'].sudo().create({
            'name': name, 'raw': content.encode(), 'mimetype': 'application/json',
            'res_model': self._name, 'res_id': self.id})
        return download(attachment)

    def _check_court_sheet(self):
        """Refuse where no German court will get the application."""
        self.ensure_one()
        self._check_user()
        if self.court_country_code != 'DE':
            raise UserError(self.env._(
                "The court data sheet is made for German courts; %(company)s is not in Germany.",
                company=self.company_id.name))

    def _make_court_sheet(self):
        """Return the case as `logic.court_sheet.Sheet`, as it stands now."""
        self.ensure_one()
        record = self._prepare_record()
        return court_sheet.make_sheet(record, {
            str(item.id): court_sheet.SERVICES for item in self.sudo().item_ids
            if self._is_service(item.move_id)})

    def _is_service(self, move):
        """Return whether all that an invoice names are services: another number of the form."""
        products = move.invoice_line_ids.product_id
        return bool(products) and all(product.type == 'service' for product in products)

    # On paper -----------------------------------------------------------------------------------

    def _compute_lang(self):
        # OVERRIDES smart_dunning: the sheet is for our clerk, and for German courts
        has_german = bool(self.env['res.lang']._get_data(code='de_DE').id)
        self.lang = 'de_DE' if has_german else self._choose_lang(self.env.lang)

    def _prepare_document_values(self):
        """Return the values of the template `smart_dunning.court_sheet_document`."""
        sheet = self._make_court_sheet()
        return {
            **super()._prepare_document_values(), 'letter': self, 'sheet': sheet,
            'problems': [self._describe_court_problem(one) for one in sheet.problems],
            'parties': [
                (self.env._("1. Applicant"), self._list_court_fields(
                    {**sheet.applicant, **sheet.account})),
                (self.env._("2. Respondent"), self._list_court_fields(sheet.respondent))],
            'claims': [
                {**one, 'date_from': self._format_court_day(one['date_from']),
                 'date_to': self._format_court_day(one['date_to']),
                 'interest_from': self._format_court_day(one['interest_from'])}
                for one in sheet.claims],
            'side_claims': self._list_court_fields(sheet.side_claims),
            'case': self._list_court_fields(sheet.case),
        }

    def _format_court_day(self, text):
        return self._format_table_date(fields.Date.to_date(text)) if text else ''

    def _get_court_labels(self):
        """Return {name of a field of the sheet: what the form calls it}."""
        # pylint: disable=prefer-env-translation
        _ = self.env._
        return {
            'kind': _("Kind"), 'name': _("Name"), 'street': _("Street"), 'zip': _("Postcode"),
            'city': _("Town"), 'country': _("Country"), 'iban': _("IBAN"),
            'dunning_costs': _("Dunning costs"),
            'lump_sum': _("Lump sum for late payment (§ 288 (5) BGB)"),
            'reference': _("Reference of the applicant"), 'currency': _("Currency"),
            'principal': _("Principal claim"),
            'interest': _("Interest calculated up to today"), 'total': _("Total")}

    def _list_court_fields(self, values):
        """Return [(label, text)] of fields of the sheet in their order; amounts as money."""
        labels = self._get_court_labels()
        amounts = {'dunning_costs', 'lump_sum', 'principal', 'interest', 'total'}
        kinds = {'company': self.env._("Company"), 'person': self.env._("Person")}
        return [
            (labels[name], self._format_document_money(float(value)) if name in amounts
             else kinds.get(value, value) if name == 'kind' else value)
            for name, value in values.items()]

    def _describe_court_problem(self, problem):
        """Return in words what does not fit into the form."""
        # pylint: disable=prefer-env-translation
        _ = self.env._
        section = {'applicant': _("Applicant"), 'respondent': _("Respondent")}.get(
            problem.section, '')
        return {
            court_sheet.NOTHING: _("Nothing is open any more."),
            court_sheet.TOO_MANY: _(
                "More than %(limit)s claims may not fit into one application: please look at the "
                "court's site, and split the case."),
            court_sheet.OTHER_CURRENCY: _(
                "A court order is about amounts in euros (§ 688 (1) ZPO)."),
            court_sheet.ABROAD: _(
                "The respondent lives abroad: a court order is possible only where § 688 (3) ZPO "
                "lets it be served."),
            court_sheet.MISSING: _("%(section)s: %(name)s is missing."),
            court_sheet.TOO_LONG: _(
                "%(section)s: %(name)s has more than %(limit)s characters, which may be too long "
                "for the form. Please shorten it there."),
        }[problem.code] % {
            'section': section, 'name': self._get_court_labels().get(problem.name, ''),
            'limit': problem.limit}
