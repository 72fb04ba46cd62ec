from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from odoo import api, models
from odoo.tools import SQL

from ...logic import ladder


class Scope(NamedTuple):
    """Whose items are asked for, and for which day.

    ``is_plain``: nothing of theirs is paused, disputed, agreed upon or paid without an entry, as
    the one who asks has found out: the query is planned in a third of the time.
    ``with_payments``: payments on account that have no entry yet are rows as well, with the
    number of the payment as a negative ``id``.
    """

    companies: models.BaseModel
    date: object
    partner_ids: list | None
    line_ids: list | None
    due_after: object
    is_plain: bool = False
    with_payments: bool = False


class Column(NamedTuple):
    """A fact about an item: its SQL, the joins that it needs, and what a payment on account says.

    ``sql`` is SQL, or a function that makes it where somebody picks the column.
    ``payment`` is SQL over `payment` and `payer`, for money that is on its way without an entry
    and named no invoice.
    """

    sql: SQL | Callable[[], SQL]
    joins: tuple = ()
    is_money: bool = False
    payment: SQL = SQL("NULL")

    def get_sql(self):
        """Return the SQL of the column."""
        return self.sql() if callable(self.sql) else self.sql


class DunningItem(models.AbstractModel):
    """The open receivable items: the one place that knows what is open, since when, and why not.

    Every reader (plan, second reading before a letter leaves, debtor and ageing, holds, notices,
    statement, agreements, limitation) asks here and adds nothing of its own. In steps:

    1. Pick columns by name from `_get_columns`; what nobody picks is not even joined::

           names = ('id', 'partner', 'due', 'open_company', 'excluded')

    2. Read the rows, as tuples in the order of the names, amounts as float::

           rows = self.env['dunning.item']._fetch(company, names, partner_ids=[7, 9])

       ``where`` and ``order`` are SQL over ``item`` and its columns, picked or not::

           self.env['dunning.item']._fetch(
               company, ('id',), where=SQL("item.open > 0 AND item.due < %s", today), order='due')

    3. Or embed the query, to aggregate in the database (amounts are numeric there)::

           query = self.env['dunning.item']._get_query(company, names, partner_ids=[7, 9])
           rows = self.env.execute_query(SQL(
               "SELECT item.partner, sum(item.open_company) FROM (%s) item GROUP BY 1", query))

       The query knows which fields it reads: `execute_query` writes them to the database before.

    4. To know more about items, extend `_get_columns` and `_get_joins` in an outer room; to leave
       items out, add a line to `_get_excluded_because`: run, invoice and debtor tell the reason.

    An amount that ends in ``_company`` is in the currency of the company, the others in that of
    the item; debts are positive, credits negative. What is on its way to the bank counts as paid.
    """

    _name = 'dunning.item'
    _description = "Open Item"

    # Reading ------------------------------------------------------------------------------------

    @api.model
    def _fetch(self, companies, columns, where=None, order=None, **scope):
        """Return the items as tuples of these columns; amounts are floats.

        :param where: SQL condition over ``item.<column>``
        :param str order: columns to sort by, as in ORDER BY
        :param scope: see `_get_query`
        """
        known = self._get_columns(self._make_scope(companies, **scope))
        names = list(columns)
        asked = names + [
            name for name in known if name not in names and (
                where and f'item.{name}' in _get_words(where.code)
                or order and name in _get_words(order))]
        picked = SQL(", ").join(
            SQL("item.%s::float8", SQL(name)) if known[name].is_money
            else SQL("item.%s", SQL(name)) for name in names)
        return self.env.execute_query(SQL(
            "SELECT %s FROM (%s) item %s %s",
            picked, self._get_query(companies, asked, **scope),
            SQL("WHERE %s", where) if where else SQL(),
            SQL("ORDER BY %s", SQL(order)) if order else SQL()))

    @api.model
    def _get_query(self, companies, columns, **scope):
        """Return the SQL that reads the open items, one row for each.

        :param companies: in whose ledgers
        :param columns: names of `_get_columns`
        :param partner_ids: commercial partners to look at; None for all
        :param line_ids: journal items to look at; None for all
        :param date: the day for which pauses count; today of the company unless told
        :param due_after: debts due on this day or earlier are left out as too old; None: no debt is
        :param is_plain: see `Scope`; `_get_peculiar` finds out
        """
        scope = self._make_scope(companies, **scope)
        known = self._get_columns(scope)
        picked = {name: known[name] for name in columns}
        names = SQL(", ").join(
            SQL("%s AS %s", column.get_sql(), SQL.identifier(name))
            for name, column in picked.items())
        query = SQL(
            "SELECT %s FROM account_move_line line %s WHERE %s", names,
            self._join(scope, [join for column in picked.values() for join in column.joins]),
            self._get_open_condition(scope))
        if not scope.with_payments or scope.is_plain or scope.line_ids is not None:
            return query
        return SQL("%s UNION ALL %s", query, self._get_payments_query(scope, picked.values()))

    @api.model
    def _get_excluded(self, lines):
        """Return {line id: reason code} of those open ones of these lines that are left out."""
        lines = lines._origin
        return {
            line_id: reason
            for company, of_company in lines.grouped('company_id').items() if company
            for line_id, reason in self._fetch(
                company, ('id', 'excluded'), line_ids=of_company.ids,
                due_after=company.dunning_due_after or None, where=SQL("item.excluded != ''"))}

    @api.model
    def _make_scope(
            self, companies, date=None, partner_ids=None, line_ids=None, due_after=None,
            is_plain=False, with_payments=False):
        return Scope(
            companies, date or companies[:1]._get_dunning_today(),
            None if partner_ids is None else list(partner_ids),
            None if line_ids is None else list(line_ids), due_after, is_plain,
            with_payments)

    @api.model
    def _get_peculiar(self, companies, date, partner):
        """Return the conditions under which the items of a customer are not plain: see `Scope`.

        :param partner: the id of the commercial partner, as SQL
        """
        return [SQL("""
            EXISTS (SELECT FROM account_payment payment
                      JOIN res_partner payer ON payer.id = payment.partner_id
                     WHERE payer.commercial_partner_id = %s AND payment.move_id IS NULL
                       AND payment.state IN ('in_process', 'paid'))
        """, partner)]

    @api.model
    def _join(self, scope, wanted):
        """Return the joins that were asked for, each once, in the order of `_get_joins`."""
        if not wanted:
            return SQL("")
        joins = self._get_joins(scope)
        return SQL(" ").join(sql for name, sql in joins.items() if name in wanted)

    @api.model
    def _get_open_condition(self, scope):
        """Return the condition on `line` for what is open between companies and customers.

        Begins with what the index of unreconciled items is made of: account and customer.
        """
        conditions = [SQL(
            "%s IN %s AND %s IS NOT TRUE AND %s = 'posted' AND %s IN %s AND %s IS NOT NULL",
            self._line('account_id'), self._get_accounts(), self._line('reconciled'),
            self._line('parent_state'), self._line('company_id'), scope.companies._ids or (0,),
            self._line('partner_id'))]
        if scope.partner_ids is not None:
            conditions.append(SQL("line.partner_id = ANY(%s)", scope.partner_ids))
        if scope.line_ids is not None:
            conditions.append(SQL("line.id = ANY(%s)", scope.line_ids))
        return SQL(" AND ").join(conditions)

    @api.model
    def _get_accounts(self):
        """Return the receivable accounts as a subselect, archived ones included."""
        return self.env['account.account'].sudo().with_context(active_test=False)._search(
            [('account_type', '=', 'asset_receivable')]).subselect()

    @api.model
    def _line(self, name):
        return self._column_of('line', 'account.move.line', name)

    @api.model
    def _move(self, name):
        return self._column_of('move', 'account.move', name)

    @api.model
    def _column_of(self, alias, model, name):
        """Return a stored field as SQL that knows its field: it is flushed before it is read."""
        return SQL.identifier(alias, name, to_flush=self.env[model]._fields[name])

    # Columns ------------------------------------------------------------------------------------

    @api.model
    def _get_columns(self, scope):
        """Return {name: `Column`}; other rooms add theirs through super()."""
        line, move = self._line, self._move
        due = SQL("COALESCE(%s, %s)", line('date_maturity'), line('date'))
        underway = ('move', 'underway')
        paid = SQL("-payment.amount")
        paid_company = SQL("-abs(payment.amount_company_currency_signed)")
        return {
            'id': Column(SQL("line.id"), payment=SQL("-payment.id")),
            'move': Column(line('move_id')),
            'partner': Column(line('partner_id'), payment=SQL("payer.commercial_partner_id")),
            'company': Column(line('company_id'), payment=SQL("payment.company_id")),
            'currency': Column(line('currency_id'), payment=SQL("payment.currency_id")),
            'account': Column(line('account_id')),
            'due': Column(due, payment=SQL("payment.date")),
            # What the document says, and what kind of document it is.
            'date': Column(SQL("COALESCE(%s, %s)", move('invoice_date'), line('date')), ('move',),
                           payment=SQL("payment.date")),
            'number': Column(SQL("COALESCE(%s, %s)", move('name'), line('name')), ('move',),
                             payment=SQL("payment.name")),
            'kind': Column(self._get_kind, ('move', 'journal'), payment=SQL("'payment'")),
            'is_credit_note': Column(SQL("(%s = 'out_refund')", move('move_type')), ('move',),
                                     payment=SQL("FALSE")),
            'original': Column(line('amount_currency'), (), True, paid),
            # What is open: residual as booked, less what is on its way.
            'residual': Column(line('amount_residual_currency'), (), True, paid),
            'residual_company': Column(line('amount_residual'), (), True, paid_company),
            'underway': Column(self._get_underway(), underway, True, SQL("0")),
            'open': Column(self._get_open, underway, True, paid),
            'open_company': Column(
                partial(self._get_open_company, scope), underway, True, paid_company),
            'excluded': Column(partial(self._get_excluded_code, scope), underway),
        } | self._get_ladder_columns(scope)

    @api.model
    def _get_ladder_columns(self, scope):
        """Return the columns that say how far dunning has come, and whose rules hold."""
        return {
            'level': Column(self._line('dunning_level_id')),
            'position': Column(SQL("COALESCE(%s, 0)", self._column_of(
                'level', 'dunning.level', 'position')), ('level',), payment=SQL("0")),
            'last_letter': Column(self._line('dunning_date')),
            'move_policy': Column(self._move('dunning_policy_id'), ('move',)),
            'partner_policy': Column(partial(self._get_partner_policy, scope), ('partner',)),
        }

    @api.model
    def _get_open(self):
        return SQL("(%s - %s)", self._line('amount_residual_currency'), self._get_underway())

    @api.model
    def _get_open_company(self, scope):
        return SQL("(%s - %s)", self._line('amount_residual'), self._get_underway_company(scope))

    @api.model
    def _get_partner_policy(self, scope):
        """Return the policy that the customer has in the first company, else in one above it."""
        partners = self.env['res.partner'].sudo()
        chain = scope.companies[:1].sudo().parent_ids or scope.companies[:1]
        return SQL("COALESCE(%s)", SQL(", ").join(
            partners.with_company(company)._field_to_sql('partner', 'dunning_policy_id')
            for company in reversed(chain)))

    @api.model
    def _get_joins(self, scope):
        """Return {name: SQL of the join}, in an order in which each knows those it needs."""
        return {
            'move': SQL("JOIN account_move move ON move.id = %s", self._line('move_id')),
            'journal': SQL(
                "JOIN account_journal journal ON journal.id = %s", self._line('journal_id')),
            'partner': SQL("JOIN res_partner partner ON partner.id = %s",
                           self._line('partner_id')),
            'level': SQL("LEFT JOIN dunning_level level ON level.id = %s",
                         self._line('dunning_level_id')),
            'underway': self._join_underway(scope),
        }

    @api.model
    def _get_kind(self):
        """Return invoice, credit_note, payment or entry."""
        return SQL("""
            CASE WHEN %(type)s IN ('out_invoice', 'out_receipt') THEN 'invoice'
                 WHEN %(type)s = 'out_refund' THEN 'credit_note'
                 WHEN %(journal)s IN ('bank', 'cash', 'credit') THEN 'payment'
                 ELSE 'entry' END
        """, type=self._move('move_type'),
            journal=self._column_of('journal', 'account.journal', 'type'))

    # Left out -----------------------------------------------------------------------------------

    @api.model
    def _get_excluded_because(self, scope):
        """Return pairs (SQL condition, reason code): the first that holds leaves the item out.

        The conditions are about `line` and `move`; the codes are those of `reasons`. A credit is
        netted although nobody follows it up, so that whoever has money with us is not asked for it.
        """
        state = self._move('payment_state')
        reasons = [
            (SQL("%s = 'blocked'", state), ladder.BLOCKED),
            (SQL("%s IN ('reversed', 'invoicing_legacy')", state), ladder.SETTLED),
            # What was sent to a customer reduces what there is to net, but is no claim.
            (SQL("""
                %(debt)s AND %(payment)s IS NOT NULL AND EXISTS (
                    SELECT FROM account_payment sent
                     WHERE sent.id = %(payment)s AND sent.payment_type = 'outbound')
            """, debt=self._is_debt(), payment=self._move('origin_payment_id')), ladder.OUTBOUND),
            (SQL("%s AND %s", self._is_debt(), self._line('no_followup')), ladder.NO_FOLLOWUP),
            (SQL("%s AND %s != 0 AND %s = %s", self._is_debt(),
                 self._line('amount_residual_currency'), self._get_underway(),
                 self._line('amount_residual_currency')), ladder.UNDERWAY),
        ]
        if scope.due_after:
            reasons.append((SQL(
                "%s AND COALESCE(%s, %s) <= %s", self._is_debt(), self._line('date_maturity'),
                self._line('date'), scope.due_after), ladder.TOO_OLD))
        return reasons

    @api.model
    def _is_debt(self):
        return SQL("(%s >= 0 AND %s >= 0)", self._line('amount_residual'),
                   self._line('amount_residual_currency'))

    @api.model
    def _get_excluded_code(self, scope):
        return SQL("CASE %s END", SQL(" ").join(
            SQL("WHEN %s THEN %s", condition, reason)
            for condition, reason in self._get_excluded_because(scope)))


def _get_words(text):
    """Return the words of a piece of SQL, with their alias."""
    return set(text.replace('(', ' ').replace(')', ' ').replace(',', ' ').split())
