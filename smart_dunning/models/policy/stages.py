"""What a transaction is at, known to whatever happens meanwhile.

No context key, which whoever calls from outside could set; and not among the hooks of the commit,
whose data is gone as soon as one of them has run, with any savepoint.
"""

from contextlib import contextmanager
from weakref import WeakKeyDictionary

#: {cursor: {stage: notes}}
_STAGES = WeakKeyDictionary()


@contextmanager
def at_stage(cr, name):
    """Let a transaction be at a stage, until the outermost call of it ends; yield its notes.

    :param cr: cursor of the transaction
    :param name: of the stage, such as 'smart_dunning.system_changes_orders'
    :return: the dictionary that `get_stage` returns meanwhile
    """
    stages = _STAGES.setdefault(cr, {})
    if name in stages:
        yield stages[name]
        return
    stages[name] = {}
    try:
        yield stages[name]
    finally:
        stages.pop(name, None)


def get_stage(cr, name):
    """Return the notes of a stage at which the transaction is, None when it is not."""
    return _STAGES.get(cr, {}).get(name)
