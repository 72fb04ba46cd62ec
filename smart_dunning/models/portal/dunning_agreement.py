from odoo import api, fields, models
from odoo.exceptions import AccessError


class DunningAgreement(models.AbstractModel):
    """That the customer has said it stands on the record by itself, or not at all."""

    _inherit = 'dunning.agreement'

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su and any('portal_letter_id' in vals for vals in vals_list):
            self._refuse_portal()
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su and 'portal_letter_id' in vals:
            self._refuse_portal()
        return super().write(vals)

    def _refuse_portal(self):
        raise AccessError(self.env._("What customers have said is written by them alone."))


class DunningPromise(models.Model):
    _inherit = 'dunning.promise'

    portal_letter_id = fields.Many2one(
        'dunning.letter', "By the Customer on", readonly=True, copy=False, index='btree_not_null',
        ondelete='restrict', help="The letter on whose page the customer has promised it.")

    _portal_open_once = models.UniqueIndex(
        "(portal_letter_id, company_id) WHERE state = 'open' AND portal_letter_id IS NOT NULL",
        "Payment of this letter is promised already.")


class DunningDispute(models.Model):
    _inherit = 'dunning.dispute'

    portal_letter_id = fields.Many2one(
        'dunning.letter', "By the Customer on", readonly=True, copy=False, index='btree_not_null',
        ondelete='restrict', help="The letter on whose page the customer has objected.")
    said_by = fields.Char("Objected By", help="The person at the customer who objects.")
