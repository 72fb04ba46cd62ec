"""What other addons keep in this database, read from their tables: nothing of them is imported."""

from typing import NamedTuple

from odoo.tools import SQL, html_sanitize, plaintext2html
from odoo.tools.sql import column_exists, table_exists

#: How OCA counts days, and how we do.
_COUNTED = {
    'net_days': 'due_date', 'end_of_month': 'month_end', 'previous_date': 'previous_letter'}
_CHANNELS = {'letter': 'print', 'email': 'email', 'phone': 'call'}


class Policy(NamedTuple):
    """A policy of the other addon; ``does_nothing``: whoever has it is not dunned."""

    key: int
    name: str
    does_nothing: bool = False
    sends: bool = False


class Level(NamedTuple):
    """A level of the other addon: ``names`` and ``texts`` by language, as HTML."""

    key: int
    policy: int
    order: float
    names: dict
    delay: int
    counted: str
    channel: str
    texts: dict


class Source:
    """An addon to come from; ``items`` is the FROM of open items with the alias ``item``."""

    code = name = table = ''

    def __init__(self, env):
        self.env = env

    def is_there(self):
        """Tell whether the addon has its tables in this database."""
        return bool(self.table) and table_exists(self.env.cr, self.table)

    def _rows(self, query):
        return [row for row, in self.env.execute_query(query)]

    def has(self, table, column):
        """Tell whether a table has a column."""
        return table_exists(self.env.cr, table) and column_exists(self.env.cr, table, column)

    def read_policies(self, company):
        """Return the `Policy`s that a company uses or could use."""
        return []

    def read_levels(self, company):
        """Return the `Level`s of these policies."""
        return []

    def read_letters(self, companies):
        """Return (item id, level id, day) of what went out about open items of companies."""
        return []

    def read_exempt(self, company):
        """Return (partner ids, invoice ids) that the other addon leaves alone."""
        return [], []


class CreditControl(Source):
    """OCA's account_credit_control, 19.0."""

    code, table = 'oca', 'credit_control_policy'

    def read_policies(self, company):
        return [Policy(row['id'], row['name'], bool(row.get('do_nothing')), False)
                for row in self._rows(SQL("""
                    SELECT to_jsonb(one) FROM credit_control_policy one
                     WHERE active AND (company_id IS NULL OR company_id = %s) ORDER BY id
                    """, company.id))]

    def read_levels(self, company):
        idle = {policy.key for policy in self.read_policies(company) if policy.does_nothing}
        used = {policy.key for policy in self.read_policies(company)} - idle
        return [Level(
            row['id'], row['policy_id'], row['level'], row['name'], row['delay_days'],
            _COUNTED.get(row['computation_mode'], 'due_date'),
            _CHANNELS.get(row['channel'], 'email'), {
                'letter_text': _to_html(row.get('custom_text')),
                'letter_closing': _to_html(row.get('custom_text_after_details')),
                'body_html': _to_html(row.get('custom_mail_text'), is_html=True)})
            for row in self._rows(SQL("""
                SELECT to_jsonb(one) FROM credit_control_policy_level one
                 WHERE policy_id = ANY(%s) ORDER BY policy_id, level""", list(used)))]

    def read_letters(self, companies):
        return self.env.execute_query(SQL("""
            SELECT item.id, letter.policy_level_id, COALESCE(letter.date_sent, letter.date)
              FROM credit_control_line letter
              JOIN account_move_line item ON item.id = letter.move_line_id
             WHERE letter.state = 'sent' AND letter.manually_overridden IS NOT TRUE
               AND item.company_id = ANY(%s) AND item.reconciled IS NOT TRUE
               AND item.parent_state = 'posted'""", companies.ids))

    def read_exempt(self, company):
        idle = [policy.key for policy in self.read_policies(company) if policy.does_nothing]
        partners = self._rows(SQL("""
            SELECT partner.id FROM res_partner partner
             WHERE partner.credit_policy_id = ANY(%s) AND partner.active
               AND (partner.company_id IS NULL OR partner.company_id = %s)
             ORDER BY id""", idle, company.id))
        moves = self._rows(SQL("""
            SELECT id FROM account_move WHERE credit_policy_id = ANY(%s) AND company_id = %s
               AND state = 'posted' AND payment_state IN ('not_paid', 'partial')
               AND move_type IN ('out_invoice', 'out_receipt') ORDER BY id""", idle, company.id))
        return partners, moves


class FollowUp(Source):
    """Odoo Enterprise's account_followup, by its documented field names: not tried."""

    code, table = 'enterprise', 'account_followup_followup_line'

    def read_policies(self, company):
        levels = self._get_levels(company)
        return [Policy(company.id, company.name, False, any(
            row.get('auto_execute') for row in levels))] if levels else []

    def _get_levels(self, company):
        return self._rows(SQL("""
            SELECT to_jsonb(one) FROM account_followup_followup_line one
             WHERE company_id = %s ORDER BY delay, id""", company.id))

    def read_levels(self, company):
        return [Level(
            row['id'], company.id, row['delay'], _by_language(row['name']), row['delay'],
            'due_date',
            'print' if row.get('send_letter') and not row.get('send_email') else 'email', {})
            for row in self._get_levels(company)]

    def read_letters(self, companies):
        if not self.has('account_move_line', 'followup_line_id'):
            return []
        day = SQL.identifier('item', 'last_followup_date') if self.has(
            'account_move_line', 'last_followup_date') else SQL("NULL::date")
        today = companies[:1]._get_dunning_today()
        return self.env.execute_query(SQL("""
            SELECT item.id, item.followup_line_id, COALESCE(%s, %s)
              FROM account_move_line item
              JOIN account_account account ON account.id = item.account_id
             WHERE item.followup_line_id IS NOT NULL AND item.company_id = ANY(%s)
               AND item.reconciled IS NOT TRUE AND item.parent_state = 'posted'
               AND account.account_type = 'asset_receivable'""", day, today, companies.ids))


SOURCES = {source.code: source for source in (CreditControl, FollowUp)}


def get_text(texts):
    """Return the English one of {language: text}, or any."""
    return texts.get('en_US') or next(iter(texts.values()), '')


def _by_language(value):
    """Return a text as {language: text}; what is not translated counts as English."""
    if isinstance(value, dict):
        return value
    return {'en_US': value} if value else {}


def _to_html(value, *, is_html=False):
    """Return texts as {language: HTML} without anything that could be code."""
    return {
        lang: html_sanitize(text) if is_html else plaintext2html(text.strip())
        for lang, text in _by_language(value).items() if text and text.strip()}
