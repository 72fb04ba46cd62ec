from datetime import MAXYEAR, datetime, time, timedelta

import pytz

from odoo import models

from ...logic.days import shift

#: Nobody's calendar closes for longer; where nobody ever works, the day itself is the answer.
_LONGEST_CLOSURE = 366


class ResCompany(models.Model):
    """The days on which a company works: its calendar and public holidays, else Monday to Friday.

    What goes out, and what is due, lies on such a day.
    """

    _inherit = 'res.company'

    def _get_working_days(self, date_from, date_to):
        """Return the set of days, both ends included, on which anybody works."""
        self.ensure_one()
        calendar = self.sudo().resource_calendar_id
        if not calendar:
            days = (date_from + timedelta(days=number)
                    for number in range((date_to - date_from).days + 1))
            return {day for day in days if day.weekday() < 5}
        zone = pytz.timezone(calendar.tz or 'UTC')
        start = zone.localize(datetime.combine(date_from, time.min))
        end = zone.localize(datetime.combine(date_to, time.max))
        return {
            begin.astimezone(zone).date()
            for begin, _end, _attendance in calendar._work_intervals_batch(start, end)[False]}

    def _is_working_day(self, date):
        """Return whether anybody works on a day."""
        return bool(self._get_working_days(date, date))

    def _get_next_working_day(self, date):
        """Return the first working day not before a day; the day itself if there is none."""
        if date.year == MAXYEAR:
            return date         # a slip of the finger; no calendar goes on behind it
        for weeks in (2, _LONGEST_CLOSURE // 7):
            days = self._get_working_days(date, shift(date, 7 * weeks))
            if days:
                return min(days)
        return date

    def _get_business_days(self, date_from, date_to):
        """Return {day: next working day} of those days on which nobody works, both ends included.

        For many dates at once: whoever is not in it is a working day.
        """
        if date_to.year == MAXYEAR:
            return {}
        days = sorted(self._get_working_days(date_from, shift(date_to, 28)))
        following, moved = iter(days), {}
        coming = next(following, None)
        for number in range((date_to - date_from).days + 1):
            day = date_from + timedelta(days=number)
            while coming and coming < day:
                coming = next(following, None)
            if coming and coming != day:
                moved[day] = coming
        return moved
