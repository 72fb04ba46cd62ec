"""What is open, overdue and due next is worked out anew: the debtors show it from the first day."""

from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Rebuild the summary of every customer from the ledger."""
    if version:
        api.Environment(cr, SUPERUSER_ID, {})['dunning.debtor']._refresh()
