from odoo import SUPERUSER_ID, api, models


class DunningRun(models.Model):
    """The nightly run of each company is a job of its own."""

    _inherit = 'dunning.run'

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
