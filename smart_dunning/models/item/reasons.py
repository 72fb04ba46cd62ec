"""Why an item or a letter is left out of dunning: every reason has its code and words here."""

from ...logic import ladder

#: What the item itself says, whatever day it is: `dunning.item._get_excluded_because`.
ITEM_REASONS = [
    (ladder.NO_FOLLOWUP, "No follow-up"),
    (ladder.BLOCKED, "Payment of the invoice is blocked"),
    (ladder.UNDERWAY, "A payment is on its way"),
    (ladder.SETTLED, "Settled in another way"),
    (ladder.CHARGE, "A booked fee or interest"),
    (ladder.OUTBOUND, "Money paid to the customer"),
    (ladder.TOO_OLD, "Due before the day from which on dunning begins"),
]
#: What the day, the customer or the amount says: the planner.
REASONS = [
    (ladder.PAUSED, "Paused"),
    (ladder.DISPUTE, "Disputed"),
    (ladder.PROMISE, "Payment promised"),
    (ladder.INSTALLMENT, "Instalment plan"),
    (ladder.HANDED_OVER, "Handed over for collection"),
    (ladder.PENDING, "Another letter is waiting to be sent"),
    (ladder.NO_POLICY, "No policy applies"),
    (ladder.QUIET, "Quiet days after the last letter"),
    (ladder.OTHER_CLASS, "Only other classes of customers are reminded before the due date"),
    (ladder.COVERED, "Credits cover it"),
    (ladder.BELOW_MINIMUM, "Below the minimum amount"),
    (ladder.NO_ADDRESS, "Neither e-mail nor postal address"),
    (ladder.NO_CHANNEL, "No module serves the channel of the level"),
    (ladder.OVER_CAP, "More letters than allowed per run"),
    (ladder.UNDECIDED, "An error, see the server log"),
    *ITEM_REASONS,
]
#: Charges have their own lines on a letter: nobody misses them among the items.
SILENT_REASONS = frozenset({ladder.CHARGE})
