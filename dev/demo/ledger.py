"""Invoices, bank statements, payments and credit notes, booked as an accountant would."""

import itertools
import random

from odoo.fields import Command

# name, German name, net price, tax: standard or reduced, goods or a service
PRODUCTS = (
    ("Drill bit set HSS-Co, 25 pieces", "Spiralbohrersatz HSS-Co, 25-teilig",
     89.0, 'standard', 'goods'),
    ("Torque wrench 20–200 Nm", "Drehmomentschlüssel 20–200 Nm",
     164.0, 'standard', 'goods'),
    ("Cordless impact driver 18 V", "Akku-Schlagschrauber 18 V",
     249.0, 'standard', 'goods'),
    ("Workshop trolley, 7 drawers", "Werkstattwagen, 7 Schubladen",
     798.0, 'standard', 'goods'),
    ("Band saw blade 2,360 mm", "Bandsägeblatt 2.360 mm",
     38.5, 'standard', 'goods'),
    ("Hydraulic press 30 t", "Hydraulikpresse 30 t",
     2890.0, 'standard', 'goods'),
    ("CNC milling spindle", "CNC-Frässpindel",
     6450.0, 'standard', 'goods'),
    ("Compressed-air station", "Druckluftstation",
     4120.0, 'standard', 'goods'),
    ("Maintenance, per hour", "Wartung, je Stunde",
     96.0, 'standard', 'service'),
    ("Training day on site", "Schulungstag vor Ort",
     1450.0, 'standard', 'service'),
    ("Handbook “Safe clamping”", "Handbuch „Sicher spannen“",
     42.0, 'reduced', 'goods'),
    ("Table of threads, laminated", "Gewindetabelle, laminiert",
     12.5, 'reduced', 'goods'),
)
_OTHERS = {'de_DE': "Lieferung laut Auftrag", 'en_US': "Delivery as ordered",
           'fr_FR': "Livraison selon commande"}
_TAXES = {
    'de_skr03': {'standard': 'tax_ust_19_skr03', 'reduced': 'tax_ust_7_skr03',
                 'eu': 'tax_eu_sale_skr03', 'abroad': 'tax_export_skr03'},
    'de_skr04': {'standard': 'tax_ust_19_skr04', 'reduced': 'tax_ust_7_skr04',
                 'eu': 'tax_eu_sale_skr04', 'abroad': 'tax_export_skr04'},
}


def make_products(env):
    """Create the products. Returns them in the order of `PRODUCTS`."""
    products = env['product.product'].create([{
        'name': name, 'list_price': price, 'type': 'service' if kind == 'service' else 'consu',
        'is_storable': kind == 'goods', 'invoice_policy': 'order', 'taxes_id': False,
        'company_id': False,
    } for name, _german, price, _tax, kind in PRODUCTS])
    for product, row in zip(products, PRODUCTS, strict=True):
        product.with_context(lang='de_DE').name = row[1]
    return products


