from collections import defaultdict

from odoo import models


class StockMove(models.Model):
    """What goods are worth that leave for a customer: the one place that says so.

    In the currency of the company at the rate of the day, tax included. What an order covers
    costs what the order says; the parts of a kit share its price by their list prices.
    """

    _inherit = 'stock.move'

    def _get_hold_worth(self, taken=None):
        """Return what the customer owes for these moves, and what of it no confirmed order covers.

        :param taken: {order line: quantity} that earlier moves of the same delivery take; it grows
        """
        taken = defaultdict(float) if taken is None else taken
        value = beyond = 0.0
        of_lines = defaultdict(float)
        done = defaultdict(float)
        for move in self:
            quantity = move._get_quantity_of_line()
            if quantity is None:
                own = move._get_own_price()
                value, beyond = value + own, beyond + own
            elif move.state == 'done':
                done[move.sale_line_id] += quantity
            else:
                of_lines[move.sale_line_id] += quantity
        for line in {**of_lines, **done}:
            order = line.order_id
            moved = of_lines[line] + done[line]
            value += order._to_company(line._get_price_of({line: moved}))
            if order.state != 'sale':
                beyond += order._to_company(line._get_price_of({line: moved}))
                continue
            surplus = line._get_surplus(of_lines[line], taken[line])
            taken[line] += of_lines[line]
            beyond += order._to_company(line._get_price_of({line: surplus}))
        return value, beyond

    def _get_quantity_of_line(self):
        """Return how much of its order line the move brings, in its unit; None: it has none."""
        self.ensure_one()
        line = self.sale_line_id
        if not line:
            return None
        quantity = self.quantity or self.product_uom_qty
        if self.product_id == line.product_id:
            return self.product_uom._compute_quantity(quantity, line.product_uom_id, round=False)
        parts = line._get_parts()
        total = sum(amount * price for amount, price in parts.values())
        if self.product_id not in parts or not total:
            return None
        return self.product_uom._compute_quantity(
            quantity, self.product_id.uom_id, round=False) * parts[self.product_id][1] / total

    def _get_own_price(self):
        """Return what the goods cost by list price and their own tax.

        Nothing, where the customer's own goods go back, which came here to be repaired.
        """
        self.ensure_one()
        if self._is_customers_own():
            return 0.0
        company, order = self.company_id, self._get_hold_order()
        product = self.product_id.with_company(company)
        quantity = self.product_uom._compute_quantity(
            self.quantity or self.product_uom_qty, product.uom_id, round=False)
        price = product.currency_id._convert(
            product.lst_price, company.currency_id, company, company._get_dunning_today(),
            round=False)
        taxes = product.taxes_id._filter_taxes_by_company(company)
        position = order.fiscal_position_id or self.env['account.fiscal.position'].with_company(
            company)._get_fiscal_position(self._get_hold_partner())
        return position.map_tax(taxes).compute_all(
            price, company.currency_id, quantity, product)['total_included']

    def _is_customers_own(self):
        """Return whether the goods came from the customer, who had not bought them here."""
        self.ensure_one()
        origin = self.origin_returned_move_id
        return bool(origin) and origin.location_id._is_outgoing() \
            and not origin.origin_returned_move_id


class SaleOrderLine(models.Model):
    _inherit = 'sale.order.line'

    def _get_surplus(self, quantity, taken):
        """Return how much of a delivery goes beyond what was ordered, in the unit of the line.

        What was ordered, or delivered before, counts in the exposure already.

        :param quantity: what leaves now
        :param taken: what leaves with it by other moves
        """
        self.ensure_one()
        delivered = self._get_quantity_brought()
        covered = max(self.product_uom_qty, delivered)
        before = max(delivered + taken - covered, 0.0)
        return max(delivered + taken + quantity - covered, 0.0) - before

    def _get_quantity_brought(self):
        """Return what left for the customer by now, less returns: parts of kits count as well."""
        brought = 0.0
        for move in self.move_ids:
            if move.state == 'done' and move.product_id != self.product_id:
                part = move._get_quantity_of_line() or 0.0
                if move._is_goods_issue():
                    brought += part
                elif move.location_id._is_outgoing():
                    brought -= part
        return brought or self.qty_delivered

    def _get_parts(self):
        """Return {product: (quantity for one of the line, list price)} of what a kit is made of."""
        self.ensure_one()
        moves = self.move_ids.filtered(lambda move: move.product_id != self.product_id)
        bom = moves.bom_line_id.bom_id.filtered(
            lambda bom: bom.type == 'phantom' and bom.product_tmpl_id
            == self.product_id.product_tmpl_id)[:1] if 'bom_line_id' in moves._fields else None
        if bom:
            unit = self.product_uom_id._compute_quantity(1, self.product_id.uom_id, round=False)
            needed = {
                self.env['product.product'].browse(product_id): part['qty'] * unit
                for product_id, part in self._get_bom_component_qty(bom).items()}
        else:
            needed = defaultdict(float)
            for move in moves:
                if move.state != 'cancel' and move._is_goods_issue() and self.product_uom_qty:
                    needed[move.product_id] += move.product_qty / self.product_uom_qty
        return {product: (quantity, product.lst_price or 1.0)
                for product, quantity in needed.items() if quantity}
