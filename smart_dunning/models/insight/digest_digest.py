from odoo import fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

_READERS = ('smart_dunning.group_dunning_user', 'account.group_account_readonly')
#: A payment so many days after a letter counts as collected by it.
_DAYS_AFTER_LETTER = 14


class DigestDigest(models.Model):
    """Receivables in the digest mail.

    What stands on a day is read from the snapshot of the end of the period, so that the change is
    that of the period; what came in is counted in the ledger between its two days.
    """

    _inherit = 'digest.digest'

    kpi_dunning_overdue = fields.Boolean("Overdue Receivables")
    kpi_dunning_overdue_value = fields.Monetary(compute='_compute_kpi_dunning_overdue_value')
    kpi_dunning_collected = fields.Boolean("Collected After Reminders")
    kpi_dunning_collected_value = fields.Monetary(compute='_compute_kpi_dunning_collected_value')
    kpi_dunning_held = fields.Boolean("Value of Held Orders")
    kpi_dunning_held_value = fields.Monetary(compute='_compute_kpi_dunning_held_value')
    kpi_dunning_dso = fields.Boolean("DSO (Days)")
    kpi_dunning_dso_value = fields.Float(compute='_compute_kpi_dunning_dso_value')

    def _compute_kpi_dunning_overdue_value(self):
        self._read_dunning_stock('kpi_dunning_overdue_value', 'overdue_amount')

    def _compute_kpi_dunning_held_value(self):
        self._read_dunning_stock('kpi_dunning_held_value', 'held_amount')

    def _compute_kpi_dunning_dso_value(self):
        self._read_dunning_stock('kpi_dunning_dso_value', 'dso')

    def _compute_kpi_dunning_collected_value(self):
        """Sum what was paid within two weeks after a letter that asked for it."""
        self._check_dunning_reader()
        start, end, _companies = self._get_kpi_compute_parameters()
        for digest in self:
            company = digest._get_dunning_company()
            digest.kpi_dunning_collected_value = company and self._read_dunning_collected(
                company, fields.Date.to_date(start), fields.Date.to_date(end)) or 0.0

    def _read_dunning_stock(self, name, figure):
        """Set a KPI to a figure of the last snapshot of the period."""
        self._check_dunning_reader()
        _start, end, _companies = self._get_kpi_compute_parameters()
        for digest in self:
            company = digest._get_dunning_company()
            snapshot = company and self.env['dunning.snapshot'].search([
                ('company_id', '=', company.id), ('date', '<=', fields.Date.to_date(end))], limit=1)
            digest[name] = snapshot[figure] if snapshot else 0.0

    def _read_dunning_collected(self, company, start, end):
        """Return what came in after one day until another on items that a letter asked for.

        In company currency, each payment once, whatever number of letters went before it.
        """
        for model, names in {
            'account.partial.reconcile': ['debit_move_id', 'credit_move_id', 'max_date', 'amount'],
            'dunning.letter.line': ['move_line_id', 'letter_id', 'state'],
            'dunning.letter': ['sent_date', 'state', 'is_prenotice'],
            'account.move': ['move_type'],
        }.items():
            self.env[model].flush_model(names)
        [[amount]] = self.env.execute_query(SQL("""
            SELECT COALESCE(sum(part.amount), 0)::float8
              FROM account_partial_reconcile part
              JOIN account_move_line item ON item.id = part.debit_move_id
              JOIN account_move_line credit ON credit.id = part.credit_move_id
              JOIN account_move payment ON payment.id = credit.move_id
                   AND payment.move_type != 'out_refund'
             WHERE part.max_date > %(start)s AND part.max_date <= %(end)s
               AND item.company_id IN %(companies)s AND EXISTS (
                   SELECT FROM dunning_letter_line line
                     JOIN dunning_letter letter ON letter.id = line.letter_id
                    WHERE line.move_line_id = item.id AND line.state = 'sent'
                      AND letter.state = 'sent' AND letter.is_prenotice IS NOT TRUE
                      AND letter.sent_date < part.max_date
                      AND letter.sent_date >= part.max_date - %(days)s)
        """, start=start, end=end, companies=company._get_dunning_tree()._ids,
            days=_DAYS_AFTER_LETTER))
        return amount

    def _get_dunning_company(self):
        """Return the creditor that the digest tells of, empty where its reader is not in it.

        A branch has no figures of its own: whoever belongs to a branch alone is told nothing.
        """
        company = self.company_id or self.env.company
        return company.browse(company.sudo().root_id.id) & self.env.user.company_ids

    def _check_dunning_reader(self):
        if not any(map(self.env.user.has_group, _READERS)):
            raise AccessError(self.env._("The figures of receivables are for accounting."))

    def _compute_kpis_actions(self, company, user):
        # EXTENDS digest
        menu = self.env.ref('account.menu_finance').id
        targets = {'overdue': 'dunning_ageing_report_action', 'dso': 'dunning_snapshot_action',
                   'collected': 'dunning_recovery_report_action',
                   'held': 'dunning_held_delivery_action'}
        return {
            **super()._compute_kpis_actions(company, user),
            **{f'kpi_dunning_{name}': f'smart_dunning.{action}?menu_id={menu}'
               for name, action in targets.items()}}
