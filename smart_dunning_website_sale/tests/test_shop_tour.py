from odoo.tests import tagged

from .common import ShopCommon


@tagged('post_install', '-at_install')
class TestShopTour(ShopCommon):

    def test_tour(self):
        """A held customer reads why there is no wire transfer, pays online, and has ordered."""
        self._overdue()
        cart = self._fill_cart()
        self.start_tour('/shop/cart', 'smart_dunning_website_sale_held', login='carla')
        self.assertEqual(cart.transaction_ids.provider_id, self.online)
        self.assertEqual(cart.state, 'sale')
