from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...logic import risk


class DunningLevel(models.Model):
    """Which customers a reminder before the due date is for."""

    _inherit = 'dunning.level'

    risk_letters = fields.Char(
        "Only Risk Classes", help="Letters such as CD: the reminder before the due date goes only "
        "to businesses of these classes. Persons, and whoever is not rated, always get it. Empty: "
        "everybody does.")

    @api.constrains('risk_letters')
    def _check_risk_letters(self):
        for level in self:
            if not level._get_risk_letters() <= set(risk.CLASSES):
                raise ValidationError(self.env._(
                    "Level %(level)s: risk classes are A, B, C and D.", level=level.name))

    def _get_risk_letters(self):
        """Return the classes that the level names as a set of codes, empty: it names none."""
        self.ensure_one()
        return {letter for letter in (self.risk_letters or '').lower() if letter not in ' ,;'}
