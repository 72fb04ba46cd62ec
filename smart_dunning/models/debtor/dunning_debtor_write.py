from odoo import models
from odoo.exceptions import UserError

from ...logic import ladder
from ..policy.labels import get_labels


class DunningDebtor(models.Model):
    """Writing to debtors at once, for themselves alone, without waiting for the nightly run."""

    _inherit = 'dunning.debtor'

    def action_write_now(self):
        """Write the letters that are due today to these debtors, and open them.

        What waits already is opened. Where nothing is to be written no run is made, and the
        reason is told.

        :return: an action: the letter, the list of several, or a notice
        """
        self.check_access('read')
        if len(self.company_id) > 1:
            raise UserError(self.env._("Please choose debtors of one company."))
        company = self.company_id
        waiting = self.env['dunning.letter'].search(self._get_waiting_domain(
            company, self.partner_id.ids, company._get_dunning_today()))
        others = self.partner_id - waiting.partner_id
        reasons, is_due = self._foresee(others)
        letters = waiting | (self._write_letters(others) if is_due else waiting.browse())
        self._refresh_own()
        return letters._open_letters() if letters else self._tell_nothing_to_write(reasons)

    def _write_letters(self, partners):
        """Return the letters that are due to customers of one company, in a run of their own."""
        run = self.env['dunning.run'].create({'company_id': self.company_id.id})
        run.sudo()._plan(partners=partners)
        return run.letter_ids

    def _foresee(self, partners):
        """Return what a run of today would do to customers of one company; none is stored.

        :return: {(reason not to write, partner id)}, and whether there is any letter to write
        """
        if not partners:
            return set(), False
        company = self.company_id
        run = self.env['dunning.run'].sudo().with_company(company).new({
            'company_id': company.id, 'date': company._get_dunning_today(),
            'due_after': company.dunning_due_after})
        levels = run._get_policies().level_ids
        served = {level.id for level in levels if level._is_served()}
        contacts = run._get_contacts(partners.ids)
        plan = run._decide_plan(partners.ids)
        found = {(run._find_obstacle(letter, contacts[letter.partner], served), letter.partner)
                 for letter in plan.letters}
        return (
            {(one.reason, one.letter.partner) for one in plan.omissions}
            | {(code, partner) for code, partner in found if code},
            any(not code for code, _partner in found))

    def _tell_nothing_to_write(self, reasons):
        """Say why nothing is written to these debtors today.

        :param reasons: {(code, partner id)}, as `_foresee` gives them
        """
        words = get_labels(self.env['dunning.omission'], 'reason')
        sentences = []
        for debtor in self[:5]:
            own = sorted(
                words[code] for code, partner in reasons
                if partner == debtor.partner_id.id and code != ladder.PENDING)
            sentences.append(self.env._(
                "%(customer)s: %(reasons)s. %(next)s", customer=debtor.partner_id.display_name,
                reasons=", ".join(own) or self.env._("no level is due today"),
                next=debtor.next_step))
        return {
            'type': 'ir.actions.client', 'tag': 'display_notification',
            'params': {
                'type': 'warning', 'sticky': True,
                'title': self.env._("Nothing is to be written today"),
                'message': "\n".join(sentences),
                'next': {'type': 'ir.actions.client', 'tag': 'soft_reload'},
            },
        }
