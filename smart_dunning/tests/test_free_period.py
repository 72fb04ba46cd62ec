from datetime import timedelta

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .hold_common import HoldCommon


@tagged('post_install', '-at_install')
class TestFreePeriod(HoldCommon):
    """Pilots: free until a day and up to an amount, told before, held after."""

    def _pilot(self, days, **values):
        return self._order(2, dunning_free_until=self.today + timedelta(days=days), **values)

    def test_after_its_end_the_rule_holds_until_it_is_invoiced(self):
        self._rule('pilot_ended')
        pilot = self._pilot(0, confirm=True)
        self._order(1).action_confirm()
        pilot.sudo().dunning_free_until = self.today - timedelta(days=1)
        with self.assertRefused("The free period .* is over"):
            self._order(1).action_confirm()
        pilot.picking_ids.move_ids.write({'quantity': 2, 'picked': True})
        with self.assertRefused("free period"):
            pilot.picking_ids.button_validate()
        self._order(1, partner=self.other).action_confirm()
        pilot._create_invoices().action_post()
        self._order(1).action_confirm()

    def test_goods_beyond_the_amount_end_it_too(self):
        self._rule('pilot_ended', delivery='none')
        pilot = self._pilot(30, confirm=True, dunning_free_amount=150.0)
        self._order(1).action_confirm()
        pilot.picking_ids.move_ids.write({'quantity': 2, 'picked': True})
        pilot.picking_ids.button_validate()
        with self.assertRefused("free period"):
            self._order(1).action_confirm()

    def test_who_raises_the_amount_once_it_is_used_up(self):
        pilot = self._pilot(30, confirm=True, dunning_free_amount=150.0)
        pilot.with_user(self.seller_all).dunning_free_amount = 160.0
        pilot.picking_ids.move_ids.write({'quantity': 2, 'picked': True})
        pilot.picking_ids.button_validate()
        for amount in (500.0, 0.0):
            with self.assertRaises(AccessError):
                pilot.with_user(self.seller_all).dunning_free_amount = amount
        pilot.sudo().dunning_free_amount = 500.0

    def test_customer_and_salesperson_are_told_once(self):
        soon, later = self._pilot(5), self._pilot(20)
        soon.user_id = self.seller
        for _night in range(2):
            self.env['sale.order']._tell_free_ends(self.company, self.today)
        messages = soon.message_ids.filtered(lambda one: "free period" in (one.subject or ''))
        self.assertEqual(len(messages), 1)
        self.assertIn(self.customer, messages.notified_partner_ids)
        self.assertEqual(soon.activity_ids.user_id, self.seller)
        self.assertEqual(len(soon.activity_ids), 1)
        self.assertFalse(later.activity_ids)
        soon.dunning_free_until = self.today + timedelta(days=6)
        self.env['sale.order']._tell_free_ends(self.company, self.today)
        self.assertEqual(len(soon.activity_ids), 2)

    def test_one_order_that_cannot_be_told_of_stops_no_other(self):
        broken, good = self._pilot(5), self._pilot(5)
        tell = type(broken)._tell_customer_of_free_end

        def fail(order):
            if order == broken:
                raise ValueError("somebody's addon")
            return tell(order)
        self.patch(type(broken), '_tell_customer_of_free_end', fail)
        with self.assertLogs('odoo.addons.smart_dunning', 'ERROR'):
            self.env['sale.order']._tell_free_ends(self.company, self.today)
        self.assertFalse(broken.dunning_free_told)
        self.assertEqual(good.dunning_free_told, self.today)

    def test_who_prolongs_it(self):
        pilot = self._pilot(-1)
        with self.assertRaises(AccessError):
            pilot.with_user(self.seller_all).dunning_free_until = self.today
        with self.assertRaises(AccessError):
            pilot.with_user(self.seller_all).dunning_free_told = False
        pilot.sudo().dunning_free_until = self.today
        pilot.with_user(self.seller_all).dunning_free_until = self.today + timedelta(days=5)
