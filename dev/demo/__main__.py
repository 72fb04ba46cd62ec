"""Fill a fresh database with the demo and let the weeks pass:

    python -m dev.demo --database demo --config odoo.conf --mails DIR --letters DIR --smtp-port N
"""

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path

from .progress import say


def _parse_arguments():
    parser = argparse.ArgumentParser(prog='python -m dev.demo', description=__doc__)
    parser.add_argument('--database', required=True, help="a database with smart_dunning in it")
    parser.add_argument('--config', required=True, help="the configuration file of Odoo")
    parser.add_argument('--mails', type=Path, required=True, help="where the mail server writes")
    parser.add_argument('--letters', type=Path, required=True, help="where the PDF files go")
    parser.add_argument('--smtp-port', type=int, required=True)
    parser.add_argument('--base-url', default='', help="the address of the web server")
    return parser.parse_args()


def main():
    """Build the demo; returns the exit code."""
    arguments = _parse_arguments()
    # Imported late: Odoo takes seconds, and its command line is none of ours.
    from .database import open_database  # noqa: PLC0415

    with open_database(arguments.database, arguments.config) as env:
        if env['res.users'].search_count([('login', '=', 'buchhaltung')]):
            say("The demo is in this database already; nothing to do.")
            return 0
        _build(env, arguments)
    return 0


def _build(env, arguments):
    from . import companies, customers, ledger, past, people, story  # noqa: PLC0415
    from .handovers import make_agencies  # noqa: PLC0415
    from .holds import make_holds  # noqa: PLC0415
    from .nights import Story  # noqa: PLC0415
    from .orders import make_orders  # noqa: PLC0415
    from .portal import make_answers  # noqa: PLC0415
    from .summary import print_summary, write_letters  # noqa: PLC0415

    last_day = story.workday(datetime.now(UTC).date(), back=True)
    say("Two companies with German charts of accounts")
    firms = companies.make_companies(env)
    users = companies.make_users(env, firms)
    companies.turn_dunning_on(env, firms, users)
    make_agencies(firms[0])
    companies.make_mail_server(env, arguments.smtp_port, arguments.base_url)
    say("Customers, terms and products")
    terms = customers.make_terms(env)
    env['res.currency'].browse(env.ref('base.USD').id).active = True
    products = ledger.make_products(env)
    sellers = [users['sales'], users['sales2']]
    ledgers = []
    for company, folk in zip(firms, (people.MAIN, people.SECOND), strict=True):
        customers.set_dollar_rate(company, last_day)
        partners = customers.make_customers(env, company, folk, terms, sellers)
        book = ledger.Ledger(company, partners, terms, products)
        ledgers.append((
            book, past.make_past(folk, last_day) + story.make_sales(folk, last_day)))
    env.cr.commit()
    say(f"{sum(len(sales) for _book, sales in ledgers)} invoices, the older ones first")
    tale = Story(env, ledgers, users, last_day, arguments.letters)
    tale.book_history()
    make_orders(firms[0], ledgers[0][0].partners, products, last_day)
    env.cr.commit()
    say(f"Night by night from {tale.first_day:%d %b %Y}")
    tale.run()
    tale.finish()
    make_holds(firms[0], ledgers[0][0].partners, users)
    make_answers(env, firms[0])
    write_letters(env, arguments.letters)
    print_summary(env, firms, arguments)


if __name__ == '__main__':
    sys.exit(main())
