"""The last notice of the shipped policies says what is true of its own items alone."""

from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Mark the shipped last notices as formal; what an administrator has made is left alone."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    for name in ('business', 'consumer', 'public'):
        level = env.ref(f'smart_dunning.dunning_level_{name}_5', raise_if_not_found=False)
        if level and not level.is_prenotice:
            level.is_formal = True
