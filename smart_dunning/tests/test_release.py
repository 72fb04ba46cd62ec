import doctest

from odoo.tests import BaseCase, tagged

from ..logic import release as logic
from ..logic.exposure import DELIVERY, ORDER
from ..logic.release import Document, Release, find_release
from .test_exposure import compare


@tagged('post_install', '-at_install')
class TestRelease(BaseCase):
    """Which release serves which document, and what is left of it."""

    def test_what_is_not_named_is_nothing(self):
        self.assertEqual(Document(5.0), Document(5.0, None, None, {}, ''))
        self.assertEqual(Release(1, 5.0), Release(1, 5.0, None, None, {}, ''))

    def test_doctests(self):
        failed, attempted = doctest.testmod(logic)
        self.assertTrue(attempted)
        self.assertFalse(failed)

    def test_find_release(self):
        order, picking, customer = (
            Release(1, 300.0, order=7), Release(2, 300.0, picking=9), Release(3, 300.0))
        document = Document(250.0, order=7, picking=9)
        for releases, value, found in (
                ((order, picking, customer), 250.0, 2),     # the narrowest first
                ((order, customer), 250.0, 1), ((customer,), 250.0, 3), ((), 1.0, None),
                ((customer,), 300.0, 3), ((customer,), 300.01, None), ((customer,), 300.004, 3),
                ((Release(4, 300.0, order=8),), 1.0, None),
                ((Release(4, 300.0, picking=8),), 1.0, None),
                ((Release(4, 100.0, order=7), customer), 250.0, 3),   # too small: the next
                ((Release(6, 300.0), Release(5, 300.0)), 1.0, 5)):    # the older one
            with self.subTest(releases=releases, value=value):
                release = find_release(
                    releases, document._replace(value=value), DELIVERY, compare)
                self.assertEqual(release and release[0].id, found)

    def test_what_was_drawn_counts_at_its_checkpoint_and_once_per_document(self):
        release = Release(1, 500.0, used={ORDER: 400.0})
        self.assertIsNone(find_release((release,), Document(200.0), ORDER, compare))
        self.assertEqual(
            find_release((release,), Document(200.0), DELIVERY, compare),
            (release, 200.0))
        known = Document(500.0, drawn={1: 400.0})
        self.assertEqual(
            find_release((release,), known, ORDER, compare), (release, 100.0))
        smaller = Document(300.0, drawn={1: 400.0})
        self.assertEqual(find_release((release,), smaller, ORDER, compare)[1], 0.0)
