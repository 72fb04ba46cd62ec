from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import format_date

from .reasons import ITEM_REASONS


class AccountMoveLine(models.Model):
    _inherit = 'account.move.line'

    dunning_level_id = fields.Many2one(
        'dunning.level', copy=False, readonly=True, index='btree_not_null',
        ondelete='set null', help="The level this item has reached.")
    dunning_level_position = fields.Integer(
        related='dunning_level_id.position', string="Level No.", aggregator=None)
    dunning_date = fields.Date(
        "Last Dunned", copy=False, readonly=True, help="The date of the last letter about it.")

    dunning_excluded = fields.Selection(
        ITEM_REASONS, "Left Out", compute='_compute_dunning_excluded', compute_sudo=True,
        help="Why nobody is asked for this item.")

    @api.depends('amount_residual_currency', 'currency_id', 'date_maturity', 'move_id.name')
    @api.depends_context('dunning_item_names', 'lang')
    def _compute_display_name(self):  # pylint: disable=missing-return
        # EXTENDS account: the items of an agreement are told apart by amount and day
        super()._compute_display_name()
        if not self.env.context.get('dunning_item_names'):
            return
        for line in self.filtered(lambda one: one.date_maturity and one.currency_id):
            line.display_name = self.env._(
                "%(number)s: %(amount)s due on %(date)s", number=line.move_id.name or line.name,
                amount=line.currency_id.format(line.amount_residual_currency),
                date=format_date(self.env, line.date_maturity))

    def _compute_dunning_excluded(self):
        reasons = self.env['dunning.item']._get_excluded(self)
        for line in self:
            line.dunning_excluded = reasons.get(line.id, False)

    @api.model_create_multi
    def create(self, vals_list):
        if any({'dunning_level_id', 'dunning_date'} & vals.keys() for vals in vals_list):
            self._check_may_set_level()
        return super().create(vals_list)

    def write(self, vals):
        if {'dunning_level_id', 'dunning_date'} & vals.keys():
            self._check_may_set_level()
            if not self.env.su:
                self._undo_letters_above(self.env['dunning.level'].browse(
                    vals.get('dunning_level_id', self.dunning_level_id[:1].id)))
        return super().write(vals)

    def _check_may_set_level(self):
        """Levels are reached by letters; setting one by hand is left to the administrator."""
        if not self.env.su and not self.env.user.has_group('smart_dunning.group_dunning_manager'):
            raise AccessError(self.env._(
                "The dunning level of an item is set by its letters. Only a dunning "
                "administrator may change it by hand."))

    def _undo_letters_above(self, level):
        """Forget that letters have asked for more than a level that was set by hand.

        Whoever remembers letters adds to this: the items may reach those levels again.
        """
