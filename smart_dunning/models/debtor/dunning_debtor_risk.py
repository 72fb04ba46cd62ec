import json

from odoo import api, fields, models
from odoo.tools import SQL

from ...logic import risk
from ..risk.dunning_risk_class import CLASSES

RISK_FIGURES = {
    'risk_class': 'varchar', 'late_probability': 'float8', 'late_band': 'varchar',
    'known_count': 'int', 'late_count': 'int', 'median_days_late': 'float8',
    'average_days_late': 'float8', 'days_late_trend': 'float8', 'risk_details': 'jsonb',
    'money_at_risk': 'numeric', 'proposed_limit': 'numeric', 'proposed_term_id': 'int',
    'is_prepayment_proposed': 'bool',
}
#: The credit of customers without payment terms of their own.
_USUAL_DAYS = 30


class DunningDebtor(models.Model):
    """How the customer pays, what class that makes, and which credit would fit."""

    _inherit = 'dunning.debtor'

    risk_class = fields.Selection(CLASSES, readonly=True, index='btree_not_null')
    late_probability = fields.Float(
        "Pays Late (Probability)", readonly=True, aggregator='avg',
        help="How likely the next invoice is paid late, from 0 to 1.")
    late_band = fields.Selection([
        (risk.LOW, "Low"), (risk.MEDIUM, "Medium"), (risk.HIGH, "High"),
    ], string="Risk of Late Payment", readonly=True)
    known_count = fields.Integer("Invoices of 24 Months", readonly=True)
    late_count = fields.Integer("Paid Late or Overdue", readonly=True)
    median_days_late = fields.Float(readonly=True, aggregator='avg')
    average_days_late = fields.Float(
        readonly=True, aggregator='avg', help="Weighted by amount.")
    days_late_trend = fields.Float(
        "Trend (Days)", readonly=True, aggregator='avg',
        help="By how many days the last six payments came later than the six before.")
    risk_details = fields.Json(readonly=True)
    risk_reason = fields.Text("Why This Class", compute='_compute_risk_reason')
    late_sentence = fields.Char(compute='_compute_late_sentence')
    money_at_risk = fields.Monetary(
        readonly=True, help="What is open, times the probability that it is paid late.")
    proposed_limit = fields.Monetary(readonly=True, help="0: none can be proposed.")
    proposed_term_id = fields.Many2one(
        'account.payment.term', "Proposed Payment Terms", readonly=True)
    is_prepayment_proposed = fields.Boolean("Propose Prepayment", readonly=True)
    credit_check_ids = fields.One2many(
        'dunning.credit.check', compute='_compute_credit_check_ids', string="Credit Checks")

    # Of a hundred thousand rows the dashboard shows ten.
    _at_risk_idx = models.Index("(company_id, money_at_risk DESC, id)")

    def _compute_credit_check_ids(self):
        self._find_of_customer('credit_check_ids')

    # Refresh ------------------------------------------------------------------------------------

    @api.model
    def _get_risk_figures(self, company, rows):
        """Return {partner id: {figure: value}} of `RISK_FIGURES`; nothing where nobody is rated.

        :param rows: {partner id: the other figures of the row}
        """
        if not company.dunning_risk_active:
            return {}
        today = company._get_dunning_today()
        rated = self.env['dunning.risk']._rate(company, list(rows), today)
        insured = self.env['dunning.credit.check']._get_insured_limits(company, rows, today)
        policies = self.env['dunning.policy'].browse(
            {row['policy_id'] for row in rows.values() if row.get('policy_id')}).with_company(
                company)
        terms = {
            (policy.id, one.letter): one
            for policy in policies for one in policy.risk_class_ids}
        days = self._get_term_days(company, list(rows))
        return {
            partner_id: self._prepare_risk_figures(
                rows[partner_id], found, terms, days[partner_id], insured.get(partner_id))
            for partner_id, found in rated.items()}

    @api.model
    def _forget_ratings(self, companies):
        """Take all ratings off the debtors of companies that rate nobody any more, at once.

        Until the next night sales, policies and quotations would go by what nobody wants.
        """
        self.flush_model()
        self.env.cr.execute(SQL(
            "UPDATE dunning_debtor SET %s WHERE company_id = ANY(%s)", SQL(", ").join(
                SQL("%s = %s", SQL.identifier(name), self._get_empty_figure(name, kind))
                for name, kind in RISK_FIGURES.items()), companies.ids))
        self.invalidate_model(list(RISK_FIGURES))
        self.env['res.partner'].invalidate_model(['dunning_risk_class', 'dunning_risk_sentence'])

    @api.model
    def _get_term_days(self, company, partner_ids):
        """Return {partner id: days of credit} that the customers' payment terms give.

        Without terms of their own, what is written on the invoices decides: a month is assumed.
        """
        partners = self.env['res.partner'].sudo().with_company(company).browse(partner_ids)
        days = {
            term: term._get_dunning_credit_days()
            for term in partners.property_payment_term_id}
        return {
            partner.id: days.get(partner.property_payment_term_id, _USUAL_DAYS)
            for partner in partners}

    @api.model
    def _prepare_risk_figures(self, row, found, terms, term_days, insured):
        """Return the figures of one customer.

        :param found: what `dunning.risk._rate` says
        :param terms: {(policy id, class): `dunning.risk.class`}
        :param insured: the limit of a credit insurer, None without one
        """
        rating, history = found['rating'], found['history']
        one = terms.get((row.get('policy_id'), rating.letter))
        if one and one.payment_term_id:     # the limit that fits the terms which go with it
            term_days = one.payment_term_id._get_dunning_credit_days()
        return {
            'risk_class': rating.letter, 'late_probability': rating.probability,
            'late_band': risk.get_band(rating.probability),
            'known_count': history.known, 'late_count': history.late,
            'median_days_late': history.median_days, 'average_days_late': history.average_days,
            'days_late_trend': risk.get_trend(history),
            'risk_details': json.dumps([[*reason] for reason in rating.reasons]),
            'money_at_risk': max(row.get('open_amount') or 0, 0) * rating.probability,
            'proposed_limit': risk.propose_limit(
                found['monthly_sales'], term_days, found['usual_days'], rating.letter, insured),
            'proposed_term_id': one.payment_term_id.id or None if one else None,
            'is_prepayment_proposed': bool(one and one.is_prepayment),
        }

    # Words --------------------------------------------------------------------------------------

    @api.depends('risk_class', 'known_count', 'late_count', 'late_probability')
    @api.depends_context('lang')
    def _compute_late_sentence(self):
        for debtor in self:
            debtor.late_sentence = debtor._get_late_sentence()

    @api.depends('risk_class', 'risk_details')
    @api.depends_context('lang')
    def _compute_risk_reason(self):
        for debtor in self:
            debtor.risk_reason = "\n".join(
                debtor._get_risk_sentence(risk.Point(*reason))
                for reason in debtor.risk_details or ()) or (
                    self.env._("Nothing speaks against this customer.")
                    if debtor.risk_class else False)

    def _get_late_sentence(self):
        """Return how the customer has paid, as a sentence."""
        self.ensure_one()
        if not self.risk_class:
            return False
        if not self.known_count:
            return self.env._("No history: %(percent)s %% of all customers' invoices are late.",
                              percent=round(100 * self.late_probability))
        return self.env._(
            "%(late)s of %(known)s invoices late", late=self.late_count, known=self.known_count)

    def _get_risk_sentence(self, reason):
        """Return a `logic.risk.Point` as a sentence with its points."""
        days = round(reason.value)
        sentence = {
            risk.NO_HISTORY: lambda: self.env._(
                "No invoices yet that tell anything: the average of the company counts."),
            risk.LATE_SHARE: lambda: self.env._(
                "The next invoice is paid late with a probability of %(percent)s %%.",
                percent=round(100 * reason.value)),
            risk.DAYS_LATE: lambda: self.env._(
                "Half of the payments come more than %(days)s days late.", days=days),
            risk.WORSENING: lambda: self.env._(
                "The last six payments came %(days)s days later than the six before.", days=days),
            risk.BROKEN_PROMISES: lambda: self.env._("A promise to pay was broken.")
            if days == 1 else self.env._("%(count)s promises to pay were broken.", count=days),
            risk.RETURNED: lambda: self.env._("A payment was returned by the bank.")
            if days == 1 else self.env._(
                "%(count)s payments were returned by the bank.", count=days),
            risk.OVERDUE_NOW: lambda: self.env._(
                "The oldest open invoice is overdue for %(days)s days.", days=days),
        }[reason.code]()
        return sentence if not reason.points else self.env._(
            "%(sentence)s (%(points)s points)", sentence=sentence, points=reason.points)
