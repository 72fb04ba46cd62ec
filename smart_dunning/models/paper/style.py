"""The style sheet and the fonts of letters, parsed once for all letters of a company.

Imported on first use only, see `pdf`.
"""
import functools
import logging
import re
import threading

from odoo.tools.misc import file_open, file_path

# Both tell every step of every document at INFO, the first one already when imported.
logging.getLogger('weasyprint.progress').setLevel(logging.WARNING)
logging.getLogger('fontTools').setLevel(logging.WARNING)

from weasyprint import CSS  # noqa: E402
from weasyprint.text.fonts import FontConfiguration  # noqa: E402
from weasyprint.urls import URLFetcher, URLFetcherResponse  # noqa: E402

STYLE_FILE = 'smart_dunning/static/src/letter/letter.css'
#: What differs from it, by size of the paper and by where the window of the envelope is.
VARIANT_FILES = {
    'Letter': 'smart_dunning/static/src/letter/paper_letter.css',
    'right': 'smart_dunning/static/src/letter/window_right.css',
}
FALLBACK_FONTS = "'DejaVu Sans', 'Liberation Sans', sans-serif"
_FACES = {('normal', 400): 'Regular', ('normal', 700): 'Bold',
          ('italic', 400): 'Italic', ('italic', 700): 'BoldItalic'}
_LATO_FACES = {'Regular': 'Reg', 'Bold': 'Bol', 'Italic': 'RegIta', 'BoldItalic': 'BolIta'}
_FONTS = ('Lato', 'Roboto', 'Open_Sans', 'Montserrat', 'Oswald', 'Raleway', 'Tajawal', 'Fira_Mono')
_COLOR = re.compile(r'#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})')

# Pango's font maps must not be used by two threads at once; the interpreter lock leaves nothing to
# gain from doing so.
lock = threading.RLock()


class FontFetcher(URLFetcher):
    """Gives the font files that Odoo ships, and nothing else, to our own style sheet."""

    def __init__(self, paths):
        super().__init__(allowed_protocols=())
        self._paths = paths

    def fetch(self, url, headers=None):
        with file_open(self._paths[url], 'rb') as font:
            return URLFetcherResponse(url, font.read())


@functools.lru_cache(maxsize=1)
def get_font_configuration():
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


def get_font_files(family):
    """Return the paths of the files of a font of Odoo's document layout."""
    return tuple(file_path(path) for path in _get_font_faces(family)[1].values())


@functools.lru_cache(maxsize=8)
def _get_style_text(*variants):
    text = ''
    for path in (STYLE_FILE, *(VARIANT_FILES[one] for one in variants if one in VARIANT_FILES)):
        with file_open(path) as style:
            text += style.read()
    return text


@functools.lru_cache(maxsize=64)
def get_style(font, primary, secondary, paper='A4', window='left'):
    """Return the parsed style sheet for a company's font, colours and paper.

    ``var()`` is replaced here once rather than resolved for every element of every letter.

    :param font: a value of `res.company.font`, or False
    :param primary: a colour like ``#1a2b3c``; anything else counts as none
    :param secondary: likewise
    :param paper: ``Letter``; anything else is A4
    :param window: ``right`` or ``left``, where the window of the envelope is
    """
    faces, paths = _get_font_faces(font)
    values = {
        'font': f"'{font}', {FALLBACK_FONTS}" if faces else FALLBACK_FONTS,
        'primary': primary if _COLOR.fullmatch(primary or '') else '#333333',
        'secondary': secondary if _COLOR.fullmatch(secondary or '') else '#666666',
    }
    text = _get_style_text(paper, window)
    for name, value in values.items():
        text = text.replace(f'var(--letter-{name})', value)
    with lock:
        return CSS(
            string=faces + text, url_fetcher=FontFetcher(paths),
            font_config=get_font_configuration())
