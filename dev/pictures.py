#!/usr/bin/env python3
"""Take pictures of the screens for the documentation, as the clerk sees them.

    dev/pictures.py --base-url http://127.0.0.1:8069 --db demo --login clerk --password clerk

Logs in over HTTP, drives a headless Chromium through its DevTools protocol (websocket-client is
all it needs) and stores one PNG per page under --out. Pages are NAME=PATH arguments; without any,
the standard set for README and docs is taken. `{debtor}`, `{run}`, `{letter}`, … in a path stand
for the id of a record worth showing.
"""

import argparse
import base64
import contextlib
import itertools
import json
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from http.cookiejar import CookieJar
from pathlib import Path

import websocket

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
    'release': {
        'release_grant': '/odoo/action-sale.action_quotations_with_onboarding/{held_quotation}',
    },
}
SETTINGS_PAGES = {
    'settings': '/odoo/action-account.action_account_config',
    'activation': '/odoo/action-account.action_account_config',
}
# What to do on a page before its picture is taken.
SCRIPTS = {
    'settings': """
        [...document.querySelectorAll('h2')].find(
            (title) => title.textContent.trim() === 'Dunning').scrollIntoView()""",
    'activation': """
        document.querySelector('button[name=action_dunning_activate]').click();
        new Promise((done) => setTimeout(done, 5000))""",
    'policy_holds': """document.querySelector('.nav-link[name=holds]').click()""",
    'debtor_agreements': """document.querySelector('.nav-link[name=pauses]').click()""",
    'promise_dialog': """
        document.querySelector('button[name=action_record_promise]').click();
        new Promise((done) => setTimeout(done, 3000))""",
    'debtor_holds': """document.querySelector('.nav-link[name=holds]').click()""",
    'release_grant': """
        document.querySelector('button[name=action_dunning_release]').click();
        new Promise((done) => setTimeout(done, 3000))""",
}
# placeholder -> model, domain, order: the record worth a picture
RECORDS = {
    'debtor': ('dunning.debtor', [('level_id', '!=', False), ('paused_until', '=', False)],
               'overdue_amount desc'),
    'run': ('dunning.run', [('state', 'in', ('planned', 'sending', 'done'))], 'id desc'),
    'letter': ('dunning.letter', [('state', 'in', ('draft', 'ready', 'sent'))],
               'amount_company desc, id desc'),
    'policy': ('dunning.policy', [], 'sequence, id'),
    'level': ('dunning.level', [('position', '>', 1)], 'policy_id, position'),
    'invoice': ('account.move', [('dunning_level_id', '!=', False),
                                 ('payment_state', '=', 'not_paid')], 'dunning_date desc, id'),
    'agreed_debtor': ('dunning.debtor', [('promise_date', '!=', False)], 'overdue_amount desc'),
    'dispute': ('dunning.dispute', [('state', '=', 'open')], 'id'),
    'disputed_invoice': ('account.move', [('dunning_dispute_ids.state', '=', 'open')], 'id'),
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
BUSY = """
    !document.querySelector('.o_action_manager .o_view_controller, .o_action_manager .o_action')
    || !!document.querySelector('.o_loading_indicator, .o_blockUI, .o_view_sample_data')
    || [...document.images].some((image) => !image.complete)
    || [...document.querySelectorAll('.o_dunning_preview iframe')].some((frame) =>
        !frame.contentDocument?.querySelector('.page[data-loaded="true"]'))
"""


class Session:
    """A logged-in web session: JSON calls and the cookie for the browser."""

    def __init__(self, base_url, database, login, password):
        self.base_url = base_url.rstrip('/')
        self.cookies = CookieJar()
        self._opener = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(self.cookies))
        self.info = self._post('/web/session/authenticate', {
            'db': database, 'login': login, 'password': password})

    def _post(self, path, params):
        request = urllib.request.Request(
            self.base_url + path, json.dumps({'jsonrpc': '2.0', 'params': params}).encode(),
            {'Content-Type': 'application/json'})
        answer = json.load(self._opener.open(request, timeout=60))
        if 'error' in answer:
            raise SystemExit(answer['error'].get('data', {}).get('message') or answer['error'])
        return answer['result']

    def find(self, model, domain, order):
        """Return the id of the first record, or None."""
        found = self._post(f'/web/dataset/call_kw/{model}/search', {
            'model': model, 'method': 'search', 'args': [domain],
            'kwargs': {'order': order, 'limit': 1}})
        return found[0] if found else None

    def read(self, model, record_id, field):
        """Return one field of a record."""
        rows = self._post(f'/web/dataset/call_kw/{model}/read', {
            'model': model, 'method': 'read', 'args': [[record_id], [field]], 'kwargs': {}})
        return rows[0][field]

    def get_placeholders(self):
        """Return {name: id} of the records worth a picture; those that exist."""
        found = {}
        for name, (model, domain, order) in RECORDS.items():
            # Not everybody may read everything: a page without its record is left out.
            with contextlib.suppress(SystemExit):
                found[name] = self.find(model, domain, order)
        if found.get('debtor'):
            found['partner'] = self.read('dunning.debtor', found['debtor'], 'partner_id')[0]
        return {name: record_id for name, record_id in found.items() if record_id}


