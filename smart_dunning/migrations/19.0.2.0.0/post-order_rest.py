from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """What orders leave to invoice is exact now: line by line, by quantity, with its own tax."""
    if version:
        api.Environment(cr, SUPERUSER_ID, {})['sale.order']._fill_dunning_to_invoice()
