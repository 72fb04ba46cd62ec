import json

from odoo import fields
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from ..models.debtor.dunning_debtor_risk import RISK_FIGURES
from .hold_common import HoldCommon
from .hold_figures import Figures
from .hypothesis_speed import spare_hypothesis

try:
    from hypothesis import given, settings
    from hypothesis import strategies as st
except ImportError:  # a user who runs our tests without the developers' tools
    st = None

AMOUNTS = (33.33, 100.0, 250.5, 700.0)
DUE_DAYS = (-20, 0, 1, 30, 31, 45, 61, 95)


class Story:
    """What people do, one step after the other; what cannot be done now is left out."""

    def __init__(self, test):
        self.test, self.env = test, test.env

    def do(self, step, customer, number):
        """Do a step; what the system refuses leaves nothing behind."""
        test = self.test
        self.partner, self.number = (test.customer, test.other)[customer], number
        try:
            with self.env.cr.savepoint():
                getattr(self, step)()
                self.env.flush_all()
        except UserError:
            self.env.invalidate_all()
        self.env.cr.precommit.run()

    def _pick(self, values):
        return values[self.number % len(values)]

    def _moves(self, *states, **values):
        domain = [('partner_id', '=', self.partner.id), ('state', 'in', states),
                  ('move_type', 'in', ('out_invoice', 'out_refund'))]
        domain += [(name, 'in', value) for name, value in values.items()]
        moves = self.env['account.move'].search(domain, order='id')
        return moves and self._pick(moves)

    def _orders(self, *states):
        orders = self.env['sale.order'].search([
            ('partner_id', '=', self.partner.id), ('state', 'in', states)], order='id')
        return orders and self._pick(orders)

    def _pickings(self, *states):
        pickings = self.env['stock.picking'].search([
            ('partner_id', '=', self.partner.id), ('state', 'in', states),
            ('picking_type_id.code', '=', 'outgoing')], order='id')
        return pickings and self._pick(pickings)

    # Invoices and payments

    def post(self, move_type='out_invoice', **values):
        """Post an invoice; every third in a foreign currency."""
        due = fields.Date.subtract(self.test.today, days=self._pick(DUE_DAYS))
        if self.number % 3 == 0:
            values['currency_id'] = self.test.foreign.id
        self.test._invoice(due, self._pick(AMOUNTS), self.partner, move_type=move_type, **values)

    def credit(self):
        """Post a credit note that is allocated to nothing."""
        self.post('out_refund')

    def draft(self):
        """Make a draft that comes from no order."""
        self.env['account.move'].create({
            'move_type': ('out_invoice', 'out_refund')[self.number % 2],
            'partner_id': self.partner.id, 'company_id': self.test.company.id,
            'invoice_line_ids': [Command.create({
                'name': "Service", 'price_unit': self._pick(AMOUNTS),
                'tax_ids': [Command.clear()]})]})

    def change_draft(self):
        """Change the amount of a draft, delete it, or post it."""
        if move := self._moves('draft'):
            if self.number % 3 == 0:
                move.unlink()
            elif self.number % 3 == 1:
                move.invoice_line_ids[:1].price_unit = 77.0
            else:
                move.action_post()

    def pay(self, amount=None, **values):
        """Pay an invoice."""
        if move := self._moves('posted', payment_state=('not_paid', 'partial'),
                               move_type=['out_invoice']):
            self.env['account.payment.register'].with_context(
                active_model='account.move', active_ids=move.ids).create({
                    'payment_date': self.test.today, **({'amount': amount} if amount else {}),
                    **values})._create_payments()

    def pay_partly(self):
        """Pay a part of an invoice."""
        self.pay(21.5)

    def pay_without_entry(self):
        """Pay into a journal that books only what the bank reports."""
        self.pay(journal_id=self.test.journal_without_entry.id)

    def unreconcile(self):
        """Take an allocation back."""
        if move := self._moves('posted'):
            move.line_ids.remove_move_reconcile()

    def allocate(self):
        """Allocate a credit note to an invoice."""
        lines = self.env['account.move.line'].search([
            ('partner_id', '=', self.partner.id), ('parent_state', '=', 'posted'),
            ('account_id.account_type', '=', 'asset_receivable'), ('reconciled', '=', False)])
        if any(line.balance < 0 for line in lines) and any(line.balance > 0 for line in lines):
            lines.reconcile()

    def cancel_invoice(self):
        """Reset an invoice to draft, and cancel it perhaps."""
        if move := self._moves('posted'):
            move.button_draft()
            if self.number % 2:
                move.button_cancel()

    # Orders and deliveries

    def order(self):
        """Confirm an order; every other one is invoiced by what was delivered."""
        test = self.test
        order = test._order(
            1 + self.number % 5, self.partner, self._pick(AMOUNTS),
            pricelist_id=test.pricelist.id if self.number % 4 == 0 else False)
        order.order_line.product_id = (test.goods, test.goods_by_delivery)[self.number % 2]
        order.order_line.write({'price_unit': self._pick(AMOUNTS), 'tax_ids': [Command.clear()]})
        order.action_confirm()

    def raise_order(self):
        """Change the quantity of a confirmed order."""
        if order := self._orders('sale'):
            order.order_line[:1].product_uom_qty = 1 + self.number % 7

    def invoice_order(self):
        """Invoice an order; every third invoice stays a draft."""
        if order := self._orders('sale'):
            moves = order._create_invoices()
            if self.number % 3:
                moves.action_post()

    def cancel_order(self):
        """Cancel an order."""
        if order := self._orders('sale'):
            order._action_cancel()

    def deliver(self):
        """Deliver what was ordered, or one piece of it; the rest is given up or follows."""
        if picking := self._pickings('assigned', 'confirmed'):
            if self.number % 3:
                picking.move_ids.write({'quantity': 1})
            picking.move_ids.picked = True
            context = {'skip_backorder': True}
            if self.number % 3 == 1:
                context['picking_ids_not_to_backorder'] = picking.ids
            picking.with_context(**context).button_validate()

    def give_back(self):
        """Return a piece; every other return is still on its way."""
        if picking := self._pickings('done'):
            wizard = self.env['stock.return.picking'].with_context(
                active_id=picking.id, active_model='stock.picking').create({})
            wizard.product_return_moves.quantity = 1
            returned = self.env['stock.picking'].browse(wizard.action_create_returns()['res_id'])
            if self.number % 2:
                self.test._deliver(returned)

    # Credit

    def hold_on(self):
        """Put the customer on hold, sometimes only until yesterday."""
        self.env['dunning.hold'].create({
            'partner_id': self.partner.id, 'reason': "Wait", 'company_id': self.test.company.id,
            'date_until': (False, fields.Date.subtract(self.test.today, days=1),
                           self.test.today)[self.number % 3]})

    def hold_off(self):
        """End the holds by hand."""
        self.env['dunning.hold'].search([('partner_id', '=', self.partner.id)]).action_end()

    def limit(self):
        """Change the limit, or take it away."""
        self.partner.with_company(self.test.company).credit_limit = (
            0.0, 50.0, 400.0, 5000.0)[self.number % 4]

    def tick(self):
        """The cron comes by in between."""
        self.test._refresh_debtors()


