from odoo.exceptions import ValidationError
from odoo.fields import Command

from .common import DunningCommon, day


class TestLetterTemplate(DunningCommon):
    """Each company may have a layout of its own, and each level another one."""

    def _make_layout(self, name, text):
        """Return a primary view that adds a line below the subject of the letter."""
        standard = self.env.ref('smart_dunning.letter_document')
        return self.env['ir.ui.view'].create({
            'name': name, 'type': 'qweb', 'mode': 'primary', 'inherit_id': standard.id,
            'key': f'test.letter_document_{name}',
            'arch': f'<data><xpath expr="//h1" position="after"><p>{text}</p></xpath></data>'})

    def _plan_letter(self, company, partner):
        run = self.env['dunning.run'].create({'company_id': company.id, 'date': day(0)})
        run.action_plan()
        return run.letter_ids.filtered(lambda letter: letter.partner_id == partner)

    def test_a_company_has_its_own_layout(self):
        second = self.setup_other_company(name="Second Ltd")['company']
        policy = self.env['dunning.policy'].create({
            'name': "Second", 'company_id': second.id, 'bank_guard_days': 0,
            'level_ids': [Command.create(self._level_values(1, "Reminder", 7))]})
        second.dunning_policy_id = policy
        self.company.dunning_letter_layout_id = self._make_layout('first', "Only of the first")
        self._invoice(due=day(-20))
        self._invoice(due=day(-20), company_id=second.id)
        first = self._plan_letter(self.company, self.customer)
        self.assertIn("Only of the first", first._render_document_html())
        other = self._plan_letter(second, self.customer)
        self.assertNotIn("Only of the first", other._render_document_html())
        self.assertTrue(first._render_documents()[first.id].startswith(b'%PDF'))

    def test_a_level_has_its_own_layout(self):
        self.company.dunning_letter_layout_id = self._make_layout('usual', "As usual")
        self.policy.level_ids[1].letter_layout_id = self._make_layout('stern', "Sternly")
        self._invoice(due=day(-20))
        html = self._plan(day(0)).letter_ids._render_document_html()
        self.assertIn("Sternly", html)
        self.assertNotIn("As usual", html)

    def test_only_a_layout_of_letters_can_be_chosen(self):
        extension = self.env['ir.ui.view'].create({
            'name': "Extension", 'type': 'qweb', 'mode': 'extension',
            'inherit_id': self.env.ref('smart_dunning.letter_document').id,
            'key': 'test.letter_document_extension', 'arch': '<data/>'})
        for view in (extension, self.env.ref('web.login'), self.env.ref('base.view_partner_form')):
            with self.subTest(view=view.name):
                with self.assertRaises(ValidationError):
                    self.company.dunning_letter_layout_id = view
                with self.assertRaises(ValidationError):
                    self.policy.level_ids[1].letter_layout_id = view
