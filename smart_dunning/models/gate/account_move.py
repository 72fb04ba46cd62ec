from dataclasses import replace

from odoo import models

from ...logic import exposure
from ..hold.dunning_hold_check import Candidate


class AccountMove(models.Model):
    """A draft invoice shows that its customer is on hold. Shipped goods stay invoiceable."""

    _inherit = 'account.move'

    def _post(self, soft=True):
        # EXTENDS account: bills and expenses that are charged on
        with self.env['dunning.hold.check']._system_changes_orders():
            return super()._post(soft=soft)

    def _get_alerts(self):
        # EXTENDS account
        alerts = super()._get_alerts()
        self.ensure_one()
        if self.env['dunning.hold.check']._watches_limit(self.company_id):
            # Ours says it, with the figures of the right company.
            alerts.pop('account_partner_credit_warning', None)
        if self.state == 'draft' and self.is_sale_document() and self.move_type != 'out_refund':
            check = self.env['dunning.hold.check'].sudo()
            candidate = self.sudo()._get_hold_candidate()
            verdicts = check._judge_each([candidate] if candidate.partner else [], exposure.ORDER)
            if verdicts and verdicts[0].reasons:
                alerts['dunning_hold'] = {
                    'level': 'danger' if verdicts[0].blocks else 'warning',
                    'message': check._get_reasons_text(verdicts[0], candidate.company),
                }
                alerts['dunning_hold'].update(self._get_hold_alert_action(candidate))
        return alerts

    def _get_hold_alert_action(self, candidate):
        """Return the link from the alert to the debtor, for those who work on debtors."""
        if not self.env.user.has_group('smart_dunning.group_dunning_user'):
            return {}
        debtor = candidate.partner.with_company(candidate.company).dunning_debtor_id
        if not debtor:
            return {}
        return {
            'action_text': self.env._("Open Debtor"),
            'action': {'type': 'ir.actions.act_window', 'res_model': 'dunning.debtor',
                       'res_id': debtor.id, 'view_mode': 'form'},
        }

    def _get_hold_candidate(self):
        order = self.line_ids.sale_line_ids.order_id[:1]
        # Invoicing what was ordered adds nothing: the order is part of the exposure.
        amount = 0.0 if order else self.amount_total_signed
        return Candidate(self, self.company_id, self.commercial_partner_id._origin, order,
                   self.env['stock.picking'], amount, amount)

    def _add_hold_terms(self, request):
        term = self.invoice_payment_term_id.sudo()
        return replace(request, credit_days=term._get_dunning_credit_days() if term else None)
