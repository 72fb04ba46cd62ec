import random
from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo import fields

from ..models.insight.dunning_event import KEPT_DAYS
from ..models.insight.dunning_event_kind import NEWS_DAYS
from .test_event import EventCommon


class TestEventKeep(EventCommon):
    """Old events are forgotten, and whatever was told is not told again."""

    def _forget(self):
        """What the scheduler does once a night, as often as it is asked to."""
        events = self.env['dunning.event'].sudo()
        while events._gc_events()[1]:
            pass

    def test_a_bounce_is_news_for_a_month(self):
        self._overdue(days=20)
        letter = self._run(self.today).letter_ids
        letter._message_receive_bounce(letter.email, self.customer)
        self.assertEqual(letter.bounced_date, self.today)
        for days, expected in ((NEWS_DAYS, []), (NEWS_DAYS - 1, ['letter_bounced'])):
            with self.subTest(days=days), freeze_time(self.today + timedelta(days)):
                self.assertEqual(self._night().mapped('kind'), expected)

    def test_an_address_that_was_corrected_has_not_come_back(self):
        self._overdue(days=20)
        letter = self._run(self.today).letter_ids
        old = letter.email
        letter._message_receive_bounce(old, self.customer)
        letter.email = 'anna.adler@example.com'
        event = self._night().filtered(lambda one: one.kind == 'letter_bounced')
        self.assertIn(old, event.text)
        letter.email = 'adler@example.com'
        self.assertFalse(self._night())

    def test_a_hold_names_the_level_in_the_language_of_the_reader(self):
        self.env['res.lang']._activate_lang('de_DE')
        level = self.policy.level_ids[1]
        level.with_context(lang='de_DE').name = "Zahlungserinnerung"
        self._rule('level', level_position=level.position)
        self._overdue(days=20)
        self._run(self.today)
        event = self._night().filtered(lambda one: one.kind == 'hold_begun')
        self.assertIn("Reminder", event.text)
        self.assertIn("Zahlungserinnerung", event.with_context(lang='de_DE').text)

    def test_what_lasts_and_what_reports_read_is_kept(self):
        long_ago = fields.Date.today() - timedelta(KEPT_DAYS + 1)
        values = {
            'company_id': self.company.id, 'partner_id': self.customer.id, 'res_id': 1,
            'currency_id': self.company.currency_id.id, 'res_model': 'dunning.debtor',
            'date': long_ago}
        events = self.env['dunning.event'].sudo().create([
            {**values, 'kind': kind, 'occasion': str(place), 'date_over': over, 'date': begun}
            for place, (kind, begun, over) in enumerate((
                ('level_reached', long_ago, False), ('level_reached', self.today, False),
                ('limit_near', long_ago, False), ('limit_near', long_ago, self.today),
                ('limit_near', long_ago, long_ago), ('delivery_held', long_ago, long_ago),
                ('of_an_addon_that_is_gone', long_ago, False)))])
        self._forget()
        self.assertEqual(events.exists(), events - events[0] - events[4])

    def test_it_goes_on_in_batches(self):
        long_ago = self.today - timedelta(KEPT_DAYS + 1)
        events = self.env['dunning.event'].sudo().create([{
            'company_id': self.company.id, 'partner_id': self.customer.id, 'kind': 'level_reached',
            'currency_id': self.company.currency_id.id, 'res_model': 'dunning.letter',
            'date': long_ago, 'res_id': number, 'occasion': ''} for number in range(5)])
        with patch('odoo.addons.smart_dunning.models.insight.dunning_event._FORGOTTEN_AT_ONCE', 2):
            self.assertEqual(events._gc_events(), (2, 1))
            self._forget()
        self.assertFalse(events.exists())

    def test_nothing_is_told_twice_in_any_history(self):
        self._rule(days=10)
        self.company.partner_id.country_id = self.env.ref('base.de')
        self.company.dunning_big_sales = 400.0
        self.customer.with_company(self.company).credit_limit = 600.0
        dice, events = random.Random(17), self.env['dunning.event'].sudo()
        told, day, forgotten = {}, self.today, 0
        for _step in range(20):
            day += timedelta(dice.choice((1, 3, 20, 40, 200, KEPT_DAYS + 5)))
            with freeze_time(day):
                self._act(dice, day)
                news = self._night()
                self._check_news(news, told)
                count = events.search_count([])
                self._forget()
                forgotten += count - events.search_count([])
                self._check_kept(events, day)
        self.assertGreater(forgotten, 5)
        # Which ones depends on the calendar as well.
        kinds = {kind for kind, *_record in told}
        self.assertIn('letter_bounced', kinds)
        self.assertGreater(len(kinds), 4)

    def _act(self, dice, day):
        """Do one or two of the things that events tell of."""
        partner = dice.choice((self.customer, self.other))
        for act in dice.sample(('invoice', 'old', 'pay', 'letters', 'bounce', 'hold'), 2):
            invoices = self.env['account.move'].search([
                ('partner_id', 'in', (self.customer + self.other).ids),
                ('amount_residual', '>', 0), ('move_type', '=', 'out_invoice')])
            if act in ('invoice', 'old'):
                self._invoice(
                    day - timedelta(dice.choice((5, 20, 40)) if act == 'invoice' else 1050),
                    float(dice.choice((100, 300, 600))), partner)
            elif act == 'pay' and invoices:
                self._pay(dice.choice(invoices), on=day)
            elif act in ('letters', 'bounce'):
                letters = self._run(day).letter_ids
                for letter in letters[dice.randrange(2):] if act == 'bounce' else ():
                    letter._message_receive_bounce(letter.email, letter.partner_id)
            elif act == 'hold':
                hold = self.env['dunning.hold'].search([('partner_id', '=', partner.id)], limit=1)
                if hold:
                    hold.action_end()
                else:
                    hold.create({'partner_id': partner.id, 'company_id': self.company.id,
                                 'reason': "Wait"})

    def _check_news(self, news, told):
        """What is new was never told, or, as a state, was over in the meantime.

        :param told: {what it is: whether it lasted when it was last looked at}; brought up to date
        """
        events = self.env['dunning.event'].sudo()
        kinds = events._get_kinds()
        keys = {event: (event.kind, event.res_model, event.res_id, event.occasion)
                for event in news}
        self.assertEqual(len(set(keys.values())), len(news))
        for event, key in keys.items():
            self.assertFalse(told.get(key), event.text)
        lasting = {
            (row['kind'], row['res_model'], row['res_id'], row['occasion'])
            for is_nightly in (False, True)
            for row in self._find(lambda kind, nightly=is_nightly: kind.is_nightly == nightly)}
        for key in {*told, *keys.values()}:
            told[key] = key in lasting if kinds[key[0]].is_state else True

    def _find(self, wanted):
        """Return what is found now, whether it was told or not."""
        events = self.env['dunning.event'].sudo()
        found = events._get_found(
            {name: kind for name, kind in events._get_kinds().items() if wanted(kind)},
            self.company, self.company._get_dunning_today())
        return self.env.execute_query_dict(found)

    def test_queries_do_not_grow_with_the_news(self):
        events = self.env['dunning.event'].sudo()
        collect = type(events)._collect
        counts = []
        for number in (2, 12):
            for place in range(number):
                customer = self._make_customer(f"Nr {number} {place}", user_id=self.seller.id)
                customer.with_company(self.company).credit_limit = 105.0
                self._overdue(partner=customer)
            with patch.object(type(events), '_collect', lambda *_args, **_values: events):
                self.env['dunning.debtor'].sudo()._refresh(company=self.company)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            found = collect(events, self.company, self.today)
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
            self.assertEqual(found.mapped('kind'), ['limit_near'] * number)
            self.assertEqual(
                self.env['mail.activity'].search_count([('user_id', '=', self.seller.id), (
                    'res_id', 'in', found.partner_id.ids)]), number)
        self.assertLessEqual(counts[1], counts[0] + 4)

    def test_all_at_once_are_found_as_one_by_one(self):
        self.company.dunning_big_sales = 400.0
        for partner, amount in ((self.customer, 500.0), (self.other, 300.0)):
            self._overdue(amount, partner=partner)
        self.env['dunning.debtor'].sudo()._refresh(company=self.company)
        events = self.env['dunning.event'].sudo()
        kinds = {'big_late': events._get_kinds()['big_late']}
        alone, whole = (self.env.execute_query(events._get_found(
            kinds, self.company, self.today, is_whole=is_whole)) for is_whole in (False, True))
        self.assertEqual(alone, whole)
        self.assertEqual(len(alone), 1)

    def _check_kept(self, events, day):
        """What is left is young, or lasts, or is read by reports."""
        kinds = events._get_kinds()
        limit = day - timedelta(KEPT_DAYS)
        for event in events.search([]):
            kind = kinds[event.kind]
            age = event.date_over if kind.is_state else event.date
            self.assertTrue(kind.is_kept or not age or age >= limit, event.text)
