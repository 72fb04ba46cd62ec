from odoo import api, fields, models
from odoo.tools import SQL


class DunningLetterLine(models.Model):
    """One open item on a letter, with the level it steps to: the evidence of what was asked."""

    _name = 'dunning.letter.line'
    _description = "Dunning Letter Line"
    _order = 'letter_id, date_maturity, id'
    _allow_sudo_commands = False

    letter_id = fields.Many2one('dunning.letter', required=True, index=True, ondelete='cascade')
    # Of the item: a letter of the creditor carries items of its branches as well.
    company_id = fields.Many2one('res.company', required=True, index=True)
    currency_id = fields.Many2one(related='letter_id.currency_id')
    move_line_id = fields.Many2one(
        'account.move.line', "Journal Item", index='btree_not_null', ondelete='set null')
    move_id = fields.Many2one(
        'account.move', "Invoice", index='btree_not_null', ondelete='set null')
    level_id = fields.Many2one('dunning.level', required=True, ondelete='restrict')
    name = fields.Char("Number")
    invoice_date = fields.Date()
    date_maturity = fields.Date("Due Date")
    days_overdue = fields.Integer(aggregator='max')
    amount_original = fields.Monetary("Amount")
    amount_residual = fields.Monetary("Open")
    amount_disputed = fields.Monetary(
        "In Clarification", help="The part of the item that the letter does not ask for.")
    amount_paid = fields.Monetary("Paid", compute='_compute_amount_paid')
    # Claimed (sending) and sent lines hold the level; the unique index below stands on them.
    state = fields.Selection([
        ('draft', "Planned"), ('sending', "Being sent"), ('sent', "Sent"), ('dropped', "Dropped"),
        ('undone', "Undone"),
    ], default='draft', required=True)
    drop_reason = fields.Char()
    details = fields.Char(
        compute='_compute_details', help="Which part of the invoice it is, and what the customer "
        "calls the invoice, such as the number of the order.")
    # What the item had before this letter, so that a bounce can put it back.
    previous_level_id = fields.Many2one('dunning.level', ondelete='set null')
    previous_date = fields.Date()

    _level_once = models.UniqueIndex(
        "(move_line_id, level_id) WHERE state IN ('sending', 'sent')",
        "This item has already been dunned at this level.")

    def _compute_amount_paid(self):
        for line in self:
            line.amount_paid = (
                line.amount_original - line.amount_residual - line.amount_disputed)

    @api.depends_context('lang')
    @api.depends('move_line_id')
    def _compute_details(self):
        """Say which part of an invoice it is, and by which reference the customer knows it."""
        self.env['account.move.line'].flush_model(
            ['move_id', 'account_id', 'date_maturity', 'dunning_charge_id'])
        self.env['account.move'].flush_model(['ref'])
        found = {row[0]: row[1:] for row in self.env.execute_query(SQL("""
            SELECT part.id, part.number, part.parts, part.ref FROM (
                SELECT line.id, move.ref,
                       row_number() OVER (
                           PARTITION BY move.id ORDER BY line.date_maturity, line.id) AS number,
                       count(*) OVER (PARTITION BY move.id) AS parts
                  FROM account_move_line line
                  JOIN account_move move ON move.id = line.move_id
                  JOIN account_account account ON account.id = line.account_id
                       AND account.account_type = 'asset_receivable'
                 WHERE move.id = ANY(%s) AND line.dunning_charge_id IS NULL
                   AND move.move_type IN ('out_invoice', 'out_receipt')
              ) part WHERE part.id = ANY(%s)
        """, self.move_id.ids, self.move_line_id.ids))}
        for line in self:
            number, parts, ref = found.get(line.move_line_id.id, (1, 1, None))
            line.details = " · ".join(filter(None, (
                parts > 1 and self.env._(
                    "part %(number)s of %(parts)s", number=number, parts=parts),
                ref and ref != line.name and self.env._("Your reference: %(ref)s", ref=ref)))
            ) or False

    def _reach_levels(self, date):
        """Write the levels on the items, in bulk; remember what they had before.

        SQL, since the journal item's own write checks balances and locks that do not matter here.
        """
        self.write({'state': 'sent'})
        self.env.flush_all()
        self.env.cr.execute(SQL("""
            UPDATE dunning_letter_line line
               SET previous_level_id = item.dunning_level_id, previous_date = item.dunning_date
              FROM account_move_line item
             WHERE item.id = line.move_line_id AND line.id = ANY(%s)
        """, self.ids))
        self.env.cr.execute(SQL("""
            UPDATE account_move_line item
               SET dunning_level_id = line.level_id, dunning_date = %s
              FROM dunning_letter_line line
             WHERE item.id = line.move_line_id AND line.id = ANY(%s)
        """, date, self.ids))
        self._update_levels_of_invoices()

    def _move_to(self, item):
        """Let these sent lines be about an item that has taken the place of a deleted one."""
        self.write({'move_line_id': item.id})
        last = self.sorted(lambda line: line.level_id.position)[-1:]
        item.write({'dunning_level_id': last.level_id.id, 'dunning_date': last.letter_id.sent_date})
        self.env['dunning.charge'].sudo().search([
            ('move_id', '=', item.move_id.id), ('move_line_id', '=', False),
            ('letter_id', 'in', self.letter_id.ids), ('kind', '!=', 'fee'),
        ]).write({'move_line_id': item.id})

    def _undo_levels(self):
        """Put the items back to the level they had before, unless they have gone on since."""
        self.write({'state': 'draft'})
        self.env.flush_all()
        self.env.cr.execute(SQL("""
            UPDATE account_move_line item
               SET dunning_level_id = line.previous_level_id, dunning_date = line.previous_date
              FROM dunning_letter_line line
             WHERE item.id = line.move_line_id AND line.id = ANY(%s)
               AND item.dunning_level_id = line.level_id
        """, self.ids))
        self._update_levels_of_invoices()

    def _update_levels_of_invoices(self):
        names = ['dunning_level_id', 'dunning_date']
        self.invalidate_recordset(['previous_level_id', 'previous_date'])
        self.move_line_id.invalidate_recordset(names)
        self.move_line_id.fetch(['move_id'])
        self.move_line_id.modified(names)