class Browser:
    """A headless Chromium with one page."""

    def __init__(self, width, height, scale=1, is_phone=False):
        self._profile = tempfile.mkdtemp(prefix='pictures-')
        binary = shutil.which('chromium') or shutil.which('google-chrome')
        if not binary:
            raise SystemExit("Chromium is missing: apt-get install chromium")
        self._process = subprocess.Popen([
            binary, '--headless', '--no-sandbox', '--disable-gpu', '--hide-scrollbars',
            '--disable-dev-shm-usage', '--no-first-run', '--remote-debugging-port=0',
            '--remote-allow-origins=*', f'--user-data-dir={self._profile}',
            f'--window-size={width},{height}', 'about:blank',
        ], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self._ids = itertools.count(1)
        self._socket = websocket.create_connection(
            self._get_page_url(), timeout=180, suppress_origin=True)
        self.call('Page.enable')
        self.call('Emulation.setDeviceMetricsOverride', width=width, height=height,
                  deviceScaleFactor=scale, mobile=is_phone)
        if is_phone:
            self.call('Emulation.setTouchEmulationEnabled', enabled=True)

    def _get_page_url(self):
        port_file = Path(self._profile, 'DevToolsActivePort')
        for _attempt in range(100):
            if port_file.exists() and port_file.read_text().strip():
                break
            time.sleep(0.1)
        else:
            raise SystemExit("Chromium does not start.")
        port = port_file.read_text().split()[0]
        targets = json.load(urllib.request.urlopen(f'http://127.0.0.1:{port}/json', timeout=10))
        return next(t['webSocketDebuggerUrl'] for t in targets if t['type'] == 'page')

    def call(self, method, **params):
        """Call a DevTools method and return its result."""
        number = next(self._ids)
        self._socket.send(json.dumps({'id': number, 'method': method, 'params': params}))
        while True:
            message = json.loads(self._socket.recv())
            if message.get('id') == number:
                if 'error' in message:
                    raise RuntimeError(f"{method}: {message['error']['message']}")
                return message['result']

    def evaluate(self, expression):
        """Return the value of a JavaScript expression in the page."""
        result = self.call('Runtime.evaluate', expression=expression, returnByValue=True,
                           awaitPromise=True)
        return result['result'].get('value')

    def log_in(self, session):
        """Take over the cookies of a session."""
        for cookie in session.cookies:
            self.call('Network.setCookie', name=cookie.name, value=cookie.value,
                      url=session.base_url)

    def open(self, url, timeout=90):
        """Open a page and wait for it; return whether it came to rest."""
        self.call('Page.navigate', url='about:blank')
        self.call('Page.navigate', url=url)
        return self.wait(timeout)

    def wait(self, timeout=90):
        """Wait until nothing moves any more; return whether it came to rest within the seconds."""
        end = time.monotonic() + timeout
        calm = 0
        while time.monotonic() < end:
            time.sleep(0.3)
            calm = calm + 1 if self.evaluate(f'!({BUSY})') else 0
            if calm >= 4:
                return True
        return False

    def take(self, path):
        """Store what the window shows as a PNG."""
        shot = self.call('Page.captureScreenshot', format='png')
        path.write_bytes(base64.b64decode(shot['data']))

    def close(self):
        """End the browser and remove its profile."""
        with contextlib.suppress(Exception):
            self.call('Browser.close')
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(10)
        self._process.kill()
        shutil.rmtree(self._profile, ignore_errors=True)


def take_pictures(session, pages, out, width, height, is_phone=False):
    """Take each page; return the names of those that failed."""
    placeholders = session.get_placeholders()
    failed = []
    browser = Browser(width, height, 2 if is_phone else 1, is_phone)
    try:
        browser.log_in(session)
        for name, path in pages.items():
            try:
                url = session.base_url + path.format(**placeholders)
            except KeyError as missing:
                print(f"{name}: nothing to show for {missing}", file=sys.stderr)
                failed.append(name)
                continue
            is_calm = browser.open(url)
            if name in SCRIPTS:
                browser.evaluate(SCRIPTS[name])
                is_calm = browser.wait() and is_calm
            browser.take(out / f'{name}.png')
            print(f"{name}.png" + ("" if is_calm else "  (still busy)"))
            if not is_calm:
                failed.append(name)
    finally:
        browser.close()
    return failed


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
    session = Session(args.base_url, args.db, args.login, args.password)
    width, height = (390, 844) if args.phone else map(int, args.size.split('x'))
    pages = dict(page.split('=', 1) for page in args.page)
    is_standard = not (pages or args.phone or args.settings)
    if not pages:
        pages = PHONE_PAGES if args.phone else SETTINGS_PAGES if args.settings else PAGES
    failed = take_pictures(session, pages, args.out, width, height, args.phone)
    if is_standard:
        failed += take_pictures(session, PHONE_PAGES, args.out, 390, 844, is_phone=True)
        for login, pages in ROLE_PAGES.items():
            of_role = Session(args.base_url, args.db, login, login)
            failed += take_pictures(of_role, pages, args.out, width, height)
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
