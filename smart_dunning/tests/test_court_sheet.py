import doctest
from dataclasses import replace

from odoo.tests import BaseCase, tagged

from ..logic import court_sheet
from ..logic.court_sheet import Problem, make_sheet
from ..logic.handover_record import Claim, Party, Record

PARTY = Party(name="Adler GmbH", street="Hafen 1", zip="20095", city="Hamburg", country='DE',
              iban='DE02120300000000202051')
DEBTOR = Party(kind='person', name="Anna Adler", street="Weg 2", street2="Hinterhaus",
               zip="10115", city="Berlin")
CLAIM = Claim(
    id='1', number="INV/1", date='2026-01-05', open='100.00', interest='1.50',
    interest_to='2026-02-28', reference_rate='de', margin='9.00', default_date='2026-02-01',
    subject="Timber")
CASE = Record(
    number="HO/1", currency='EUR', creditor=PARTY, debtor=DEBTOR, claims=(CLAIM,),
    principal='100.00', interest='1.50', lump_sum='40.00', fees='5.00', total='146.50')


@tagged('post_install', '-at_install')
class TestCourtSheetLogic(BaseCase):
    """The facts of an application for a court order, and what does not fit into its form."""

    def test_examples(self):
        self.assertFalse(doctest.testmod(court_sheet).failed)

    def test_a_sheet_says_each_fact_of_the_case(self):
        self.assertEqual(list(make_sheet(CASE, {'1': court_sheet.SERVICES}).to_dict().items()), [
            ('format', 'court-sheet-de'), ('version', 1),
            ('applicant', {
                'name': "Adler GmbH", 'street': "Hafen 1", 'zip': "20095", 'city': "Hamburg",
                'country': 'DE'}),
            ('account', {'iban': 'DE02120300000000202051'}),
            ('respondent', {
                'kind': 'person', 'name': "Anna Adler", 'street': "Weg 2 Hinterhaus",
                'zip': "10115", 'city': "Berlin", 'country': ''}),
            ('claims', [{
                'catalogue': '5', 'number': "INV/1", 'date_from': '2026-01-05',
                'date_to': '2026-01-05', 'amount': '100.00', 'interest_amount': '1.50',
                'interest_from': '2026-03-01', 'interest_above_base_rate': '9.00',
                'default_date': '2026-02-01', 'subject': "Timber"}]),
            ('side_claims', {'dunning_costs': '5.00', 'lump_sum': '40.00'}),
            ('case', {
                'reference': "HO/1", 'currency': 'EUR', 'principal': '100.00', 'interest': '1.50',
                'total': '146.50'}),
            ('problems', []),
            ('remark', "Order, lengths and catalogue numbers are from general knowledge, not from "
                       "an official file of the courts."),
        ])

    def test_problems_are_plain_data_as_well(self):
        sheet = make_sheet(replace(CASE, debtor=replace(DEBTOR, city="H" * 28)), {})
        self.assertEqual(sheet.to_dict()['problems'], [
            {'code': 'too_long', 'section': 'respondent', 'name': 'city', 'limit': 27}])

    def test_interest_goes_on_where_it_was_calculated_to(self):
        for case, values, since, points in (
            ("from the day after the last one", {}, '2026-03-01', '9.00'),
            ("over the end of a year", {'interest_to': '2026-12-31'}, '2027-01-01', '9.00'),
            ("nothing was calculated: from default on", {'interest_to': ''}, '2026-02-01', '9.00'),
            ("no rate above the base rate", {'margin': ''}, '', ''),
            ("a rate that is not the law's", {'reference_rate': ''}, '', ''),
            ("neither", {'reference_rate': '', 'margin': ''}, '', ''),
        ):
            with self.subTest(case):
                [claim] = make_sheet(replace(CASE, claims=(replace(CLAIM, **values),)), {}).claims
                self.assertEqual(
                    (claim['interest_from'], claim['interest_above_base_rate']), (since, points))

    def test_what_does_not_fit(self):
        for case, values, problems in (
            ("all fits", {}, []),
            ("as many claims as there are lines", {'claims': (CLAIM,) * 45}, []),
            ("one claim more", {'claims': (CLAIM,) * 46}, [Problem('too_many', '', '', 45)]),
            ("no claim", {'claims': ()}, [Problem('nothing', '', '', 0)]),
            ("another currency", {'currency': 'CHF'}, [Problem('other_currency', '', '', 0)]),
            ("a customer abroad", {'debtor': replace(DEBTOR, country='AT')},
             [Problem('abroad', 'respondent', '', 0)]),
            ("at home", {'debtor': replace(DEBTOR, country='DE')}, []),
            ("a creditor abroad", {'creditor': replace(PARTY, country='AT')}, []),
            ("a name that just fits", {'debtor': replace(DEBTOR, name="N" * 35)}, []),
            ("a long name", {'debtor': replace(DEBTOR, name="N" * 36)},
             [Problem('too_long', 'respondent', 'name', 35)]),
            ("street and building together",
             {'creditor': replace(PARTY, street="S" * 30, street2="T" * 5)},
             [Problem('too_long', 'applicant', 'street', 35)]),
            ("a postcode of another country", {'debtor': replace(DEBTOR, zip="123456")},
             [Problem('too_long', 'respondent', 'zip', 5)]),
            ("a town that just fits", {'debtor': replace(DEBTOR, city="C" * 27)}, []),
            ("a long town", {'debtor': replace(DEBTOR, city="C" * 28)},
             [Problem('too_long', 'respondent', 'city', 27)]),
            ("no town", {'debtor': replace(DEBTOR, city=" ")},
             [Problem('missing', 'respondent', 'city', 0)]),
            ("several, those of the case first",
             {'currency': 'CHF', 'creditor': replace(PARTY, zip="")},
             [Problem('other_currency', '', '', 0), Problem('missing', 'applicant', 'zip', 0)]),
        ):
            with self.subTest(case):
                self.assertEqual(make_sheet(replace(CASE, **values), {}).problems, problems)
