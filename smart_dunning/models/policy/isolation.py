"""Work on many records, of which one that fails must stop no other."""

from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY


def isolate(env, work, logger, text, *args):
    """Do a piece of work; where it fails it is taken back and logged, and others go on.

    What is repeated when a concurrent transaction was faster is passed on.

    :param work: function without arguments
    :param logger: of the room in which it happens
    :param text: what could not be done, with places for ``args``
    :return: whether it was done
    """
    try:
        with env.cr.savepoint():
            work()
    except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
        raise
    except Exception:
        logger.exception(text, *args)
        return False
    return True
