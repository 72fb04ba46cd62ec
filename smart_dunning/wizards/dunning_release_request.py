from odoo import fields, models


class DunningReleaseRequest(models.TransientModel):
    """Sales and warehouse ask those who may release."""

    _name = 'dunning.release.request'
    _description = "Request a Release"

    order_id = fields.Many2one('sale.order', readonly=True)
    picking_id = fields.Many2one('stock.picking', readonly=True)
    note = fields.Text("Why Should the Goods Leave", required=True)

    def action_request(self):
        """Send the request to everybody who may release."""
        self.ensure_one()
        document = self.picking_id or self.order_id
        is_asked = document._request_dunning_release(self.note)
        return {
            'type': 'ir.actions.client', 'tag': 'display_notification',
            'params': {
                'type': 'success' if is_asked else 'warning',
                'message': self.env._("Those who may release holds were asked.")
                if is_asked else document.sudo().dunning_request_note,
                'next': {'type': 'ir.actions.act_window_close'},
            },
        }
