from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import format_date

from ...logic import default

BASES = [
    (default.CALENDAR, "The agreed date has passed"),
    (default.REMINDER, "A reminder reached the customer"),
    (default.THIRTY_DAYS, "30 days after due date and receipt"),
    (default.MANUAL, "Set by hand"),
]


class AccountMove(models.Model):
    """Default, interest so far and limitation of an invoice."""

    _inherit = 'account.move'

    dunning_default_date = fields.Date(
        "In Default From", compute='_compute_dunning_claim',
        groups='smart_dunning.group_dunning_user,account.group_account_readonly',
        help="The first day that bears interest, of its earliest instalment.")
    dunning_default_basis = fields.Selection(
        BASES, "Reason for Default", compute='_compute_dunning_claim',
        groups='smart_dunning.group_dunning_user,account.group_account_readonly',
        help="Why the customer is in default: an agreed date, our reminder, thirty days after due "
             "date and invoice, or a date set by hand.")
    dunning_interest = fields.Monetary(
        "Interest So Far", compute='_compute_dunning_claim',
        groups='smart_dunning.group_dunning_user,account.group_account_readonly',
        help="Up to today, by the law or the policy, whether a letter has claimed it or not.")
    dunning_default_manual = fields.Date(
        "Default Set by Hand", copy=False, tracking=True,
        groups='smart_dunning.group_dunning_user',
        help="The first day that bears interest, whatever the rules say.")
    dunning_default_reason = fields.Char(
        "Reason for the Default Date", copy=False, tracking=True,
        groups='smart_dunning.group_dunning_user',
        help="Why default begins on that day, such as an agreed date or a refusal to pay. Required "
             "with a date set by hand; it stands in the history of the invoice.")
    dunning_court_date = fields.Date(
        "Court Order Since", copy=False, tracking=True, groups='smart_dunning.group_dunning_user',
        help="Limitation does not run from this day on.")
    dunning_court_until = fields.Date(
        "Court Order Until", copy=False, tracking=True, groups='smart_dunning.group_dunning_user',
        help="The last day of the proceedings. Empty: they go on.")
    dunning_acknowledged_date = fields.Date(
        "Debt Acknowledged On", copy=False, tracking=True,
        groups='smart_dunning.group_dunning_user',
        help="The customer has acknowledged the debt on that day, and this can be proved (in "
        "writing, by a part payment): limitation starts anew, in Germany by § 212 BGB.")

    _dunning_court_in_order = models.Constraint(
        'CHECK(dunning_court_until IS NULL OR dunning_court_date <= dunning_court_until)',
        "The court order cannot end before it begins.")

    @api.constrains('dunning_default_manual', 'dunning_default_reason')
    def _check_dunning_default_reason(self):
        for move in self.sudo():
            if not move.dunning_default_manual:
                continue
            if not (move.dunning_default_reason or '').strip():
                raise ValidationError(self.env._(
                    "Please enter why %(invoice)s is in default from that day on.",
                    invoice=move.display_name))
            due = min(filter(None, move.line_ids.filtered(
                lambda line: line.account_id.account_type == 'asset_receivable').mapped(
                    'date_maturity')), default=None)
            if due and move.dunning_default_manual <= due:
                raise ValidationError(self.env._(
                    "Nobody is in default before the due date: %(invoice)s is due on %(date)s.",
                    invoice=move.display_name, date=format_date(self.env, due)))

    def _compute_dunning_claim(self):
        """One set of queries per company, whatever the number of invoices."""
        self.dunning_default_date = self.dunning_default_basis = False
        self.dunning_interest = 0.0
        moves = self.sudo()._origin.filtered(
            lambda move: move.state == 'posted'
            and move.is_sale_document(include_receipts=True) and move.move_type != 'out_refund')
        found = defaultdict(list)
        for company, of_company in moves.grouped('company_id').items():
            lines = of_company.line_ids.filtered(
                lambda line: line.account_id.account_type == 'asset_receivable'
                and line.partner_id)
            for claim in lines._get_claims_today(company, lines).values():
                found[claim.item.move_id].append(claim)
        for move in self:
            claims = found[move._origin.id]
            begins = [claim.default for claim in claims if claim.default]
            if begins:
                move.dunning_default_date, move.dunning_default_basis = min(begins)
            move.dunning_interest = sum(
                claim.interest.amount for claim in claims if claim.interest)


class AccountMoveLine(models.Model):
    _inherit = 'account.move.line'

    @api.model
    def _get_claims_today(self, company, lines):
        """Return {line id: `Claim`} of lines of one company, up to today, by their policies."""
        today = company._get_dunning_today()
        pauses = self.env['dunning.pause']._get_item_pauses(
            company, today, lines.partner_id.ids, lines.ids)
        return self._get_claims(
            company, lines._get_claim_policies(company), today,
            withheld=self._get_disputed_parts(pauses))

    def _get_claim_policies(self, company):
        """Return {line id: policy record} of these lines of a company, as they are today."""
        policies = self.env['dunning.policy'].sudo()
        usable = set(policies._get_for_company(company).ids)
        assigned = policies._assign_all(company, self.partner_id.ids)
        return {
            line.id: line.move_id.dunning_policy_id
            if line.move_id.dunning_policy_id.id in usable
            else policies.browse(assigned.get(line.partner_id.id))
            for line in self}

    @api.model
    def _get_disputed_parts(self, pauses):
        """Return {line id: disputed amount, None for all of it} of `ladder.Pause` by line id."""
        return {
            line_id: pause.withheld for line_id, pause in pauses.items()
            if pause and pause.reason == 'dispute'}
