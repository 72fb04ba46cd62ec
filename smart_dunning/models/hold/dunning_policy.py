from odoo import api, fields, models

from ...logic import exposure


class DunningPolicy(models.Model):
    """The rules by which a policy holds orders and deliveries."""

    _inherit = 'dunning.policy'

    hold_rule_ids = fields.One2many('dunning.hold.rule', 'policy_id', "Hold Rules", copy=True)
    hold_count_drafts = fields.Boolean(
        "Count Draft Invoices",
        help="Invoices that were not made from an order and are not posted yet count as owed.")
    hold_prepaid = fields.Boolean(
        "Also Hold Prepaid Orders",
        help="Usually an order that is paid in full passes whatever else is open.")
    hold_cash = fields.Boolean(
        "Also Hold Orders Payable Immediately",
        help="Usually an order whose payment term asks for the money at once takes nothing of the "
        "credit limit. All other rules hold for it.")
    hold_max_term_id = fields.Many2one(
        'account.payment.term', "Longest Payment Terms", check_company=True,
        help="Orders with longer terms are held by the rule about payment terms. Customers whose "
        "own terms are longer may have those. Empty: no limit.")
    hold_disputed = fields.Boolean(
        "Include Disputed Items",
        help="Usually what is disputed does not count as overdue for orders and deliveries.")
    hold_agreed = fields.Boolean(
        "Include Promised and Instalment Items", default=True,
        help="Without it a promise to pay or an instalment plan lifts the hold while it runs.")
    hold_notify_customer = fields.Boolean(
        "Tell the Customer That a Delivery Waits",
        help="Once per delivery, by e-mail, with what is overdue and how to pay it.")

    @api.model_create_multi
    def create(self, vals_list):
        policies = super().create(vals_list)
        policies._forget_hold_terms()
        return policies

    def write(self, vals):
        result = super().write(vals)
        self._forget_hold_terms()
        return result

    def unlink(self):
        self._forget_hold_terms()
        return super().unlink()

    def _forget_hold_terms(self):
        """Rules have changed: read them anew, and see who is held now."""
        self.env.registry.clear_cache()
        self.env['dunning.debtor']._enqueue_policies(self)

    def _get_hold_terms(self):
        """Return the `logic.exposure.Terms` of the policy, without its longest credit.

        That is found out when it is asked for: it depends on a payment term, too.
        """
        self.ensure_one()
        rules = tuple(
            exposure.Rule(
                rule.trigger,
                {exposure.ORDER: rule.order_effect, exposure.RESERVATION: rule.reservation_effect,
                 exposure.DELIVERY: rule.delivery_effect},
                rule.days, rule.amount, rule.level_position)
            for rule in self.hold_rule_ids)
        triggers = self.env['dunning.hold.check']._get_triggers()
        return exposure.Terms(
            rules, self.hold_count_drafts, self.hold_prepaid, self.hold_cash, None,
            self.hold_notify_customer, self.hold_disputed, self.hold_agreed,
            {code: trigger.find for code, trigger in triggers.items() if trigger.find})
