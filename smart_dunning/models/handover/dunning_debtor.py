from odoo import fields, models


class DunningDebtor(models.Model):
    """Who collects from a debtor, and the button to let somebody else do it."""

    _inherit = 'dunning.debtor'

    handover_ids = fields.One2many(
        'dunning.handover', compute='_compute_handovers', string="Handovers")
    handover_count = fields.Integer("Handed Over", compute='_compute_handovers')
    collector_text = fields.Char("Collected By", compute='_compute_handovers')

    def _compute_handovers(self):
        self._find_of_customer('handover_ids')
        for debtor in self:
            mine = debtor.handover_ids
            debtor.handover_count = len(mine)
            debtor.collector_text = ". ".join(
                case._get_pause_text() for case in mine if case.state == 'handed_over') or False

    def _get_end_sentence(self):
        # EXTENDS smart_dunning: with everything at an agency there is nothing to decide
        self.ensure_one()
        cases = self.env['dunning.handover'].sudo().search([
            ('partner_id', '=', self.partner_id.id), ('company_id', '=', self.company_id.id),
            ('state', 'in', ('proposed', 'handed_over'))])
        if not cases or self.env['dunning.handover']._get_free_items(
                self.partner_id, self.company_id):
            return super()._get_end_sentence()
        proposed = cases.filtered(lambda case: case.state == 'proposed')
        return self.env._(
            "The handover %(number)s waits for review.", number=proposed[0].name,
        ) if proposed else f"{cases[0]._get_pause_text()}."

    def action_hand_over(self):
        """Open the dialog to hand these customers over to an agency."""
        self.check_access('read')
        return {
            'type': 'ir.actions.act_window', 'name': self.env._("Hand over for collection"),
            'res_model': 'dunning.handover.make', 'view_mode': 'form', 'target': 'new',
            'context': {'default_debtor_ids': self.ids}}

    def action_open_handovers(self):
        """Show the cases of the customer."""
        self.ensure_one()
        action = {
            'type': 'ir.actions.act_window', 'name': self.env._("Handovers"),
            'res_model': 'dunning.handover', 'view_mode': 'list,form',
            'domain': [('id', 'in', self.handover_ids.ids)]}
        if len(self.handover_ids) == 1:
            action |= {'view_mode': 'form', 'res_id': self.handover_ids.id}
        return action
