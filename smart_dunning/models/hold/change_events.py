from datetime import timedelta

from odoo import api, models

_EXPOSURE_FIELDS = {'state', 'partner_invoice_id'}


class SaleOrder(models.Model):
    """A confirmed order changes what a customer owes: his row is looked at again."""

    _inherit = 'sale.order'

    def write(self, vals):
        if not _EXPOSURE_FIELDS & vals.keys():
            return super().write(vals)
        before = self._get_hold_customers()
        result = super().write(vals)
        self.env['dunning.debtor.change']._enqueue_later(before | self._get_hold_customers())
        return result

    def _get_hold_customers(self):
        """Return the pairs (company id, commercial partner id) to whom these are invoiced."""
        return {
            (order.company_id.id, order.partner_invoice_id.commercial_partner_id.id)
            for order in self.sudo() if order.partner_invoice_id}


class SaleOrderLine(models.Model):
    _inherit = 'sale.order.line'

    def _enqueue_hold_debtors(self):
        orders = self.filtered(lambda line: line.state == 'sale').order_id
        self.env['dunning.debtor.change']._enqueue_later(orders._get_hold_customers())

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines._enqueue_hold_debtors()
        return lines

    def write(self, vals):
        result = super().write(vals)
        if {'product_uom_qty', 'price_unit', 'discount', 'tax_ids', 'qty_delivered'} & vals.keys():
            self._enqueue_hold_debtors()
        return result


class StockMove(models.Model):
    _inherit = 'stock.move'

    def write(self, vals):
        result = super().write(vals)
        if vals.get('state') == 'cancel':
            self._enqueue_hold_debtors()
        elif vals.get('state') == 'done':
            self.filtered(lambda move: not move._is_delivered_as_ordered())._enqueue_hold_debtors()
        return result

    def _is_delivered_as_ordered(self):
        """Return whether the move completes what was ordered: it was part of the exposure already.

        And no delivery has ended that is noted as waiting.
        """
        self.ensure_one()
        move = self.sudo()
        line = move.sale_line_id
        return bool(line) and move._is_goods_issue() and not move.picking_id.dunning_held_since \
            and line.product_uom_id.compare(line.qty_delivered, line.product_uom_qty) == 0


class AccountMove(models.Model):
    _inherit = 'account.move'

    def write(self, vals):
        if 'partner_id' not in vals:
            return super().write(vals)
        self._enqueue_hold_drafts()
        result = super().write(vals)
        self._enqueue_hold_drafts()
        return result

    def _enqueue_hold_drafts(self):
        """A draft changes what a customer owes where his policy counts drafts."""
        check = self.env['dunning.hold.check']
        self.env['dunning.debtor.change']._enqueue_later({
            (move.company_id.id, move.commercial_partner_id.id) for move in self.sudo()
            if move.state == 'draft' and move.move_type in ('out_invoice', 'out_refund')
            and move.partner_id and check._get_config(move.company_id.id).counts_drafts})


class AccountMoveLine(models.Model):
    _inherit = 'account.move.line'

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines.move_id._enqueue_hold_drafts()
        return lines

    def write(self, vals):
        result = super().write(vals)
        if {'price_unit', 'quantity', 'discount', 'tax_ids'} & vals.keys():
            self.move_id._enqueue_hold_drafts()
        return result

    def unlink(self):
        self.move_id._enqueue_hold_drafts()
        return super().unlink()


class DunningRelease(models.Model):
    _inherit = 'dunning.release'

    @api.model_create_multi
    def create(self, vals_list):
        releases = super().create(vals_list)
        self.env['dunning.debtor.change']._enqueue_of(releases)
        releases._finish_requests()
        return releases

    def _finish_requests(self):
        """Remove the activities that asked for what was just released."""
        debtors = self.env['dunning.debtor'].sudo().search([
            ('company_id', 'in', self.company_id.ids), ('partner_id', 'in', self.partner_id.ids)])
        debtors.activity_unlink(['smart_dunning.mail_activity_dunning_release'])


class DunningPause(models.Model):
    """The first dispute or promise makes the checkpoints look for such things at all."""

    _inherit = 'dunning.pause'

    @api.model_create_multi
    def create(self, vals_list):
        pauses = super().create(vals_list)
        pauses._watch_agreements()
        return pauses

    def write(self, vals):
        result = super().write(vals)
        if vals.get('active') or 'date_until' in vals:
            self._watch_agreements()
        return result

    def _watch_agreements(self):
        """Tell all workers when these are the only ones, of which they know nothing yet."""
        check = self.env['dunning.hold.check']
        for company, pauses in self.filtered(
                lambda pause: pause.kind != 'manual').grouped('company_id').items():
            # It is tomorrow already in branches elsewhere.
            day = company._get_dunning_today() + timedelta(days=2)
            if not check._search_agreements(company.id, day, pauses.ids):
                self.env.registry.clear_cache()
