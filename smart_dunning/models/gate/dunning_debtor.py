from odoo import api, fields, models


class DunningDebtor(models.Model):
    """The deliveries of a customer that wait because of a hold."""

    _inherit = 'dunning.debtor'

    waiting_ids = fields.One2many(
        'dunning.held.delivery', 'debtor_id', string="Deliveries Waiting", readonly=True)
    waiting_count = fields.Integer(compute='_compute_waiting')
    waiting_amount = fields.Monetary("Waiting", compute='_compute_waiting')

    def _compute_waiting(self):
        sums = {
            debtor: (count, amount)
            for debtor, count, amount in self.env['dunning.held.delivery'].sudo()._read_group(
                [('debtor_id', 'in', self.ids)], ['debtor_id'], ['__count', 'amount:sum'])}
        for debtor in self:
            debtor.waiting_count, debtor.waiting_amount = sums.get(debtor.sudo(), (0, 0.0))

    @api.model
    def _refresh(self, partners=None, company=None, keep=False):
        # EXTENDS debtor: whose deliveries wait now, and whose may leave
        result = super()._refresh(partners=partners, company=company, keep=keep)
        company = company or self.env.company
        self.env['stock.picking'].sudo().with_company(company)._update_waiting(
            company, None if partners is None else partners.commercial_partner_id.ids)
        return result

    def action_open_waiting(self):
        """Open the deliveries that wait."""
        self.ensure_one()
        action = self.env['ir.actions.act_window']._for_xml_id(
            'smart_dunning.dunning_held_delivery_action')
        return {**action, 'domain': [('debtor_id', '=', self.id)]}
