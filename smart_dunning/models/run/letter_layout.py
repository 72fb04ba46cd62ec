"""Which views can be chosen as the layout of letters."""

from odoo.exceptions import ValidationError

#: Views of their own with this in their key; extensions change the layout they extend.
LAYOUTS = [
    ('type', '=', 'qweb'), ('mode', '=', 'primary'), ('key', 'like', 'letter_document')]


def check_layouts(views):
    """Raise ValidationError for a view that is no layout of letters."""
    for view in views.sudo() - views.sudo().filtered_domain(LAYOUTS):
        raise ValidationError(view.env._(
            "“%(view)s” is no layout of letters: it has to be a view of its own with "
            "“letter_document” in its key.", view=view.display_name))
