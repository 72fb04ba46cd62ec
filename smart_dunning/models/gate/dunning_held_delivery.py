from odoo import fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL


class DunningHeldDelivery(models.Model):
    """Deliveries that wait because their customer is on hold, for sales and accounting alike."""

    _name = 'dunning.held.delivery'
    _description = "Held Delivery"
    _inherit = ['dunning.figures']
    _auto = False
    _order = 'held_since, id'
    _rec_name = 'name'
    _weights = {'days': 'amount'}

    name = fields.Char("Delivery", readonly=True)
    picking_id = fields.Many2one('stock.picking', "Transfer", readonly=True)
    order_id = fields.Many2one('sale.order', readonly=True)
    order_name = fields.Char("Order No.", readonly=True)
    company_id = fields.Many2one('res.company', readonly=True)
    currency_id = fields.Many2one(related='company_id.currency_id')
    partner_id = fields.Many2one('res.partner', "Customer", readonly=True)
    debtor_id = fields.Many2one('dunning.debtor', readonly=True)
    user_id = fields.Many2one('res.users', "Salesperson", readonly=True)
    amount = fields.Monetary("Value", readonly=True)
    held_since = fields.Datetime("Waiting Since", readonly=True)
    days = fields.Float(
        "Days Waiting", readonly=True, aggregator='avg', help="Weighted by amount.")
    scheduled_date = fields.Datetime("Promised For", readonly=True)
    hold_reason = fields.Text("Why", compute='_compute_hold_reason', compute_sudo=True)

    @property
    def _table_query(self):
        return SQL("""
            SELECT picking.id, picking.name, picking.id AS picking_id, picking.sale_id AS order_id,
                   so.name AS order_name, picking.company_id,
                   payer.commercial_partner_id AS partner_id, debtor.id AS debtor_id,
                   COALESCE(so.user_id, payer.user_id) AS user_id,
                   picking.dunning_held_amount AS amount,
                   picking.dunning_held_since AS held_since, picking.scheduled_date,
                   (%s - picking.dunning_held_since::date)::float8 AS days
              FROM stock_picking picking
         LEFT JOIN sale_order so ON so.id = picking.sale_id
              JOIN res_partner payer
                ON payer.id = COALESCE(so.partner_invoice_id, picking.partner_id)
         LEFT JOIN dunning_debtor debtor ON debtor.partner_id = payer.commercial_partner_id
                                        AND debtor.company_id = picking.company_id
             WHERE picking.dunning_held_since IS NOT NULL
               AND picking.state NOT IN ('done', 'cancel')
        """, self.env.company._get_dunning_today())

    _depends = {
        'stock.picking': ['dunning_held_since', 'dunning_held_amount', 'sale_id', 'partner_id',
                          'name', 'scheduled_date', 'state', 'company_id'],
        'sale.order': ['user_id', 'partner_invoice_id', 'name'],
        'res.partner': ['commercial_partner_id', 'user_id'],
        'dunning.debtor': ['partner_id', 'company_id'],
    }

    def _compute_hold_reason(self):
        for delivery in self:
            delivery.hold_reason = delivery.debtor_id.hold_reason

    def action_open(self):
        """Open what the user may see of this: the transfer, else the order, else the debtor."""
        self.ensure_one()
        for record in (self.picking_id, self.order_id, self.debtor_id):
            if record and record.has_access('read'):
                return self._open(record)
        raise AccessError(self.env._(
            "You may see neither this delivery nor its order. Please ask its salesperson."))

    def action_open_delivery(self):
        """Open the transfer, for those who may see it."""
        self.ensure_one()
        return self._open(self.picking_id)

    def action_open_order(self):
        """Open the order, for those who may see it."""
        self.ensure_one()
        return self._open(self.order_id)

    def action_release(self):
        """Ask for amount, end and reason of a release of this delivery."""
        self.ensure_one()
        self.check_access('read')
        self.env['dunning.release']._check_may_release()
        return {
            'type': 'ir.actions.act_window', 'res_model': 'dunning.release.grant',
            'name': self.env._("Release %(document)s", document=self.name),
            'view_mode': 'form', 'target': 'new',
            'context': {'default_picking_id': self.picking_id.id},
        }

    def action_request_release(self):
        """Ask what to tell those who may release."""
        self.ensure_one()
        return self.picking_id.action_dunning_request_release()

    def _open(self, record):
        return {
            'type': 'ir.actions.act_window', 'res_model': record._name, 'res_id': record.id,
            'view_mode': 'form', 'views': [(False, 'form')],
        }
