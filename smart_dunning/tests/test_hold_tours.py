from odoo.tests import HttpCase, tagged

from .hold_common import HoldCommon


@tagged('post_install', '-at_install', 'dunning_tour')
class TestHoldTours(HoldCommon, HttpCase):
    """Old debts at the screens: each person with no more rights than the work needs."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._rule(days=30, amount=50)
        cls.boss = cls._make_user(
            'boss', 'sales_team.group_sale_salesman_all_leads',
            'smart_dunning.group_dunning_release')

    def _walk(self, record, tour, user):
        action = {'sale.order': 'sale.action_orders',
                  'stock.picking': 'stock.action_picking_tree_outgoing'}[record._name]
        self.env.flush_all()
        self.start_tour(f'/odoo/action-{action}/{record.id}', tour, login=user.login)
        self.env.invalidate_all()

    def test_request_release_confirm_and_deliver(self):
        self._overdue(120, days=40)
        order = self._order(2, user_id=self.seller.id)
        self._refresh_debtors()
        self._walk(order, 'dunning_hold_request', self.seller)
        self.assertEqual(order.state, 'draft')
        debtor = self.env['dunning.debtor'].search([('partner_id', '=', self.customer.id)])
        request = debtor.activity_ids.filtered(lambda activity: activity.user_id == self.boss)
        self.assertIn("His site stands still", request.note)

        self._walk(order, 'dunning_hold_release', self.boss)
        release = self.env['dunning.release'].search([('order_id', '=', order.id)])
        self.assertEqual(release.user_id, self.boss)
        self.assertEqual(release.max_amount, 200.0)
        self.assertFalse(debtor.activity_ids.filtered('active'))

        self._walk(order, 'dunning_hold_confirm', self.seller)
        self.assertEqual(order.state, 'sale')
        self._walk(order.picking_ids, 'dunning_hold_deliver', self.picker)
        self.assertEqual(order.picking_ids.state, 'done')

    def test_release_takes_six_clicks(self):
        """Asked for on the quotation, granted in the worklist, confirmed: see the job tours."""
        self._overdue(120, days=40)
        self.customer.name = "Anna Adler"
        self.boss.group_ids |= self.env.ref('smart_dunning.group_dunning_user')
        order = self._order(2, user_id=self.seller.id)
        self._refresh_debtors()
        self._walk(order, 'dunning_job_request', self.seller)
        self.env.flush_all()
        self.start_tour('/odoo/debtors', 'dunning_job_grant', login=self.boss.login)
        self.env.invalidate_all()
        release = self.env['dunning.release'].search([('order_id', '=', order.id)])
        self.assertEqual((release.user_id, release.reason), (self.boss, "Pays on Friday"))
        self._walk(order, 'dunning_job_confirm', self.seller)
        self.assertEqual(order.state, 'sale')

    def test_payment_frees_a_delivery(self):
        order = self._order(2, confirm=True, user_id=self.seller.id)
        invoice = self._overdue(120, days=40)
        self._refresh_debtors()
        picking = order.picking_ids
        self._walk(picking, 'dunning_hold_stop_delivery', self.picker)
        self.assertEqual(picking.state, 'assigned')
        self.start_tour('/odoo/held-deliveries', 'dunning_hold_lists', login='picker')
        self.start_tour('/odoo/my-held-deliveries', 'dunning_hold_lists', login='seller')

        self._pay(invoice, on=self.today)
        self._refresh_debtors()
        self.assertFalse(picking.dunning_held_since)
        self._walk(picking, 'dunning_hold_deliver', self.picker)
        self.assertEqual(picking.state, 'done')
