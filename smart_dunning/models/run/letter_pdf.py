"""WeasyPrint for letters: parsed style sheets kept, nothing fetched from outside.

Imported on first use, so that a server without Pango can still load the addon and say what is
missing (see `hooks.py`).
"""
import functools
import io
import logging
import re
import threading
from xml.etree import ElementTree

import lxml.html
from PIL import Image

from odoo.tools.misc import file_open

# Both tell every step of every document at INFO, the first one already when imported.
logging.getLogger('weasyprint.progress').setLevel(logging.WARNING)
logging.getLogger('fontTools').setLevel(logging.WARNING)

from cssselect2 import ElementWrapper  # noqa: E402
from weasyprint import CSS, HTML  # noqa: E402
from weasyprint.html import UA as BROWSER_STYLE  # noqa: E402
from weasyprint.text.fonts import FontConfiguration  # noqa: E402
from weasyprint.urls import URLFetcher, URLFetcherResponse  # noqa: E402

_logger = logging.getLogger(__name__)

STYLE_FILE = 'smart_dunning/static/src/letter/letter.css'
FALLBACK_FONTS = "'DejaVu Sans', 'Liberation Sans', sans-serif"
_FACES = {('normal', 400): 'Regular', ('normal', 700): 'Bold',
          ('italic', 400): 'Italic', ('italic', 700): 'BoldItalic'}
_LATO_FACES = {'Regular': 'Reg', 'Bold': 'Bol', 'Italic': 'RegIta', 'BoldItalic': 'BolIta'}
_FONTS = ('Lato', 'Roboto', 'Open_Sans', 'Montserrat', 'Oswald', 'Raleway', 'Tajawal', 'Fira_Mono')
_DRAWING = '{http://www.w3.org/2000/svg}'
_COLOR = re.compile(r'#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})')

# Pango's font maps must not be used by two threads at once; the interpreter lock leaves nothing to
# gain from doing so.
_lock = threading.RLock()


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


class FontFetcher(URLFetcher):
    """Gives the font files that Odoo ships, and nothing else, to our own style sheet."""

    def __init__(self, paths):
        super().__init__(allowed_protocols=())
        self._paths = paths

    def fetch(self, url, headers=None):
        with file_open(self._paths[url], 'rb') as font:
            return URLFetcherResponse(url, font.read())


@functools.lru_cache(maxsize=1)
def _get_base_style():
    """Return WeasyPrint's own style sheet without the footnotes and notes of every element.

    Six styles per element are computed for them, used or not: a fifth of the whole work.
    """
    text = re.sub(r'(?m)^::(?:footnote|note)[\w-]* .*$', '', BROWSER_STYLE)
    return CSS(string=text.replace('\n::marker', '\nli::marker'))


def _parse(html):
    """Return the tree of a document as WeasyPrint reads it, whatever is in the texts of people."""
    parser = lxml.html.HTMLParser(remove_comments=True, remove_pis=True)
    return _convert(lxml.html.document_fromstring(html, parser=parser))


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


class LetterHTML(HTML):
    """A document whose names and texts cannot fetch anything."""

    def __init__(self, html):
        # WeasyPrint's own parser is pure Python: a tenth of the whole work.
        super().__init__(string='', url_fetcher=LetterFetcher())
        self.wrapper_element = ElementWrapper.from_html_root(
            _parse(html), content_language=None)
        self.etree_element = self.wrapper_element.etree_element

    def _ua_stylesheets(self, forms=False):
        # EXTENDS weasyprint
        return super()._ua_stylesheets(forms) if forms else [_get_base_style()]


@functools.lru_cache(maxsize=1)
def _get_font_configuration():
    return FontConfiguration()


def _get_font_faces(family):
    """Return the @font-face rules of a font of Odoo's document layout, and the files by URL."""
    rules, paths = [], {}
    if family not in _FONTS:
        return '', paths
    for (style, weight), face in _FACES.items():
        path = f'web/static/fonts/google/{family}/{family}-{face}.ttf'
        if family == 'Lato':
            path = f'web/static/fonts/lato/Lato-{_LATO_FACES[face]}-webfont.ttf'
        try:
            file_open(path, 'rb').close()
        except (FileNotFoundError, ValueError):
            continue    # Debian links some to packages of their own
        url = f'letter-font:{path}'
        paths[url] = path
        rules.append(
            f"@font-face {{ font-family: '{family}'; font-style: {style}; "
            f"font-weight: {weight}; src: url('{url}'); }}")
    return '\n'.join(rules), paths


@functools.lru_cache(maxsize=1)
def _get_style_text():
    with file_open(STYLE_FILE) as style:
        return style.read()


@functools.lru_cache(maxsize=64)
def get_style(font, primary, secondary):
    """Return the parsed style sheet for a company's font and colours.

    ``var()`` is replaced here once rather than resolved for every element of every letter.

    :param font: a value of `res.company.font`, or False
    :param primary: a colour like ``#1a2b3c``; anything else counts as none
    :param secondary: likewise
    """
    faces, paths = _get_font_faces(font)
    values = {
        'font': f"'{font}', {FALLBACK_FONTS}" if faces else FALLBACK_FONTS,
        'primary': primary if _COLOR.fullmatch(primary or '') else '#333333',
        'secondary': secondary if _COLOR.fullmatch(secondary or '') else '#666666',
    }
    text = _get_style_text()
    for name, value in values.items():
        text = text.replace(f'var(--letter-{name})', value)
    with _lock:
        return CSS(
            string=faces + text, url_fetcher=FontFetcher(paths),
            font_config=_get_font_configuration())


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
    :param style: what `get_style` gave
    """
    with _lock:
        return LetterHTML(html).write_pdf(
            stylesheets=[style], font_config=_get_font_configuration(),
            pdf_variant='pdf/a-3u')
