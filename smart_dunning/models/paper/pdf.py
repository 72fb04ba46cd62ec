"""WeasyPrint for letters: nothing fetched from outside, nothing done twice.

Imported on first use, so that a server without Pango can still load the addon and say what is
missing (see `hooks.py`).
"""
import base64
import functools
import io
import logging
import re
from xml.etree import ElementTree

import lxml.html
import pydyf
from PIL import Image

from .style import get_base_style, get_font_configuration, lock

from cssselect2 import ElementWrapper  # isort: skip
from weasyprint import HTML  # isort: skip
from weasyprint.urls import URLFetcher  # isort: skip

_logger = logging.getLogger(__name__)

# A dark row of a QR code; and the least height of the images that keep the places of codes.
_STROKE = re.compile(r'M(\d+) ([\d.]+)h(\d+)')
_PLACE = 211
_DRAWING = '{http://www.w3.org/2000/svg}'


class LetterFetcher(URLFetcher):
    """Gives what the letter itself carries and refuses everything else.

    Names, addresses and texts come from outside: an image in them must neither call home nor
    read files of the server.
    """

    def __init__(self):
        super().__init__(allowed_protocols=('data',), allow_redirects=False)

    def fetch(self, url, headers=None):
        if not url.lower().startswith('data:'):
            _logger.warning("A letter refers to %.100s, which is left out.", url)
            raise ValueError("Only resources inside the letter are loaded.")
        return super().fetch(url, headers)


def _parse(html):
    """Return the tree of a document as WeasyPrint reads it, whatever is in the texts of people."""
    parser = lxml.html.HTMLParser(remove_comments=True, remove_pis=True)
    return lxml.html.document_fromstring(html, parser=parser)


def _convert(node, namespace=''):
    attributes = dict(node.attrib)
    if node.tag == 'svg':
        # Attributes of HTML know no capitals, those of SVG do.
        namespace = _DRAWING
        attributes['viewBox'] = attributes.pop('viewbox', '')
    element = ElementTree.Element(namespace + node.tag, attributes)
    element.text, element.tail = node.text, node.tail
    element.extend([_convert(child, namespace) for child in node])
    return element


@functools.lru_cache(maxsize=8)
def _get_place(number):
    """Return the image that keeps the place of a code: a column of pixels, as no logo is."""
    with io.BytesIO() as target:
        Image.new('1', (1, _PLACE + number)).save(target, 'PNG')
        return f'data:image/png;base64,{base64.b64encode(target.getvalue()).decode()}'


def _take_codes(tree):
    """Put images in the places of the QR codes; return size and path of each."""
    codes = []
    for node in list(tree.iter('svg')):
        path = node.find('path')
        if node.get('class') == 'l-code' and path is not None:
            codes.append((int(node.get('viewbox').split()[-1]), path.get('d')))
            node.clear(keep_tail=True)
            node.tag = 'img'
            node.set('class', 'l-code')
            node.set('src', _get_place(len(codes) - 1))
    return codes


class _Root(ElementWrapper):
    """The document's root, in which titles and styles are looked for where letters have them."""

    def query_all(self, *selectors):
        # OVERRIDES cssselect2, which goes through the whole document, twice for each letter
        if self.parent is None:
            for child in self.iter_children():
                if child.local_name == 'head':
                    return child.query_all(*selectors)
        return super().query_all(*selectors)


class LetterHTML(HTML):
    """A document whose names and texts cannot fetch anything.

    A QR code (``<svg class="l-code">`` with a path of `epc_qr.make_path`) is laid out as an image
    and becomes operators of PDF when the file is written: interpreting the path would take as long
    as ten rows of a table.
    """

    def __init__(self, html, computed=None):
        """:param dict computed: what `LetterStyles` keeps of letters with the same sheets"""
        super().__init__(string='', url_fetcher=LetterFetcher())
        self.computed = computed
        # WeasyPrint's own parser is pure Python: a tenth of the whole work.
        tree = _parse(html)
        self._codes = _take_codes(tree)
        self.wrapper_element = _Root.from_html_root(_convert(tree), content_language=None)
        self.etree_element = self.wrapper_element.etree_element

    def _ua_stylesheets(self, forms=False):
        # EXTENDS weasyprint
        return super()._ua_stylesheets(forms) if forms else [get_base_style()]

    def draw_codes(self, _document, pdf):
        """Draw the codes in the places of their images; a finisher of `write_pdf`."""
        for stream in pdf.objects:
            extra = getattr(stream, 'extra', {})
            number = extra.get('Height', 0) - _PLACE
            if extra.get('Width') == 1 and 0 <= number < len(self._codes):
                size, path = self._codes[number]
                stream.compress = True
                stream.stream = [
                    *(f'{x} {y} m {int(x) + int(length)} {y} l'
                      for x, y, length in _STROKE.findall(path)), 'S']
                stream.extra = pydyf.Dictionary({
                    'Type': '/XObject', 'Subtype': '/Form', 'Resources': pydyf.Dictionary(),
                    'BBox': pydyf.Array([0, 0, size, size]),
                    'Matrix': pydyf.Array([1 / size, 0, 0, -1 / size, 0, 1])})


@functools.lru_cache(maxsize=16)
def get_logo(content):
    """Return a logo ready for print: on white, since transparency triples the cost of a page.

    :param bytes content: an image file
    :return: PNG as bytes, or the content as it is when it is no bitmap
    """
    try:
        image = Image.open(io.BytesIO(content))
        image = image.convert('RGBA')
    except (OSError, ValueError):
        return content
    paper = Image.new('RGB', image.size, 'white')
    paper.paste(image, mask=image.getchannel('A'))
    with io.BytesIO() as target:
        paper.save(target, 'PNG', optimize=True)
        return target.getvalue()


def render(html, style):
    """Return a letter as PDF/A-3u.

    :param str html: the whole document
    :param style: what `style.get_style` gave
    """
    with lock:
        document = LetterHTML(html, style.computed)
        return document.write_pdf(
            stylesheets=[style], font_config=get_font_configuration(),
            pdf_variant='pdf/a-3u', finisher=document.draw_codes)
