"""The customers as Odoo knows them: addresses, contacts, terms, and what is special about some."""

import unicodedata
from datetime import timedelta

from odoo.fields import Command

_LETTERS = str.maketrans({'ä': 'ae', 'ö': 'oe', 'ü': 'ue', 'ß': 'ss', 'ı': 'i'})
_DIAL = {'de': '+49 30 555', 'at': '+43 316 555', 'fr': '+33 4 99 55', 'gb': '+44 117 555',
         'us': '+1 414 555'}


def make_terms(env):
    """Return the payment terms of the demo, {key: term}."""
    def term(name, note, *lines):
        record = env['account.payment.term'].create({
            'name': name, 'note': note, 'company_id': False, 'line_ids': [
                Command.create({'value': 'percent', 'value_amount': percent, 'nb_days': days,
                                'delay_type': 'days_after'}) for percent, days in lines]})
        record.with_context(lang='de_DE').name = note
        return record
    return {
        'net7': term("7 days net", "7 Tage netto", (100, 7)),
        'net14': term("14 days net", "14 Tage netto", (100, 14)),
        'net30': term("30 days net", "30 Tage netto", (100, 30)),
        'net60': term("60 days net", "60 Tage netto", (100, 60)),
        'instalments': term("30% in 10 days, 70% in 45 days",
                            "30 % in 10 Tagen, 70 % in 45 Tagen", (30, 10), (70, 45)),
    }


def make_customers(env, company, customers, terms, salespeople):
    """Create the customers of a company, shared by all. Returns {key: partner}."""
    partners = {}
    for number, customer in enumerate(customers):
        partners[customer.key] = env['res.partner'].with_company(company).create(
            _prepare_values(env, customer, terms, salespeople[number % len(salespeople)]))
    return partners


def _mail_domain(name):
    """Return a made-up mail domain for a name: letters and digits only, ``.example``."""
    plain = unicodedata.normalize('NFKD', name.lower().translate(_LETTERS))
    plain = plain.encode('ascii', 'ignore').decode()
    words = "".join(sign if sign.isalnum() else " " for sign in plain).split()
    return f"{'-'.join(words[:2])}.example"


def _prepare_values(env, customer, terms, salesperson):
    """Return the values of a customer with his invoice contact."""
    domain = _mail_domain(customer.name)
    is_person = customer.kind == 'consumer'
    email = f"{domain.removesuffix('.example').replace('-', '.')}@post.example" if is_person \
        else f"{'accounts' if customer.lang == 'en_US' else 'rechnung'}@{domain}"
    values = {
        'name': customer.name, 'is_company': not is_person, 'lang': customer.lang,
        'street': customer.street, 'zip': customer.place and customer.postcode,
        'city': customer.place and customer.city,
        'country_id': env.ref(f'base.{customer.country if customer.country != "gb" else "uk"}').id,
        'email': email, 'phone': f"{_DIAL[customer.country]}{1000 + len(customer.key) * 37}",
        'property_payment_term_id': terms[customer.term].id,
        'user_id': salesperson.id, 'customer_rank': 1, 'company_id': False,
    }
    if customer.special in ('no_email', 'no_address'):
        values['email'] = False
    if customer.kind == 'public':
        values['category_id'] = [
            Command.link(env.ref('smart_dunning.res_partner_category_public').id)]
    if customer.contact:
        values['child_ids'] = [Command.create({
            'name': customer.contact, 'type': 'invoice', 'lang': customer.lang,
            'street': customer.street, 'zip': values['zip'], 'city': values['city'],
            'country_id': values['country_id'], 'email': email})]
        values['email'] = f"info@{domain}"
    return values


def set_dollar_rate(company, last_day):
    """Give the company a dollar rate for each month of the story."""
    for months, rate in enumerate((1.083, 1.091, 1.087, 1.079, 1.094, 1.102, 1.088, 1.085)):
        company.env['res.currency.rate'].create({
            'currency_id': company.env.ref('base.USD').id, 'company_id': company.id,
            'name': last_day - timedelta(days=30 * months + 1), 'rate': rate})
