from odoo import api, fields, models

from ...logic import exposure


class SaleOrder(models.Model):
    """Quotations ask online for the payment that the payer's credit asks for, and say why."""

    _inherit = 'sale.order'

    # It takes the total to know, which is not there before the order is.
    require_payment = fields.Boolean(precompute=False)
    prepayment_percent = fields.Float(precompute=False)
    dunning_prepayment_text = fields.Char(
        "Why It Asks for a Payment", compute='_compute_dunning_prepayment_text',
        compute_sudo=True, groups='base.group_user')

    @api.depends('company_id', 'partner_invoice_id', 'amount_total')
    def _compute_require_payment(self):  # pylint: disable=missing-return
        # EXTENDS sale
        asked = self._get_dunning_prepayments()
        known = self.filtered(lambda order: order in asked)
        # Who has decided otherwise is not overruled each time a line changes.
        changed = (self - known).filtered(
            lambda order: not order._origin or order.company_id != order._origin.company_id)
        super(SaleOrder, changed)._compute_require_payment()
        for order in self - known - changed:
            order.require_payment = order._origin.require_payment
        for order in known:
            order.require_payment = True

    @api.depends('require_payment', 'partner_invoice_id', 'amount_total')
    def _compute_prepayment_percent(self):  # pylint: disable=missing-return
        # EXTENDS sale
        asked = self._get_dunning_prepayments()
        known = self.filtered(lambda order: order in asked)
        kept = (self - known).filtered(
            lambda order: order._origin.prepayment_percent and order.require_payment)
        super(SaleOrder, self - known - kept)._compute_prepayment_percent()
        for order in kept:
            order.prepayment_percent = order._origin.prepayment_percent
        for order in known:
            order.prepayment_percent = asked[order][0]

    @api.depends('company_id', 'partner_invoice_id', 'amount_total', 'state')
    @api.depends_context('lang')
    def _compute_dunning_prepayment_text(self):
        asked = self._get_dunning_prepayments()
        for order in self:
            order.dunning_prepayment_text = order in asked and asked[order][1]

    def _get_dunning_prepayments(self):
        """Return {order: (share of the total from 0 to 1, why)} where the payer's credit asks so.

        Quotations alone: what a customer has ordered is not asked for anew.
        """
        asked = {}
        for company, orders in self.sudo().filtered(
                lambda order: order.state in ('draft', 'sent') and order.partner_invoice_id,
                ).grouped('company_id').items():
            payers = orders.partner_invoice_id.commercial_partner_id._origin.with_company(company)
            policies = self.env['dunning.policy'].sudo()
            assigned = policies._assign_all(company, payers.ids) if payers else {}
            over = orders._get_over_limit()
            for order in orders:
                payer = order.partner_invoice_id.commercial_partner_id._origin.with_company(company)
                policy = policies.browse(assigned.get(payer.id))
                reasons = order._get_prepayment_reasons(payer, policy, order in over)
                if reasons:
                    asked[self.browse(order.id)] = max(reasons)
        return asked

    def _get_prepayment_reasons(self, payer, policy, is_over):
        """Return pairs of share and reason, each of which asks for a payment."""
        # For natural persons a rating decides nothing (art. 22 GDPR).
        letter = payer.is_company and payer.dunning_risk_class
        share = policy._get_risk_terms(letter).prepayment_percent if policy and letter else 0.0
        return [(part, reason) for part, reason in (
            (1.0 if payer.dunning_prepayment_only else 0.0,
             self.env._("The customer gets goods only against prepayment.")),
            (policy.prepay_over_limit if is_over else 0.0,
             self.env._("With this quotation the customer is over the credit limit.")),
            (share, self.env._(
                "Customers of risk class %(letter)s pay a part in advance.",
                letter=(letter or '').upper()))) if part]

    def _get_over_limit(self):
        """Return those of these quotations with which their payer is over the limit."""
        candidates = [each for order in self if (each := order._get_hold_candidate()).partner]
        verdicts = self.env['dunning.hold.check']._judge_each(candidates, exposure.ORDER)
        return self.browse().union(*(
            each.record for each, verdict in zip(candidates, verdicts, strict=True)
            if any(reason.code == exposure.OVER_LIMIT for reason in verdict.reasons)))
