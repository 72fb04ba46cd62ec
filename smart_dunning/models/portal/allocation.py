"""The one order in which money of a customer settles what a letter or a selection asks for."""


def allocate(credits, lines, charges, costs_first, date, earlier=None):
    """Settle items and charges from credits, each pair in turn, so that ours is the order.

    :param credits: open receivable items of the payment, less than zero, of one account
    :param lines: open items in the order in which they are settled
    :param charges: `dunning.charge`; fees, lump sums and interest that are paid as well
    :param costs_first: whether charges come before the items (§ 367 (1) BGB)
    :param date: of what is booked of charges now
    :param earlier: other credits of the customer that count before the payment
    """
    if costs_first:
        _settle(charges, credits, date)
    for source in (earlier, credits):
        for line in lines if source else ():
            pair = (source | line).filtered(lambda one: not one.reconciled)
            rests = pair.mapped('amount_residual_currency')
            if line in pair and min(rests) < 0 < max(rests):
                pair.reconcile()
    if not costs_first:
        _settle(charges, credits, date)


def _settle(charges, credits, date):
    credits = credits.filtered(lambda line: not line.reconciled)
    if charges and credits:
        charges._settle(credits, date)
