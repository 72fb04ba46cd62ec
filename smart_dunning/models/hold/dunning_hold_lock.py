from odoo import fields, models


class DunningHoldLock(models.Model):
    """One row per customer whose limit or release is being used: see `_lock_customers`."""

    _name = 'dunning.hold.lock'
    _description = "Lock of a Customer's Credit"
    _log_access = False

    company_id = fields.Many2one('res.company', required=True, ondelete='cascade')
    partner_id = fields.Many2one('res.partner', required=True, ondelete='cascade')
    version = fields.Integer(required=True, default=1)

    _customer_uniq = models.UniqueIndex("(company_id, partner_id)")
