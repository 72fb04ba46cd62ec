#!/usr/bin/env python3
"""Take pictures of the screens for the documentation, as the clerk sees them.

    dev/pictures.py --base-url http://127.0.0.1:8069 --db demo --login clerk --password clerk

Drives the Chromium of the system through playwright and stores one PNG per page under --out. Pages
are NAME=PATH arguments; without any, the standard set for README and docs is taken. `{debtor}`,
`{run}`, `{letter}`, … in a path stand for the id of a record worth showing.
"""

import argparse
import shutil
import sys
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Error, sync_playwright

TIMEOUT = 90_000            # milliseconds for a page to come to rest
CALM = 1_200                # milliseconds without a change that count as rest

PAGES = {
    'debtors_list': '/odoo/debtors',
    'debtors_kanban': '/odoo/debtors?view_type=kanban',
    'debtor_form': '/odoo/debtors/{debtor}',
    'runs_list': '/odoo/dunning-runs',
    'run_form': '/odoo/dunning-runs/{run}',
    'letters_list': '/odoo/dunning-letters',
    'letter_form': '/odoo/dunning-letters/{letter}',
    'policies_list': '/odoo/dunning-policies',
    'policy_form': '/odoo/dunning-policies/{policy}',
    'policy_holds': '/odoo/dunning-policies/{policy}',
    'debtor_holds': '/odoo/debtors/{held_debtor}',
    'releases_list': '/odoo/dunning-releases',
    'debtor_agreements': '/odoo/debtors/{agreed_debtor}',
    'promise_dialog': '/odoo/debtors/{debtor}',
    'promises_list': '/odoo/dunning-promises',
    'charges_list': '/odoo/action-smart_dunning.dunning_charge_action',
    'disputes_kanban': '/odoo/dunning-disputes',
    'dispute_form': '/odoo/dunning-disputes/{dispute}',
    'plan_form': '/odoo/dunning-installment-plans/{plan}',
    'letter_claims': '/odoo/dunning-letters/{claiming_letter}',
    'invoice_dispute': '/odoo/customer-invoices/{disputed_invoice}',
    'level_form': '/odoo/dunning-levels/{level}',
    'handovers_list': '/odoo/action-smart_dunning.dunning_handover_action',
    'handover_form': '/odoo/action-smart_dunning.dunning_handover_action/{handover}',
    'answers_list': '/odoo/dunning-answers',
    'receivables': '/odoo/receivables',
    'receivables_by_day': '/odoo/receivables-by-day',
    'events': '/odoo/dunning-events',
    'policy_events': '/odoo/dunning-policies/{policy}',
    'dashboards': '/odoo/dashboards?dashboard_id={dashboard}',
    'invoices_list': '/odoo/customer-invoices',
    'invoice_form': '/odoo/customer-invoices/{invoice}',
    'partner_form': '/odoo/customers/{partner}',
}
PHONE_PAGES = {
    'phone_debtors': '/odoo/debtors',
    'phone_debtor_form': '/odoo/debtors/{debtor}',
    'phone_letter_form': '/odoo/dunning-letters/{letter}',
    'phone_run_form': '/odoo/dunning-runs/{run}',
}
CUSTOMER_PHONE_PAGES = {
    'phone_customer_letter': '/my/dunning/letters',
    'phone_customer_items': '/my/open-items',
}
# What others than the clerk see; their passwords are their logins.
ROLE_PAGES = {
    'sales': {
        'hold_quotation': '/odoo/action-sale.action_quotations_with_onboarding/{held_quotation}',
        'quotations_list': '/odoo/action-sale.action_quotations_with_onboarding',
        'held_deliveries': '/odoo/held-deliveries',
    },
    'warehouse': {
        'hold_delivery': '/odoo/action-stock.action_picking_tree_all/{held_delivery}',
        'deliveries_list': '/odoo/action-stock.action_picking_tree_all',
    },
    'customer': {
        'customer_home': '/my',
        'customer_items': '/my/open-items',
        'customer_letter': '/my/dunning/letters',
    },
    'release': {
        'release_grant': '/odoo/action-sale.action_quotations_with_onboarding/{held_quotation}',
    },
}
SETTINGS_PAGES = {
    'settings': '/odoo/action-account.action_account_config',
    'activation': '/odoo/action-account.action_account_config',
}
# What to do on a page before its picture is taken.
# At a weekend hardly anybody needs attention today: then everybody is shown.
ALL_DEBTORS = """
    const rows = document.querySelectorAll('.o_data_row, .o_kanban_record:not(.o_kanban_ghost)');
    if (rows.length < 8) {
        document.querySelector('.o_facet_remove')?.click();
        await new Promise((done) => setTimeout(done, 3000));
    }"""
