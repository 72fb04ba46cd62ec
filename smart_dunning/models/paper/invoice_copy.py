import contextlib
import contextvars
import logging
import re
import threading
import uuid

import psutil
from markupsafe import Markup, escape

from odoo import api, models
from odoo.exceptions import UserError

#: What the copy that this thread renders is called, and the mark of its process. No context key:
#: anybody can send one.
_COPY = contextvars.ContextVar('smart_dunning_copy', default=None)

_logger = logging.getLogger(__name__)

#: Seconds for one invoice; an engine that hangs is ended after them.
LIMIT = 60
_STYLE = re.compile(
    r'<link\b[^>]*?href="[^"]*?/web/assets/[^"]*?/(?P<name>\w+\.\w+)'
    r'(?P<kind>(?:\.\w+)*)\.css"[^>]*>')
_SHEET = re.compile(r'<link\b[^>]*rel="stylesheet"')
_BODY = re.compile(r'<body\b[^>]*>')


class IrActionsReport(models.Model):
    """Copies of invoices: core's PDF engine, with its styles inside the page and a limit of time.

    Core's engine fetches the styles from the server by itself. Where it does not reach the server
    (a proxy, a night job, a test) it prints the page without them and says nothing.
    """

    _inherit = 'ir.actions.report'

    @api.model
    def _render_invoice_copy(self, move):
        """Return the PDF of an invoice, marked as a copy; stores and changes nothing.

        Raises UserError when the engine is missing, fails, takes too long, or has no styles.

        :param move: a posted sales document
        """
        if self.get_wkhtmltopdf_state() not in ('ok', 'upgrade'):
            raise UserError(self.env._("Odoo's PDF engine wkhtmltopdf is not installed."))
        mark = f'dunning-copy-{uuid.uuid4().hex}'
        report = self.env['account.move.send']._get_default_pdf_report_id(move)
        title = self.with_context(lang=move.partner_id.lang or self.env.lang).env._(
            "Copy of invoice %(invoice)s", invoice=move.name)
        token = _COPY.set((title, mark))
        try:
            with _end_after(LIMIT, mark):
                content, kind = report.with_context(
                    report_pdf_no_attachment=True, force_report_rendering=True,
                )._render_qweb_pdf(report.id, move.ids)
        finally:
            _COPY.reset(token)
        if kind != 'pdf' or not content.startswith(b'%PDF'):
            raise UserError(self.env._("The PDF engine returned no PDF."))
        return content

    @api.model
    def _build_wkhtmltopdf_args(self, *args, **kwargs):
        # EXTENDS base: the mark tells our process from those of others
        command = super()._build_wkhtmltopdf_args(*args, **kwargs)
        copy = _COPY.get()
        return [*command, '--title', copy[1]] if copy else command

    @api.model
    def _run_wkhtmltopdf(
            self, bodies, report_ref=False, header=None, footer=None, landscape=False,
            specific_paperformat_args=None, set_viewport_size=False):
        # EXTENDS base
        copy = _COPY.get()
        if copy:
            bodies = [
                self._add_copy_title(self._put_styles_inside(body), copy[0]) for body in bodies]
            header = header and self._put_styles_inside(header)
            footer = footer and self._put_styles_inside(footer)
        return super()._run_wkhtmltopdf(
            bodies, report_ref=report_ref, header=header, footer=footer, landscape=landscape,
            specific_paperformat_args=specific_paperformat_args,
            set_viewport_size=set_viewport_size)

    def _put_styles_inside(self, page):
        """Return a page with the text of its style sheets instead of links to the server.

        Raises UserError where a sheet is not found or empty: better no copy than a bare one.
        """
        def replace(link):
            bundle = self.env['ir.qweb'].sudo()._get_asset_bundle(
                link['name'], css=True, js=False, rtl='.rtl' in link['kind'],
                autoprefix='.autoprefixed' in link['kind'])
            text = '\n'.join((sheet.raw or b'').decode() for sheet in bundle.css())
            if not text.strip() or 'css_error_message' in text:
                raise UserError(self.env._("The styles of the invoice could not be loaded."))
            return f'<style>{text}</style>'
        page = _STYLE.sub(replace, str(page))
        if _SHEET.search(page):
            raise UserError(self.env._("The styles of the invoice could not be loaded."))
        return Markup(page)

    def _add_copy_title(self, page, title):
        """Return a page that begins with what it is."""
        line = (f'<div style="text-align: right; font-size: 12px; font-weight: bold;">'
                f'{escape(title)}</div>')
        return Markup(_BODY.sub(lambda body: body[0] + line, str(page), count=1))


@contextlib.contextmanager
def _end_after(seconds, mark):
    """End the processes of this server that have a mark in their command when the time is over."""
    done = threading.Event()

    def watch():
        while not done.wait(watch.pause):
            watch.pause = 1     # the engine may begin late
            for process in psutil.Process().children(recursive=True):
                with contextlib.suppress(psutil.Error):
                    if mark in process.cmdline():
                        _logger.warning("The PDF engine took over %s seconds: ended.", seconds)
                        for one in (*process.children(recursive=True), process):
                            one.kill()
    watch.pause = seconds
    threading.Thread(target=watch, daemon=True).start()
    try:
        yield
    finally:
        done.set()
