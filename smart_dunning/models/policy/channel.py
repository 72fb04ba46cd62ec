"""The ways to reach a customer, and what is true of each: one table, asked by every other room.

A channel of another addon is one file:

1. `selection_add` on the field `channel` of `dunning.level` and of `dunning.letter`;
2. its row in `dunning.level._get_channels`;
3. `dunning.letter._serve_<code>`, which reads the ledger again and hands the letter over.

`tests/test_channel_addon.py` does it. Without 2 and 3 planning refuses the levels that name it.
"""

from typing import NamedTuple

CHANNELS = [('email', "E-mail"), ('print', "Printed letter"), ('call', "Phone call")]

#: When a letter takes its levels for itself, so that no other letter can.
HAND_OVER = 'hand_over'     # as it is handed over: a letter caught in between has an unknown fate
REQUEST = 'request'         # when a person is asked to serve it, who then says that it is done
DONE = 'done'               # when a person, who takes it from the list, says that it is done

EMAIL = 'email'
ADDRESS = 'address'


class Channel(NamedTuple):
    """What is true of a way to reach customers."""

    #: `HAND_OVER`, `REQUEST` or `DONE`
    claims_at: str = HAND_OVER
    #: what the customer must have: `EMAIL`, `ADDRESS` or '' for neither
    needs: str = ''
    #: the channel taken instead where that is missing
    fallback: str = ''
    #: it is printed, and takes the days of the post to arrive
    is_on_paper: bool = False
    #: copies of the invoices can go along
    carries_files: bool = False

    @property
    def goes_by_itself(self):
        """Whether the send cron serves it; otherwise it waits for a person."""
        return self.claims_at != DONE

    @property
    def needs_person(self):
        """Whether a person serves it, and says so."""
        return self.claims_at != HAND_OVER

    @property
    def is_mail(self):
        """Whether it is an e-mail, which can be composed ahead and can come back."""
        return self.needs == EMAIL


TRAITS = {
    'email': Channel(HAND_OVER, needs=EMAIL, fallback='print', carries_files=True),
    'print': Channel(DONE, needs=ADDRESS, is_on_paper=True),
    'call': Channel(REQUEST),
}
