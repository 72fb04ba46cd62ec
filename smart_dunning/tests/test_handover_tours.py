from odoo.tests import HttpCase, tagged

from .handover_common import HandoverCommon


@tagged('post_install', '-at_install', 'dunning_tour')
class TestHandoverTours(HandoverCommon, HttpCase):
    """The clerk hands a customer over, and takes in what comes back."""

    def test_from_the_debtor_to_the_end(self):
        invoice = self._warned(500.0)
        self.env['dunning.debtor']._refresh(company=self.company)
        debtor = self.env['dunning.debtor']._get_of(self._terms(invoice))
        self.env.flush_all()
        self.start_tour(f'/odoo/debtors/{debtor.id}', 'dunning_handover', login='clerk')
        case = self.handovers.search([('partner_id', '=', self.customer.id)])
        self.assertRecordValues(case, [{
            'state': 'handed_over', 'agency_paid': 500.0, 'amount_open': 0.0,
            'agency_closed_as': 'paid'}])
        self.assertEqual(case.booking_ids.state, 'posted')
        self.assertTrue(case.package_id)
        self._judge(case)           # what the night does
        self.assertRecordValues(case, [{'state': 'closed', 'closed_as': 'paid'}])
        action = self.env.ref('smart_dunning.dunning_handover_action').id
        self.start_tour(
            f'/odoo/action-{action}/{case.id}', 'dunning_handover_closed', login='clerk')
