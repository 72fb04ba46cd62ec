"""Style sheets of letters, parsed once; styles computed once for all letters that look alike.

Imported on first use only, see `pdf`.
"""
import functools
import logging
import re
import threading

from odoo.tools.misc import file_open

# Both tell every step of every document at INFO, the first one already when imported.
logging.getLogger('weasyprint.progress').setLevel(logging.WARNING)
logging.getLogger('fontTools').setLevel(logging.WARNING)

import weasyprint  # noqa: E402
from weasyprint import CSS  # noqa: E402
from weasyprint.html import UA as BROWSER_STYLE  # noqa: E402
from weasyprint.text.fonts import FontConfiguration  # noqa: E402
from weasyprint.urls import URLFetcher, URLFetcherResponse  # noqa: E402

STYLE_FILE = 'smart_dunning/static/src/letter/letter.css'
FALLBACK_FONTS = "'DejaVu Sans', 'Liberation Sans', sans-serif"
_FACES = {('normal', 400): 'Regular', ('normal', 700): 'Bold',
          ('italic', 400): 'Italic', ('italic', 700): 'BoldItalic'}
_LATO_FACES = {'Regular': 'Reg', 'Bold': 'Bol', 'Italic': 'RegIta', 'BoldItalic': 'BolIta'}
_FONTS = ('Lato', 'Roboto', 'Open_Sans', 'Montserrat', 'Oswald', 'Raleway', 'Tajawal', 'Fira_Mono')
_COLOR = re.compile(r'#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})')
# Lines of WeasyPrint's own style sheet, and what letters have in their place.
_NOT_IN_LETTERS = (
    (r'(?m)^::(?:footnote|note)[\w-]* .*$', ''),
    (r'(?m)^  @(?!top-left |bottom-left |footnote|note-area).*$', ''),
    (r'(?s)/\* Form fields \*/.*?(?=/\* Pages \*/)', ''),
    (r'(?m)^(?:\[dir\b.*\[dir|\[dir=\w+ i\] (?:dd|:is)|:is\(dir.*\[dir|dd\[dir).*$', ''),
    (r'(?m)^(?:table:is\(\[rules|:is\(colgroup).*$', ''),
    (r'(?m)^\[hidden\], |, \w+\[hidden\]', ''),
    (r'(?m)^::marker', 'li::marker'),
    (r':link, :visited', 'a:link'),
    (r'(?m)^:link', 'a:link'),
    (r'(?m)^:is\(dir, dl, menu, ol, ul\) :is\(dir, dl, menu, ol, ul\)',
     'ul ul, ul ol, ol ul, ol ol'),
)
# What WeasyPrint takes from attributes other than `style`, and the specificity of that one.
_FROM_ATTRIBUTES = {'lang', 'anchor'}
_STYLE_ATTRIBUTE = (1, 0, 0)
# Of 10 kB each; they differ by place in the letter, language, and what the texts of levels contain.
_MOST_STYLES = 1000
# `LetterStyles` steps into the middle of WeasyPrint: only where that was tried.
_KNOWN_VERSION = 70

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
def get_base_style():
    """Return WeasyPrint's own style sheet without what no letter needs: a quarter of all styling.

    Notes and the fourteen other margins of a page get styles whether anybody uses them or not;
    selectors that name no element first are tried on every one.
    """
    text = BROWSER_STYLE
    for pattern, replacement in _NOT_IN_LETTERS:
        text = re.sub(pattern, replacement, text)
    return CSS(string=text)


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
    with lock:
        style = CSS(
            string=faces + text, url_fetcher=FontFetcher(paths),
            font_config=get_font_configuration())
        style.computed = {}     # see `LetterStyles`
        return style


class LetterStyles(weasyprint.css.StyleFor):
    """The computed styles of a document; those of letters are kept for the next one.

    What an element looks like hangs on its parent's style and on the declarations that apply to
    it. WeasyPrint shares equal styles within a document; here the next document with the same
    sheets finds them again, with all the values that were computed: a fifth of the whole work.
    Pages have counters in their styles and are left out.
    """

    def __init__(self, html, *args):
        self._kept = getattr(html, 'computed', None)
        super().__init__(html, *args)

    def set_computed_styles(self, element, parent, root=None, pseudo_type=None, base_url=None,
                            target_collector=None):
        # EXTENDS weasyprint
        facts = element, parent, root, pseudo_type, base_url, target_collector
        if self._kept is None or not hasattr(element, 'attrib'):
            super().set_computed_styles(*facts)
            return
        key = self._get_key(element, parent, pseudo_type)
        if key not in self._kept:
            super().set_computed_styles(*facts)
            if len(self._kept) >= _MOST_STYLES:
                self._kept.clear()
            self._kept[key] = self.get_computed_styles()[element, pseudo_type]
            sizes.remember(self._kept[key])
            return
        style = self._kept[key]
        self.get_computed_styles()[element, pseudo_type] = style
        if target_collector and style['anchor']:
            target_collector.collect_anchor(style['anchor'])

    def _get_key(self, element, parent, pseudo_type):
        """Return what decides about a style.

        Declarations of sheets count by identity, for a kept style holds its own; those that come
        from attributes are made anew for each document and count by their text.
        """
        get = element.get
        own = get('style') and _STYLE_ATTRIBUTE
        declarations = self.get_cascaded_styles().get((element, pseudo_type), {})
        return (
            id(self.get_computed_styles()[parent, None]) if parent is not None else None,
            pseudo_type, get('style'), get('lang'), get('id'), get('name'),
            tuple([
                (name, weight) if name in _FROM_ATTRIBUTES or weight[2] == own
                else (name, weight, id(value))
                for name, (value, weight) in declarations.items()]))


if weasyprint.VERSION.split('.')[0] == str(_KNOWN_VERSION):
    from . import sizes
    # Documents of others, which keep nothing, are treated as ever.
    weasyprint.css.StyleFor = LetterStyles
    sizes.install()
