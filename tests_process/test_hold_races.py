"""Orders, deliveries, payments and the debtor cron at the same time: what one of them decides on
is what the database says when all are through.

Odoo works on snapshots and starts a request anew when a concurrent one was faster. So of two that
use up the same limit or release the second decides again. Where only the hold itself arises or
ends meanwhile, a delivery that began before it counts as before it.
"""
import pytest
from lab import WorkerError, hold

CHECK = 'dunning.hold.check'
LOCK = hold('_lock_customers', model=CHECK)
LOCKED = hold('_lock_customers', 'after', model=CHECK)
ENFORCE = hold('_enforce', model=CHECK)
ENFORCED = hold('_enforce', 'after', model=CHECK)


def refused(worker):
    """Check that a step ended with a message for people, and return it."""
    with pytest.raises(WorkerError) as error:
        worker.result()
    assert error.value.name == 'UserError', str(error.value)
    return error.value.message


def order_states(lab, *ids):
    return [lab.sql("SELECT state FROM sale_order WHERE id = %s", each)[0][0] for each in ids]


def picking(lab, order):
    """Return {state, waits} of the delivery of an order."""
    [[state, waits]] = lab.sql(
        "SELECT state, dunning_held_since IS NOT NULL FROM stock_picking WHERE sale_id = %s",
        order)
    return {'state': state, 'waits': waits}


def hold_activities(lab):
    """Return how many times a salesperson is asked about a waiting delivery."""
    [[number]] = lab.sql("""
        SELECT count(*) FROM mail_activity activity
          JOIN ir_model_data data ON data.res_id = activity.activity_type_id
           AND data.model = 'mail.activity.type' AND data.name = 'mail_activity_dunning_hold'
         WHERE activity.active""")
    return number


def told(lab):
    """Return {delivery's order: how many messages say that it may leave}."""
    return dict(lab.sql("""
        SELECT picking.sale_id, count(*) FROM mail_message message
          JOIN stock_picking picking ON picking.id = message.res_id
         WHERE message.model = 'stock.picking' AND message.body LIKE '%%hold has ended%%'
      GROUP BY picking.sale_id"""))


# Two orders, one limit --------------------------------------------------------------------------

@pytest.fixture
def two_orders(lab):
    """Two quotations over 600 each of a customer with a limit of 1,000.

    Of services: two orders of the same goods in stock would collide anyway.
    """
    lab.do('rule', trigger='over_limit')
    lab.do('limit', customer=1, amount=1000.0)
    return [lab.do('order', customer=1, quantity=6, product="Race Service")
            for _number in range(2)]


@pytest.mark.parametrize('has_row', [False, True], ids=["first_time", "again"])
@pytest.mark.parametrize('point', [ENFORCE, LOCK], ids=lambda point: point['method'])
def test_two_orders_under_one_limit(lab, two_orders, point, has_row):
    if has_row:
        lab.do('confirm', ids=[lab.do('order', customer=1, quantity=1, product="Race Service")])
    workers = [lab.start('confirm', ids=[order], holds=[point]) for order in two_orders]
    for worker in workers:
        worker.wait_held()               # both have seen the same exposure
    assert workers[0].go().result() == ['sale']
    assert "exceeded" in refused(workers[1].go())
    assert order_states(lab, *two_orders) == ['sale', 'draft']


def test_second_order_waits_for_the_first(lab, two_orders):
    first = lab.start('confirm', ids=two_orders[:1], holds=[LOCKED]).wait_held()
    second = lab.start('confirm', ids=two_orders[1:])
    lab.wait_blocked(second)
    assert first.go().result() == ['sale']
    assert "exceeded" in refused(second)
    assert order_states(lab, *two_orders) == ['sale', 'draft']


def test_second_order_passes_when_the_first_one_dies(lab, two_orders):
    first = lab.start('confirm', ids=two_orders[:1], holds=[LOCKED]).wait_held()
    second = lab.start('confirm', ids=two_orders[1:])
    lab.wait_blocked(second)
    first.kill()
    assert second.result() == ['sale']
    assert order_states(lab, *two_orders) == ['draft', 'sale']


