from odoo import models
from odoo.exceptions import UserError

from ...logic import exposure

_FAMILY_FIELDS = {'parent_id', 'is_company', 'commercial_partner_id'}


class ResPartner(models.Model):
    """A held customer does not get away by becoming part of another one."""

    _inherit = 'res.partner'

    def write(self, vals):
        # EXTENDS base
        if self.env.su or not _FAMILY_FIELDS & vals.keys():
            return super().write(vals)
        payers = self.sudo().with_context(active_test=False).search([('id', 'child_of', self.ids)])
        before = {payer: payer.commercial_partner_id for payer in payers}
        waiting = self._find_waiting(payers)
        held = self.env['dunning.hold.check']._find_held(waiting.values(), exposure.DELIVERY)
        result = super().write(vals)
        for document, key in waiting.items():
            payer = document._get_payer_contact()
            if key in held and payer.commercial_partner_id != before[payer]:
                raise UserError(self.env._(
                    "%(customer)s is on hold, and %(document)s is still to be delivered: the "
                    "customer cannot become part of another one now.",
                    customer=before[payer].display_name, document=document.display_name))
        return result

    def _find_waiting(self, payers):
        """Return {order or transfer with goods to come: (commercial partner, company)}."""
        orders = self.env['sale.order'].sudo().search([
            ('partner_invoice_id', 'in', payers.ids), ('state', '=', 'sale')])
        orders = orders.filtered(lambda order: any(
            line.qty_delivered < line.product_uom_qty for line in order.order_line))
        transfers = self.env['stock.picking'].sudo().search([
            ('partner_id', 'in', payers.ids), ('sale_id', '=', False),
            ('state', 'not in', ('done', 'cancel'))]).filtered(
                lambda picking: picking._is_goods_issue())
        return {
            document: (document._get_payer_contact().commercial_partner_id, document.company_id)
            for documents in (orders, transfers) for document in documents}
