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

    _portal_partial_min_positive = models.Constraint(
        'CHECK(portal_partial_min >= 0 AND portal_partial_min < 1e11)',
        "The smallest part is an amount that is not negative.")
    _portal_link_days_sensible = models.Constraint(
        'CHECK(portal_link_days BETWEEN 0 AND 3650)',
        "Links let customers answer for 0 to 3650 days.")
