from odoo import api, fields, models

from ...logic import default
from ..policy.labels import get_labels
from .dunning_run_claim import LetterCase
from .dunning_run_earlier import Named


class DunningLetter(models.Model):
    """What the letter claims besides the open items, from the proposal to the evidence.

    Amounts and their details are computed for the proposal, once more before sending, and become
    rows of `dunning.charge` when the letter counts as sent.
    """

    _inherit = 'dunning.letter'

    charge_ids = fields.One2many('dunning.charge', 'letter_id', "Charges", readonly=True)
    claim_details = fields.Json("How the Charges Were Computed", readonly=True, copy=False)
    claim_warning = fields.Text("Warning", compute='_compute_claim_texts')
    claim_text = fields.Text("Interest in Words", compute='_compute_claim_texts')

    @api.depends('claim_details', 'state')
    @api.depends_context('lang')
    def _compute_claim_texts(self):
        for letter in self:
            details = letter.claim_details or {}
            missing = {tuple(row) for row in details.get('missing', ())}
            letter.claim_warning = letter.state not in ('sent', 'cancelled') and "\n".join([
                *(letter.run_id._get_missing_rate_text(*row) for row in sorted(missing)),
                *map(letter.run_id._get_missing_currency_text,
                     sorted(set(details.get('missing_currencies', ())))),
            ]) or False
            letter.claim_text = "\n".join(
                self.env._(
                    "%(invoice)s: %(date_from)s – %(date_to)s, %(days)s days, %(rate)s on "
                    "%(principal)s = %(amount)s", **row)
                if row['date_from'] else "{invoice}: {text} = {amount}".format(**row)
                for row in letter._get_interest_rows()) or False

    # Before sending -----------------------------------------------------------------------------

    def _update_charges(self, pauses):
        """Compute the charges anew for the items that stay, as of the date of the letter.

        Interest grows by the day, and payments come in.

        :param pauses: {journal item id: `ladder.Pause`} of the customer on that day
        """
        self.ensure_one()
        run = self._get_own_run()
        charges = run._get_letter_charges(
            [self._make_case(run, pauses)], self.date, self._get_named_elsewhere())
        self.write(charges[0] if charges else {
            **dict.fromkeys(self._charge_fields, 0.0), 'claim_details': False})

    def _make_case(self, run, pauses):
        """Return the `LetterCase` of what the letter still asks for.

        :param run: its `dunning.run`
        :param pauses: {journal item id: `ladder.Pause`} of the customer on the day of the letter
        """
        lines = self.line_ids.filtered(lambda line: line.state in ('draft', 'sending'))
        case = LetterCase(
            self.partner_id.id, self.currency_id.id, self.policy_id.id, self.level_id.id,
            self.is_prenotice, {line.move_line_id.id: line.level_id.id for line in lines}, {})
        if run._is_charging(case, run._get_charging_records([case])):
            case = case._replace(disputed=self.env['account.move.line']._get_disputed_parts({
                item_id: pauses[item_id] for item_id in lines.move_line_id.ids
                if item_id in pauses}))
        return case

    def _get_named_elsewhere(self):
        """Return what the other letters of the run ask this customer for, a `Named`."""
        charges, lump_sums = set(), set()
        for letter in self.search([
                ('run_id', '=', self.run_id.id), ('partner_id', '=', self.partner_id.id),
                ('currency_id', '=', self.currency_id.id), ('id', '!=', self.id),
                ('state', '!=', 'cancelled')]):
            details = letter.claim_details or {}
            charges.update(details.get('charge_ids', ()))
            lump_sums.update((row['move'], letter.partner_id.id)
                             for row in details.get('lump_sum', ()))
        return Named(frozenset(charges), frozenset(lump_sums))

    # Sent ---------------------------------------------------------------------------------------

    def _claim_charges(self):
        """Write what the letter claims as charges; they stay, whatever the level changes later."""
        self.ensure_one()
        values = self._prepare_charge_values_list()
        if values:
            self.env['dunning.charge'].sudo().create(values)._handle_claimed()

    def _prepare_charge_values_list(self):
        """Return the values of the charges of this letter."""
        details = self.claim_details or {}
        known = {
            (charge.move_id.id, charge.partner_id.id)
            for charge in self.env['dunning.charge'].sudo().search([
                ('kind', '=', 'lump_sum'), ('is_withdrawn', '=', False),
                ('move_id', 'in', [row['move'] for row in details.get('lump_sum', ())])])
        } if details.get('lump_sum') else set()
        common = {
            'letter_id': self.id, 'company_id': self.company_id.id, 'date': self.date,
            'partner_id': self.partner_id.id, 'currency_id': self.currency_id.id,
            'level_id': self.level_id.id}
        values = [{
            **common, 'kind': 'interest', 'move_line_id': row['line'], 'move_id': row['move'],
            'amount': row['amount'], 'segments': row['segments'],
            'date_from': row['segments'][0][0], 'date_to': self.date,
            'terms': {key: row.get(key) for key in (
                'basis', 'default', 'reference', 'margin', 'day_count')},
        } for row in details.get('interest', ())]
        values += [{
            **common, 'kind': 'lump_sum', 'move_line_id': row['line'], 'move_id': row['move'],
            'amount': row['amount'],
            'terms': {key: row.get(key) for key in ('basis', 'default')},
        } for row in details.get('lump_sum', ()) if (row['move'], self.partner_id.id) not in known]
        if details.get('fee'):
            values.append({
                **common, 'kind': 'fee', 'amount': details['fee'],
                'terms': {'basis': 'letter', 'defaults': details.get('fee_defaults', {})}})
        return values

    def _withdraw_charges(self):
        """Take back what the letter has claimed: the customer has not read it."""
        self.sudo().charge_ids.filtered(lambda charge: not charge.is_withdrawn)._withdraw()

    def action_waive_charges(self):
        """Ask which charges of these letters are waived, how much of them and why."""
        self.check_access('read')
        return self.env['dunning.charge'].sudo().search([
            ('letter_id', 'in', self.ids)])._open_waive_dialog()

    # On paper -----------------------------------------------------------------------------------

    def _prepare_claim_values(self):
        """Return what the template says about charges: how the interest was computed."""
        return {
            'interest_rows': self._get_interest_rows(),
            'interest_terms': self._get_interest_terms(),
            'lump_sum_text': self._get_lump_sum_text()}

    def _get_lump_sum_text(self):
        """Return what the lump sum is called on the letter: one for each invoice."""
        count = len((self.claim_details or {}).get('lump_sum', ()))
        if count > 1:
            return self.env._("Lump sum for late payment of %(count)s invoices", count=count)
        return self.env._("Lump sum for late payment")

    def _get_interest_rows(self):
        """Return the segments of interest as texts in the language of the context, by item.

        A row without dates has what earlier letters have claimed too little or too much.
        """
        self.ensure_one()
        names = {line.move_line_id.id: line.name for line in self.sudo().line_ids}
        rows = []
        for item in (self.claim_details or {}).get('interest', ()):
            name = names.get(item['line']) or ''
            rows += [self._prepare_segment(name, *segment) for segment in item['segments']]
            if item['correction']:
                rows.append({
                    'invoice': name, 'date_from': '', 'date_to': '', 'days': '', 'rate': '',
                    'text': self.env._("For earlier days, not claimed before")
                    if item['correction'] > 0 else self.env._("Claimed for earlier days already"),
                    'principal': '', 'amount': self._format_document_money(item['correction'])})
        return rows

    def _prepare_segment(self, name, date_from, date_to, days, principal, rate, amount):
        return {
            'invoice': name,
            'date_from': self._format_table_date(fields.Date.to_date(date_from)),
            'date_to': self._format_table_date(fields.Date.to_date(date_to)),
            'days': days,
            'rate': self._format_percent(rate),
            'principal': self._format_document_money(principal),
            'amount': self._format_document_money(amount),
        }

    def _format_percent(self, percent):
        """Return a rate as text: two digits, more where the rate has more."""
        digits = 2 if round(percent, 2) == round(percent, 6) else 4
        return f'{self._format_number(percent, digits)}\N{NO-BREAK SPACE}%'

    def _format_number(self, number, digits=None):
        """Return a number as text, with so many digits or as many as it has."""
        lang = self.env['res.lang']._get_data(code=self.env.lang or 'en_US')
        text = f'{number:g}' if digits is None else f'{number:.{digits}f}'
        return text.replace('.', lang.decimal_point or '.').replace('-', '\N{MINUS SIGN}')

    def _get_interest_terms(self):
        """Return in words, each once, why interest is owed and at which rate."""
        items = (self.claim_details or {}).get('interest', ())
        sentences = [self._get_basis_sentence(item) for item in items]
        for reference, margin, law in sorted({
                (item['reference'], item['margin'], item['law']) for item in items}):
            sentences.append(self._get_rate_sentence(reference, margin))
            if law:
                sentences.append(self.env._("Legal basis: %(law)s.", law=law))
        return list(dict.fromkeys(sentences))

    def _get_basis_sentence(self, item):
        """Return what the customer reads about the beginning of default.

        :param item: what `claim_details` says of the interest of an item
        """
        if item['basis'] == default.REMINDER and item.get('reminder'):
            number, sent = item['reminder']
            values = {'number': number, 'date': self._format_document_date(
                fields.Date.to_date(sent))}
            return self.env._(
                "Default began when the period set by our letter %(number)s of %(date)s had ended.",
                **values) if item['period'] else self.env._(
                "Default began on the day after our letter %(number)s of %(date)s reached you.",
                **values)
        return {
            default.CALENDAR: self.env._(
                "Default began on the day after the agreed date of payment."),
            default.REMINDER: self.env._(
                "Default began on the day after our reminder reached you."),
            default.THIRTY_DAYS: self.env._(
                "Default began 30 days after the due date and the receipt of the invoice."),
            default.MANUAL: self.env._("Default began on the first day shown above."),
        }[item['basis']]

    def _get_rate_sentence(self, reference, margin):
        """Return what a rate is made of."""
        names = get_labels(self.env['dunning.rate'], 'reference')
        if reference not in names:
            return self.env._("Interest rate: fixed.")
        if not margin:
            return self.env._("Interest rate: %(reference)s.", reference=names[reference])
        return self.env._(
            "Interest rate: %(reference)s plus %(points)s percentage points.",
            reference=names[reference], points=self._format_number(margin))
