from odoo import models


class DunningInstallmentPlan(models.Model):
    _inherit = 'dunning.installment.plan'

    def _get_limitation_law(self):
        # EXTENDS smart_dunning: the law of the creditor's country usually governs the invoices
        rules = self.env['dunning.claim.rule']._get_for_company(self.company_id)
        return rules.with_context(lang=self.env.lang)._find_for(
            self.date).acknowledgement_law or ''

    def _handle_kept(self):  # pylint: disable=missing-return
        # EXTENDS smart_dunning: interest of the time of the plan, where the agreement says so
        super()._handle_kept()
        for plan in self.filtered(lambda one: one.interest == 'claimed'):
            values = plan.sudo()._prepare_interest_values_list()
            if values:
                self.env['dunning.charge'].sudo().create(values)._handle_claimed()

    def _prepare_interest_values_list(self):
        """Return the values of charges for the interest that no letter has claimed."""
        self.ensure_one()
        company, items = self.company_id, self.item_ids
        today = company._get_dunning_today()
        policies = items._get_claim_policies(company)
        bearing = {line_id for line_id, policy in policies.items()
                   if not policy or policy.charge_interest}
        claims = items._get_claims(company, policies, today, bearing)
        values = []
        for line_id, claim in claims.items():
            found = claim.interest
            rest = found and self.currency_id.round(found.amount - claim.claimed) or 0.0
            new = found and [
                one for one in found.segments if one.rate is not None and (
                    not claim.claimed_to or one.date_from > claim.claimed_to)]
            if rest > 0 and new:
                values.append({
                    'kind': 'interest', 'company_id': company.id, 'date': today,
                    'partner_id': self.partner_id.id, 'currency_id': self.currency_id.id,
                    'move_line_id': line_id, 'move_id': claim.item.move_id, 'amount': rest,
                    'date_from': new[0].date_from, 'date_to': new[-1].date_to,
                    'segments': [[str(one.date_from), str(one.date_to), *one[2:]] for one in new],
                    'terms': {
                        'basis': claim.default.basis, 'default': str(claim.default.date),
                        'reference': claim.terms.reference, 'margin': claim.terms.margin,
                        'day_count': claim.terms.basis}})
        return values
