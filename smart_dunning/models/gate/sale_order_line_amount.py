from odoo import models


class SaleOrderLine(models.Model):
    """What a line costs, and what of it is invoiced: the one place that says so, line by line.

    Everything follows from quantity, price, discount and taxes, in the currency of the order.
    Stored totals are not read: whoever may edit the order could write them.
    """

    _inherit = 'sale.order.line'

    def _get_price_of(self, quantities):
        """Return what so much of these lines of one order costs, tax included, in its currency.

        :param quantities: {line: quantity in the unit of the line}
        """
        # What is filtered would read its taxes alone: the orders of a list read them together.
        lines = [line for line in self if quantities.get(line) and not line.display_type]
        if not lines:
            return 0.0
        order = lines[0].order_id
        company = order.company_id
        if not any(line.tax_ids for line in lines):
            currency = order.currency_id or company.currency_id
            return sum(
                currency.round(line.price_unit * (1 - line.discount / 100) * quantities[line])
                for line in lines)
        tax = self.env['account.tax']
        priced = [line._prepare_base_line_for_taxes_computation(quantity=quantities[line])
                  for line in lines]
        tax._add_tax_details_in_base_lines(priced, company)
        tax._round_base_lines_tax_details(priced, company)
        return sum(
            details['total_excluded_currency'] + details['delta_total_excluded_currency']
            + sum(each['tax_amount_currency'] for each in details['taxes_data'])
            for details in (line['tax_details'] for line in priced))

    def _is_only_advance(self):
        """Return whether the line stands for down payments alone, and for no goods."""
        self.ensure_one()
        return self.is_downpayment and not self.product_uom_qty and not self.qty_delivered

    # Left to invoice ----------------------------------------------------------------------------

    def _get_quantity_left(self):
        """Return what posted invoices to the payer leave of the line, in its unit.

        Ordered or delivered, whichever is more; goods that will never be delivered count only
        where they are invoiced anyway. Never on the other side of zero: a line that was invoiced
        for more leaves nothing.
        """
        self.ensure_one()
        if self.display_type or self._is_only_advance():
            return 0.0
        side = -1 if min(self.product_uom_qty, self.qty_delivered) < 0 else 1
        ordered = side * self.product_uom_qty
        # What was delivered is a stored total as well: what left by moves did leave.
        delivered = max(side * self.qty_delivered, side * self._get_quantity_moved())
        committed = max(ordered, delivered)
        if delivered < ordered and self._is_given_up():
            committed = delivered
        return side * max(committed - side * self._get_quantity_invoiced(), 0.0)

    def _get_quantity_moved(self):
        """Return how much left for the customer by now, less what came back, in its unit."""
        self.ensure_one()
        moved = 0.0
        for move in self.move_ids:
            if move.state != 'done' or move.product_id != self.product_id:
                continue
            direction = _is_outside(move.location_dest_id) - _is_outside(move.location_id)
            moved += direction * move.product_uom._compute_quantity(
                move.quantity, self.product_uom_id, round=False)
        return moved

    def _is_given_up(self):
        """Return whether the rest of the line will never be delivered, and so not invoiced.

        What comes back from the customer is not on its way out.
        """
        self.ensure_one()
        return bool(self.move_ids) and self.product_id.invoice_policy == 'delivery' and all(
            move.state in ('done', 'cancel') or move.location_id.usage == 'customer'
            for move in self.move_ids)

    def _get_quantity_invoiced(self):
        """Return what posted invoices to the payer ask for, less credit notes, in its unit."""
        return sum(
            -invoiced.move_id.direction_sign * share * invoiced.product_uom_id._compute_quantity(
                invoiced.quantity, self.product_uom_id, round=False)
            for invoiced, share in self._get_invoiced())

    def _get_invoiced(self):
        """Return [(posted invoice line, this line's share of it)], of invoices to the payer.

        Invoices to somebody else say nothing about what the payer of this order owes.
        """
        self.ensure_one()
        posted = [line for line in self.sudo().invoice_lines
                  if line.move_id.state == 'posted' and line.move_id.is_sale_document()]
        if not posted:
            return []
        payer = self.order_id.partner_invoice_id.commercial_partner_id
        root = self.order_id.company_id.root_id
        return [
            (line, line._get_share_of(self)) for line in posted
            if line.move_id.commercial_partner_id == payer
            and line.move_id.company_id.root_id == root]


def _is_outside(location):
    """Return whether goods have left for a customer, as core's `_is_outgoing`, without a query."""
    return location.usage == 'customer' or (
        location.usage == 'transit' and not location.company_id)
