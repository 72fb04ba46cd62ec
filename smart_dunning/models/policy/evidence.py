"""What the system alone writes, and what people may write all the same."""

from odoo.exceptions import AccessError


def get_chatter_fields(record):
    """Return the fields of messages and activities, which people write through the chatter."""
    env = record.env
    return env['mail.thread']._fields.keys() | env['mail.activity.mixin']._fields.keys()


def check_not_written(records, vals, *names):
    """Raise AccessError for people who write what follows from something else.

    A related field that is stored takes whatever a remote call writes, and keeps it.
    """
    if not records.env.su and vals.keys() & set(names):
        raise AccessError(records.env._(
            "The company of a record follows from what it belongs to, and cannot be changed by "
            "itself."))


def without(vals, *names):
    """Return values of a new record but for those that follow from something else."""
    return {name: value for name, value in vals.items() if name not in names}
