"""What happens at a point of the torture: drawn from the seed and the number of the point alone."""
import random
from dataclasses import dataclass, field

from lab import hold

#: Where senders and planners are stopped, and killed or let go later.
_SENDER_HOLDS = (
    '_cron_send', '_wait_for_copies', '_recheck', '_compose_ahead', '_compose_each',
    '_prepare_sending', '_store_document', '_claim_levels', '_deliver', '_has_changed',
    '_set_sent', '_prepare_mail', '_hand_over', '_claim_charges', '_finish_round')
_PLANNER_HOLDS = (
    '_store_plan', '_insert_letters', '_insert_lines', '_insert_omissions', 'action_send')
#: What the mail server does to one customer's mail: (stage, answer), or a lie: it keeps the mail
#: and then does not say so.
_MAIL_TROUBLES = (
    ('RCPT', "550 5.1.1 No such user here"), ('RCPT', "451 4.3.0 Try later"), ('RCPT', 'drop'),
    ('DATA', "554 5.7.1 Spam"), ('DATA', "452 4.2.2 Mailbox full"), ('DATA', 'drop'),
    ('KEPT', 'drop'), ('KEPT', 'slow'))
_SERVER_TROUBLES = ('greeting', 'sender_reply', 'down')
_EVENTS = ('pay', 'pay_part', 'credit', 'take_out', 'second_run', 'plan')


@dataclass
class Blow:
    """What happens to one process."""

    holds: list = field(default_factory=list)
    faults: list = field(default_factory=list)
    #: Whether it is killed: where it is held, or after so many seconds.
    is_killed: bool = False
    seconds: float = 0.0

    def describe(self):
        """Return it in a few words."""
        place = ''.join(f"{one['when']} {one['method']} #{one['nth']}" for one in self.holds)
        world = ' '.join(f"{one['kind']} {one['value']}" for one in self.faults)
        return ' '.join(filter(None, (
            'killed' if self.is_killed else '', place or f"after {self.seconds:.2f} s", world)))


@dataclass
class Point:
    """One attempt to lose, double or falsify a letter."""

    customers: list
    #: What happens to the first planner; None: nothing.
    planner: Blow | None
    senders: list
    #: [(what, customer, amount)], before the senders begin and while they are at it.
    before: list
    during: list
    #: {customer: (stage, answer)}
    mail: dict
    server: str | None
    #: None, 'connections' (all are cut) or 'crash' (the server is killed and starts again).
    database: str | None

    def describe(self):
        """Return it in a line."""
        words = [f"customers {self.customers}"]
        if self.planner:
            words.append(f"planner {self.planner.describe()}")
        words += [f"sender {blow.describe()}" for blow in self.senders]
        words += [f"before {one}" for one in self.before]
        words += [f"during {one}" for one in self.during]
        words += [f"mail {customer}: {trouble}" for customer, trouble in self.mail.items()]
        words += filter(None, (self.server and f"mail server {self.server}",
                               self.database and f"database {self.database}"))
        return "; ".join(words)


def draw(seed, number, customers_in_all):
    """Return the point of this number; the same for the same seed."""
    dice = random.Random(f"{seed}:{number}")
    customers = sorted(dice.sample(range(1, customers_in_all + 1), dice.randint(2, 5)))
    senders = [_draw_sender(dice, len(customers)) for _one in range(dice.choice((1, 2, 2, 3, 4)))]
    return Point(
        customers=customers,
        planner=_draw_blow(dice, _PLANNER_HOLDS, 'dunning.run', 1) if dice.random() < .25 else None,
        senders=senders,
        before=_draw_events(dice, customers, ('pay', 'pay_part', 'credit'), .25),
        during=_draw_events(dice, customers, _EVENTS, .4),
        mail={customer: dice.choice(_MAIL_TROUBLES)
              for customer in customers if dice.random() < .2},
        server=dice.choice(_SERVER_TROUBLES) if dice.random() < .12 else None,
        database=dice.choice(('connections', 'crash')) if dice.random() < .2 else None)


def _draw_blow(dice, methods, model, calls):
    if dice.random() < .65:
        stop = hold(dice.choice(methods), dice.choice(('before', 'after')),
                    dice.randint(1, calls), model)
        return Blow(holds=[stop], is_killed=dice.random() < .75)
    return Blow(is_killed=True, seconds=dice.random() * .5)


def _draw_sender(dice, letters):
    blow = (_draw_blow(dice, _SENDER_HOLDS, 'dunning.letter', letters) if dice.random() < .6
            else Blow())
    if dice.random() < .15:
        blow.faults.append(dice.choice((
            {'kind': 'disk', 'value': dice.choice((0, 1000, 5000))},
            {'kind': 'clock', 'value': -dice.choice((1, 5, 30, 80))})))
    return blow


def _draw_events(dice, customers, kinds, share):
    return [(dice.choice(kinds), customer, float(dice.choice((20, 35, 50))))
            for customer in customers if dice.random() < share]
