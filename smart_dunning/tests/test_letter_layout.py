import io
import re
from unittest.mock import patch

from odoo.tests import BaseCase, tagged
from odoo.tools.pdf import PdfFileReader

from ..models.paper import epc_qr
from .test_letter_document import read_matrix, read_pages

CREATED = '<meta name="dcterms.created" content="2026-11-22T08:00:00Z"/>'


def make_html(body, lang='en', head=''):
    """Return a document around a text."""
    return (f'<!DOCTYPE html><html lang="{lang}"><head><title>Letter</title>{CREATED}{head}</head>'
            f'<body data-runner="Runner">{body}</body></html>')


@tagged('post_install', '-at_install')
class TestLetterLayout(BaseCase):
    """What is done to make WeasyPrint fast changes nothing of what is on paper."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        from ..models.paper import pdf, sizes, style  # noqa: PLC0415, as the addon does
        cls.layout, cls.styles, cls.sizes = pdf, style, sizes
        cls.sheet = style.get_style('Lato', '#114477', False)

    def _render(self, html, is_kept=True):
        """Return the PDF, with the styles of earlier documents or without."""
        kept = self.sheet.computed
        if not is_kept:
            self.sheet.computed = None
        try:
            return self.layout.render(html, self.sheet)
        finally:
            self.sheet.computed = kept

    # Styles kept from letter to letter ------------------------------------------------------------

    def test_styles_of_earlier_letters_change_nothing(self):
        rows = ''.join(
            f'<tr class="l-item"><td class="l-name">RE-{number}</td>'
            f'<td class="l-number">7</td></tr>'
            for number in range(60))
        table = (f'<table class="l-items"><thead><tr><th class="l-wide">No.</th><th>Open</th></tr>'
                 f'</thead><tbody>{rows}</tbody></table>')
        letters = [
            make_html('<p style="color: red">Same</p>'),
            make_html('<p style="color: blue">Same</p>'),
            make_html('<p style="color: red; margin-left: 4mm">Same <b>bold</b></p>'),
            make_html('<p>Donaudampfschifffahrt <i>sehr</i></p>', lang='de'),
            make_html('<p>Donaudampfschifffahrt <i>sehr</i></p>', lang='en'),
            make_html(
                '<ul><li>one</li><li>two<ul><li>three</li></ul></li></ul><ol><li>1</li></ol>'),
            make_html('<p id="one">One</p><p><a href="#one">to one</a><a name="two">two</a></p>'),
            make_html('<p id="two">One</p><p><a href="#two">to two</a><a name="one">two</a></p>'),
            make_html('<p>See <a href="#later">page</a></p>'
                      '<h1 class="l-statement" id="later">x</h1>',
                      head='<style>a::after { content: target-counter(attr(href), page) }</style>'),
            make_html('<p>Own</p>', head='<style>p { color: green }</style>'),
            make_html('<p>Own</p>', head='<style>p { color: orange }</style>'),
            make_html('<p>Own</p>', head='<style>#x { color: red } p { color: blue }</style>'),
            make_html(f'<h1>Long</h1>{table}'),
            make_html(f'<div class="l-footer">Foot</div><h1>Long</h1>{table}{table}'),
        ]
        alone = [self._render(html, is_kept=False) for html in letters]
        self.assertEqual(len(set(alone)), len(alone))
        for _round in range(2):
            for html, document in zip(letters, alone, strict=True):
                self.assertEqual(self._render(html), document)
        before = len(self.sheet.computed)
        self._render(letters[0])
        self.assertTrue(before)
        self.assertEqual(len(self.sheet.computed), before)

    def test_sizes_hang_on_what_is_around_where_they_say_so(self):
        """A company may lay out its letters as it likes."""
        box = ('<div class="x"><p>One</p></div>'
               '<div style="width: 60mm"><div class="x">Two</div></div>')
        cells = '<table><tr><td class="x">One</td><td>Two</td></tr></table>'
        cases = {
            'margin: 10% 5%': box, 'padding: 0 10%': box, 'width: 50%': box + cells,
            'width: calc(50% - 4mm)': box, 'min-width: 40%; float: right': box,
            'max-width: 20%': box, 'min-height: 5mm': box, 'height: 50%': f'<div>{box}</div>',
            'box-sizing: border-box; padding: 4mm; width: 40mm; border: 1mm solid': box,
            'display: flex; padding: 2mm': f'<div class="x">{box}{cells}</div>',
            'display: grid; grid-template-columns: 1fr 2fr': f'<div class="x">{box}{cells}</div>',
            'display: inline-block; width: 30%': box, 'position: absolute; left: 50%': box,
            'border-collapse: collapse; border: 1mm solid': cells.replace(
                '<table>', '<table class="x">'),
            'columns: 2': f'<div class="x">{box}</div>', 'margin: auto; width: 30mm': box,
        }
        letters = [
            make_html(body, head=f'<style>.x {{ {rules} }} .x::first-line {{ color: red }}'
                                 f' td, p, div {{ border-top: 0.1mm solid }}</style>')
            for rules, body in cases.items()]
        alone = [self._render(html, is_kept=False) for html in letters]
        for _round in range(2):
            for rules, html, document in zip(cases, letters, alone, strict=True):
                with self.subTest(rules):
                    self.assertEqual(self._render(html), document)

    def test_pages_are_counted_anew_for_each_letter(self):
        html = make_html(
            '<div class="l-page-number">Page <span class="l-page"></span> of '
            '<span class="l-pages"></span></div><h1>One</h1><h1 class="l-statement">Two</h1>')
        for _round in range(3):
            pages = read_pages(self._render(html))
            self.assertEqual(len(pages), 2)
            self.assertIn("Page 2 of 2", pages[1])

    def test_what_is_kept_is_bounded(self):
        most = self.styles._MOST_STYLES
        self.styles._MOST_STYLES = 8
        self.addCleanup(setattr, self.styles, '_MOST_STYLES', most)
        html = make_html(
            '<h1>A</h1><h2>B</h2><p>C <b>d</b> <i>e</i> <u>f</u></p><ul><li>g</li></ul>')
        alone = self._render(html, is_kept=False)
        for _round in range(3):
            self.assertEqual(self._render(html), alone)
            self.assertLessEqual(len(self.sheet.computed), 8)

    def test_documents_of_others_keep_nothing(self):
        from weasyprint import HTML  # noqa: PLC0415
        self.sheet.computed.clear()
        with patch.object(self.sizes, '_find_sizes', side_effect=AssertionError):
            self.assertTrue(HTML(string=make_html('<p>Other</p>')).write_pdf())
        self.assertFalse(self.sheet.computed)

    def test_sizes_are_found_once_for_each_style(self):
        html = make_html('<p>One</p>' * 9)
        with patch.object(self.sizes, '_find_sizes', wraps=self.sizes._find_sizes) as found:
            self._render(html)
            self._render(html)
            styles = [id(call.args[0]) for call in found.call_args_list]
        self.assertEqual(len(styles), len(set(styles)))

    def test_every_line_left_out_of_the_basic_styles_is_there(self):
        """A new version of WeasyPrint that says it in other words has to be looked at."""
        for pattern, _replacement in self.styles._NOT_IN_LETTERS:
            self.assertRegex(self.styles.BROWSER_STYLE, pattern)

    # QR codes -------------------------------------------------------------------------------------

    def test_code_is_drawn_as_lines(self):
        matrix = epc_qr.make_matrix("BCD\n002\n1\nSCT\n\nMuster GmbH\nDE89370400440532013000")
        other = epc_qr.make_matrix("another one")
        body = ''.join(
            f'<div class="l-qr"><svg class="l-code" xmlns="http://www.w3.org/2000/svg" '
            f'viewBox="0 0 {len(one)} {len(one)}"><path stroke="#000" d="{epc_qr.make_path(one)}"/>'
            f'</svg><div>GiroCode</div></div>' for one in (matrix, other))
        document = self._render(make_html(body))
        found = self._read_drawings(document)
        self.assertEqual(
            [read_matrix(drawing) for drawing in found], [matrix, other])
        self.assertNotIn(b'/Subtype /Image', document)
        self.assertIn("GiroCode", read_pages(document)[0])

    def _read_drawings(self, document):
        """Return size and path of the drawings on the first page, in their order."""
        page = PdfFileReader(io.BytesIO(document), strict=False).getPage(0)
        names = re.findall(r'/(\S+) Do', page.getContents().getData().decode('latin-1'))
        drawings = []
        for name in names:
            form = page['/Resources']['/XObject']['/' + name]
            self.assertEqual(form['/Subtype'], '/Form')
            size = form['/BBox'][2]
            path = ''.join(
                f'M{x} {y}h{int(end) - int(x)}' for x, y, end in re.findall(
                    r'(\d+) ([\d.]+) m (\d+) [\d.]+ l', form.getData().decode()))
            drawings.append({'size': size, 'path': path})
        return drawings

    def test_other_drawings_are_left_to_the_engine(self):
        svg = '<svg {} viewBox="0 0 9 9"><rect width="9" height="9" fill="#fa0"/></svg>'
        for attributes in ('', 'class="l-code"', 'class="other"'):
            with self.subTest(attributes=attributes):
                document = self._render(make_html(f'<p>Before {svg.format(attributes)} after</p>'))
                self.assertFalse(self._read_drawings(document))
                self.assertRegex(read_pages(document)[0], "Before .*after")
