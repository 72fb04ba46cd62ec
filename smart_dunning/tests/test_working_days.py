from datetime import date

from odoo.tests import TransactionCase, tagged


@tagged('post_install', '-at_install')
class TestWorkingDays(TransactionCase):
    """Which days a company works on: one place for runs, deadlines, due dates."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env['res.company'].create({'name': "Working Days"})
        cls.company.resource_calendar_id.tz = 'Europe/Berlin'
        cls.env['resource.calendar.leaves'].create({
            'name': "New Year", 'calendar_id': cls.company.resource_calendar_id.id,
            'company_id': cls.company.id,
            'date_from': '2026-12-31 23:00:00', 'date_to': '2027-01-01 22:59:59'})

    def test_weekends_and_public_holidays_are_no_working_days(self):
        for day, following in (
            (date(2026, 12, 31), date(2026, 12, 31)),     # a Thursday
            (date(2027, 1, 1), date(2027, 1, 4)),         # the holiday, before a weekend
            (date(2027, 1, 3), date(2027, 1, 4)),
            (date(2027, 1, 4), date(2027, 1, 4)),
        ):
            with self.subTest(day=day):
                self.assertEqual(self.company._get_next_working_day(day), following)
                self.assertEqual(self.company._is_working_day(day), day == following)

    def test_many_days_are_moved_as_each_alone(self):
        start, end = date(2026, 12, 20), date(2027, 1, 10)
        moved = self.company._get_business_days(start, end)
        for number in range((end - start).days + 1):
            day = date.fromordinal(start.toordinal() + number)
            with self.subTest(day=day):
                self.assertEqual(
                    moved.get(day, day), self.company._get_next_working_day(day))

    def test_without_a_calendar_monday_to_friday(self):
        self.company.resource_calendar_id = False
        self.assertFalse(self.company._is_working_day(date(2027, 1, 3)))
        self.assertTrue(self.company._is_working_day(date(2027, 1, 1)))

    def test_a_calendar_without_any_hours_moves_nothing(self):
        self.company.resource_calendar_id.attendance_ids.unlink()
        self.assertEqual(
            self.company._get_next_working_day(date(2027, 1, 4)), date(2027, 1, 4))