class Ledger:
    """Books the sales of one company and what is paid for them.

    :param company: the company
    :param partners: {key: partner}
    :param terms: {key: payment term}
    :param products: as `make_products` gives them
    """

    def __init__(self, company, partners, terms, products):
        self.env = company.with_company(company).env
        self.company, self.partners, self.terms = company, partners, terms
        self.products = products
        chart = self.env['account.chart.template'].with_company(company)
        self.taxes = {key: chart.ref(xmlid)
                      for key, xmlid in _TAXES[company.chart_template].items()}
        self.bank = self.env['account.journal'].search(
            [('type', '=', 'bank'), ('company_id', '=', company.id)], limit=1)
        self.rng = random.Random(company.id)
        self.numbers = itertools.count(1)
        self.usd = self.env.ref('base.USD')

    def post_sales(self, sales):
        """Post the invoices of these sales, in the order of their dates."""
        if not sales:
            return
        moves = self.env['account.move'].create([self._prepare_invoice(sale) for sale in sales])
        for sale, move in zip(sales, moves, strict=True):
            sale.move = move
        self._name_first(moves[0])
        moves.action_post()
        moves.is_move_sent = True       # by mail or post, as in real life

    def _name_first(self, move):
        """Let the numbers of the company begin like RE/2026/00001."""
        if not self.env['account.move'].search_count([
                ('company_id', '=', self.company.id), ('state', '=', 'posted'),
                ('move_type', '=', 'out_invoice')], limit=1):
            move.name = f'RE/{move.invoice_date.year}/00001'

    def _prepare_invoice(self, sale):
        """Return the values of an invoice."""
        partner = self.partners[sale.customer.key]
        contact = partner.child_ids.filtered(lambda child: child.type == 'invoice')[:1]
        return {
            'move_type': 'out_invoice', 'company_id': self.company.id,
            'partner_id': (contact or partner).id, 'invoice_user_id': partner.user_id.id,
            'invoice_date': sale.day, 'date': sale.day, 'delivery_date': sale.day,
            'currency_id': (self.usd if sale.customer.special == 'usd'
                            else self.company.currency_id).id,
            'invoice_payment_term_id': self.terms[sale.term].id,
            'partner_bank_id': self.bank.bank_account_id.id,
            'invoice_line_ids': [Command.create(values)
                                 for values in self._prepare_lines(sale.customer, sale.net)],
        }

    def _get_tax(self, customer, kind):
        """Return the tax for a customer: domestic by product, none abroad."""
        if customer.country == 'de' or customer.kind == 'consumer':
            return self.taxes[kind]
        return self.taxes['eu' if customer.country in ('at', 'fr') else 'abroad']

    def _prepare_lines(self, customer, net):
        """Return one to four lines that add up to a net amount."""
        lines, rest = [], net
        affordable = [index for index, row in enumerate(PRODUCTS) if row[2] <= net]
        for index in self.rng.sample(affordable, min(len(affordable), self.rng.randint(1, 3))):
            price, tax = PRODUCTS[index][2:4]
            quantity = min(int(rest // price), self.rng.choice((1, 1, 2, 3, 5, 10)))
            if quantity:
                lines.append(self._prepare_line(customer, index, quantity, price, tax))
                rest -= quantity * price
        if rest > 0.01 and rest < 25000:
            lines.append({'name': _OTHERS[customer.lang], 'quantity': 1,
                          'price_unit': round(rest, 2),
                          'tax_ids': [Command.set(self._get_tax(customer, 'standard').ids)]})
        return lines

    def _prepare_line(self, customer, index, quantity, price, tax):
        return {'product_id': self.products[index].id, 'quantity': quantity, 'price_unit': price,
                'tax_ids': [Command.set(self._get_tax(customer, tax).ids)]}

    # Bank ---------------------------------------------------------------------------------------

    def book_bank(self, day, sales):
        """Book the bank statement of a day: payments for these sales, and the account's fee.

        :param day: the day of the statement
        :param sales: [(sale, share of the gross amount)]
        """
        values, matches = [], []
        for sale, share in sales:
            amount = self._get_amount(sale, share)
            if not amount:
                continue
            if sale.move.currency_id != self.company.currency_id or self.rng.random() < 0.1:
                self.register_payment(sale.move, amount, day)
                continue
            values.append({
                'journal_id': self.bank.id, 'date': day, 'amount': amount,
                'partner_id': sale.move.commercial_partner_id.id,
                'payment_ref': f"{sale.move.name} {sale.move.commercial_partner_id.name}",
                'counterpart_account_id': self._get_open_lines(sale.move).account_id[:1].id})
            matches.append(sale.move)
        if not values:
            values.append({
                'journal_id': self.bank.id, 'date': day, 'amount': -2.9,
                'payment_ref': "Kontoführung"})
        lines = self.env['account.bank.statement.line'].create(values)
        self.env['account.bank.statement'].create({
            'name': f"{self.bank.code}/{day.year}/{next(self.numbers):03d}", 'date': day,
            'line_ids': [Command.set(lines.ids)]})
        for line, move in zip(lines, matches, strict=False):
            self._reconcile(line.move_id, move)

    def _get_amount(self, sale, share):
        """Return what is paid: the share of the gross amount, never more than what is open."""
        move = sale.move
        return min(move.currency_id.round(move.amount_total * share), move.amount_residual)

    def _get_open_lines(self, move):
        return move.line_ids.filtered(
            lambda line: line.account_type == 'asset_receivable' and not line.reconciled
        ).sorted('date_maturity')

    def _reconcile(self, entry, move):
        """Match a bank entry with an invoice; instalments by date."""
        for line in self._get_open_lines(move):
            payment = self._get_open_lines(entry)
            if payment:
                (payment | line).reconcile()

    def register_payment(self, move, amount, day):
        """Pay an invoice with the wizard that the button on the invoice opens."""
        wizard = self.env['account.payment.register'].with_context(
            active_model='account.move', active_ids=move.ids).create({
                'payment_date': day, 'journal_id': self.bank.id})
        wizard.amount = amount
        wizard.action_create_payments()

    def receive_unallocated(self, partner, amount, day, text):
        """Book money of a customer that nobody could match with an invoice."""
        self.env['account.bank.statement.line'].create({
            'journal_id': self.bank.id, 'date': day, 'amount': amount, 'partner_id': partner.id,
            'payment_ref': text,
            'counterpart_account_id': partner.with_company(
                self.company).property_account_receivable_id.id})

    # Credit notes -------------------------------------------------------------------------------

    def post_credit_note(self, customer, net, day, text):
        """Post a credit note that stays open. Returns it."""
        credit = self.env['account.move'].create({
            'move_type': 'out_refund', 'company_id': self.company.id,
            'partner_id': self.partners[customer.key].id, 'invoice_date': day, 'date': day,
            'ref': text, 'invoice_payment_term_id': False, 'invoice_line_ids': [Command.create({
                'name': text, 'quantity': 1, 'price_unit': net,
                'tax_ids': [Command.set(self._get_tax(customer, 'standard').ids)]})]})
        credit.action_post()
        return credit

    def reverse(self, sale, day, reason):
        """Cancel an invoice by a credit note, with the wizard of the button on the invoice."""
        self.env['account.move.reversal'].with_context(
            active_model='account.move', active_ids=sale.move.ids).create({
                'date': day, 'reason': reason, 'journal_id': sale.move.journal_id.id,
            }).refund_moves()
        credit = sale.move.reversal_move_ids
        credit.action_post()
        if not sale.move.currency_id.is_zero(sale.move.amount_residual):
            (self._get_open_lines(credit) | self._get_open_lines(sale.move)).reconcile()
