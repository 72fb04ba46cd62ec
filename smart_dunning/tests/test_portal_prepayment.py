from odoo.tests import tagged

from .hold_common import HoldCommon


@tagged('post_install', '-at_install')
class TestPortalPrepayment(HoldCommon):
    """Quotations ask online for the payment that the payer's credit asks for."""

    def _asks(self, order):
        return order.require_payment, order.prepayment_percent

    def test_prepayment_only_asks_for_all_of_it_and_says_why(self):
        default = self._asks(self._order(2))
        self.customer.with_company(self.company).dunning_prepayment_only = True
        order = self._order(2)
        self.assertEqual(self._asks(order), (True, 1.0))
        self.assertIn("only against prepayment", order.dunning_prepayment_text)
        other = self._order(2, partner=self.other)
        self.assertEqual(self._asks(other), default)
        self.assertFalse(other.dunning_prepayment_text)

    def test_over_the_limit_asks_for_the_share_of_the_policy(self):
        self._rule('over_limit')
        self.company.account_use_credit_limit = True
        self.customer.with_company(self.company).credit_limit = 150.0
        self.policy.prepay_over_limit = 0.5
        order = self._order(1)
        self.assertFalse(order.dunning_prepayment_text, "within the limit")
        order.order_line.product_uom_qty = 100
        self.assertEqual(self._asks(order), (True, 0.5))
        self.assertIn("over the credit limit", order.dunning_prepayment_text)
        self.policy.prepay_over_limit = 0.0
        self.assertFalse(self._order(100).dunning_prepayment_text)

    def test_risk_class_asks_for_its_share(self):
        self.policy.risk_class_ids = [(0, 0, {'letter': 'd', 'prepayment_percent': 0.3})]
        self.env['dunning.debtor']._refresh(company=self.company)
        self._overdue(10.0)
        debtor = self.env['dunning.debtor'].sudo()._get_of(self._order(1).new({
            'company_id': self.company.id, 'partner_id': self.customer.id}))
        debtor.risk_class = 'd'
        self.env.invalidate_all()
        self.customer.is_company = False
        self.assertFalse(self._order(1).dunning_prepayment_text,
                         "for persons a rating decides nothing")
        self.customer.is_company = True
        order = self._order(1)
        self.assertEqual(self._asks(order), (True, 0.3))
        self.assertIn("class D", order.dunning_prepayment_text)

    def test_decision_of_the_salesperson_stays_where_nothing_asks(self):
        order = self._order(1)
        order.write({'require_payment': True, 'prepayment_percent': 0.25})
        order.order_line.product_uom_qty = 3
        self.assertEqual(self._asks(order), (True, 0.25))

    def test_confirmed_orders_are_not_asked_anew(self):
        order = self._order(1, confirm=True)
        before = self._asks(order)
        self.customer.with_company(self.company).dunning_prepayment_only = True
        self.env.invalidate_all()
        self.assertEqual(self._asks(order), before)
        self.assertFalse(order.dunning_prepayment_text)
