"""Locks that a person waits for, with words that say what to do."""

from odoo.exceptions import LockError


def lock_or_refuse(records):
    """Lock records for this transaction, children may go on pointing at them.

    :raise LockError: when somebody else has them, with the name of the first
    """
    try:
        records.lock_for_update(allow_referencing=True)
    except LockError as error:
        raise LockError(records.env._(
            "Somebody else is changing “%(record)s” at this moment. Please try again.",
            record=records[:1].display_name)) from error
