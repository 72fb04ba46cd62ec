"""Which release lets a held document pass, and what it takes of it.

Pure functions over immutable records. Amounts are in the currency of the company; ``compare`` is
its ``compare_amounts``.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple


class Release(NamedTuple):
    """A permission to pass: for one order or delivery, or (all None) for the customer.

    ``used`` gives what has passed by it at each checkpoint, in company currency. ``subject`` names
    a document of another addon, such as a sale at a till.
    """

    id: int
    max_amount: float
    order: int | None = None
    picking: int | None = None
    used: Mapping[str, float] = {}
    subject: str = ''


class Document(NamedTuple):
    """What wants to pass by a release: ``value`` in company currency, and what of it already did
    by which release (``drawn``)."""

    value: float
    order: int | None = None
    picking: int | None = None
    drawn: Mapping[int, float] = {}
    subject: str = ''


def find_release(
    releases: Iterable[Release], document: Document, checkpoint: str,
    compare: Callable[[float, float], int],
) -> tuple[Release, float] | None:
    """Return the narrowest release that covers a document, and what it newly draws from it.

    >>> def compare(left, right): return (left > right) - (left < right)
    >>> wide, narrow = Release(1, 500.0), Release(2, 300.0, order=7)
    >>> find_release((wide, narrow), Document(250.0, order=7), 'order', compare)[0].id
    2
    >>> find_release((wide, narrow), Document(350.0, order=7), 'order', compare)[0].id
    1
    >>> used = Release(3, 500.0, used={'delivery': 300.0})
    >>> find_release((used,), Document(250.0), 'delivery', compare) is None
    True
    >>> till = Release(4, 500.0, subject='sale-1')
    >>> find_release((till, wide), Document(250.0, subject='sale-1'), 'order', compare)[0].id
    4
    >>> find_release((till,), Document(250.0, order=7), 'order', compare) is None
    True
    """
    matching = [release for release in releases if _covers(release, document)]
    for release in sorted(matching, key=lambda release: _get_width(release)):
        drawn = document.drawn.get(release.id, 0.0)
        more = max(document.value - drawn, 0.0)
        if compare(release.used.get(checkpoint, 0.0) + more, release.max_amount) <= 0:
            return release, more
    return None


def _covers(release, document):
    if release.subject:
        return release.subject == document.subject
    if release.picking:
        return release.picking == document.picking
    if release.order:
        return release.order == document.order
    return True


def _get_width(release):
    return (not release.subject, not release.picking, not release.order, release.id)