FIRST_LETTER = "location.href = document.querySelector('#dunning_letters a').href;"
SCRIPTS = {
    'customer_letter': FIRST_LETTER,
    'phone_customer_letter': FIRST_LETTER,
    'debtors_list': ALL_DEBTORS,
    'debtors_kanban': ALL_DEBTORS,
    'settings': """
        [...document.querySelectorAll('h2')].find(
            (title) => title.textContent.trim() === 'Dunning').scrollIntoView()""",
    'activation': """
        document.querySelector('button[name=action_dunning_activate]').click();
        await new Promise((done) => setTimeout(done, 5000))""",
    'policy_holds': """document.querySelector('.nav-link[name=holds]').click()""",
    'policy_events': """
        document.querySelector('.nav-link[name=events]').click();
        await new Promise((done) => setTimeout(done, 1000));
        document.querySelector('.nav-link[name=events]').scrollIntoView()""",
    # A spreadsheet reads its figures when it is already drawn.
    'dashboards': """await new Promise((done) => setTimeout(done, 8000))""",
    'debtor_agreements': """document.querySelector('.nav-link[name=pauses]').click()""",
    'promise_dialog': """
        document.querySelector('button[name=action_record_promise]').click();
        await new Promise((done) => setTimeout(done, 3000))""",
    'debtor_holds': """document.querySelector('.nav-link[name=holds]').click()""",
    'release_grant': """
        document.querySelector('button[name=action_dunning_release]').click();
        await new Promise((done) => setTimeout(done, 3000))""",
}
# placeholder -> model, domain, order: the record worth a picture
RECORDS = {
    'debtor': ('dunning.debtor', [('level_id', '!=', False), ('paused_until', '=', False)],
               'overdue_amount desc'),
    'run': ('dunning.run', [('letter_ids.state', '=', 'draft')], 'id desc'),
    'letter': ('dunning.letter', [('state', 'in', ('draft', 'ready', 'sent'))],
               'amount_company desc, id desc'),
    'policy': ('dunning.policy', [], 'sequence, id'),
    'level': ('dunning.level', [('position', '>', 1)], 'policy_id, position'),
    'invoice': ('account.move', [('dunning_level_id', '!=', False),
                                 ('payment_state', '=', 'not_paid')], 'dunning_date desc, id'),
    'agreed_debtor': ('dunning.debtor', [('promise_date', '!=', False)], 'overdue_amount desc'),
    'dispute': ('dunning.dispute', [('state', '=', 'open')], 'id'),
    'disputed_invoice': ('account.move', [('dunning_dispute_ids.state', '=', 'open')], 'id'),
    'handover': ('dunning.handover', [('agency_paid', '>', 0)], 'id'),
    'dashboard': ('spreadsheet.dashboard', [('name', '=', 'Receivables')], 'id'),
    'plan': ('dunning.installment.plan', [('state', '=', 'active')], 'id'),
    'claiming_letter': ('dunning.letter', [('amount_interest', '>', 0),
                                           ('state', '!=', 'cancelled')],
                        'amount_interest desc, id desc'),
    'held_debtor': ('dunning.debtor', [('hold_state', '=', 'block'), ('waiting_ids', '!=', False)],
                    'overdue_amount desc'),
    'held_quotation': ('sale.order', [('state', 'in', ('draft', 'sent')),
                                      ('dunning_hold_state', 'in', ['block'])], 'id'),
    'held_delivery': ('stock.picking', [('dunning_held_since', '!=', False)],
                      'dunning_held_amount desc'),
}
CALM_NOW = """() =>
    document.querySelector('#wrapwrap') && document.readyState === 'complete'
    || document.querySelector('.o_action_manager .o_view_controller, .o_action_manager .o_action')
    && !document.querySelector('.o_loading_indicator, .o_blockUI, .o_view_sample_data')
    && [...document.images].every((image) => image.complete || image.loading === 'lazy')
    && [...document.querySelectorAll('.o_dunning_preview iframe')].every((frame) =>
        frame.contentDocument?.querySelector('.page[data-loaded="true"]'))
"""


