from pathlib import Path

import polib

from odoo.tests import BaseCase, tagged

_I18N = Path(__file__).parents[1] / 'i18n'
_LANGUAGES = ['cs', 'da', 'de', 'es', 'fr', 'it', 'nl', 'pl', 'pt_BR', 'ro', 'sv', 'tr']


@tagged('post_install', '-at_install')
class TestShopLanguages(BaseCase):
    """What customers read in the shop is there in every language of the letters."""

    def test_complete(self):
        source = polib.pofile(str(_I18N / 'smart_dunning_website_sale.pot'))
        read = {entry.msgid for entry in source
                if "contact us" in entry.msgid or "open invoices" in entry.msgid}
        self.assertEqual(len(read), 4)
        for language in _LANGUAGES:
            with self.subTest(language=language):
                entries = polib.pofile(str(_I18N / f"{language}.po"))
                known = {entry.msgid for entry in entries if entry.msgstr}
                self.assertFalse(read - known)
