from odoo import api, models
from odoo.tools import SQL

from ...logic import ladder
from ..item.dunning_item import Column


class DunningItem(models.AbstractModel):
    """Booked charges among the open items: they are owed, but never dunned themselves."""

    _inherit = 'dunning.item'

    @api.model
    def _get_columns(self, scope):
        # EXTENDS item
        return super()._get_columns(scope) | {
            'charge': Column(self._line('dunning_charge_id')),
            'salesperson': Column(self._move('invoice_user_id'), ('move',)),
        }

    @api.model
    def _get_excluded_because(self, scope):
        # EXTENDS item
        return [
            (SQL("%s IS NOT NULL AND %s", self._line('dunning_charge_id'), self._is_debt()),
             ladder.CHARGE),
            *super()._get_excluded_because(scope)]