def test_two_orders_that_fit_both_pass(lab, two_orders):
    lab.do('limit', customer=1, amount=1200.0)
    workers = [lab.start('confirm', ids=[order], holds=[LOCK]) for order in two_orders]
    for worker in workers:
        worker.wait_held()
    for worker in workers:
        worker.go()
    assert [worker.result() for worker in workers] == [['sale'], ['sale']]


def test_orders_of_other_customers_do_not_wait(lab, two_orders):
    lab.do('limit', customer=2, amount=1000.0)
    other = lab.do('order', customer=2, quantity=6, product="Race Service")
    first = lab.start('confirm', ids=two_orders[:1], holds=[LOCKED]).wait_held()
    assert lab.do('confirm', ids=[other]) == ['sale']
    assert first.go().result() == ['sale']


def test_an_order_grows_while_another_is_confirmed(lab, two_orders):
    lab.do('confirm', ids=two_orders[:1])
    small = lab.do('order', customer=1, quantity=4, product="Race Service")
    growth = lab.start(
        'raise_quantity', ids=two_orders[:1], quantity=8, holds=[LOCK]).wait_held()
    assert lab.do('confirm', ids=[small]) == ['sale']
    assert "exceeded" in refused(growth.go())
    assert lab.sql("SELECT amount_total::float FROM sale_order WHERE id = %s", two_orders[0]) == [
        (600.0,)]


def test_a_batch_leaves_what_a_concurrent_order_has_used_up(lab, two_orders):
    small = lab.do('order', customer=1, quantity=3, product="Race Service")
    batch = lab.start('confirm', ids=[two_orders[0], small], holds=[LOCK]).wait_held()
    assert lab.do('confirm', ids=two_orders[1:]) == ['sale']
    assert batch.go().result() == ['draft', 'sale']


# Two deliveries, one release --------------------------------------------------------------------

@pytest.fixture
def two_deliveries(lab):
    """Two open deliveries over 300 each, and a release over 500 for their held customer."""
    orders = [lab.do('order', customer=1, quantity=3, is_confirmed=True) for _number in range(2)]
    lab.do('rule', trigger='overdue')
    lab.do('overdue', customer=1)
    lab.do('release', customer=1, amount=500.0)
    return orders


@pytest.mark.parametrize('point', [ENFORCE, LOCK, LOCKED], ids=lambda point: (
    f"{point['when']}{point['method']}"))
def test_two_deliveries_against_one_release(lab, two_deliveries, point):
    first = lab.start('deliver', ids=two_deliveries[:1], holds=[point]).wait_held()
    second = lab.start('deliver', ids=two_deliveries[1:], holds=[
        LOCK if point == LOCKED else point]).wait_held()
    if point == LOCKED:
        second.go()
        lab.wait_blocked(second)
        assert first.go().result() == ['done']
    else:
        assert first.go().result() == ['done']
        second.go()
    assert "overdue" in refused(second)
    assert [picking(lab, order)['state'] for order in two_deliveries] == ['done', 'assigned']
    assert lab.sql("SELECT sum(amount)::float FROM dunning_release_use") == [(300.0,)]


def test_a_release_larger_than_both_serves_both(lab, two_deliveries):
    lab.do('release', customer=1, amount=600.0)
    workers = [lab.start('deliver', ids=[order], holds=[LOCK]) for order in two_deliveries]
    for worker in workers:
        worker.wait_held()
    for worker in workers:
        worker.go()
    assert [worker.result() for worker in workers] == [['done'], ['done']]
    assert not lab.sql("""
        SELECT release.id FROM dunning_release release
          JOIN dunning_release_use use ON use.release_id = release.id
      GROUP BY release.id HAVING sum(use.amount) > release.max_amount""")


# A hold arises during a delivery ----------------------------------------------------------------

