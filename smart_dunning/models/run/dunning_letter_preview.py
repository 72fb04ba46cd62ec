from odoo import models


class DunningLetter(models.Model):
    """The letter screen: the e-mail beside the PDF, and one letter after the other."""

    _inherit = 'dunning.letter'

    def _get_mail_preview(self):
        """Return the e-mail as HTML: as it was sent, else as it would go out now; '' without one.

        :raise AccessError: when the user may not read the letter
        :raise UserError: when a text of the level is broken
        """
        self.ensure_one()
        self.check_access('read')
        letter = self.sudo()
        if letter.message_uid:
            sent = letter.env['mail.mail'].search(
                [('message_id', '=', letter.message_uid)], limit=1)
            if sent:
                return sent.body_html
        if letter.state in ('sent', 'cancelled') or not letter._get_channel().is_mail:
            return ''
        return letter.with_context(lang=letter.lang).with_company(
            letter.company_id)._get_mail_body()

    def action_approve_and_send(self):
        """Approve and send this letter, and open the next one of its run that waits for approval.

        :return: an action; a notice when no letter is left to approve
        """
        self.ensure_one()
        self.action_approve()
        self.action_send()
        waiting = self.search([
            ('run_id', '=', self.run_id.id), ('state', '=', 'draft')], order='name, id')
        following = waiting.filtered(lambda letter: letter.name > self.name)[:1] or waiting[:1]
        if following:
            return {
                'type': 'ir.actions.act_window', 'res_model': self._name,
                'res_id': following.id, 'view_mode': 'form', 'views': [(False, 'form')],
                'context': {'create': False},
            }
        return {
            'type': 'ir.actions.client', 'tag': 'display_notification',
            'params': {
                'type': 'success',
                'message': self.env._("No other letter of this run waits for approval."),
                'next': {'type': 'ir.actions.client', 'tag': 'soft_reload'},
            },
        }
