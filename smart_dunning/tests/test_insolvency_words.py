import doctest

from odoo.tests import BaseCase, tagged

from ..logic import insolvency


@tagged('post_install', '-at_install')
class TestInsolvencyWords(BaseCase):
    """Names that tell of insolvency or liquidation, as a table."""

    def test_doctests(self):
        failed, attempted = doctest.testmod(insolvency)
        self.assertTrue(attempted and not failed)

    def test_names(self):
        for name, words in (
                ("Muster Bau GmbH i. I.", "i. I."), ("Muster Bau GmbH i.I.", "i.I."),
                ("Muster Bau GmbH i.L.", "i.L."), ("Muster Bau GmbH (i. L.)", "i. L."),
                ("Muster GmbH in Insolvenz", "in Insolvenz"), ("MUSTER IN LIQUIDATION", None),
                ("RA Klug als Insolvenzverwalter der Muster GmbH", "Insolvenzverwalter"),
                ("Müller AG in Nachlassliquidation", "in Nachlassliquidation"),
                ("Smith Ltd (in administration)", "in administration"),
                ("Dupont SARL en liquidation judiciaire", "en liquidation"),
                ("Rossi S.r.l. in liquidazione", "in liquidazione"),
                ("Kowalski sp. z o.o. w upadłości", "w upadłości"),
                ("De Vries B.V. in faillissement", "in faillissement"),
                ("Insolvenzberatung Kluge GmbH", ""), ("W. i. Lorenz", ""), ("Z. o.o. Ilja", ""),
                ("Verwaltung GmbH", ""), ("Liquidation Sale Shop", ""), ("Bi.L. Bau", ""),
                ("In Administrations GmbH", ""), ("", ""), (False, "")):
            with self.subTest(name=name):
                expected = "IN LIQUIDATION" if words is None else words
                self.assertEqual(insolvency.find_words(name), expected)
