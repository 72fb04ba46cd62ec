from odoo import fields, models


class DunningPolicy(models.Model):
    """What customers may do by themselves on their page."""

    _inherit = 'dunning.policy'

    portal_link_days = fields.Integer(
        "Days a Link Lets Customers Answer", default=60,
        help="So long the link in an e-mail lets whoever has it promise, object or propose "
        "instalments. Afterwards it shows the letter and takes payments; for an answer customers "
        "log in or get a new link. 0: only after login.")

    portal_partial = fields.Boolean(
        "Customers May Pay a Part",
        help="On their page customers may pay less than all that a letter asks for.")
    portal_partial_min = fields.Monetary(
        "Smallest Part", default=20.0, currency_field='currency_id',
        help="In the currency of the company; the whole rest, where less is open.")

    portal_promise_days = fields.Integer(
        "Promises Up to (Days Ahead)", default=14,
        help="A promise for a day that is not further away is accepted at once, others wait for "
        "the clerk. 0: today only.")
    portal_promise_max = fields.Integer(
        "Promises per Item by the Customer", default=1,
        help="So many are accepted at once; further ones wait for the clerk. 0: all wait.")
    portal_dispute = fields.Selection([
        ('at_once', "The disputed part waits at once"),
        ('clerk', "It waits when the clerk has accepted it"),
    ], "Objections by the Customer", required=True, default='at_once')
    portal_plan = fields.Selection([
        ('none', "Cannot be proposed"), ('clerk', "The clerk decides"),
        ('signed', "In force when the customer has signed"),
    ], "Instalments by the Customer", required=True, default='clerk')
    portal_plan_parts = fields.Integer("Most Instalments", default=6, help="0: no limit.")
    portal_plan_part_min = fields.Monetary(
        "Smallest Instalment", default=50.0, currency_field='currency_id',
        help="In the currency of the company; the last one may be smaller.")
    portal_plan_first_days = fields.Integer(
        "First Instalment Within (Days)", default=21, help="0: no limit.")
    portal_plan_days = fields.Integer(
        "Last Instalment Within (Days)", default=185, help="0: no limit.")
    portal_seen_delivers = fields.Boolean(
        "Default Only After Receipt",
        help="A letter by e-mail puts the customer in default only once they have opened its page "
        "or confirmed its receipt.")

    prepay_over_limit = fields.Float(
        "Payment in Advance Over the Limit", default=1.0,
        help="Quotations with which customers would be over their credit limit ask online for "
        "this share of the total. 0: none.")

    _prepay_over_limit_sensible = models.Constraint(
        'CHECK(prepay_over_limit BETWEEN 0 AND 1)', "A share is between 0 and 100 percent.")
    _portal_promises_sensible = models.Constraint(
        'CHECK(portal_promise_days BETWEEN 0 AND 366 AND portal_promise_max BETWEEN 0 AND 1000)',
        "Customers promise for 0 to 366 days ahead, at most 1000 times.")
    _portal_plans_sensible = models.Constraint(
        'CHECK(portal_plan_parts BETWEEN 0 AND 120 AND portal_plan_part_min >= 0 '
        'AND portal_plan_part_min < 1e11 AND portal_plan_first_days BETWEEN 0 AND 3650 '
        'AND portal_plan_days BETWEEN 0 AND 3650)',
        "Instalments: at most 120, no negative amounts, within ten years.")
    _portal_partial_min_positive = models.Constraint(
        'CHECK(portal_partial_min >= 0 AND portal_partial_min < 1e11)',
        "The smallest part is an amount that is not negative.")
    _portal_link_days_sensible = models.Constraint(
        'CHECK(portal_link_days BETWEEN 0 AND 3650)',
        "Links let customers answer for 0 to 3650 days.")
