from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """What orders leave to invoice is exact now, and their terms are those of the confirmation."""
    if version:
        orders = api.Environment(cr, SUPERUSER_ID, {})['sale.order']
        orders._fill_dunning_to_invoice()
        orders._fill_dunning_is_cash()
