import doctest
from datetime import date

from odoo.tests import BaseCase, tagged

from ..logic import default
from ..logic.default import COURT, Effect, Facts, Rules, Suspension, find_default, find_limitation

DUE = date(2026, 3, 10)
#: §§ 203 and 204 (2) BGB.
GERMANY = Effect(talks=True, talks_months=3, court_months=6)


@tagged('post_install', '-at_install')
class TestDefault(BaseCase):
    """When default begins, and until when a court grants the claim."""

    def test_doctests(self):
        failed, attempted = doctest.testmod(default)
        self.assertTrue(attempted and not failed)

    def test_default(self):
        received, reminded = date(2026, 2, 26), date(2026, 3, 20)
        for name, rules, facts, expected in (
            ("nothing known, nothing said", Rules(), Facts(DUE), None),
            ("no rule applies", Rules(False, False, False), Facts(DUE, received, reminded), None),
            ("agreed date, § 286 (2) no. 1 BGB", Rules(calendar=True),
             Facts(DUE, received, reminded), (date(2026, 3, 11), 'calendar')),
            ("reminder, § 286 (1) BGB", Rules(), Facts(DUE, received, reminded),
             (date(2026, 3, 21), 'reminder')),
            ("reminder switched off", Rules(reminder=False), Facts(DUE, received, reminded),
             (date(2026, 4, 10), 'thirty_days')),
            ("thirty days after the due date, § 286 (3) BGB", Rules(), Facts(DUE, received),
             (date(2026, 4, 10), 'thirty_days')),
            ("thirty days after receipt", Rules(), Facts(DUE, date(2026, 3, 20)),
             (date(2026, 4, 20), 'thirty_days')),
            ("consumer who was not told", Rules(thirty_days=False), Facts(DUE, received), None),
            ("reminder after the thirty days", Rules(),
             Facts(DUE, received, date(2026, 4, 15)), (date(2026, 4, 10), 'thirty_days')),
            ("reminder that came before the due date", Rules(),
             Facts(DUE, received, date(2026, 3, 1)), (date(2026, 3, 11), 'reminder')),
            ("by hand, earlier", Rules(), Facts(DUE, received, reminded, date(2026, 3, 11)),
             (date(2026, 3, 11), 'manual')),
            ("by hand, later", Rules(calendar=True),
             Facts(DUE, received, reminded, date(2026, 5, 1)), (date(2026, 5, 1), 'manual')),
            ("other number of days", Rules(days=60), Facts(DUE, received),
             (date(2026, 5, 10), 'thirty_days')),
        ):
            with self.subTest(name):
                self.assertEqual(find_default(facts, rules), expected)

    def test_period_of_the_reminder(self):
        granted = date(2026, 3, 29)
        for name, rules, facts, expected in (
            ("the period has ended", Rules(), Facts(DUE, None, date(2026, 3, 20), None, granted),
             (date(2026, 3, 31), 'reminder')),
            ("a letter that arrived after its own period", Rules(),
             Facts(DUE, None, date(2026, 4, 2), None, granted), (date(2026, 4, 3), 'reminder')),
            ("by the law of other countries", Rules(reminder_period=False),
             Facts(DUE, None, date(2026, 3, 20), None, granted), (date(2026, 3, 21), 'reminder')),
            ("thirty days are over before", Rules(),
             Facts(DUE, DUE, date(2026, 3, 20), None, date(2026, 5, 20)),
             (date(2026, 4, 10), 'thirty_days')),
            ("by hand before the due date", Rules(), Facts(DUE, manual=date(2026, 3, 1)),
             (date(2026, 3, 11), 'manual')),
        ):
            with self.subTest(name):
                self.assertEqual(find_default(facts, rules, self._postpone), expected)

    def test_last_days_are_working_days(self):
        """§ 193 BGB; the 14th of March is a Saturday, the 29th a Sunday."""
        for name, rules, facts, expected in (
            ("agreed day", Rules(calendar=True), Facts(date(2026, 3, 14)), date(2026, 3, 17)),
            ("due date of a reminder", Rules(), Facts(date(2026, 3, 14), None, date(2026, 3, 1)),
             date(2026, 3, 17)),
            ("end of so many days", Rules(days=19), Facts(DUE, DUE), date(2026, 3, 31)),
        ):
            with self.subTest(name):
                self.assertEqual(find_default(facts, rules, self._postpone).date, expected)

    @staticmethod
    def _postpone(day):
        return {date(2026, 3, 14): date(2026, 3, 16), date(2026, 3, 29): date(2026, 3, 30)}.get(
            day, day)

    def test_limitation(self):
        for name, values, expected in (
            ("Germany, §§ 195, 199 BGB", {'years': 3}, date(2029, 12, 31)),
            ("Austria, § 1486 ABGB", {'years': 3, 'start': 'due_date'}, date(2029, 3, 10)),
            ("Switzerland, Art. 128 OR", {'years': 5, 'start': 'due_date'}, date(2031, 3, 10)),
            ("talks for ten days, § 209 BGB", {'years': 3, 'suspensions': [
                Suspension(date(2027, 5, 1), date(2027, 5, 10))]}, date(2030, 1, 10)),
            ("talks before the years run", {'years': 3, 'suspensions': [
                Suspension(date(2026, 5, 1), date(2026, 5, 10))]}, date(2029, 12, 31)),
            ("talks across the turn of the year", {'years': 3, 'suspensions': [
                Suspension(date(2026, 12, 22), date(2027, 1, 10))]}, date(2030, 1, 10)),
            ("talks at the same time count once", {'years': 3, 'suspensions': [
                Suspension(date(2027, 5, 1), date(2027, 5, 10)),
                Suspension(date(2027, 5, 6), date(2027, 5, 20)),
                Suspension(date(2027, 5, 7), date(2027, 5, 8))]}, date(2030, 1, 20)),
            ("three months after talks, § 203 BGB", {'years': 3, 'suspensions': [
                Suspension(date(2029, 12, 22), date(2029, 12, 24))]}, date(2030, 3, 24)),
            ("six months after a lawsuit, § 204 (2) BGB", {'years': 3, 'suspensions': [
                Suspension(date(2029, 12, 22), date(2029, 12, 24), COURT)]}, date(2030, 7, 4)),
            ("the six months count in the middle, too", {'years': 3, 'suspensions': [
                Suspension(date(2027, 5, 1), date(2027, 5, 10), COURT)]}, date(2030, 7, 13)),
            ("a lawsuit that goes on has no six months yet", {
                'years': 3, 'on': date(2027, 5, 10), 'suspensions': [
                    Suspension(date(2027, 5, 1), None, COURT)]}, date(2030, 1, 10)),
            ("talks that go on have no three months yet", {
                'years': 3, 'on': date(2029, 12, 24), 'suspensions': [
                    Suspension(date(2029, 12, 22))]}, date(2030, 1, 3)),
        ):
            with self.subTest(name):
                self.assertEqual(find_limitation(DUE, **{'effect': GERMANY, **values}), expected)

    def test_what_the_law_has_talks_and_lawsuits_do(self):
        talks = [Suspension(date(2029, 12, 22), date(2029, 12, 24))]
        court = [Suspension(date(2027, 5, 1), date(2027, 5, 10), COURT)]
        for name, effect, suspensions, expected in (
            ("talks do nothing", Effect(), talks, date(2029, 12, 31)),
            ("nor where months are given", Effect(talks_months=3), talks, date(2029, 12, 31)),
            ("their days alone", Effect(talks=True), talks, date(2030, 1, 3)),
            ("a month after them", Effect(True, 1), talks, date(2030, 1, 24)),
            ("a lawsuit suspends while it lasts", Effect(), court, date(2030, 1, 10)),
            ("and a month more", Effect(court_months=1), court, date(2030, 2, 10)),
            ("talks and a lawsuit", Effect(), [*talks, *court], date(2030, 1, 10)),
        ):
            with self.subTest(name):
                self.assertEqual(find_limitation(
                    DUE, years=3, suspensions=suspensions, effect=effect), expected)

    def test_limitation_suspended_at_its_ends(self):
        for name, values, expected in (
            ("talks that go on", {'years': 3, 'on': date(2027, 5, 10), 'suspensions': [
                Suspension(date(2027, 5, 1))]}, date(2030, 1, 10)),
            ("talks after the years had run", {'years': 3, 'suspensions': [
                Suspension(date(2030, 1, 5), date(2030, 5, 1))]}, date(2029, 12, 31)),
            ("talks from the last day on", {'years': 3, 'suspensions': [
                Suspension(date(2029, 12, 31), date(2030, 1, 5))]}, date(2030, 4, 5)),
            ("talks of one day", {'years': 3, 'suspensions': [
                Suspension(date(2027, 5, 1), date(2027, 5, 1))]}, date(2030, 1, 1)),
            ("talks that go on, asked for no day", {'years': 3, 'suspensions': [
                Suspension(date(2027, 5, 1))]}, date(2030, 1, 1)),
            ("talks that have not begun yet", {
                'years': 3, 'on': date(2029, 12, 10),
                'suspensions': [Suspension(date(2029, 12, 20))]}, date(2029, 12, 31)),
            ("talks that ended before they began", {'years': 3, 'suspensions': [
                Suspension(date(2029, 12, 31), date(2029, 12, 20))]}, date(2029, 12, 31)),
            ("two at the same time, one of which goes on", {
                'years': 3, 'on': date(2027, 5, 10), 'suspensions': [
                    Suspension(date(2027, 5, 1), date(2027, 5, 10)), Suspension(date(2027, 5, 1)),
                ]}, date(2030, 1, 10)),
            ("talks in any order", {'years': 3, 'suspensions': [
                Suspension(date(2027, 5, 6), date(2027, 5, 20)),
                Suspension(date(2027, 5, 1), date(2027, 5, 10))]}, date(2030, 1, 20)),
            ("two that begin on a day, one of them open", {
                'years': 3, 'on': date(2027, 5, 20), 'suspensions': [
                    Suspension(date(2027, 5, 1)), Suspension(date(2027, 5, 1), date(2027, 5, 10)),
                ]}, date(2030, 1, 20)),
        ):
            with self.subTest(name):
                self.assertEqual(find_limitation(DUE, **{'effect': GERMANY, **values}), expected)

    def test_limitation_acknowledged(self):
        for name, values, expected in (
            ("acknowledged, § 212 BGB", {'years': 3, 'acknowledged': [date(2028, 4, 1)]},
             date(2031, 4, 1)),
            ("acknowledged before the years ran", {'years': 3, 'acknowledged': [date(2026, 5, 1)]},
             date(2029, 12, 31)),
            ("acknowledged too late", {'years': 3, 'acknowledged': [date(2030, 1, 1)]},
             date(2029, 12, 31)),
            ("acknowledged on the last day", {'years': 3, 'acknowledged': [date(2029, 12, 31)]},
             date(2032, 12, 31)),
            ("acknowledged twice", {
                'years': 3, 'acknowledged': [date(2030, 6, 1), date(2028, 4, 1)]},
             date(2033, 6, 1)),
            ("talks before the acknowledgement", {
                'years': 3, 'acknowledged': [date(2028, 4, 1)], 'suspensions': [
                    Suspension(date(2028, 3, 1), date(2028, 3, 20))]}, date(2031, 4, 1)),
        ):
            with self.subTest(name):
                self.assertEqual(find_limitation(DUE, **{'effect': GERMANY, **values}), expected)

    def test_last_day_of_a_month(self):
        """§ 188 (3) BGB"""
        for day, months, expected in (
            (date(2026, 8, 31), 6, date(2027, 2, 28)), (date(2024, 2, 29), 12, date(2025, 2, 28)),
            (date(2026, 1, 31), 1, date(2026, 2, 28)), (date(2026, 12, 31), 12, date(2027, 12, 31)),
            (date(2026, 8, 31), 3, date(2026, 11, 30)), (date(9998, 5, 1), 7, date(9998, 12, 1)),
            (date(9998, 5, 1), 12, date.max), (date(9999, 11, 1), 2, date.max),
        ):
            with self.subTest(day=day):
                self.assertEqual(default.add_months(day, months), expected)
