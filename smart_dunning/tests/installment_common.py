from .common import DunningCommon, day


class InstallmentCommon(DunningCommon):

    def _plan_parts(self, count=4, first=None, user=None, confirm=True, **values):
        """Record a plan of weekly parts as the clerk does, and confirm it."""
        plan = self.env['dunning.installment.plan'].with_user(user or self.clerk).create({
            'partner_id': self.customer.id, 'company_id': self.company.id, 'count': count,
            'date_first': first or day(10), 'interval': 'weekly', **values})
        if confirm:
            plan.action_confirm()
        return plan

    def _night(self):
        """What the nightly refresh of the debtors does."""
        self.env['dunning.debtor'].sudo()._refresh(company=self.company)

    def _parts(self, plan, field):
        return plan._get_ordered_parts().mapped(field)
