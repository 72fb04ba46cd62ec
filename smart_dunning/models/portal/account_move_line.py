from odoo import api, models


class AccountMoveLine(models.Model):
    _inherit = 'account.move.line'

    @api.model
    def _get_reminders(self, line_ids):
        # EXTENDS run: where the policy says so, an e-mail counts from the day it was seen
        reminders = super()._get_reminders(line_ids)
        letters = self.env['dunning.letter'].sudo().search([
            ('policy_id.portal_seen_delivers', '=', True), ('state', '=', 'sent'),
            ('line_ids.move_line_id', 'in', list(line_ids))]).filtered(
            lambda letter: letter._get_channel().is_mail)
        seen = {
            letter.name: letter.received_at and letter.received_at.date() or letter.seen_date
            for letter in letters}
        for line_id, found in reminders.items():
            if any(one.name in seen for one in found):
                reminders[line_id] = [
                    one._replace(sent=max(one.sent, seen.get(one.name) or one.sent))
                    for one in found if seen.get(one.name, one.sent)]
        return reminders
