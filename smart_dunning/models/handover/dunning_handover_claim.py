from odoo import models
from odoo.tools import SQL


class DunningHandover(models.Model):
    """What is owed besides the principal of a case, and by which case it is asked for."""

    _inherit = 'dunning.handover'

    def _get_claims_today(self):
        """Return {line id: `Claim`} of the items, with their default and interest up to today."""
        policy = self._get_policy()
        return self.env['account.move.line'].sudo()._get_claims(
            self.company_id, {item.id: policy for item in self.sudo().item_ids},
            self.company_id._get_dunning_today())

    def _get_interest_amount(self, claim, charges):
        """Return the interest on an item that nobody has paid: claimed by letters, or not yet.

        :param claim: see `account.move.line._get_claims`; None where nothing is known
        :param charges: those of the case
        """
        if not claim:
            return 0.0
        claimed = charges.filtered(lambda charge: (
            charge.kind == 'interest' and charge.move_line_id.id == claim.item.id))
        grown = (claim.interest.amount - claim.claimed) if claim.interest else 0.0
        return self.currency_id.round(max(grown, 0.0) + sum(claimed.mapped('amount_open')))

    def _get_charges(self):
        """Return the open charges that letters have claimed about these items, sudo.

        What concerns items of several cases is claimed once: by the case that went first.
        """
        self.ensure_one()
        charges = self.env['dunning.charge']._get_open(
            self.company_id, self.partner_id.ids
        ).filtered(lambda charge: charge.currency_id == self.currency_id)
        about, own = charges._get_items(), set(self.sudo().item_ids.ids)
        taken = self._get_taken({line_id for ids in about.values() for line_id in ids} - own)
        return charges.filtered(lambda charge: (
            not own.isdisjoint(about[charge.id]) and taken.isdisjoint(about[charge.id])))

    def _get_taken(self, line_ids):
        """Return which items other cases have handed over before this one and still stand for."""
        lines = self.env['dunning.handover.line'].sudo().search([
            ('move_line_id', 'in', list(line_ids)), ('is_current', '=', True),
            ('handover_id.date_handed_over', '!=', False), ('handover_id', 'not in', self.ids)])
        mine = self.sudo().package_id.id        # packages are made in the order of the handovers
        return set(lines.filtered(lambda line: (
            not mine or line.handover_id.package_id.id < mine)).move_line_id.ids)


class DunningCharge(models.Model):
    """What an agency was given along with an item is asked for by nobody here, even afterwards.

    A case that ended with its items paid or written off keeps their charges: the agency has
    settled them, or given them up. A recalled case gives them back.
    """

    _inherit = 'dunning.charge'

    def _get_asked(self):
        # EXTENDS smart_dunning
        asked = super()._get_asked()
        items = asked._get_items()
        lines = self.env['dunning.handover.line'].sudo().search([
            ('move_line_id', 'in', list({one for ids in items.values() for one in ids})),
            ('is_current', '=', True), ('handover_id.state', '=', 'closed')])
        ended = set(lines.move_line_id.ids)
        return asked.filtered(lambda one: ended.isdisjoint(items[one.id]))


class DunningRun(models.Model):
    _inherit = 'dunning.run'

    def _get_collected_condition(self, date):
        # EXTENDS smart_dunning: the same for letters, see `dunning.charge._get_asked`
        self.env['dunning.handover'].flush_model(['state'])
        self.env['dunning.handover.line'].flush_model(['is_current', 'move_line_id'])
        return SQL("""(%s OR EXISTS (
            SELECT FROM dunning_handover_line line
              JOIN dunning_handover ended ON ended.id = line.handover_id
                   AND ended.state = 'closed'
             WHERE line.is_current AND line.move_line_id = ANY(basis.items)))
        """, super()._get_collected_condition(date))
