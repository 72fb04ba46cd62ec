import base64
import re
from collections import defaultdict
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import SQL

from ..logic import table
from ..models.risk.dunning_credit_check import SOURCES

#: What a column may be called, in lower case without anything but letters: among it what the
#: dialog calls it in each of our languages.
_HEADS = {
    'vat': ('vat', 'vatnumber', 'vatno', 'taxid', 'ustid', 'ustidnr', 'ustidnummer', 'tva',
            'umsatzsteuerid', 'numérodetva', 'nif', 'cif', 'cpfcnpj', 'cnpj', 'cpf', 'momsregnr',
            'momsregistreringsnummer', 'codtva', 'cui', 'vergino', 'verginumarası', 'vkn',
            'vkntckn', 'tckn', 'partitaiva', 'momsnr', 'momsnummer', 'cvrnr', 'dič', 'dic',
            'btwnummer', 'btwnr', 'btw', 'nip'),
    'ref': ('reference', 'ref', 'customernumber', 'customerno', 'referenz', 'kundennummer',
            'kundennr', 'debitor', 'debitorennummer', 'référence', 'numéroclient', 'codeclient',
            'referencia', 'númerodecliente', 'códigodecliente', 'referência', 'númerodocliente',
            'códigodocliente', 'referens', 'kundnummer', 'kundnr', 'referință', 'referinta',
            'numărclient', 'numarclient', 'referans', 'müşterino', 'müşterinumarası', 'müşterikodu',
            'riferimento', 'codicecliente', 'kundenr', 'kundenummer', 'odkaz', 'číslozákazníka',
            'klantnummer', 'referentie', 'referencja', 'numerklienta'),
    'number': ('number', 'insurersnumber', 'insurernumber', 'numberatthesource', 'nummer',
               'versicherernummer', 'risikonummer', 'buyernumber', 'crefonummer', 'crefonr',
               'numéro', 'número', 'număr', 'numar', 'numara', 'numero', 'číslo', 'numer', 'numre'),
    'limit': ('limit', 'creditlimit', 'amount', 'kreditlimit', 'versicherungssumme', 'insuredlimit',
              'höchstkredit', 'limite', 'limitedecrédit', 'límite', 'límitedecrédito', 'gräns',
              'kreditgräns', 'limită', 'limita', 'kredilimiti', 'tutar', 'limitedicredito',
              'grænse', 'kreditgrænse', 'kreditlimiet', 'limiet', 'kwota', 'úvěrovýlimit'),
    'index': ('index', 'score', 'rating', 'bonitätsindex', 'bonität', 'indice', 'índice', 'endeks',
              'indeks', 'bonita'),
    'date': ('date', 'from', 'datum', 'vom', 'gültigab', 'validfrom', 'fecha', 'data', 'dată',
             'tarih', 'dato'),
    'valid_until': ('validuntil', 'until', 'gültigbis', 'bis', 'expires', 'ablauf', 'validejusquau',
                    'valablejusquau', 'válidohasta', 'válidoaté', 'validade', 'giltigtill',
                    'giltigttill', 'valabilpânăla', 'valabilpanala', 'geçerlilikbitişi', 'bitiş',
                    'validofinoal', 'gyldigtil', 'platnostdo', 'geldigtot', 'geldigtotenmet',
                    'geldigtm', 'ważnedo'),
    'note': ('note', 'remark', 'bemerkung', 'notiz', 'remarque', 'observación', 'nota',
             'observação', 'anmärkning', 'observație', 'observatie', 'not', 'açıklama',
             'osservazione', 'bemærkning', 'poznámka', 'opmerking', 'uwaga'),
}
_KEYS = ('number', 'vat', 'ref')
_MOST_ROWS = 20_000
STATES = [('new', "New"), ('known', "Already there"), ('error', "Error")]


class _Row(NamedTuple):
    """A row of the file: the cells by name, or why it cannot be used."""

    place: int
    cells: dict
    values: dict
    errors: list


