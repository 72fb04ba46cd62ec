"""Bounds of what people type, with words that say what is wrong.

Numbers are bounded by `models.Constraint` on the models; days and texts by these.
"""

from odoo.exceptions import ValidationError
from odoo.tools import format_date

from ...logic.days import shift

#: Nobody means more days than these ten years.
MOST_DAYS = 3650
#: No amount of ours has more digits than that, and sums of millions of them stay exact to the cent.
MOST_AMOUNT = 10**11
#: A text of so many characters fills twenty pages.
MOST_TEXT = 50_000


def check_day(records, field_name, *, may_be_past=True):
    """Refuse days that nobody means: more than ten years away, or over already.

    :param records: name a `company_id`
    :param may_be_past: whether the day may lie before today
    :raise ValidationError: with the name of the field and the days that are possible
    """
    for record in records:
        day = record[field_name]
        if not day:
            continue
        today = (record.company_id or record.env.company)._get_dunning_today()
        first = shift(today, -MOST_DAYS) if may_be_past else today
        last = shift(today, MOST_DAYS)
        if not first <= day <= last:
            raise ValidationError(record.env._(
                "“%(field)s”: please enter a day from %(first)s to %(last)s.",
                field=get_field_label(record, field_name),
                first=format_date(record.env, first), last=format_date(record.env, last)))


def check_text(records, *field_names, is_required=False):
    """Refuse texts that are longer than anybody reads, and blank ones where one is required.

    :raise ValidationError: with the name of the field
    """
    for record in records:
        for name in field_names:
            text = record[name] or ''
            if len(text) > MOST_TEXT:
                raise ValidationError(record.env._(
                    "“%(field)s” has %(count)s characters; at most %(most)s are possible.",
                    field=get_field_label(record, name), count=len(text), most=MOST_TEXT))
            if is_required and not text.strip():
                raise ValidationError(record.env._(
                    "“%(field)s”: please enter a few words.",
                    field=get_field_label(record, name)))


def get_field_label(record, field_name):
    """Return what a field is called in the language of whoever asks."""
    return record._fields[field_name]._description_string(record.env)
