from odoo import api, fields, models


class DunningRelease(models.Model):
    """A release can be for one sale at a till, known by its number before it arrives."""

    _inherit = 'dunning.release'

    pos_order_uuid = fields.Char("Sale", readonly=True, index='btree_not_null')
    pos_reference = fields.Char(
        "Sale at the Till", compute='_compute_pos_reference', compute_sudo=True)
    scope = fields.Selection(selection_add=[('till', "One sale at a till")])

    @api.depends('pos_order_uuid')
    def _compute_scope(self):
        # EXTENDS smart_dunning
        tills = self.filtered('pos_order_uuid')
        tills.scope = 'till'
        return super(DunningRelease, self - tills)._compute_scope()

    @api.depends('pos_order_uuid')
    def _compute_pos_reference(self):
        uuids = [uuid for uuid in self.mapped('pos_order_uuid') if uuid]
        sales = self.env['pos.order'].search([('uuid', 'in', uuids)]) if uuids else ()
        names = {sale.uuid: sale.pos_reference or sale.name for sale in sales}
        for release in self:
            release.pos_reference = names.get(release.pos_order_uuid, False)

    def _get_subject(self):
        # EXTENDS smart_dunning
        return self.pos_order_uuid or super()._get_subject()

    def _finish_requests(self):
        # EXTENDS smart_dunning: one sale answers no request about orders or deliveries
        return super(DunningRelease, self.filtered(
            lambda release: not release.pos_order_uuid))._finish_requests()


class DunningReleaseUse(models.Model):
    _inherit = 'dunning.release.use'

    pos_order_uuid = fields.Char("Sale", readonly=True)

    def _get_subject(self):
        # EXTENDS smart_dunning
        return self.pos_order_uuid or super()._get_subject()

    @api.model
    def _prepare_subject_values(self, subject):
        # EXTENDS smart_dunning
        return {**super()._prepare_subject_values(subject), 'pos_order_uuid': subject}
