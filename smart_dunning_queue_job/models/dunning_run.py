from odoo import SUPERUSER_ID, api, fields, models

from .dunning_task import ALIVE, get_key

#: Runs of companies with more open items are planned by a job: about two seconds of work.
_ITEMS_AT_ONCE = 25_000


class DunningRun(models.Model):
    """The nightly run of each company is a job of its own; so is a large one that a clerk plans."""

    _inherit = 'dunning.run'

    is_being_planned = fields.Boolean(compute='_compute_is_being_planned')

    def _compute_is_being_planned(self):
        jobs = self.env['queue.job'].sudo().search([
            ('identity_key', 'in', [get_key('plan', run.id) for run in self]),
            ('state', 'in', ALIVE)])
        keys = set(jobs.mapped('identity_key'))
        for run in self:
            run.is_being_planned = get_key('plan', run.id) in keys

    def action_plan(self):
        # EXTENDS smart_dunning
        large = self.filtered(lambda run: run.state == 'draft' and run._is_large())
        if not large or not self.env['ir.cron']._has_dunning_runner():
            return super().action_plan()
        self.check_access('write')
        (self - large)._plan_at_once()
        return self.env['dunning.task'].union(*(
            self.env['dunning.task']._start(
                'plan', self.env._("Planning of %(run)s", run=run.name), run.company_id,
                {'run': run.id}, key=run.id)
            for run in large))._get_action()

    def _is_large(self):
        """Return whether planning takes longer than anybody should wait for a page."""
        return self.env['account.move.line'].sudo().search_count([
            ('company_id', 'child_of', self.company_id.id), ('parent_state', '=', 'posted'),
            ('account_type', '=', 'asset_receivable'), ('reconciled', '=', False),
        ], limit=_ITEMS_AT_ONCE + 1) > _ITEMS_AT_ONCE

    @api.model
    def _cron_run(self):
        # EXTENDS smart_dunning
        if not self.env['ir.cron']._has_dunning_runner():
            return super()._cron_run()
        for company in self._get_companies_to_run():
            day = company._get_dunning_today()
            self.browse().with_user(SUPERUSER_ID).with_company(company).with_delay(
                identity_key=f"dunning_run_{company.id}_{day}",
                description=self.env._(
                    "Dunning: nightly run of %(company)s", company=company.name),
            )._job_run(company.id)
        return None

    @api.model
    def _job_run(self, company_id):
        """Do the nightly run of a company, unless it was done meanwhile.

        :param company_id: database id of the company
        """
        company = self._get_companies_to_run().filtered(lambda one: one.id == company_id)
        crash = self._run_isolated(company) if company else None
        if crash:
            raise crash