@contextmanager
def open_browser():
    """Yield the Chromium of the system, without a window."""
    binary = shutil.which('chromium') or shutil.which('google-chrome')
    if not binary:
        raise SystemExit("Chromium is missing: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=binary, args=['--no-sandbox', '--hide-scrollbars'])
        try:
            yield browser
        finally:
            browser.close()


class Visit:
    """What one user sees in a browser of a size, once logged in.

    :param size: (width, height) in pixels; a phone has twice as many to the inch, and a finger
    """

    def __init__(self, browser, args, login, password, size, is_phone=False):
        self.base_url = args.base_url.rstrip('/')
        self._context = browser.new_context(
            viewport={'width': size[0], 'height': size[1]}, base_url=self.base_url,
            device_scale_factor=2 if is_phone else 1, is_mobile=is_phone, has_touch=is_phone)
        self._context.set_default_timeout(TIMEOUT)
        self._page = self._context.new_page()
        self._call('/web/session/authenticate', {
            'db': args.db, 'login': login, 'password': password})

    def _call(self, path, params):
        """Return the result of a JSON call, made with the cookies of the browser."""
        answer = self._context.request.post(path, data={'jsonrpc': '2.0', 'params': params}).json()
        if 'error' in answer:
            raise LookupError(answer['error'].get('data', {}).get('message') or answer['error'])
        return answer['result']

    def _ask(self, model, method, *args, **kwargs):
        return self._call(f'/web/dataset/call_kw/{model}/{method}', {
            'model': model, 'method': method, 'args': args, 'kwargs': kwargs})

    def get_placeholders(self):
        """Return {name: id} of the records worth a picture; those that exist."""
        found = {}
        for name, (model, domain, order) in RECORDS.items():
            try:
                ids = self._ask(model, 'search', domain, order=order, limit=1)
            except LookupError:
                continue        # not everybody may read everything: its page is left out
            if ids:
                found[name] = ids[0]
        if 'debtor' in found:
            [row] = self._ask('dunning.debtor', 'read', [found['debtor']], ['partner_id'])
            found['partner'] = row['partner_id'][0]
        return found

    def take(self, pages, out):
        """Take each page; return the names of those that failed."""
        placeholders, failed = self.get_placeholders(), []
        for name, path in pages.items():
            try:
                self.open(name, path.format(**placeholders))
            except KeyError as missing:
                print(f"{name}: nothing to show for {missing}", file=sys.stderr)
                failed.append(name)
                continue
            except Error as trouble:
                print(f"{name}: {trouble.message.splitlines()[0]}", file=sys.stderr)
                failed.append(name)
            self._page.screenshot(path=out / f'{name}.png')
            print(f"{name}.png", flush=True)
        self._context.close()
        return failed

    def open(self, name, path):
        """Open a page and do what belongs to it, until nothing moves any more."""
        self._page.goto('about:blank')
        self._page.goto(path)
        self._wait()
        if name in SCRIPTS:
            self._page.evaluate(f"async () => {{{SCRIPTS[name]}}}")
            self._wait()

    def _wait(self):
        """Wait until nothing moves any more."""
        self._page.wait_for_function(CALM_NOW, polling=100)
        self._page.wait_for_timeout(CALM)
        self._page.wait_for_function(CALM_NOW, polling=100)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--base-url', default='http://127.0.0.1:8069')
    parser.add_argument('--db', required=True)
    parser.add_argument('--login', default='clerk')
    parser.add_argument('--password', default='clerk')
    parser.add_argument('--out', type=Path, default=Path('docs/img'))
    parser.add_argument('--size', default='1400x900', help="of the window, e.g. 1400x900")
    parser.add_argument('--phone', action='store_true', help="a phone of 390 pixels instead")
    parser.add_argument('--settings', action='store_true',
                        help="the settings instead; needs a login that may change them")
    parser.add_argument('page', nargs='*', help="NAME=PATH; none: the standard set")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    size = (390, 844) if args.phone else tuple(map(int, args.size.split('x')))
    pages = dict(page.split('=', 1) for page in args.page)
    is_standard = not (pages or args.phone or args.settings)
    if not pages:
        pages = PHONE_PAGES if args.phone else SETTINGS_PAGES if args.settings else PAGES
    with open_browser() as browser:
        failed = Visit(browser, args, args.login, args.password, size, args.phone).take(
            pages, args.out)
        if is_standard:
            failed += Visit(browser, args, args.login, args.password, (390, 844), True).take(
                PHONE_PAGES, args.out)
            failed += Visit(browser, args, 'customer', 'customer', (390, 844), True).take(
                CUSTOMER_PHONE_PAGES, args.out)
            for login, pages in ROLE_PAGES.items():
                failed += Visit(browser, args, login, login, size).take(pages, args.out)
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
