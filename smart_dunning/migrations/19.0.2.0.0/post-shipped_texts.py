from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Remember which texts of the shipped levels nobody has changed, for *Load New Texts*."""
    api.Environment(cr, SUPERUSER_ID, {})['dunning.level']._remember_shipped()
