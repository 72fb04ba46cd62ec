from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..policy.bounds import check_day
from ..policy.evidence import check_not_written, without


class DunningInstallment(models.Model):
    """One dated part of an instalment plan; what is paid of it is computed from the ledger."""

    _name = 'dunning.installment'
    _description = "Instalment"
    _order = 'plan_id, date_due, sequence, id'
    _rec_name = 'date_due'

    # What is computed from the ledger, or remembered by the system.
    _protected_fields = frozenset({'amount_paid', 'state', 'reminded_on'})

    plan_id = fields.Many2one(
        'dunning.installment.plan', "Instalment Plan", required=True, index=True,
        ondelete='cascade')
    company_id = fields.Many2one(related='plan_id.company_id', store=True, index=True)
    partner_id = fields.Many2one(related='plan_id.partner_id', string="Customer")
    currency_id = fields.Many2one(related='plan_id.currency_id')
    plan_state = fields.Selection(related='plan_id.state', string="State of the Plan")
    sequence = fields.Integer("No.", default=10)
    date_due = fields.Date("Due On", required=True)
    amount = fields.Monetary(required=True)
    amount_paid = fields.Monetary("Paid", readonly=True, copy=False)
    state = fields.Selection([
        ('due', "Open"), ('partly', "Partly paid"), ('paid', "Paid"), ('late', "Late"),
        ('missed', "Missed"),
    ], default='due', required=True, readonly=True, copy=False)
    reminded_on = fields.Date(readonly=True, copy=False)

    _amount_positive = models.Constraint(
        'CHECK(amount > 0 AND amount < 1e11)',
        "An instalment is about an amount greater than zero.")
    _open_idx = models.Index("(company_id, date_due) WHERE state IN ('due', 'partly', 'late')")

    @api.constrains('date_due')
    def _check_date_due(self):
        check_day(self, 'date_due')

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            for vals in vals_list:
                for name in self._protected_fields & vals.keys():
                    del vals[name]
        parts = super().create([without(vals, 'company_id') for vals in vals_list])
        parts._check_draft()
        return parts

    def write(self, vals):
        if not self.env.su and self._protected_fields & vals.keys():
            raise AccessError(self.env._("What was paid is read from the ledger."))
        check_not_written(self, vals, 'company_id', 'plan_id')
        self._check_draft()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_agreed(self):
        self._check_draft()

    def _check_draft(self):
        """Refuse to change the parts of a plan that was agreed."""
        if self.env.su:
            return
        for plan in self.plan_id:
            plan.check_access('write')
            if plan.state != 'draft':
                raise UserError(self.env._(
                    "%(plan)s was agreed with the customer and stays as it is. Please cancel it "
                    "and record a new one.", plan=plan.display_name))
