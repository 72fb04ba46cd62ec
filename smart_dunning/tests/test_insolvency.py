from odoo.tests import tagged

from .common import DunningCommon, day


@tagged('post_install', '-at_install')
class TestInsolvencyApproval(DunningCommon):
    """Letters to whom such a name is wait for approval, whatever their level says."""

    def _get_states(self, letters):
        return {letter.partner_id: letter.state for letter in letters}

    def test_such_letters_wait_for_approval(self):
        insolvent = self._make_customer("Bau GmbH i. L.", is_company=True)
        for partner in (insolvent, self.customer):
            self._invoice(due=day(-20), partner=partner)
        run = self._plan(day(0))
        letter = run.letter_ids.filtered(lambda one: one.partner_id == insolvent)
        self.assertEqual(
            self._get_states(run.letter_ids), {insolvent: 'draft', self.customer: 'ready'})
        self.assertTrue(letter.needs_approval)
        self.assertIn("i. L.", letter.paper_warning)
        run.with_user(self.clerk).action_send()
        self.assertEqual(letter.state, 'draft', "sending the run is no approval")
        letter.with_user(self.clerk).action_approve()
        with self._watch_mails() as mails:
            self._run_cron('smart_dunning.ir_cron_dunning_send')
        self.assertEqual((letter.state, len(mails)), ('sent', 2))

    def test_the_invoice_contact_of_an_administrator_counts(self):
        self.env['res.partner'].create({
            'parent_id': self.customer.id, 'type': 'invoice', 'email': 'law@example.com',
            'name': "RA Klug, Insolvenzverwalter"})
        self._invoice(due=day(-20))
        letter = self._plan(day(0)).letter_ids
        self.assertEqual((letter.state, letter.insolvency_words), ('draft', "Insolvenzverwalter"))

    def test_the_worklist_says_so_before_it_is_planned(self):
        today = self.company._get_dunning_today()
        self.customer.name = "Bau GmbH in Liquidation"
        self._invoice(due=today.replace(year=today.year - 1))
        self.env['dunning.debtor']._refresh(partners=self.customer, company=self.company)
        self.assertEqual(self.customer.dunning_debtor_id.next_wait, 'approval')
