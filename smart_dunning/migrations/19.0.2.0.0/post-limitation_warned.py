from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Remember of which date clerks were told, instead of that they were."""
    cr.execute("""
        SELECT 1 FROM information_schema.columns
         WHERE table_name = 'account_move' AND column_name = 'dunning_limitation_warned'
    """)
    if not cr.fetchone():
        return
    cr.execute("SELECT id FROM account_move WHERE dunning_limitation_warned")
    moves = [move_id for move_id, in cr.fetchall()]
    claims = api.Environment(cr, SUPERUSER_ID, {})['dunning.claim'].search(
        [('move_id', 'in', moves), ('limitation_date', '!=', False)])
    for move, of_move in claims.grouped('move_id').items():
        move.dunning_limitation_warned_for = min(of_move.mapped('limitation_date'))
