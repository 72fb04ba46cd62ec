from odoo import models

from ..policy.labels import get_label

#: More letters than these are looked at by the cron: the user does not wait.
FEW = 20


class DunningLetter(models.Model):
    """What happens to a letter changes the worklist: at once where a person did it."""

    _inherit = 'dunning.letter'

    def action_open_dunning_debtor(self):
        """Open the debtor to whom the letter goes."""
        self.ensure_one()
        return self.partner_id.with_company(self.company_id).action_open_dunning_debtor()

    def _open_letters(self):
        """Return the action that opens these letters: one in its form, several as a list."""
        action = self.env['ir.actions.act_window']._for_xml_id(
            'smart_dunning.dunning_letter_action')
        if len(self) == 1:
            return {**action, 'views': [(False, 'form')], 'view_mode': 'form', 'res_id': self.id,
                    'context': {'create': False}}
        return {**action, 'domain': [('id', 'in', self.ids)], 'context': {'create': False}}

    def write(self, vals):
        result = super().write(vals)
        if vals.get('state') in ('draft', 'ready', 'failed') or 'is_fate_unknown' in vals:
            self._note_debtors()
        return result

    def _note_debtors(self):
        self.env['dunning.debtor.change']._enqueue_later(
            {(letter.company_id.id, letter.partner_id.id) for letter in self.sudo()})

    def _set_cancelled(self, reason):
        self._note_debtors()
        return super()._set_cancelled(reason)

    def _set_sent(self):
        self._note_debtors()
        result = super()._set_sent()
        for letter in self.sudo():
            letter._tell_debtor(self.env._(
                "“%(level)s” of %(amount)s: %(channel)s, %(letter)s", level=letter.level_id.name,
                amount=letter.currency_id.format(letter.amount_total), letter=letter.name,
                channel=get_label(letter, 'channel')))
        return result

    def _set_bounced(self):
        self.env['dunning.debtor.change']._enqueue_of(self)
        for letter in self.sudo():
            letter._tell_debtor(letter._speak_to_clerk().env._(
                "The e-mail with %(letter)s came back: %(email)s", letter=letter.name,
                email=letter.email))
        return super()._set_bounced()

    def _tell_debtor(self, text):
        """Write what happened to the letter into the history of its debtor, where there is one."""
        debtor = self.env['dunning.debtor'].sudo().with_context(active_test=False).search([
            ('company_id', '=', self.company_id.id), ('partner_id', '=', self.partner_id.id)])
        if debtor:
            debtor._message_log(body=text)

    # Buttons ------------------------------------------------------------------------------------

    def _refresh_debtors(self):
        """Bring the worklist up to date with what a person has just done."""
        if len(self) <= FEW:
            self.env['dunning.debtor']._refresh_of(self.sudo())

    def action_approve(self):
        result = super().action_approve()
        self._refresh_debtors()
        return result

    def action_send(self):
        result = super().action_send()
        self._refresh_debtors()
        return result

    def action_take_out(self):
        result = super().action_take_out()
        self._refresh_debtors()
        return result

    def action_printed(self):
        result = super().action_printed()
        self._refresh_debtors()
        return result

    def action_called(self):
        result = super().action_called()
        self._refresh_debtors()
        return result

    def action_confirm_sent(self):
        result = super().action_confirm_sent()
        self._refresh_debtors()
        return result


class DunningRun(models.Model):
    _inherit = 'dunning.run'

    def _store_plan(self, plan):
        # EXTENDS run: whose letter waits now
        result = super()._store_plan(plan)
        if self.date <= self.company_id._get_dunning_today():
            self.env['dunning.debtor.change']._enqueue_later(
                {(self.company_id.id, letter.partner) for letter in plan.letters})
        return result
