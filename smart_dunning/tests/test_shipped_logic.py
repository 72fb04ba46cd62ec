import doctest

from odoo.tests import BaseCase, tagged

from ..logic import shipped


@tagged('post_install', '-at_install')
class TestShippedLogic(BaseCase):
    """Whether a text that came with the addon was made somebody's own, by its digests."""

    def test_examples(self):
        self.assertFalse(doctest.testmod(shipped).failed)

    def test_texts(self):
        new = {'en': 'b', 'de': 'B'}
        for case, current, remembered, verdict in (
            ("as it is shipped now", new, {}, 'same'),
            ("as it is shipped now, nothing else matters", new, {'en': 'x'}, 'same'),
            ("an older one, untouched", {'en': 'a', 'de': 'A'}, {'en': 'a', 'de': 'A'},
             'untouched'),
            ("one language was changed", {'en': 'a', 'de': 'X'}, {'en': 'a', 'de': 'A'},
             'touched'),
            ("all were", {'en': 'x', 'de': 'X'}, {'en': 'a', 'de': 'A'}, 'touched'),
            ("a language came since", {'en': 'a', 'de': 'X'}, {'en': 'a'}, 'untouched'),
            ("a language is gone", {'en': 'a'}, {'en': 'a', 'de': 'A'}, 'untouched'),
            ("nobody knows what was shipped", {'en': 'a', 'de': 'A'}, {}, 'touched'),
            ("known of other languages alone", {'en': 'a'}, {'de': 'A'}, 'touched'),
        ):
            with self.subTest(case):
                self.assertEqual(shipped.judge(current, new, remembered), verdict)
