"""Used sizes of boxes, found once for each style that names them all: a tenth of the layout.

WeasyPrint resolves fourteen lengths of every box against the box around it. In letters nearly all
of them are lengths already, and what boxes of one style use is the same each time.

Imported on first use only, see `pdf`.
"""
import inspect

from weasyprint import layout
from weasyprint.layout import percent

_LENGTHS = (
    *(f'{space}_{side}' for space in ('margin', 'padding')
      for side in ('top', 'right', 'bottom', 'left')),
    'width', 'min_width', 'max_width', 'height', 'min_height', 'max_height')
_BORDERS = tuple(f'border_{side}_width' for side in ('top', 'right', 'bottom', 'left'))

_resolve_percentages = percent.resolve_percentages


def remember(style):
    """Let the boxes of a style share their sizes, and the lines and texts in them as well.

    WeasyPrint changes the sizes of copies only, and a copy knows nothing of this.
    """
    for each in (style, style.anonymous_style, style.anonymous_style.anonymous_style):
        each.sizes = {}


def _find_sizes(style):
    """Return {attribute of a box: px or 'auto'}, None where they hang on the box around it."""
    if style['box_sizing'] != 'content-box' or style['border_collapse'] == 'collapse':
        return None
    sizes = {name: style[name] for name in _BORDERS}
    for name in _LENGTHS:
        length = style[name]
        if length != 'auto':
            if getattr(length, 'unit', '') != 'px':
                return None
            length = length.value
        elif name in ('min_width', 'min_height'):
            length = 0
        sizes[name] = length
    return sizes


def resolve_percentages(box, containing_block):
    """Set the used sizes of a box; takes the place of WeasyPrint's function of that name."""
    sizes = getattr(box.style, 'sizes', None)
    if sizes == {}:
        sizes = box.style.sizes = _find_sizes(box.style)
    if sizes is None:
        _resolve_percentages(box, containing_block)
    else:
        vars(box).update(sizes)


def install():
    """Put our function wherever WeasyPrint's layout has taken its own."""
    for _name, module in inspect.getmembers(layout, inspect.ismodule):
        if getattr(module, 'resolve_percentages', None) is _resolve_percentages:
            module.resolve_percentages = resolve_percentages
