import json

from ..logic import court_sheet
from ..logic.handover_record import Claim, Party, Record
from .handover_common import HandoverCommon

_PARTY = Party(name="Adler GmbH", street="Hafen 1", zip="20095", city="Hamburg", country='DE')
_CLAIM = Claim(id='1', number="INV/1", date='2026-01-05', open='100.00', interest='1.50',
               interest_to='2026-03-31', reference_rate='de', margin='9.00',
               default_date='2026-02-01')


class TestCourtSheet(HandoverCommon):
    """The facts of an application for a court order, and what does not fit into its form."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.partner_id.write({
            'country_id': cls.germany.id, 'street': "Ring 1", 'zip': "10115", 'city': "Berlin"})

    def _find(self, **values):
        record = Record(**{
            'number': "HO/1", 'currency': 'EUR', 'creditor': _PARTY, 'debtor': _PARTY,
            'claims': (_CLAIM,), **values})
        return [(one.code, one.section, one.name)
                for one in court_sheet.make_sheet(record, {}).problems]

    def test_what_does_not_fit(self):
        def other(**values):
            return Party(**{name: getattr(_PARTY, name) for name in (
                'name', 'street', 'zip', 'city', 'country')} | values)

        for values, problems in (
                ({}, []),
                ({'claims': (_CLAIM,) * 45}, []),
                ({'claims': (_CLAIM,) * 46}, [('too_many', '', '')]),
                ({'claims': ()}, [('nothing', '', '')]),
                ({'currency': 'CHF'}, [('other_currency', '', '')]),
                ({'debtor': other(country='AT')}, [('abroad', 'respondent', '')]),
                ({'debtor': other(name="N" * 35)}, []),
                ({'debtor': other(name="N" * 36)}, [('too_long', 'respondent', 'name')]),
                ({'creditor': other(street="S" * 30, street2="T" * 5)},
                 [('too_long', 'applicant', 'street')]),
                ({'debtor': other(zip="123456")}, [('too_long', 'respondent', 'zip')]),
                ({'debtor': other(city="C" * 28)}, [('too_long', 'respondent', 'city')]),
                ({'debtor': other(city=" ")}, [('missing', 'respondent', 'city')])):
            with self.subTest(values=values):
                self.assertEqual(self._find(**values), problems)

    def test_interest_goes_on_where_it_was_calculated_to(self):
        sheet = court_sheet.make_sheet(Record(claims=(_CLAIM,)), {'1': court_sheet.SERVICES})
        self.assertEqual(
            (sheet.claims[0]['catalogue'], sheet.claims[0]['interest_from'],
             sheet.claims[0]['interest_above_base_rate']), ('5', '2026-04-01', '9.00'))

    def test_sheet_of_a_case(self):
        self.customer.write({'street': "Weg 2", 'zip': "20095", 'city': "H" * 28})
        case = self._case(self._warned(500.0), approach='judicial')
        html = case._render_document_html()
        money = case.with_context(lang=case.lang)._format_document_money(500.0)
        for text in (case.name, money, "Ring 1", "Weg 2", "Anna Adler"):
            self.assertIn(text, html)
        problem = court_sheet.Problem(court_sheet.TOO_LONG, 'respondent', 'city', 27)
        self.assertIn(problem, case._make_court_sheet().problems)
        self.assertIn(
            case.with_context(lang=case.lang)._describe_court_problem(problem), html)
        self.assertTrue(case._render_documents()[case.id].startswith(b'%PDF'))
        self.assertIn(f"/{case.id}", case.action_court_sheet()['url'])

    def test_json_says_the_same(self):
        case = self._case(self._warned(500.0))
        url = case.action_court_sheet_json()['url']
        attachment = self.env['ir.attachment'].browse(
            int(url.removeprefix('/web/content/').partition('?')[0]))
        sheet = json.loads(attachment.raw)
        self.assertEqual(list(sheet)[:8], [
            'format', 'version', 'applicant', 'account', 'respondent', 'claims', 'side_claims',
            'case'])
        self.assertEqual(sheet['claims'][0]['amount'], '500.00')
        self.assertEqual(sheet['case']['reference'], case.name)
        self.assertEqual(sheet['respondent']['name'], "Anna Adler")

    def test_other_courts_get_none(self):
        case = self._case(self._warned(500.0))
        self.company.partner_id.country_id = self.env.ref('base.at')
        for action in (case.action_court_sheet, case.action_court_sheet_json):
            with self.assertRefused("German courts"):
                action()