STEPS = [name for name in vars(Story) if not name.startswith(('_', 'do'))]
STEPS += ['post', 'order', 'deliver', 'pay', 'invoice_order']       # these lead to the others

if st:
    stories = st.lists(
        st.tuples(st.sampled_from(STEPS), st.integers(0, 1), st.integers(0, 11)),
        min_size=4, max_size=14)

    @tagged('post_install', '-at_install')
    class TestHoldProperties(HoldCommon):
        """After any story the list of debtors says what ledger, orders and deliveries say."""

        @classmethod
        def setUpClass(cls):
            super().setUpClass()
            spare_hypothesis()
            cls.policy.hold_count_drafts = True
            cls._rule('over_limit', order='warn', delivery='warn')
            cls._rule('overdue', order='warn', delivery='block', days=30, amount=50)
            cls.foreign = cls.setup_other_currency('EUR', rates=[('2000-01-01', 2.0)])
            cls.pricelist = cls.env['product.pricelist'].create(
                {'name': "EUR", 'currency_id': cls.foreign.id, 'company_id': cls.company.id})
            cls.goods_by_delivery = cls.env['product.product'].create({
                'name': "Goods by Delivery", 'type': 'consu', 'is_storable': True,
                'list_price': 100.0, 'taxes_id': [Command.clear()], 'company_id': False,
                'invoice_policy': 'delivery'})
            cls.env['stock.quant']._update_available_quantity(
                cls.goods_by_delivery, cls.warehouse.lot_stock_id, 1000)
            cls.journal_without_entry = cls.journal_bank.copy(
                {'name': "Reported", 'code': 'BREP'})
            cls.journal_without_entry.inbound_payment_method_line_ids.payment_account_id = False
            cls.env['dunning.debtor'].sudo()._refresh(company=cls.company)

        @given(stories)
        @settings(max_examples=12, deadline=None, derandomize=True)
        def test_figures_are_those_of_a_rebuild(self, steps):
            with self.env.cr.savepoint() as savepoint:
                story = Story(self)
                for step in steps:
                    story.do(*step)
                self._refresh_debtors()
                self._check()
                savepoint.rollback()
            self.env.invalidate_all()

        def test_a_story_told_to_the_end(self):
            """Each step at least once, in an order in which each has something to do."""
            story = Story(self)
            for step in (
                    ('limit', 2), ('order', 0), ('order', 1), ('draft', 0), ('post', 5),
                    ('tick', 0),
                    ('deliver', 1), ('deliver', 2), ('invoice_order', 1), ('pay_partly', 5),
                    ('give_back', 1), ('give_back', 0), ('credit', 5), ('allocate', 0),
                    ('raise_order', 5), ('change_draft', 1), ('pay_without_entry', 2),
                    ('unreconcile', 0), ('hold_on', 0), ('pay', 1), ('cancel_order', 1),
                    ('cancel_invoice', 0), ('cancel_invoice', 1), ('hold_off', 0),
                    ('change_draft', 2), ('change_draft', 0)):
                with self.subTest(step=step):
                    story.do(step[0], 0, step[1])
                    self._refresh_debtors()
                    self._check()

        # Comparing ------------------------------------------------------------------------------

        def _check(self):
            stored, waiting = self._read()
            for partner in (self.customer, self.other):
                self._check_customer(partner, stored.get(partner.id, {}), waiting)
            with self.env.cr.savepoint() as savepoint:
                self.env['dunning.debtor'].sudo().with_context(active_test=False).search(
                    [('company_id', '=', self.company.id)]).unlink()
                self.env['dunning.debtor'].sudo()._refresh(company=self.company)
                rebuilt, still_waiting = self._read()
                savepoint.rollback()
            self.env.invalidate_all()
            self.assertEqual(waiting, still_waiting)
            for partner_id in stored.keys() | rebuilt.keys():
                self.assertEqual(
                    self._drop_empty(stored.get(partner_id, {})),
                    self._drop_empty(rebuilt.get(partner_id, {})))

        def _read(self):
            """Return {partner id: stored figures} and the deliveries that wait."""
            self.env.invalidate_all()
            debtors = self.env['dunning.debtor'].sudo().with_context(active_test=False).search(
                [('company_id', '=', self.company.id)])
            # Ratings lean on what all other customers have paid, as of the night before.
            names = [name for name in debtors._get_figure_types() if name not in RISK_FIGURES]
            rows = {row['partner_id']: row for row in debtors.read(
                ['partner_id', *names], load='')}
            waiting = self.env['stock.picking'].search([
                ('dunning_held_since', '!=', False), ('company_id', '=', self.company.id)])
            return rows, waiting

        def _drop_empty(self, row):
            """A row without any figure says as much as no row."""
            return {name: json.dumps(value, default=str) for name, value in row.items()
                    if name not in ('id', 'partner_id', 'policy_id') and value
                    and not (name.startswith('hold_') and value == 'clear')}

        def _check_customer(self, partner, row, waiting):
            figures = Figures(self, partner)
            expected = figures.get_worklist()
            holds = figures.get_holds(partner.with_company(self.company).credit_limit)
            codes = holds.pop('codes')
            if not row:
                self.assertFalse(codes)
                self.assertFalse(any(expected.values()) or holds['exposure'])
                return
            for name, value in {**expected, **holds}.items():
                if isinstance(value, float):
                    self.assertAlmostEqual(row[name] or 0.0, value, 2, name)
                else:
                    self.assertEqual(row[name] or False, value or False, name)
            self.assertEqual({reason['code'] for reason in row['hold_reasons'] or ()}, codes)
            self.assertEqual(row['hold_state'], max(
                holds['hold_order'], holds['hold_delivery'],
                key=('clear', 'warn', 'block').index))
            self._check_waiting(partner, holds, waiting)

        def _check_waiting(self, partner, holds, waiting):
            open_pickings = self.env['stock.picking'].search([
                ('partner_id', '=', partner.id), ('company_id', '=', self.company.id),
                ('picking_type_id.code', '=', 'outgoing'),
                ('state', 'not in', ('draft', 'done', 'cancel'))])
            mine = waiting.filtered(lambda picking: picking.partner_id == partner)
            self.assertEqual(
                mine, open_pickings if holds['hold_delivery'] == 'block' else mine.browse())
