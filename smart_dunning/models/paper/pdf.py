"""WeasyPrint for letters, through its public interface: nothing is fetched from outside.

Imported on first use, so that a server without Pango can still load the addon and say what is
missing (see `engine.py`).
"""
import functools
import io
import logging

from PIL import Image

from .style import get_font_configuration, lock

from weasyprint import HTML  # isort: skip
from weasyprint.urls import URLFetcher  # isort: skip

_logger = logging.getLogger(__name__)

#: Archivable for decades, and tagged: a screen reader knows tables, headings and the language.
VARIANT = 'pdf/a-3a'
# Logos; codes differ from letter to letter.
_MOST_IMAGES = 64


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


@functools.lru_cache(maxsize=1)
def _get_fetcher():
    return LetterFetcher()


@functools.lru_cache(maxsize=1)
def _get_images():
    """Return the images that letters share, by URL; see the option `cache` of WeasyPrint."""
    return {}


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
    """Return a letter as PDF/A-3a.

    :param str html: the whole document
    :param style: what `style.get_style` gave
    """
    with lock:
        images = _get_images()
        if len(images) > _MOST_IMAGES:
            images.clear()
        return HTML(string=html, url_fetcher=_get_fetcher()).write_pdf(
            stylesheets=[style], font_config=get_font_configuration(),
            pdf_variant=VARIANT, pdf_tags=True, cache=images)
