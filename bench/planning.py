"""A proposal for the whole ledger, as the nightly run makes it."""

from odoo import fields

from .meter import Meter


def plan_all(env):
    """Plan the run of the day of the company, stored and committed; return it and what it took."""
    with Meter(env.cr) as meter:
        run = env['dunning.run'].create({
            'company_id': env.company.id, 'date': fields.Date.context_today(env.company)})
        run.action_plan()
        env.cr.commit()
    return run, meter.figures