@pytest.mark.parametrize(('step', 'point'), [
    ('put_hold', ENFORCE), ('put_hold', ENFORCED), ('overdue', ENFORCE), ('overdue', ENFORCED),
], ids=lambda value: value if isinstance(value, str) else f"{value['when']}{value['method']}")
def test_delivery_that_began_before_the_hold_counts_as_before_it(lab, step, point):
    """Serial order: delivery, hold. Nothing says that the delivery waits, and the next is held."""
    lab.do('rule', trigger='overdue')
    orders = [lab.do('order', customer=1, quantity=1, is_confirmed=True) for _number in range(2)]
    delivery = lab.start('deliver', ids=orders[:1], holds=[point]).wait_held()
    lab.do(step, customer=1)
    assert "Held 1" in refused(lab.start('deliver', ids=orders[1:]))
    assert delivery.go().result() == ['done']
    lab.do('cron_debtors')
    assert picking(lab, orders[0]) == {'state': 'done', 'waits': False}
    assert picking(lab, orders[1]) == {'state': 'assigned', 'waits': True}


def test_delivery_that_is_repeated_meets_the_hold(lab):
    """A request that starts anew begins after the hold: it is refused."""
    order = lab.do('order', customer=1, quantity=1, is_confirmed=True)
    delivery = lab.start('deliver', ids=[order], holds=[ENFORCED]).wait_held()
    lab.sql("UPDATE stock_picking SET origin = 'Somebody was faster' WHERE sale_id = %s", order)
    lab.do('put_hold', customer=1)
    assert "lawyer" in refused(delivery.go())
    assert picking(lab, order)['state'] == 'assigned'


def test_deliveries_of_one_customer_do_not_wait_for_each_other(lab):
    """Under a limit, too: what was confirmed is part of the exposure already."""
    lab.do('rule', trigger='over_limit')
    lab.do('limit', customer=1, amount=1000.0)
    orders = [lab.do('order', customer=1, quantity=1, is_confirmed=True) for _number in range(2)]
    delivery = lab.start('deliver', ids=orders[:1], holds=[ENFORCED]).wait_held()
    other = lab.start('deliver', ids=orders[1:], holds=[ENFORCED]).wait_held()
    for worker in (delivery, other):
        assert worker.go().result() == ['done']


def test_hold_that_ends_during_a_validation(lab):
    lab.do('put_hold', customer=1)
    lab.do('rule', trigger='manual', order_effect='none')
    order = lab.do('order', customer=1, quantity=1, is_confirmed=True)
    delivery = lab.start('deliver', ids=[order], holds=[ENFORCE]).wait_held()
    lab.do('end_holds', customer=1)
    assert "lawyer" in refused(delivery.go())
    assert lab.do('deliver', ids=[order]) == ['done']


# Payment during a validation --------------------------------------------------------------------

@pytest.fixture
def waiting(lab):
    """Deliveries of the customers 1 and 2 that wait because of an overdue invoice."""
    orders = [lab.do('order', customer=number, quantity=1, is_confirmed=True)
              for number in (1, 2)]
    lab.do('rule', trigger='overdue')
    for number in (1, 2):
        lab.do('overdue', customer=number)
    lab.do('cron_debtors')
    assert [picking(lab, order)['waits'] for order in orders] == [True, True]
    assert hold_activities(lab) == 2
    return orders


@pytest.mark.parametrize('point', [ENFORCE, hold('button_validate', model='stock.picking')],
                         ids=lambda point: point['method'])
def test_payment_booked_during_a_validation(lab, waiting, point):
    delivery = lab.start('deliver', ids=waiting[:1], holds=[point]).wait_held()
    lab.do('pay_held', customer=1)
    assert "overdue" in refused(delivery.go())       # it looked before the payment
    assert lab.do('deliver', ids=waiting[:1]) == ['done']


def test_payment_in_the_middle_of_being_booked_blocks_nobody(lab, waiting):
    payment = lab.start('pay_held', customer=1, holds=[
        hold('_create_payments', 'after', model='account.payment.register')]).wait_held()
    assert "overdue" in refused(lab.start('deliver', ids=waiting[:1]))
    payment.go().result()
    assert lab.do('deliver', ids=waiting[:1]) == ['done']


