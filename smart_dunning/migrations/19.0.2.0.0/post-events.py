from odoo import SUPERUSER_ID, api

#: Where earlier versions noted of which claims the clerk had been told.
_WARNED = ('dunning_limitation_warned', 'dunning_limitation_warned_for')


def migrate(cr, version):
    """What happened before there were events is known: nobody is told of it again."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    env['dunning.policy'].with_context(active_test=False).search([])._add_notices()
    events = env['dunning.event']
    for company in env['res.company'].with_context(active_test=False).search([]):
        today = company._get_dunning_today()
        for is_nightly in (False, True):
            events._collect(company, today, is_nightly=is_nightly, is_silent=True)
        company.dunning_events_since = today
    env.flush_all()
    cr.execute("""
        SELECT column_name FROM information_schema.columns
         WHERE table_name = 'account_move' AND column_name IN %s
    """, [_WARNED])
    conditions = {
        'dunning_limitation_warned': "dunning_limitation_warned",
        'dunning_limitation_warned_for': "dunning_limitation_warned_for IS NOT NULL"}
    told = " OR ".join(conditions[name] for name, in cr.fetchall()) or "FALSE"
    # Of other claims somebody has still to hear.
    cr.execute(f"""
        DELETE FROM dunning_event WHERE kind = 'claim_limitation' AND res_id NOT IN (
            SELECT id FROM account_move WHERE {told})
    """)
    events.invalidate_model()
