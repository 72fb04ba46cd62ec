from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools.sql import column_exists, create_column


class AccountMove(models.Model):
    _inherit = 'account.move'

    dunning_level_id = fields.Many2one(
        'dunning.level', compute='_compute_dunning_level_id', store=True,
        copy=False, index='btree_not_null', help="The highest level its instalments have reached.")
    dunning_level_position = fields.Integer(
        related='dunning_level_id.position', string="Level No.", aggregator=None)
    dunning_date = fields.Date(
        "Last Dunned", compute='_compute_dunning_level_id', store=True, copy=False)
    dunning_next_level_id = fields.Many2one(
        'dunning.level', "Next Dunning Step", compute='_compute_dunning_next_step')
    dunning_next_date = fields.Date("Next Step On", compute='_compute_dunning_next_step')
    dunning_letter_count = fields.Integer(
        compute='_compute_dunning_letter_count', groups='smart_dunning.group_dunning_user')

    def _auto_init(self):
        # No item has a level yet: filling the new columns of a large ledger would only take time.
        if not column_exists(self.env.cr, 'account_move', 'dunning_level_id'):
            create_column(self.env.cr, 'account_move', 'dunning_level_id', 'int4')
        if not column_exists(self.env.cr, 'account_move', 'dunning_date'):
            create_column(self.env.cr, 'account_move', 'dunning_date', 'date')
        return super()._auto_init()

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_no_level(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._check_no_level(vals)
        return super().write(vals)

    def _check_no_level(self, vals):
        """The level of an invoice follows from its items: nobody writes it beside them."""
        if not self.env.su and {'dunning_level_id', 'dunning_date'} & vals.keys():
            raise AccessError(self.env._(
                "The dunning level of an invoice follows from the letters about its items."))

    @api.depends('line_ids.dunning_level_id', 'line_ids.dunning_date')
    def _compute_dunning_level_id(self):
        self.line_ids.fetch(['dunning_level_id', 'dunning_date'])     # of dozens of columns
        for move in self:
            dunned = move.line_ids.filtered('dunning_level_id')
            move.dunning_level_id = dunned.dunning_level_id.sorted('position')[-1:]
            move.dunning_date = max(filter(None, dunned.mapped('dunning_date')), default=False)

    def _compute_dunning_next_step(self):
        """Ask the ladder what comes next for each open instalment; the earliest step counts."""
        self.dunning_next_level_id = self.dunning_next_date = False
        moves = self.filtered(
            lambda move: move.state == 'posted' and move.is_sale_document(include_receipts=True))
        for company, of_company in moves.grouped('company_id').items():
            run = self.env['dunning.run'].sudo().new({'company_id': company.id})
            steps = run._forecast_steps(of_company.line_ids.ids, company._get_dunning_today())
            for move in of_company:
                found = [steps[line.id] for line in move.line_ids if line.id in steps]
                if found:
                    date, level_id = min(found)
                    move.dunning_next_date = date
                    move.dunning_next_level_id = level_id

    def _compute_dunning_letter_count(self):
        counts = dict(self.env['dunning.letter.line']._read_group(
            [('move_id', 'in', self.ids), ('letter_id.state', '!=', 'cancelled')],
            ['move_id'], ['letter_id:count_distinct']))
        for move in self:
            move.dunning_letter_count = counts.get(move, 0)

    def action_open_dunning_letters(self):
        """Open the letters that name this invoice."""
        self.ensure_one()
        action = self.env['ir.actions.act_window']._for_xml_id(
            'smart_dunning.dunning_letter_action')
        letters = self.env['dunning.letter.line'].search([('move_id', '=', self.id)]).letter_id
        return {**action, 'domain': [('id', 'in', letters.ids)], 'context': {'create': False}}
