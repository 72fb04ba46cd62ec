"""The two companies with their chart of accounts, users, mail and document layout."""

from dataclasses import dataclass

from odoo.fields import Command

from .logo import draw_logo


@dataclass(frozen=True, slots=True)
class Firm:
    """What a company of the demo looks like."""

    name: str
    chart: str
    street: str
    zip: str
    city: str
    phone: str
    domain: str
    vat: str
    register: str
    manager: str
    iban: str
    bank: str
    bic: str
    primary: str
    secondary: str
    font: str
    initials: str


MAIN = Firm(
    "Rheintal Werkzeugtechnik GmbH", 'de_skr03', "Schanzenstraße 22", '51063', "Köln",
    '+49 221 5550100', 'rheintal-werkzeug.example', 'DE136695976', "Amtsgericht Köln HRB 55501",
    "Dr. Annette Rheinfeld", 'DE89 3704 0044 0532 0130 00', "Commerzbank Köln", 'COBADEFFXXX',
    '#0b4f6c', '#c8553d', 'Roboto', "RW")
SECOND = Firm(
    "Nordlicht Gastronomiebedarf GmbH", 'de_skr04', "Große Elbstraße 133", '22767', "Hamburg",
    '+49 40 5550200', 'nordlicht-gastro.example', 'DE123456788', "Amtsgericht Hamburg HRB 55502",
    "Henrik Petersen", 'DE12 5001 0517 0648 4898 90', "ING-DiBa", 'INGDDEFFXXX',
    '#1d3557', '#457b9d', 'Open_Sans', "NL")

# login, name, language, groups, phone
USERS = (
    ('clerk', "Claire Becker", 'en_US', ['smart_dunning.group_dunning_user'], '-21'),
    ('buchhaltung', "Birgit Hoffmann", 'de_DE', ['smart_dunning.group_dunning_user'], '-22'),
    ('sales', "Sven Albrecht", 'en_US', ['sales_team.group_sale_salesman_all_leads'], '-31'),
    ('sales2', "Nina Petersen", 'de_DE', ['sales_team.group_sale_salesman_all_leads'], '-32'),
    ('release', "Regina Falk", 'en_US',
     ['sales_team.group_sale_manager', 'smart_dunning.group_dunning_release'], '-11'),
    ('warehouse', "Walter Krüger", 'en_US', ['stock.group_stock_user'], '-41'),
)


def make_companies(env):
    """Turn the company of the database into the main one and add a second one. Returns both."""
    # Other modules that suit the country are none of the demo's business.
    env = env(context={**env.context, 'install_mode': True})
    main = env.company
    main.write({'name': MAIN.name, 'country_id': env.ref('base.de').id})
    second = env['res.company'].create({
        'name': SECOND.name, 'country_id': env.ref('base.de').id,
        'currency_id': env.ref('base.EUR').id})
    for company, firm in ((main, MAIN), (second, SECOND)):
        if company.chart_template != firm.chart:
            env['account.chart.template'].try_loading(firm.chart, company, install_demo=False)
        _dress(company, firm)
    env.ref('base.user_admin').write({
        'company_ids': [Command.link(second.id)],
        'group_ids': [Command.link(env.ref('smart_dunning.group_dunning_manager').id)],
        'email': f'admin@{MAIN.domain}', 'tz': 'Europe/Berlin'})
    env.ref('base.user_root').write({'company_ids': [Command.link(second.id)]})
    return main, second


def _dress(company, firm):
    """Give a company its address, bank account, letterhead, working hours and mail domain."""
    env = company.env
    company.write({
        'street': firm.street, 'zip': firm.zip, 'city': firm.city, 'phone': firm.phone,
        'email': f'buchhaltung@{firm.domain}', 'website': f'https://www.{firm.domain}',
        'vat': firm.vat, 'company_registry': firm.register,
        'logo': draw_logo(firm.initials, firm.name, firm.primary, firm.secondary),
        'primary_color': firm.primary, 'secondary_color': firm.secondary, 'font': firm.font,
        'external_report_layout_id': env.ref('l10n_din5008.external_layout_din5008').id,
        'paperformat_id': env.ref('l10n_din5008.paperformat_euro_din').id,
        'report_footer': f"<p>Geschäftsführung: {firm.manager}<br/>{firm.register}</p>",
        'qr_code': True,
    })
    company.partner_id.write({'tz': 'Europe/Berlin', 'lang': 'de_DE'})
    company.resource_calendar_id.tz = 'Europe/Berlin'
    env['mail.alias.domain'].create({'name': firm.domain, 'company_ids': [
        Command.link(company.id)]})
    bank = env['res.bank'].create({
        'name': firm.bank, 'bic': firm.bic, 'country': env.ref('base.de').id})
    account = env['res.partner.bank'].create({
        'acc_number': firm.iban, 'partner_id': company.partner_id.id, 'bank_id': bank.id,
        'company_id': company.id, 'allow_out_payment': True})
    journal = env['account.journal'].search(
        [('type', '=', 'bank'), ('company_id', '=', company.id)], limit=1)
    journal.write({'name': firm.bank, 'bank_account_id': account.id})


def make_users(env, companies):
    """Create the users, each with his login as password. Returns {login: user}."""
    users = {}
    for login, name, lang, groups, extension in USERS:
        users[login] = env['res.users'].with_context(no_reset_password=True).create({
            'name': name, 'login': login, 'password': login, 'lang': lang, 'tz': 'Europe/Berlin',
            'email': f"{name.lower().replace(' ', '.').replace('ü', 'ue')}@{MAIN.domain}",
            'phone': MAIN.phone.removesuffix('00') + extension,
            'company_id': companies[0].id,
            'company_ids': [Command.set([company.id for company in companies])],
            'group_ids': [Command.link(env.ref(group).id) for group in groups],
        })
    return users


def turn_dunning_on(env, companies, users):
    """Switch automatic dunning on in both companies; the second has a policy of its own.

    The first books what letters claim at once, the second when it is paid.
    """
    main, second = companies
    business = env.ref('smart_dunning.dunning_policy_business')
    business.hold_notify_customer = True
    own = business.copy({
        'name': "Gastronomy", 'company_id': second.id, 'min_balance': 15.0, 'quiet_days': 7})
    # The second company writes a note before the due date, too: punctual customers get some post.
    own.with_context(active_test=False).level_ids.filtered('is_prenotice').active = True
    # Paper costs something: the last letter to consumers names the real costs as fee.
    env.ref('smart_dunning.dunning_level_consumer_5').fee_amount = 2.5
    main.dunning_booking, second.dunning_booking = 'letter', 'paid'
    main.write({'dunning_active': True, 'dunning_user_id': users['clerk'].id,
                'dunning_policy_id': business.id})
    second.write({'dunning_active': True, 'dunning_user_id': users['buchhaltung'].id,
                  'dunning_policy_id': own.id})


def make_mail_server(env, port, base_url):
    """Let all mail go to the local server that keeps it as files."""
    env['ir.mail_server'].create({
        'name': "Demo: every mail is kept as a file", 'smtp_host': 'localhost', 'smtp_port': port,
        'smtp_encryption': 'none', 'smtp_authentication': 'login', 'sequence': 1,
        # Else Odoo writes notifications@… in place of the person who signs.
        'from_filter': f'{MAIN.domain},{SECOND.domain}'})
    if base_url:
        parameters = env['ir.config_parameter']
        parameters.set_param('web.base.url', base_url)
        parameters.set_param('web.base.url.freeze', 'True')