# The debtor cron frees a delivery ---------------------------------------------------------------

@pytest.mark.parametrize('step', ['deliver', 'cancel_delivery'])
@pytest.mark.parametrize('point', [
    hold('_end_waiting', model='stock.picking'), hold('_tell_staff', model='stock.picking'),
], ids=lambda point: point['method'])
def test_delivery_is_taken_while_the_cron_frees_it(lab, waiting, point, step):
    for number in (1, 2):
        lab.do('pay_held', customer=number)
    cron = lab.start('cron_debtors', holds=[point]).wait_held()
    person = lab.start(step, ids=waiting[:1])
    if point['method'] == '_end_waiting':
        person.result()                  # the cron has not touched it yet
        cron.go().result()
    else:
        lab.wait_blocked(person)
        cron.go().result()
        person.result()                  # the request was tried again
    lab.do('cron_debtors')
    state = 'done' if step == 'deliver' else 'cancel'
    assert picking(lab, waiting[0]) == {'state': state, 'waits': False}
    assert picking(lab, waiting[1]) == {'state': 'assigned', 'waits': False}
    assert hold_activities(lab) == 0
    assert told(lab)[waiting[1]] == 1
    assert told(lab).get(waiting[0], 0) <= 1
    assert lab.sql("SELECT count(*) FROM dunning_debtor_change") == [(0,)]
    assert lab.sql("SELECT DISTINCT hold_state FROM dunning_debtor debtor "
                   "JOIN res_partner partner ON partner.id = debtor.partner_id "
                   "WHERE partner.name LIKE 'Held%%'") == [('clear',)]


def test_delivery_is_validated_while_the_cron_makes_it_wait(lab):
    orders = [lab.do('order', customer=number, quantity=1, is_confirmed=True)
              for number in (1, 2)]
    lab.do('rule', trigger='overdue')
    delivery = lab.start('deliver', ids=orders[:1], holds=[ENFORCED]).wait_held()
    for number in (1, 2):
        lab.do('overdue', customer=number)
    cron = lab.start('cron_debtors', holds=[
        hold('_start_waiting', model='stock.picking')]).wait_held()
    assert delivery.go().result() == ['done']
    cron.go().result()
    assert picking(lab, orders[0]) == {'state': 'done', 'waits': False}
    assert picking(lab, orders[1]) == {'state': 'assigned', 'waits': True}
    assert hold_activities(lab) == 1


@pytest.mark.parametrize('point', [
    hold('_end_waiting', model='stock.picking'), hold('_tell_staff', model='stock.picking'),
    hold('_tell_staff', model='stock.picking', nth=2),
    hold('_tell_staff', 'after', model='stock.picking', nth=2),
], ids=lambda point: f"{point['when']}{point['method']}{point['nth']}")
def test_killed_in_the_middle_of_freeing(lab, waiting, point):
    for number in (1, 2):
        lab.do('pay_held', customer=number)
    cron = lab.start('cron_debtors', holds=[point]).wait_held()
    cron.kill()
    lab.wait_gone(cron)
    for _round in range(2):
        lab.do('cron_debtors')
        assert [picking(lab, order) for order in waiting] == [
            {'state': 'assigned', 'waits': False}] * 2
        assert told(lab) == dict.fromkeys(waiting, 1)
        assert hold_activities(lab) == 0


def test_killed_after_the_first_customers_were_freed(lab, waiting):
    """What was committed stays; the rest is in the queue still."""
    lab.do('pay_held', customer=1)
    lab.do('cron_debtors')
    lab.do('pay_held', customer=2)
    cron = lab.start('cron_debtors', holds=[
        hold('_refresh', model='dunning.debtor')]).wait_held()
    cron.kill()
    lab.wait_gone(cron)
    lab.do('cron_debtors')
    assert told(lab) == dict.fromkeys(waiting, 1)
