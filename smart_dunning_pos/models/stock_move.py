from contextlib import nullcontext

from odoo import models

from .dunning_hold_check import GOODS


class StockMove(models.Model):
    """What was handed over at a till has left: no hold leaves the stock wrong, or a sale unsaved.

    Core swallows a refusal and leaves such a transfer open. Goods that a till only orders, to be
    shipped later, wait as any other delivery.
    """

    _inherit = 'stock.move'

    def _is_hold_exempt(self):
        # EXTENDS smart_dunning
        picking = self.picking_id.sudo()
        if picking.pos_session_id and not picking.pos_order_id.shipping_date:
            return True
        return super()._is_hold_exempt()

    def _enforce_hold(self):
        # EXTENDS smart_dunning
        if self.env['dunning.hold.check']._get_at_till(GOODS) is not None:
            return None
        return super()._enforce_hold()

    def _keep_hold_payer(self):
        # EXTENDS smart_dunning
        if self.env['dunning.hold.check']._get_at_till(GOODS) is None:
            return super()._keep_hold_payer()
        return nullcontext()
