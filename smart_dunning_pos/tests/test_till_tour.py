from odoo.tests import HttpCase, tagged

from .common import TillCommon


@tagged('post_install', '-at_install')
class TestTillTour(TillCommon, HttpCase):
    """What the cashier sees: a refusal, a warning without a connection, a release with a reason."""

    def test_tour(self):
        self._rule()
        self._overdue()
        self.env['product.product'].search(
            [('id', '!=', self.goods.id), ('available_in_pos', '=', True)]
        ).available_in_pos = False
        self.goods.list_price = 100.0
        self.start_tour(f"/pos/ui/{self.shop.id}", 'smart_dunning_pos_held', login='cashier')
        sales = self.till.order_ids.filtered(lambda sale: sale.state == 'paid')
        self.assertEqual(sales.payment_ids.payment_method_id, self.later)
        self.assertEqual(self._get_debtor().activity_ids.user_id, self.clerk)

    def test_release_tour(self):
        self._rule()
        self._overdue()
        self.cashier.group_ids += self.env.ref('smart_dunning.group_dunning_release')
        self.start_tour(f"/pos/ui/{self.shop.id}", 'smart_dunning_pos_release', login='cashier')
        release = self.env['dunning.release'].search([('partner_id', '=', self.customer.id)])
        self.assertEqual(release.reason, "Old friend")
        self.assertEqual(release.user_id, self.cashier)
        self.assertEqual(release.use_ids.mapped('amount'), [100.0])

    def test_settle_tour(self):
        """A confirmed order that is paid is saved without a question: the server would say yes."""
        self._rule()
        self._overdue()
        order = self._order(3)
        self._release(order_id=order.id, max_amount=1000)
        order.action_confirm()
        asked = []
        self.patch(type(self.till), 'dunning_ask',
                   lambda session, sale: asked.append(sale) or {'state': 'clear'})
        self.start_tour(f"/pos/ui/{self.shop.id}", 'smart_dunning_pos_settle', login='cashier')
        self.assertEqual(order.pos_order_line_ids.order_id.state, 'paid')
        self.assertFalse(asked)
