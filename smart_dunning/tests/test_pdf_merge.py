import io
from unittest.mock import patch

from odoo.tests import BaseCase, tagged
from odoo.tools.pdf import NameObject, NumberObject, PdfFileReader, PdfFileWriter

from ..models.paper import merge as merging
from ..models.paper import pdf
from ..models.paper.merge import copy_pages
from ..models.paper.style import get_style
from .common import DunningCommon, day


def _render(*pages):
    body = ''.join(f'<section style="break-after: page"><p>{page}</p></section>' for page in pages)
    return pdf.render(
        f'<!DOCTYPE html><html lang="en"><head><title>(1 0 R) \\ ü</title></head>'
        f'<body>{body}<a href="https://x.example/?a=(2 0 R)">Link</a></body></html>',
        get_style('Lato', '#123456', '#654321'))


def _read(content):
    reader = PdfFileReader(io.BytesIO(content), strict=True)
    return [reader.getPage(number).extract_text() for number in range(reader.getNumPages())]


@tagged('post_install', '-at_install')
class TestPdfMerge(BaseCase):
    """Many PDF files become one, page by page, and each is as it was."""

    def test_pages_are_those_of_the_files(self):
        files = [_render("Anna"), _render("Bernd", "12 0 R (really)", "Last"), _render("Anna")]
        merged = copy_pages(files)
        self.assertEqual(_read(merged), [text for file in files for text in _read(file)])
        self.assertIn("12 0 R (really)", " ".join(_read(merged)))
        # What several have is there once.
        self.assertLess(len(copy_pages(files * 10)), 5 * sum(map(len, files)))
        self.assertEqual(len(_read(copy_pages(files * 10))), 10 * len(_read(merged)))

    def test_links_stay(self):
        merged = copy_pages([_render("A"), _render("B")])
        page = PdfFileReader(io.BytesIO(merged), strict=True).getPage(1)
        links = [one.get_object()['/A']['/URI'] for one in page['/Annots']]
        self.assertEqual(links, ["https://x.example/?a=(2%200%20R)"])

    def test_merged_files_can_be_merged(self):
        once = copy_pages([_render("A"), _render("B")])
        self.assertEqual(_read(copy_pages([once, once])), _read(once) * 2)

    def test_what_pages_inherit_comes_along(self):
        writer = PdfFileWriter()
        writer.addPage(PdfFileReader(io.BytesIO(_render("Sideways"))).getPage(0))
        writer._root_object['/Pages'].get_object()[NameObject('/Rotate')] = NumberObject(90)
        with io.BytesIO() as target:
            writer.write(target)
            sideways = target.getvalue()
        merged = PdfFileReader(io.BytesIO(merging.merge([sideways, _render("Upright")])))
        self.assertEqual(
            [merged.getPage(number).get('/Rotate', 0) for number in range(2)], [90, 0])

    def test_files_of_another_make_are_refused(self):
        writer = PdfFileWriter()
        writer.addPage(PdfFileReader(io.BytesIO(_render("A"))).getPage(0))
        writer.encrypt('secret')
        with io.BytesIO() as target:
            writer.write(target)
            encrypted = target.getvalue()
        changed = _render("A") + b'\nstartxref\n3\n%%EOF\n'
        for content in (b'', b'%PDF-1.7', b'no file at all', encrypted, changed,
                        _render("A")[:-500], _render("A").replace(b' 0 obj', b' 1 obj')):
            with self.subTest(content=content[-30:]), self.assertRaises(ValueError):
                copy_pages([content])


@tagged('post_install', '-at_install')
class TestMergedLetters(DunningCommon):

    def test_letters_look_the_same_both_ways(self):
        for partner in (self.customer, self.other):
            self._invoice(due=day(-30), partner=partner)
        run = self.env['dunning.run'].create({'company_id': self.company.id, 'date': day(0)})
        run.action_plan()
        letters = run.letter_ids
        fast = _read(letters._render_merged_document())
        with patch.object(merging, 'copy_pages', side_effect=ValueError):
            slow = _read(letters._render_merged_document())
        self.assertEqual(fast, slow)
        self.assertGreaterEqual(len(fast), 2)
