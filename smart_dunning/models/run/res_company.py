from odoo import api, fields, models

from .letter_layout import LAYOUTS, check_layouts


class ResCompany(models.Model):
    """The letters of a company look its own way: a view of its own, as with core's documents."""

    _inherit = 'res.company'

    dunning_letter_layout_id = fields.Many2one(
        'ir.ui.view', "Layout of Dunning Letters", domain=LAYOUTS, ondelete='restrict',
        help="A view that inherits “Dunning letter” as a primary one, with letter_document in its "
             "key. Empty: the layout that comes with the addon.")

    dunning_arbitration_note = fields.Text(
        "Note on Consumer Arbitration", translate=True,
        help="Stands on letters to consumers that reject an objection, and on those of the last "
        "level: the arbitration body, and whether you take part (in Germany § 37 VSBG).")

    @api.constrains('dunning_letter_layout_id')
    def _check_dunning_letter_layout(self):
        check_layouts(self.dunning_letter_layout_id)
