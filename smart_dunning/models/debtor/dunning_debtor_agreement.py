from collections import defaultdict

from odoo import api, fields, models
from odoo.tools import format_date

from ...logic.days import shift
from ..pause.dialog import open_dialog


class DunningDebtor(models.Model):
    """Agreements on the debtor: what runs, what became of it, and the buttons to record one."""

    _inherit = 'dunning.debtor'

    promise_date = fields.Date("Promised Until", readonly=True)
    dispute_count = fields.Integer("Open Disputes", readonly=True)
    agreement_text = fields.Text("Agreed", compute='_compute_agreement_text', compute_sudo=True)
    promise_ids = fields.One2many(
        'dunning.promise', compute='_compute_agreements', string="Promises")
    dispute_ids = fields.One2many(
        'dunning.dispute', compute='_compute_agreements', string="Disputes")

    def _compute_agreements(self):
        self._find_of_customer('promise_ids')
        self._find_of_customer('dispute_ids')

    @api.depends_context('lang')
    def _compute_agreement_text(self):
        """Say what runs: promises, disputes, plans, pauses of single invoices; one per line."""
        for debtor in self:
            pauses = self.env['dunning.pause'].search([
                ('partner_id', '=', debtor.partner_id.id), ('active', '=', True),
                ('company_id', '=', debtor.company_id.id),
                ('date_until', '>=', debtor.company_id._get_dunning_today()),
                '|', '|', ('kind', '!=', 'manual'), ('move_id', '!=', False),
                ('item_ids', '!=', False)])
            debtor.agreement_text = '\n'.join(
                pause.text if pause._is_endless() else self.env._(
                    "%(reason)s: no letter before %(date)s", reason=pause.text,
                    date=format_date(self.env, shift(pause.date_until, 1)))
                for pause in pauses) or False

    @api.model
    def _get_agreement_figures(self, company, partner_ids):
        """Return {partner id: {figure: value}} of what is promised and disputed."""
        figures = defaultdict(dict)
        domain = [('company_id', '=', company.id), ('partner_id', 'in', partner_ids),
                  ('state', '=', 'open')]
        for partner, date in self.env['dunning.promise']._read_group(
                domain, ['partner_id'], ['date:min']):
            figures[partner.id]['promise_date'] = date
        for partner, count in self.env['dunning.dispute']._read_group(
                domain, ['partner_id'], ['__count']):
            figures[partner.id]['dispute_count'] = count
        return figures

    def action_record_promise(self):
        """Open the dialog for a promise of this customer to pay what is overdue."""
        self.ensure_one()
        items = self.env['dunning.promise']._get_agreeable_items(
            self.partner_id, self.company_id, self._get_agreement_currency())
        return self._open_dialog(
            'dunning.promise', self.env._("Promise to pay"), item_ids=items.ids)

    def action_record_plan(self):
        """Open the dialog for a plan of this customer to pay what is overdue in parts."""
        self.ensure_one()
        items = self.env['dunning.installment.plan']._get_agreeable_items(
            self.partner_id, self.company_id, self._get_agreement_currency())
        return self._open_dialog(
            'dunning.installment.plan', self.env._("Instalment plan"), item_ids=items.ids)

    def action_record_dispute(self):
        """Open the dialog for an objection of this customer; with one open invoice it is chosen."""
        self.ensure_one()
        invoices = self.item_ids.filtered(
            lambda item: item.move_id.move_type in ('out_invoice', 'out_receipt')).move_id
        return self._open_dialog(
            'dunning.dispute', self.env._("Dispute"), move_id=len(invoices) == 1 and invoices.id)

    def _get_agreement_currency(self):
        """Return the currency in which most is open."""
        self.ensure_one()
        sums = {}
        for item in self.sudo().item_ids:
            sums[item.currency_id] = sums.get(item.currency_id, 0.0) + item.amount_residual
        return max(sums, key=sums.get, default=self.currency_id)

    def _open_dialog(self, model, title, **values):
        return open_dialog(self.env, model, title, self.partner_id, self.company_id,
                           self._get_agreement_currency(), **values)
