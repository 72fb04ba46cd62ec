from odoo import api, models
from odoo.exceptions import AccessError


class DunningSystemRecord(models.AbstractModel):
    """What the addon alone writes, by the record that it belongs to: a remote call is refused."""

    _name = 'dunning.system.record'
    _description = "Written by the System"

    @api.model_create_multi
    def create(self, vals_list):
        self._check_system()
        return super().create(vals_list)

    def write(self, vals):
        self._check_system()
        return super().write(vals)

    def unlink(self):
        self._check_system()
        return super().unlink()

    def _check_system(self):
        """Refuse to anybody but the addon itself."""
        if not self.env.su:
            raise AccessError(self._get_system_text())

    def _get_system_text(self):
        """Return who writes these records instead, or how; each model says so in its words."""
        raise NotImplementedError
