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


def isolate_halves(records, work, logger, text, *args):
    """Do a piece of work with many records at once; those for whom it fails are found by halves.

    :param work: function that takes some of the records
    :param logger: of the room in which it happens
    :param text: what could not be done, with places for ``args`` and the one record
    :return: the records with which it could not be done
    """
    try:
        with records.env.cr.savepoint():
            work(records)
    except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
        raise
    except Exception:
        if len(records) <= 1:
            logger.exception(text, *args, records)
            return records
        half = len(records) // 2
        return records.browse().union(*(
            isolate_halves(some, work, logger, text, *args)
            for some in (records[:half], records[half:])))
    return records.browse()
