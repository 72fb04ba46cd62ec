from odoo import fields, models


class DunningHandoverMake(models.TransientModel):
    """Ask to whom, and what for, before cases of one or many customers are proposed."""

    _name = 'dunning.handover.make'
    _description = "Hand Over for Collection"

    debtor_ids = fields.Many2many('dunning.debtor', required=True)
    company_id = fields.Many2one('res.company', compute='_compute_company_id')
    agency_id = fields.Many2one(
        'dunning.agency', domain="[('company_id', '=', company_id)]",
        help="Empty: for each customer the first agency that takes the case.")
    approach = fields.Selection([
        ('extrajudicial', "Out of court"), ('judicial', "In court"),
    ], required=True, default='extrajudicial')
    note = fields.Text("Remark for the Agency")

    def _compute_company_id(self):
        for wizard in self:
            wizard.company_id = wizard.debtor_ids[:1].company_id

    def action_propose(self):
        """Make the proposals, and show them with what speaks against each."""
        self.ensure_one()
        cases = self.env['dunning.handover']._make_for(self.debtor_ids, **{
            name: value for name, value in (
                ('agency_id', self.agency_id.id), ('approach', self.approach),
                ('note', self.note)) if value})
        cases.filtered(lambda case: case.state == 'draft').action_propose()
        action = {
            'type': 'ir.actions.act_window', 'name': self.env._("Handovers"),
            'res_model': 'dunning.handover', 'view_mode': 'list,form',
            'domain': [('id', 'in', cases.ids)]}
        return action | {'view_mode': 'form', 'res_id': cases.id} if len(cases) == 1 else action