class DunningCreditImport(models.TransientModel):
    """Read credit checks from a file: all of it or nothing, and only after a look at it."""

    _name = 'dunning.credit.import'
    _description = "Import Credit Checks"

    company_id = fields.Many2one(
        'res.company', required=True, default=lambda self: self.env.company)
    source = fields.Selection(SOURCES, required=True, default='insurer')
    date = fields.Date(
        "Date of the Checks", required=True,
        default=lambda self: self.env.company._get_dunning_today(),
        help="For rows that name no date.")
    file = fields.Binary("CSV or XLSX", attachment=False)
    file_name = fields.Char()
    line_ids = fields.One2many('dunning.credit.import.line', 'import_id', readonly=True)
    count_new = fields.Integer(compute='_compute_counts')
    count_known = fields.Integer(compute='_compute_counts')
    count_errors = fields.Integer(compute='_compute_counts')

    @api.depends('line_ids.state')
    def _compute_counts(self):
        for one in self:
            states = one.line_ids.mapped('state')
            one.count_new, one.count_known, one.count_errors = (
                states.count(code) for code in ('new', 'known', 'error'))

    @api.onchange('file')
    def _onchange_file(self):
        self.line_ids = [Command.clear()]

    def action_check(self):
        """Show row by row what an import would do; nothing is stored."""
        self._check_may_import()
        self.line_ids = [Command.clear(), *(
            Command.create(values) for _values, values in self._read())]
        return {
            'type': 'ir.actions.act_window', 'res_model': self._name, 'res_id': self.id,
            'view_mode': 'form', 'target': 'new', 'name': self.env._("Import Credit Checks")}

    def action_import(self):
        """Record all rows as credit checks, or none.

        :raise UserError: when a row has an error, or nothing is new
        """
        self._check_may_import()
        checks = self.env['dunning.credit.check'].create(self._read_new())
        return {
            'type': 'ir.actions.act_window', 'res_model': 'dunning.credit.check',
            'view_mode': 'list,form', 'name': self.env._("Imported Credit Checks"),
            'domain': [('id', 'in', checks.ids)]}

    def _read_new(self):
        """Return the values of the credit checks that the file has and we have not.

        :raise UserError: when a row has an error, or nothing is new
        """
        rows = self._read()
        wrong = [line['row'] for _values, line in rows if line['state'] == 'error']
        if wrong:
            raise UserError(self.env._(
                "Nothing was imported: please correct these rows first: %(rows)s.",
                rows=", ".join(map(str, wrong[:20])) + ("…" if len(wrong) > 20 else "")))
        new = [values for values, line in rows if line['state'] == 'new']
        if not new:
            raise UserError(self.env._("Nothing in the file is new."))
        return new

    def _check_may_import(self):
        self.env['dunning.credit.check'].check_access('create')
        self.ensure_one()
        self.company_id.check_access('read')

    # Reading ------------------------------------------------------------------------------------

    def _read(self):
        """Return (values of a credit check, values of a line) for each row of the file."""
        rows = [self._read_row(place, cells) for place, cells in self._read_cells()]
        found = self._find_customers(rows)
        known = self._find_known(set().union(*found.values()) if found else set())
        result = []
        for row in rows:
            partner, errors = self._pick_customer(row, found)
            values = {
                'company_id': self.company_id.id, 'source': self.source, 'date': self.date,
                'partner_id': partner.id,
                **{name: value for name, value in row.values.items() if value}}
            if values.get('valid_until') and values['valid_until'] < values['date']:
                errors.append(self.env._("It ends before it begins."))
            key = _get_key(partner.id, values)
            state = 'error' if errors else 'known' if key in known else 'new'
            known.add(key)
            result.append((values, {
                'row': row.place, 'state': state, 'partner_id': partner.id,
                'customer': " / ".join(row.cells[name] for name in _KEYS if row.cells.get(name)),
                'amount_limit': values.get('amount_limit', 0.0), 'index': values.get('index'),
                'valid_until': values.get('valid_until'), 'error': " ".join(errors)}))
        return result

    def _read_cells(self):
        """Return (row number, {column: cell}) for each row below the head.

        :raise UserError: when there is no file, or no column names the customer
        """
        content = base64.b64decode(self.file or b'')
        if not content:
            raise UserError(self.env._("Please choose a file."))
        try:
            rows = table.read_xlsx(content) if table.is_xlsx(content) else table.read_csv(content)
        except ValueError as error:
            raise UserError(self.env._(
                "The file cannot be read. It must be CSV, or XLSX with the checks on its first "
                "sheet.")) from error
        rows = [(place, row) for place, row in enumerate(rows, 1) if row]
        if len(rows) > _MOST_ROWS:
            raise UserError(self.env._(
                "The file has more than %(most)s rows: please split it.", most=_MOST_ROWS))
        names = {alias: name for name, aliases in _HEADS.items() for alias in aliases}
        heads = [names.get(re.sub(r'[\W\d_]', '', table.to_text(cell).lower()))
                 for cell in (rows[0][1] if rows else [])]
        if not set(_KEYS) & set(heads):
            raise UserError(self.env._(
                "The first row must name the columns. One of them names the customer: “VAT”, "
                "“Reference” or “Number” (that of the insurer)."))
        return [
            (place, {head: cell for head, cell in zip(heads, row, strict=False) if head})
            for place, row in rows[1:]]

    def _read_row(self, place, cells):
        """Return the `_Row` with what can be said without looking at customers."""
        lang = self.env['res.lang']._get_data(code=self.env.lang or 'en_US')
        values, errors = {}, []
        for name, field, read in (
            ('limit', 'amount_limit',
             lambda cell: table.to_amount(cell, lang.decimal_point or '.')),
            ('date', 'date', table.to_date), ('valid_until', 'valid_until', table.to_date),
        ):
            try:
                values[field] = read(cells.get(name))
            except ValueError:
                text = table.to_text(cells.get(name))
                errors.append(self.env._("“%(text)s” is no amount.", text=text)
                              if field == 'amount_limit' else
                              self.env._("“%(text)s” is no date.", text=text))
        texts = {name: table.to_text(cells.get(name)) for name in (*_KEYS, 'index', 'note')}
        for name in ('number', 'index', 'note'):
            values[name] = texts[name]
        if not any(texts[name] for name in _KEYS):
            errors.append(self.env._("No customer is named."))
        return _Row(place, texts, values, errors)

    # Customers ----------------------------------------------------------------------------------

    def _find_customers(self, rows):
        """Return {(kind of key, key): commercial partners} that the user may see."""
        asked = {name: {_normalize(row.cells[name]) for row in rows if row.cells[name]}
                 for name in _KEYS}
        found = defaultdict(self.env['res.partner'].browse)
        for name in ('vat', 'ref'):
            for partner in self._find_partners(name, asked[name]):
                found[name, _normalize(partner[name])] |= partner.commercial_partner_id
        checks = self.env['dunning.credit.check'].search([
            ('company_id', '=', self.company_id.id), ('source', '=', self.source),
            ('number', '!=', False)])
        for check in checks:
            if _normalize(check.number) in asked['number']:
                found['number', _normalize(check.number)] |= check.partner_id
        return found

    def _find_partners(self, name, keys):
        """Return the customers whose VAT number or reference is one of these, however written."""
        partners = self.env['res.partner']
        partners.flush_model([name])
        ids = [partner_id for partner_id, in self.env.execute_query(SQL("""
            SELECT id FROM res_partner
             WHERE upper(regexp_replace(%s, '[^[:alnum:]]', '', 'g')) = ANY(%s)
               AND (company_id IS NULL OR company_id = %s)
        """, SQL.identifier('res_partner', name), list(keys), self.company_id.id))]
        return partners.search([('id', 'in', ids)])

    def _pick_customer(self, row, found):
        """Return the one customer whom a row names, and what is wrong with it."""
        errors = list(row.errors)
        named = {name: found.get((name, _normalize(row.cells[name])), self.env['res.partner'])
                 for name in _KEYS if row.cells[name]}
        partners = self.env['res.partner'].union(*named.values())
        if named and not partners:
            errors.append(self.env._("No such customer."))
        elif len(partners) > 1:
            errors.append(self.env._(
                "Several customers: %(customers)s.",
                customers=", ".join(partners[:5].mapped('display_name'))))
        return partners if len(partners) == 1 else partners.browse(), errors

    def _find_known(self, partners):
        """Return the keys of the checks of the source that are there."""
        checks = self.env['dunning.credit.check'].search_read([
            ('company_id', '=', self.company_id.id), ('source', '=', self.source),
            ('partner_id', 'in', [partner.id for partner in partners]),
        ], ['partner_id', 'date', 'amount_limit', 'valid_until', 'index'], load=None)
        return {_get_key(check['partner_id'], check) for check in checks}


class DunningCreditImportLine(models.TransientModel):
    """What an import would make of a row."""

    _name = 'dunning.credit.import.line'
    _description = "Row of Credit Checks"
    _order = 'state, row'

    import_id = fields.Many2one('dunning.credit.import', required=True, ondelete='cascade')
    currency_id = fields.Many2one(related='import_id.company_id.currency_id')
    row = fields.Integer()
    state = fields.Selection(STATES, required=True)
    customer = fields.Char("In the File")
    partner_id = fields.Many2one('res.partner', "Customer")
    amount_limit = fields.Monetary("Limit")
    index = fields.Char()
    valid_until = fields.Date()
    error = fields.Char("What Is Wrong")


def _get_key(partner_id, values):
    """Return what makes a check another one: a longer validity or a new index is news, too.

    :param values: values of a check
    """
    return (partner_id, values['date'], values.get('amount_limit') or 0.0,
            values.get('valid_until') or None, values.get('index') or '')


def _normalize(key):
    """Return a number as it is compared: no blanks, dots or dashes, in capitals."""
    return re.sub(r'[\W_]', '', key or '').upper()
