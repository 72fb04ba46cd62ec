from odoo import fields, models

from ...logic import bureau, handover


class DunningHandover(models.Model):
    """What § 31 (2) BDSG asks for before the agency reports a person to a credit bureau."""

    _inherit = 'dunning.handover'

    fact_ids = fields.One2many(
        'dunning.handover.fact', 'handover_id', "§ 31 BDSG", readonly=True,
        help="What the law asks for before a person is reported to a credit bureau. From the "
        "handover on it stays as it was that day.")

    def _update_bureau_facts(self, facts):
        """Write down what the law asks for, where a report to a credit bureau may follow.

        :param facts: `logic.handover.Case`
        """
        self.ensure_one()
        self.fact_ids.unlink()
        if not handover.is_reported(facts, self._get_terms()):
            return
        company = self.company_id
        found = bureau.find_facts(
            facts, company._get_dunning_today(), company.currency_id.compare_amounts)
        moves = {item.id: item.move_id for item in self.item_ids}
        disputes = {one.move_id: one for one in self._get_open_disputes(self.item_ids.move_id)}
        self.env['dunning.handover.fact'].sudo().create([{
            'handover_id': self.id, 'sequence': index, 'code': fact.code, 'name': fact.number,
            'is_met': fact.is_met, 'date': fact.day,
            'source': self._name_source(fact, moves[fact.item], disputes),
        } for index, fact in enumerate(found)])

    def _name_source(self, fact, move, disputes):
        """Return the record that a fact rests on, as references are written; False for none."""
        if fact.code in (bureau.FIRST, bureau.SECOND, bureau.TOLD):
            return f'dunning.letter,{fact.reminder}' if fact.reminder else False
        if fact.code == bureau.UNDISPUTED and move in disputes:
            return f'dunning.dispute,{disputes[move].id}'
        return f'account.move,{move.id}'


class DunningHandoverFact(models.Model):
    """One thing that the law asks for about an invoice: is it so, since when, and what shows it."""

    _name = 'dunning.handover.fact'
    _inherit = ['dunning.system.record']
    _description = "Fact for a Report to a Credit Bureau"
    _order = 'handover_id, sequence, id'
    _allow_sudo_commands = False

    handover_id = fields.Many2one(
        'dunning.handover', required=True, index=True, ondelete='cascade')
    company_id = fields.Many2one(related='handover_id.company_id', store=True, index=True)
    sequence = fields.Integer()
    name = fields.Char("Invoice")
    code = fields.Selection([
        (bureau.UNPAID, "Due, and not paid"),
        (bureau.FIRST, "First written reminder, at least four weeks ago"),
        (bureau.SECOND, "Second written reminder"),
        (bureau.TOLD, "Told before that a credit bureau may hear of it"),
        (bureau.UNDISPUTED, "Not disputed"),
    ], "What the Law Asks For", required=True)
    is_met = fields.Boolean("Fulfilled")
    date = fields.Date()
    source = fields.Reference([
        ('account.move', "Invoice"), ('dunning.letter', "Letter"), ('dunning.dispute', "Dispute"),
    ], "Shown By")

    def _get_system_text(self):
        return self.env._("Facts are written by the handover they belong to.")

    def action_open_source(self):
        """Open what shows it."""
        self.check_access('read')
        self.ensure_one()
        record = self.source or self.handover_id
        return {
            'type': 'ir.actions.act_window', 'res_model': record._name, 'view_mode': 'form',
            'res_id': record.id, 'name': record.display_name}


class DunningLevel(models.Model):
    _inherit = 'dunning.level'

    tells_bureau = fields.Boolean(
        "Tells of a Credit Bureau",
        help="The text of this level tells that the claim may be reported to a credit bureau. "
        "§ 31 (2) BDSG asks for it before a person is reported, with the first reminder at the "
        "earliest. Please write it into the text: this box does not.")
