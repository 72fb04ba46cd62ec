from collections import defaultdict

from odoo import models
from odoo.tools import SQL


class DunningRun(models.Model):
    """Storing a plan: one statement per table, whatever the number of letters."""

    _inherit = 'dunning.run'

    def _insert_letters(self, values_list):
        """Write all letters in one statement; return their ids in the order of the values.

        The values are those of `_prepare_letter_values_list`, all with the same keys.
        """
        letters = self.env['dunning.letter']
        if not values_list:
            return []
        for values in values_list:
            values['amount_total'] = (
                values['amount_due'] - values['amount_credit']
                + sum(values.get(name, 0.0) for name in letters._charge_fields))
        columns = {
            name: self._get_letter_column(letters._fields[name], values_list)
            for name in values_list[0]}
        rows = self.env.execute_query(SQL("""
            INSERT INTO dunning_letter (%(names)s, create_uid, create_date, write_uid, write_date)
            SELECT plan.*, %(uid)s, now() AT TIME ZONE 'UTC', %(uid)s, now() AT TIME ZONE 'UTC'
              FROM unnest(%(columns)s) plan
         RETURNING name, id
        """, names=SQL(", ").join(map(SQL.identifier, columns)), uid=self.env.uid,
            columns=SQL(", ").join(columns.values())))
        ids = dict(rows)
        letters.invalidate_model()
        letter_ids = [ids[values['name']] for values in values_list]
        for field in letters._fields.values():
            if field.store and field.compute and field.name not in columns:
                self.env.add_to_compute(field, letters.browse(letter_ids))
        return letter_ids

    def _get_letter_column(self, field, values_list):
        """Return the values of a field as an array in SQL, amounts rounded by their currency."""
        column = [values[field.name] for values in values_list]
        if field.type == 'monetary':
            own = self.company_id.currency_id.id
            currencies = [
                values['currency_id'] if field.currency_field == 'currency_id' else own
                for values in values_list]
            _compare, round_amount = self._get_money_functions(set(currencies))
            column = list(map(round_amount, currencies, column))
        elif field.type != 'boolean':
            column = [None if value is False else value for value in column]
        return SQL("%s::%s[]", column, SQL(field.column_type[0]))

    def _insert_lines(self, letter_ids, plan_letters):
        """Write all lines in one statement; the ledger fills in number, dates and amounts.

        Who wrote them stands on the letter: each foreign key filled costs a tenth of the insert.
        """
        letters, lines, levels, disputed = [], [], [], []
        for letter_id, letter in zip(letter_ids, plan_letters, strict=True):
            for step in letter.steps:
                letters.append(letter_id)
                lines.append(step.item.id)
                levels.append(step.level.id)
                disputed.append(step.item.pause.withheld or 0.0 if step.item.pause else 0.0)
        if not lines:
            return
        self.env.cr.execute(SQL("""
            INSERT INTO dunning_letter_line (
                   letter_id, level_id, move_line_id, move_id, company_id, currency_id, name,
                   invoice_date, date_maturity, days_overdue, amount_original, amount_residual,
                   amount_disputed, state, create_date, write_date)
            SELECT plan.letter_id, plan.level_id, line.id, line.move_id, line.company_id,
                   line.currency_id, COALESCE(move.name, line.name),
                   COALESCE(move.invoice_date, line.date),
                   COALESCE(line.date_maturity, line.date),
                   GREATEST(0, %(date)s - COALESCE(line.date_maturity, line.date)),
                   line.amount_currency, line.amount_residual_currency - plan.disputed,
                   plan.disputed, 'draft', now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC'
              FROM unnest(%(letters)s, %(lines)s, %(levels)s, %(disputed)s::numeric[])
                   AS plan (letter_id, line_id, level_id, disputed)
              JOIN account_move_line line ON line.id = plan.line_id
              JOIN account_move move ON move.id = line.move_id
        """, date=self.date, letters=letters, lines=lines, levels=levels,
            disputed=disputed))
        self.env['dunning.letter.line'].invalidate_model()

    def _insert_omissions(self, omissions):
        """Write who is left out, one row per letter that was not made."""
        columns = defaultdict(list)
        for omission in omissions:
            letter = omission.letter
            columns['partner'].append(letter.partner)
            columns['currency'].append(letter.currency)
            columns['level'].append(letter.level.id or None)
            columns['reason'].append(omission.reason)
            columns['until'].append(omission.until)
            columns['count'].append(len(letter.steps))
            columns['amount'].append(letter.amount - letter.credit)
            columns['worth'].append(letter.worth - letter.credit_worth)
        if not columns:
            return
        self.env.cr.execute(SQL("""
            INSERT INTO dunning_omission (
                   run_id, company_id, partner_id, currency_id, level_id, reason, date_until,
                   item_count, amount, amount_company, create_uid, create_date, write_date)
            SELECT %(run)s, %(company)s, plan.*, %(uid)s, now() AT TIME ZONE 'UTC',
                   now() AT TIME ZONE 'UTC'
              FROM unnest(%(partner)s::int[], %(currency)s::int[], %(level)s::int[],
                          %(reason)s::varchar[], %(until)s::date[], %(count)s::int[],
                          %(amount)s::numeric[], %(worth)s::numeric[]) plan
        """, run=self.id, company=self.company_id.id, uid=self.env.uid, **columns))
        self.env['dunning.omission'].invalidate_model()
