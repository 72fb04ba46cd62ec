import ast
import contextlib
import importlib.metadata
import io
import re
import zlib
from pathlib import Path
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import BaseCase, HttpCase, TransactionCase, new_test_user, tagged
from odoo.tools.pdf import PdfFileReader

from ..models.paper import engine, epc_qr
from .test_letter_document import read_codes, read_pages

CREATED = '<meta name="dcterms.created" content="2026-11-22T08:00:00Z"/>'
PAGES = 'data-runner="Runner" data-page="Page " data-of=" of " data-end=""'


def make_html(body, lang='en', head=''):
    """Return a document around a text."""
    return (f'<!DOCTYPE html><html lang="{lang}"><head><title>Letter</title>{CREATED}{head}</head>'
            f'<body {PAGES}>{body}</body></html>')


def make_code(text):
    """Return a QR code of a text as it stands in letters."""
    image = epc_qr.make_image(epc_qr.make_matrix(text))
    return f'<img class="l-code" src="{image}" alt="Code"/>'


def read_objects(document):
    """Return what stands in a PDF, unpacked: without places, and names that come by chance."""
    parts = []
    for head, stream in re.findall(
            rb'(<<[^\n]*)\nstream\n(.*?)\nendstream', document, re.DOTALL):
        if b'/XRef' not in head:
            with contextlib.suppress(zlib.error):
                stream = zlib.decompress(stream)
            # Heads of tables are named by their place in memory.
            parts.append(re.sub(rb'\(\d{9,}\)', b'()', stream))
    return tuple(parts)


@tagged('post_install', '-at_install')
class TestLetterLayout(BaseCase):
    """What letters share (fonts, sheets, images) shows in none of them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        from ..models.paper import pdf, style  # noqa: PLC0415, as the addon does
        cls.layout = pdf
        cls.sheet = style.get_style('Lato', '#114477', False)

    def _render(self, html):
        return self.layout.render(html, self.sheet)

    def test_earlier_letters_change_nothing(self):
        rows = ''.join(
            f'<tr class="l-item"><td class="l-name">RE-{number}</td>'
            f'<td class="l-number">7</td></tr>'
            for number in range(60))
        table = (f'<table class="l-items"><thead><tr><th class="l-wide">No.</th><th>Open</th></tr>'
                 f'</thead><tbody>{rows}</tbody></table>')
        letters = [
            make_html('<p style="color: red">Same</p>'),
            make_html('<p style="color: blue">Same</p>'),
            make_html('<p>Donaudampfschifffahrt <i>sehr</i></p>', lang='de'),
            make_html('<p>Donaudampfschifffahrt <i>sehr</i></p>', lang='en'),
            make_html('<p>Own</p>', head='<style>p { color: green }</style>'),
            make_html('<p>Own</p>', head='<style>p { color: orange }</style>'),
            make_html(make_code("one")),
            make_html(make_code("two")),
            make_html(f'<h1>Long</h1>{table}'),
            make_html(f'<div class="l-footer">Foot</div><h1>Long</h1>{table}{table}'),
        ]
        first = [read_objects(self._render(html)) for html in letters]
        self.assertEqual(len(set(first)), len(first))
        again = [read_objects(self._render(html)) for html in reversed(letters)]
        for place, (one, other) in enumerate(zip(again, reversed(first), strict=True)):
            self.assertTrue(one == other, f"letter {len(letters) - 1 - place} differs")

    def test_pages_are_counted_anew_for_each_letter(self):
        html = make_html(
            f'<div class="l-footer"><div class="l-page-number" {PAGES}></div></div><h1>One</h1>'
            '<h1 style="break-before: page">Two</h1>')
        for _round in range(3):
            pages = read_pages(self._render(html))
            self.assertEqual(len(pages), 2)
            self.assertIn("Page 1 of 2", pages[0])
            self.assertNotIn("Runner", pages[0])
            self.assertIn("Page 2 of 2", pages[1])
            self.assertIn("Runner", pages[1])

    def test_what_is_kept_is_bounded(self):
        with patch.object(self.layout, '_MOST_IMAGES', 8):
            for number in range(30):
                self._render(make_html(make_code(str(number))))
                self.assertLess(len(self.layout._get_images()), 20)

    def test_codes_are_there_module_by_module(self):
        texts = "BCD\n002\n1\nSCT\n\nMuster GmbH\nDE89370400440532013000", "another one"
        document = self._render(make_html(''.join(
            f'<div class="l-qr">{make_code(text)}Scan to pay</div>' for text in texts)))
        self.assertEqual(read_codes(document), [epc_qr.make_matrix(text) for text in texts])
        self.assertIn("Scan to pay", read_pages(document)[0])

    def test_letters_are_accessible(self):
        """A screen reader finds language, headings, header cells and the name of the code."""
        document = self._render(make_html(
            '<h1>Invoices</h1><table><thead><tr><th>No.</th></tr></thead>'
            f'<tbody><tr><td>RE-1</td></tr></tbody></table>{make_code("x")}'))
        root = PdfFileReader(io.BytesIO(document), strict=False).trailer['/Root']
        self.assertTrue(root['/MarkInfo']['/Marked'])
        kinds, names = set(), []

        def walk(node):
            node = node.get_object()
            if isinstance(node, dict):
                kinds.add(node.get('/S'))
                names.extend(filter(None, [node.get('/Alt')]))
                kids = node.get('/K', ())
                for kid in kids if isinstance(kids, list) else [kids]:
                    if not isinstance(kid, int):
                        walk(kid)
        walk(root['/StructTreeRoot'])
        self.assertLessEqual({'/H1', '/Table', '/TH', '/TD', '/Figure'}, kinds)
        self.assertEqual(names, ["Code"])

    def test_only_the_public_interface_of_the_engine_is_used(self):
        public = {'weasyprint', 'weasyprint.urls', 'weasyprint.text.fonts'}
        for path in Path(self.layout.__file__).parent.glob('*.py'):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.ImportFrom) and (node.module or '').startswith('weasy'):
                    with self.subTest(file=path.name):
                        self.assertIn(node.module, public)
                        self.assertFalse([
                            one.name for one in node.names if one.name.startswith('_')])


@tagged('post_install', '-at_install')
class TestLetterEngine(TransactionCase):

    def test_an_engine_that_cannot_work_is_named_before_it_is_loaded(self):
        cases = {
            '67.0': patch('importlib.metadata.version', return_value='67.0'),
            '68.0': patch('importlib.metadata.version', return_value='68.0'),
            'pip install weasyprint': patch(
                'importlib.metadata.version',
                side_effect=importlib.metadata.PackageNotFoundError("weasyprint")),
            'libpango': patch.dict('sys.modules', {'weasyprint': None}),
        }
        for words, missing in cases.items():
            with self.subTest(words), missing, self.assertRaisesRegex(UserError, words):
                engine.check(self.env)

    def test_newer_engines_are_taken(self):
        for version in ('68.1', '70.0', '71.2', '100.0'):
            with self.subTest(version), patch('importlib.metadata.version', return_value=version):
                engine.check(self.env)


@tagged('post_install', '-at_install')
class TestLetterReports(HttpCase):

    def test_the_client_learns_which_reports_are_letters(self):
        new_test_user(self.env, 'reader', groups='base.group_user', password='reader-reader')
        self.authenticate('reader', 'reader-reader')
        info = self.make_jsonrpc_request('/web/session/get_session_info', {})
        self.assertEqual(info['dunning_documents'], [
            'smart_dunning.court_sheet_document', 'smart_dunning.installment_document',
            'smart_dunning.letter_document', 'smart_dunning.statement_document'])
