"""One method for each thing that an administrator or a script does from afar."""

import base64
import hashlib
import time
import uuid

from . import records
from .errors import DunningError, ServerError
from .records import build
from .transport import Json2, XmlRpc

TRANSPORTS = ('json2', 'xmlrpc')
#: So many PDFs travel in one answer.
_PDFS = 50
_PAGE = 1000


class Client:
    """A database of an Odoo server with smart_dunning.

    >>> client = Client("https://odoo.example.com", "production", "0123456789abcdef")
    >>> client.url
    'https://odoo.example.com'

    :param url: address of the server
    :param db: name of the database
    :param api_key: key of an account in the group *Remote Client*, or of a dunning clerk
    :param company: number or name of the company; None for the account's own
    :param transport: 'json2', or 'xmlrpc' for servers without JSON-2
    :param login: login of the account; XML-RPC needs it
    :param lang: language of the sentences, such as de_DE; empty for the account's own
    :param timeout: seconds to wait for an answer
    :raise DunningError: by every method, see `errors`
    """

    def __init__(self, url, db, api_key, *, company=None, transport='json2', login="", lang="",
                 timeout=60.0):
        if transport not in TRANSPORTS:
            raise ValueError(f"{transport!r} is none of {', '.join(TRANSPORTS)}")
        self._transport = Json2(url, db, api_key, timeout=timeout) if transport == 'json2' \
            else XmlRpc(url, db, api_key, login=login, timeout=timeout)
        self.url, self.db, self.company, self._lang = self._transport.url, db, company, lang

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.close()

    def close(self):
        """Give the connections back."""
        self._transport.close()

    def _read(self, method, **arguments):
        return self._call(method, arguments, is_read=True)

    def _write(self, method, key, **arguments):
        """Change something; the key tells the server a repeated call from a new one."""
        return self._call(
            method, {**arguments, 'call_key': key or make_key()}, is_read=False)

    def _call(self, method, arguments, is_read):
        if self.company is not None:
            arguments['company'] = self.company
        # XML-RPC has no None; whatever is left away is the method's own default.
        arguments = {name: _plain(value) for name, value in arguments.items()
                     if value is not None}
        return self._transport.call(method, arguments, lang=self._lang, is_read=is_read)

    # Is all well? -------------------------------------------------------------------------------

    def status(self):
        """Return a `Status` for the company, or for each one of the account."""
        return [build(records.Status, row) for row in self._read('get_status')]

    def check(self):
        """Return the `Finding` s of the set-up of the company."""
        return [build(records.Finding, row) for row in self._read('check')]

    # Runs and letters ---------------------------------------------------------------------------

    def preview(self, date=None):
        """Return the `Preview` of a run of a day; nothing is written.

        :param date: a date; None for today
        """
        return build(records.Preview, self._read('preview', date=date))

    def plan(self, date=None, *, key=None):
        """Plan a `Run` of a day; nothing is sent.

        :param key: to repeat a call whose answer was lost; None for a new call
        """
        return build(records.Run, self._write('plan', key, date=date))

    def run(self, run_id):
        """Return a `Run`."""
        return build(records.Run, self._read('get_run', run_id=run_id))

    def approve(self, run_id=None, letter_ids=None, *, key=None):
        """Approve letters, or all letters of a run; return the `Approval`."""
        return build(records.Approval, self._write(
            'approve', key, run_id=run_id, letter_ids=letter_ids))

    def send(self, run_id, *, key=None):
        """Let a run go out; return the `Run`. The server sends afterwards, see `wait`."""
        return build(records.Run, self._write('send', key, run_id=run_id))

    def cancel(self, run_id, *, key=None):
        """Cancel what a run has not sent; return the `Run`."""
        return build(records.Run, self._write('cancel', key, run_id=run_id))

    def wait(self, run_id, *, timeout=3600.0, pause=2.0, progress=None, sleep=time.sleep,
             clock=time.monotonic):
        """Return the `Run` once all that goes out by itself has gone, or failed.

        :param timeout: seconds
        :param progress: called with the `Run` after each look
        :raise DunningError: when it takes longer
        """
        end = clock() + timeout
        while True:
            run = self.run(run_id)
            if progress:
                progress(run)
            if run.open <= run.to_approve + run.to_print:
                return run
            if clock() >= end:
                raise DunningError(
                    f"Run {run.name} has not ended: {run.open} letters are still to be sent.")
            sleep(pause)

    def letters(self, *, run_id=None, state=None, customer=None, date_from=None, date_to=None,
                limit=None):
        """Return `Letter` s, the newest first."""
        return self._get_all(records.Letter, 'get_letters', 'letters', limit, {
            'run_id': run_id, 'state': state, 'customer': customer, 'date_from': date_from,
            'date_to': date_to})

    def pdfs(self, letter_ids):
        """Yield a `Pdf` for each letter."""
        letter_ids = list(letter_ids)
        for start in range(0, len(letter_ids), _PDFS):
            for row in self._read(
                    'get_letter_pdfs', letter_ids=letter_ids[start:start + _PDFS]):
                yield records.Pdf(
                    row['id'], row['name'], base64.b64decode(row['pdf']), row['why'])

    # Customers ----------------------------------------------------------------------------------

    def debtors(self, *, customer=None, min_overdue=None, level=None, hold=None, risk_class=None,
                order=None, limit=None):
        """Return `Debtor` s.

        :param customer: number, VAT number, reference, e-mail address or name
        :param min_overdue: in company currency
        :param level: at least this position of a dunning level
        :param hold: 'clear', 'warn' or 'block'
        :param risk_class: 'a' to 'd'
        :param order: 'next', 'overdue', 'risk', 'oldest' or 'name'
        """
        return self._get_all(records.Debtor, 'get_debtors', 'debtors', limit, {
            'customer': customer, 'min_overdue': min_overdue, 'level': level, 'hold': hold,
            'risk_class': risk_class, 'order': order})

    def promises(self, *, state=None, customer=None, limit=None):
        """Return `Promise` s, the newest first."""
        return self._get_all(records.Promise, 'get_promises', 'promises', limit, {
            'state': state, 'customer': customer})

    def disputes(self, *, state=None, customer=None, limit=None):
        """Return `Dispute` s, the newest first."""
        return self._get_all(records.Dispute, 'get_disputes', 'disputes', limit, {
            'state': state, 'customer': customer})

    def _get_all(self, cls, method, name, limit, filters):
        """Return records page by page, until there are no more, or as many as wanted."""
        found = []
        while limit is None or len(found) < limit:
            page = min(_PAGE, limit - len(found)) if limit is not None else _PAGE
            rows = self._read(method, limit=page, offset=len(found), **filters)[name]
            found += [build(cls, row) for row in rows]
            if len(rows) < page:
                break
        return found

    def hold(self, customer):
        """Return the `Hold` of a customer, read live."""
        return build(records.Hold, self._read('get_hold', customer=customer))

    def release(self, reason, valid_until, *, document=None, customer=None, max_amount=None,
                key=None):
        """Let a document, or everything of a customer, pass; return the `Release`.

        :param valid_until: the last day
        :param document: name of a quotation, an order or a delivery
        :param max_amount: in company currency; None for what the document is worth
        """
        return build(records.Release, self._write(
            'release', key, reason=reason, valid_until=valid_until, document=document,
            customer=customer, max_amount=max_amount))

    def import_limits(self, rows, *, dry_run=True, key=None):
        """Set credit limits, all or none; return the `Import`.

        :param rows: dicts of `customer`, `limit` and where wanted `valid_until`, `reason`
        """
        rows = [{name: _plain(value) for name, value in row.items() if value is not None}
                for row in rows]
        return build(records.Import, self._write(
            'import_limits', key, rows=rows, dry_run=dry_run))

    def import_checks(self, content, *, source='insurer', date=None, dry_run=True, key=None):
        """Record credit checks from a file, all rows or none; return the `Import`.

        :param content: bytes of a CSV or XLSX file
        :param source: 'creditreform', 'schufa', 'insurer', 'own' or 'other'
        :param date: the day of the checks; None for today
        """
        return build(records.Import, self._write(
            'import_checks', key, file=base64.b64encode(content).decode(), source=source,
            date=date, dry_run=dry_run))

    # Collection agencies ------------------------------------------------------------------------

    def handover_package(self, case):
        """Return the `Package` of a case: as it was sent, or as it would leave today.

        :param case: its number, such as HO/2026/0001, or its id
        :raise ServerError: when what arrived is not what the server has sent
        """
        row = self._read('get_handover_package', handover=case)
        package = build(records.Package, {
            **row, 'content': base64.b64decode(row['package'])})
        if hashlib.sha256(package.content).hexdigest() != package.sha256:
            raise ServerError("The package arrived damaged: please try again.")
        return package

    def import_handover_status(self, content, *, agency=None, dry_run=True, key=None):
        """Take over a status file of an agency, all lines or none; return the `StatusImport`.

        :param content: bytes of a CSV or XML file
        :param agency: number or name of the agency whose file it is; None: of all agencies
        """
        return build(records.StatusImport, self._write(
            'import_handover_status', key, file=base64.b64encode(content).decode(),
            agency=agency, dry_run=dry_run))

    # Figures ------------------------------------------------------------------------------------

    def forecast(self, date=None, weeks=13):
        """Return the `Forecast` of the cash-in of the next weeks."""
        return build(records.Forecast, self._read('get_forecast', date=date, weeks=weeks))

    def figures(self, date_from=None, date_to=None):
        """Return `Figures` by day; without days the newest."""
        return build(records.Figures, self._read(
            'get_figures', date_from=date_from, date_to=date_to))


def make_key():
    """Return a key for a call that changes something."""
    return uuid.uuid4().hex


def _plain(value):
    return value.isoformat() if hasattr(value, 'isoformat') else value
