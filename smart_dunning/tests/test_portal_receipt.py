from datetime import timedelta

from odoo.tests import tagged

from .portal_common import PortalCommon


@tagged('post_install', '-at_install')
class TestPortalReceipt(PortalCommon):
    """What the first view is good for: evidence, and default where the policy says so."""

    def _sent(self):
        lines = self.letter.line_ids.move_line_id
        found = self.env['account.move.line']._get_reminders(lines.ids)
        return [[one.sent for one in found.get(line.id, ())] for line in lines]

    def test_letter_counts_when_sent_unless_the_policy_asks_for_the_receipt(self):
        self.assertEqual(self._sent(), [[self.today], [self.today]])
        self.letter.policy_id.portal_seen_delivers = True
        self.assertEqual(self._sent(), [[], []], "nobody has seen it")
        self.letter.seen_date = self.today + timedelta(days=4)
        self.assertEqual(self._sent(), [[self.today + timedelta(days=4)]] * 2)
        self.letter.channel = 'print'
        self.letter.seen_date = False
        self.assertEqual(self._sent(), [[self.today], [self.today]], "paper has its own rule")
