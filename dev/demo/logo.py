"""A plain logo: two letters in a coloured square, and the name beside it."""

import base64
import io

from PIL import Image, ImageDraw, ImageFont

from odoo.tools.misc import file_path

_HEIGHT = 200


def draw_logo(initials, name, primary, secondary):
    """Return a logo as PNG, in base64 as Odoo's image fields want it.

    :param initials: one or two letters
    :param name: the company; its first word is written large
    :param primary: colour of the square and the name, like ``#0b4f6c``
    :param secondary: colour of the bar and of the rest of the name
    """
    bold = file_path('web/static/fonts/lato/Lato-Bol-webfont.ttf')
    first, rest = name.split(" ", 1)
    large, small = ImageFont.truetype(bold, 86), ImageFont.truetype(bold, 40)
    width = _HEIGHT + 40 + int(max(large.getlength(first), small.getlength(rest))) + 10
    image = Image.new('RGBA', (width, _HEIGHT), (255, 255, 255, 0))
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle((0, 0, _HEIGHT, _HEIGHT), 28, fill=primary)
    draw.rectangle((0, 158, _HEIGHT, 172), fill=secondary)
    draw.text((_HEIGHT / 2, 84), initials, fill='white', anchor='mm',
              font=ImageFont.truetype(bold, 104))
    draw.text((_HEIGHT + 34, 66), first, fill=primary, anchor='lm', font=large)
    draw.text((_HEIGHT + 38, 146), rest, fill=secondary, anchor='lm', font=small)
    with io.BytesIO() as target:
        image.save(target, 'PNG', optimize=True)
        return base64.b64encode(target.getvalue())
