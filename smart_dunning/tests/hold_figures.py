PAID = ('in_payment', 'paid')
CLOSED = (*PAID, 'reversed', 'blocked', 'invoicing_legacy')
#: Bounds of the buckets of the worklist: more than, and up to so many days overdue.
BUCKETS = {'amount_30': (0, 30), 'amount_60': (30, 60), 'amount_90': (60, 90),
           'amount_older': (90, 10_000)}


class Figures:
    """Slow and plain: the figures of a customer, read record by record."""

    def __init__(self, test, partner):
        self._env, self._company, self._today = test.env, test.company, test.today
        self._partner = partner
        self.lines = self._env['account.move.line'].search([
            ('partner_id', '=', partner.id), ('company_id', '=', self._company.id),
            ('account_id.account_type', '=', 'asset_receivable'),
            ('parent_state', '=', 'posted'), ('reconciled', '=', False)])

    def _sum(self, lines):
        return sum(lines.mapped('amount_residual'))

    def _late(self, lines, more_than=0, up_to=10_000):
        """Return what is asked for and overdue for so many days."""
        return lines.filtered(
            lambda line: line.amount_residual > 0
            and more_than < (self._today - line.date_maturity).days <= up_to)

    def get_worklist(self):
        """Return what the worklist shows of the ledger."""
        counted = self.get_counted()
        late = self._late(counted.filtered(
            lambda line: line.move_id.payment_state not in CLOSED))
        not_due = counted.filtered(
            lambda line: line.amount_residual > 0 and line.date_maturity >= self._today)
        return {
            'open_amount': self._sum(counted),
            'credit_amount': -self._sum(counted.filtered(
                lambda line: line.amount_residual < 0)),
            'overdue_amount': self._sum(late), 'amount_not_due': self._sum(not_due),
            'oldest_due_date': min(late.mapped('date_maturity'), default=False),
            'item_count': len(counted),
            **{name: self._sum(self._late(counted, *bounds)) for name, bounds in BUCKETS.items()},
        }

    def get_exposure(self):
        """Return open items, what confirmed orders leave to invoice, and loose drafts."""
        orders = self._env['sale.order'].search([
            ('partner_invoice_id', '=', self._partner.id), ('state', '=', 'sale'),
            ('company_id', '=', self._company.id)])
        drafts = self._env['account.move'].search([
            ('partner_id', '=', self._partner.id), ('state', '=', 'draft'),
            ('move_type', 'in', ('out_invoice', 'out_refund')),
            ('company_id', '=', self._company.id)]).filtered(
                lambda move: not move.line_ids.sale_line_ids)
        return (self._sum(self.get_counted()) + sum(map(self._get_rest, orders))
                + sum(drafts.mapped('amount_total_signed')))

    def get_counted(self):
        """Return the open items whose money is not on its way."""
        return self.lines.filtered(lambda line: line.move_id.payment_state not in PAID)

    def _get_rest(self, order):
        rest = 0.0
        for line in order.order_line:
            under_way = line.move_ids.filtered(
                lambda move: move.state not in ('done', 'cancel')
                and move.location_id.usage != 'customer')
            quantity = max(line.product_uom_qty, line.qty_delivered)
            if line.move_ids and not under_way and line.product_id.invoice_policy == 'delivery':
                quantity = line.qty_delivered
            rest += max(quantity * line.price_unit - line.untaxed_amount_invoiced, 0.0)
        return rest / (order.currency_rate or 1.0)

    def get_overdue(self, days):
        """Return what is overdue for more than so many days, credit notes deducted."""
        counted = self.get_counted().filtered(
            lambda line: line.move_id.payment_state not in CLOSED)
        credits = -self._sum(self.get_counted().filtered(
            lambda line: line.amount_residual < 0 and line.move_id.move_type == 'out_refund'))
        return max(self._sum(self._late(counted, days)) - credits, 0.0)

    def get_holds(self, limit):
        """Return the states of orders and deliveries and the codes of the reasons."""
        exposure, today = round(self.get_exposure(), 2), self._today
        codes = set()
        if limit and round(exposure - limit, 2) > 0:
            codes.add('over_limit')
        if round(self.get_overdue(30), 2) > 50:
            codes.add('overdue')
        if self._env['dunning.hold'].search([('partner_id', '=', self._partner.id)]).filtered(
                lambda hold: not hold.date_until or hold.date_until >= today):
            codes.add('manual')
        order = 'block' if 'manual' in codes else 'warn' if codes else 'clear'
        delivery = 'block' if codes & {'manual', 'overdue'} else 'warn' if codes else 'clear'
        return {'exposure': exposure, 'credit_limit': limit, 'hold_order': order,
                'hold_delivery': delivery, 'codes': codes}
