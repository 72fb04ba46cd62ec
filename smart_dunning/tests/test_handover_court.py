import json

from ..logic import court_sheet
from .handover_common import HandoverCommon


class TestCourtSheet(HandoverCommon):
    """The facts of an application for a court order, and what does not fit into its form."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.partner_id.write({
            'country_id': cls.germany.id, 'street': "Ring 1", 'zip': "10115", 'city': "Berlin"})

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
