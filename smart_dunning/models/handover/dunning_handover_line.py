from odoo import api, fields, models


class DunningHandoverLine(models.Model):
    """One item of a case, with the figures as they were when it was handed over."""

    _name = 'dunning.handover.line'
    _inherit = ['dunning.system.record']
    _description = "Claim Handed Over"
    _order = 'handover_id, date_maturity, id'
    _allow_sudo_commands = False
    _rec_name = 'name'

    handover_id = fields.Many2one(
        'dunning.handover', required=True, index=True, ondelete='cascade')
    company_id = fields.Many2one('res.company', required=True, index=True)
    currency_id = fields.Many2one('res.currency', required=True)
    move_line_id = fields.Many2one(
        'account.move.line', "Journal Item", index='btree_not_null', ondelete='restrict')
    move_id = fields.Many2one(
        'account.move', "Invoice", index='btree_not_null', ondelete='restrict')
    name = fields.Char("Invoice Number")
    date_maturity = fields.Date("Due Date")
    amount_original = fields.Monetary("Amount")
    amount_paid = fields.Monetary("Paid Before")
    amount_waived = fields.Monetary("Credited Before")
    amount_open = fields.Monetary("Handed Over")
    amount_interest = fields.Monetary("Interest")
    amount_residual = fields.Monetary(
        "Open Today", compute='_compute_amount_residual', compute_sudo=True)
    default_date = fields.Date("Default Since")
    limitation_date = fields.Date("Limitation")
    # Not of cases that were recalled or dropped: their items may be handed over again.
    is_current = fields.Boolean(default=True)

    _item_once = models.UniqueIndex(
        "(move_line_id) WHERE is_current IS TRUE",
        "This item is part of another handover already.")

    @api.depends('move_line_id.amount_residual_currency')
    def _compute_amount_residual(self):
        for line in self:
            line.amount_residual = line.move_line_id.amount_residual_currency

    def _get_system_text(self):
        return self.env._("Claims are written by the handover they belong to.")

    def _freeze(self, record):
        """Note the figures that leave: of each claim, and of its case.

        :param record: the case as `logic.handover_record.Record`
        """
        claims = {int(claim.id): claim for claim in record.claims}
        for line in self:
            claim = claims[line.move_line_id.id]
            line.write({
                'amount_paid': float(claim.paid), 'amount_waived': float(claim.waived),
                'amount_open': float(claim.open), 'amount_interest': float(claim.interest),
                'default_date': claim.default_date or False,
                'limitation_date': claim.limitation or False})
        principal, total = float(record.principal), float(record.total)
        self.handover_id.write({
            'amount_principal': principal,
            'amount_charges': self.currency_id.round(total - principal)})
