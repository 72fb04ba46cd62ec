from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError


class DunningReleaseGrant(models.TransientModel):
    """Three answers make a release: up to which amount, until when, and why."""

    _name = 'dunning.release.grant'
    _description = "Give a Release"

    order_id = fields.Many2one('sale.order', readonly=True)
    picking_id = fields.Many2one('stock.picking', readonly=True)
    partner_id = fields.Many2one('res.partner', "Customer", readonly=True)
    company_id = fields.Many2one('res.company', required=True, readonly=True)
    currency_id = fields.Many2one(related='company_id.currency_id')
    max_amount = fields.Monetary("Up To", required=True)
    valid_until = fields.Date(required=True)
    reason = fields.Char(required=True)
    request_note = fields.Text("Requested", compute='_compute_request_note', compute_sudo=True)
    hold_reason = fields.Text("Held Because", compute='_compute_hold_reason', compute_sudo=True)

    @api.model
    def default_get(self, fields):  # pylint: disable=redefined-outer-name
        values = super().default_get(fields)
        document = self.env['stock.picking'].browse(values.get('picking_id')) or self.env[
            'sale.order'].browse(values.get('order_id'))
        company = self.env['res.company'].browse(values.get('company_id')) or self.env.company
        self._check_may_ask(document, company)
        if document:
            candidate = document.sudo()._get_hold_candidate()
            if not candidate.partner:
                raise UserError(self.env._("This document is invoiced to nobody."))
            company = candidate.company
            values.update(partner_id=candidate.partner.id,
                          max_amount=company.currency_id.round(candidate.value))
        values.update(company_id=company.id,
                      valid_until=company._get_dunning_today() + timedelta(days=14))
        return values

    @api.depends('partner_id', 'company_id')
    def _compute_hold_reason(self):
        for grant in self:
            grant.hold_reason = self.env['dunning.hold.check']._get_figures(
                grant.company_id, grant.partner_id)['hold_reason'] \
                if grant.partner_id and grant.company_id in self.env.user.company_ids else False

    @api.depends('partner_id', 'company_id', 'order_id', 'picking_id')
    def _compute_request_note(self):
        for grant in self:
            document = grant.picking_id or grant.order_id
            inquiries = self.env['dunning.release']._find_inquiries(
                grant.company_id, grant.partner_id.commercial_partner_id, document) \
                if grant.company_id in self.env.user.company_ids \
                and document.sudo(False).has_access('read') else ()
            grant.request_note = "\n".join(
                inquiry._get_sentence() for inquiry in inquiries) or False

    @api.model_create_multi
    def create(self, vals_list):
        grants = super().create(vals_list)
        for grant in grants:
            grant._check_may_ask(grant.picking_id or grant.order_id, grant.company_id)
        return grants

    @api.model
    def _check_may_ask(self, document, company):
        """Check that the user may release, and may see what is to be released.

        :param document: order or transfer; an empty recordset for a whole customer
        """
        self.env['dunning.release']._check_may_release()
        document.check_access('read')
        if company not in self.env.user.company_ids:
            raise AccessError(self.env._("You do not work for %(company)s.",
                                         company=company.sudo().name))

    def action_refuse(self):
        """Refuse the release: whoever asked for it is told the reason."""
        self.ensure_one()
        # What was written since the dialog was opened counts as well.
        self._check_may_ask(self.picking_id or self.order_id, self.company_id)
        self.env['dunning.release']._refuse(
            self.company_id, self.partner_id, self.picking_id or self.order_id, self.reason)
        return {'type': 'ir.actions.act_window_close'}

    def action_grant(self):
        """Give the release."""
        self.ensure_one()
        values = {'company_id': self.company_id.id, 'max_amount': self.max_amount,
                  'valid_until': self.valid_until, 'reason': self.reason}
        if self.picking_id or self.order_id:
            values.update(picking_id=self.picking_id.id, order_id=self.order_id.id)
        values['partner_id'] = self.partner_id.id
        self.env['dunning.release'].create(values)
        return {'type': 'ir.actions.act_window_close'}
