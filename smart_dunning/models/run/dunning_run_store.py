from collections import defaultdict
from functools import cache

from odoo import models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...logic import insolvency, ladder
from ..policy.labels import get_label


class DunningRun(models.Model):
    """Storing a plan: one statement per table, whatever the number of letters."""

    _inherit = 'dunning.run'

    def _store_plan(self, plan):
        """Write the letters with their lines, and the list of who is left out, in bulk."""
        self.ensure_one()
        contacts = self._get_contacts({letter.partner for letter in plan.letters})
        served = self._find_served_levels({letter.level.id for letter in plan.letters})
        letters, omissions = [], list(plan.omissions)
        for letter in plan.letters:
            obstacle = self._find_obstacle(letter, contacts[letter.partner], served)
            if obstacle:
                omissions.append(ladder.Omission(obstacle, letter))
            else:
                letters.append(letter)
        values = self._prepare_letter_values_list(letters, contacts)
        self.env.flush_all()
        letter_ids = self._insert_letters(values)
        self._insert_lines(letter_ids, letters)
        self._use_letterhead_of_branches(letter_ids)
        self._insert_omissions(omissions)
        on_paper = self.env['dunning.level']._find_channels('is_on_paper')
        to_print = self.env['dunning.letter'].browse(
            letter_id for letter_id, one in zip(letter_ids, values, strict=True)
            if one['channel'] in on_paper)
        to_print._notify_missing_address()
        if to_print:
            to_print._wake_layout()
        self.invalidate_recordset()
        self._tell_notes(letters, {
            letter.partner: contacts[letter.partner] for letter in letters})

    # Values -------------------------------------------------------------------------------------

    def _find_obstacle(self, letter, contact, served):
        """Return the reason for which a letter cannot be written, a code of `REASONS`, or None.

        :param letter: a `ladder.Letter`
        :param contact: what is known of the recipient, see `_get_contacts`
        :param served: ids of the levels whose channel some module serves
        """
        if letter.level.id not in served:
            return 'no_channel'
        if not contact['email_ok'] and not contact['address_ok']:
            return 'no_address'
        return None

    def _find_served_levels(self, level_ids):
        """Return the ids of those levels whose channel is known and served.

        Raises UserError where a person plans; the nightly run leaves their letters out.
        """
        levels = self.env['dunning.level'].browse(level_ids)
        unserved = levels.filtered(lambda level: not level._is_served())
        if unserved and not self.is_automatic:
            raise UserError(self.env._(
                "Level %(level)s of %(policy)s is to go out by “%(channel)s”, but no module serves "
                "this channel. Please choose another one.", level=unserved[0].name,
                policy=unserved[0].policy_id.name, channel=get_label(unserved[0], 'channel')))
        return set((levels - unserved).ids)

    def _prepare_letter_values_list(self, plan_letters, contacts):
        """Return the values of all letters, charges included."""
        levels = {level.id: level for level in self.env['dunning.level'].browse(
            {letter.level.id for letter in plan_letters})}
        policies = {policy.id: policy for policy in self.env['dunning.policy'].browse(
            {letter.policy for letter in plan_letters})}
        signers = self._get_signers(contacts, levels.values())
        find_deadline = cache(self._find_deadline)
        values_list = [
            self._prepare_letter_values(
                letter, number, levels[letter.level.id], policies[letter.policy],
                contacts[letter.partner], signers, find_deadline)
            for number, letter in enumerate(plan_letters, 1)
        ]
        self._add_charges(values_list, plan_letters)
        return values_list

    def _prepare_letter_values(
            self, letter, number, level, policy, contact, signers, find_deadline):
        """Return the values of one letter; extend it to add to the letter.

        :param letter: the `ladder.Letter` to write
        :param number: its place in the run, from 1
        :param contact: what is known of the recipient, see `_get_contacts`
        :param signers: function (level, contact) -> user id, see `_get_signers`
        :param find_deadline: function (level, channel, date) -> date, see `_find_deadline`
        """
        by_review = not self.is_automatic or policy.auto_send
        channel = level._choose_channel(contact)
        words = insolvency.find_words(contact['names'])
        return {
            'name': f"{self.name}-{number:04d}",
            'run_id': self.id,
            'company_id': self.company_id.id,
            'date': self.date,
            'partner_id': letter.partner,
            'recipient_id': contact['recipient_id'],
            'email': contact['email'],
            'currency_id': letter.currency,
            'policy_id': letter.policy,
            'level_id': letter.level.id,
            'is_prenotice': letter.is_prenotice,
            'channel': channel,
            'user_id': signers(level, contact),
            'insolvency_words': words or False,
            'state': 'ready' if by_review and not (level.needs_approval or words) else 'draft',
            'amount_due': letter.amount,
            'amount_credit': letter.credit,
            'amount_company': letter.worth - letter.credit_worth,
            'oldest_due_date': letter.oldest_due,
            'deadline': (
                letter.latest_due if letter.is_prenotice
                else find_deadline(level, channel, self.date)),
        }

    # Rows ---------------------------------------------------------------------------------------

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

    def _use_letterhead_of_branches(self, letter_ids):
        """Let a branch write in its own name where every item of a letter is its own."""
        if len(self.company_id._get_dunning_branches()) == 1:
            return
        rows = self.env.execute_query(SQL("""
            UPDATE dunning_letter letter SET company_id = branch.company_id
              FROM (SELECT letter_id, min(company_id) AS company_id FROM dunning_letter_line
                     WHERE letter_id = ANY(%s)
                  GROUP BY letter_id HAVING min(company_id) = max(company_id)) branch
             WHERE branch.letter_id = letter.id AND branch.company_id != letter.company_id
         RETURNING letter.id
        """, list(letter_ids)))
        self.env['dunning.letter'].invalidate_model()
        for letter in self.env['dunning.letter'].browse(letter_id for letter_id, in rows):
            if not letter.is_prenotice:       # by the post and the holidays of its country
                letter.deadline = self._find_deadline(
                    letter.level_id, letter.channel, letter.date, letter.company_id)

    def _insert_lines(self, letter_ids, plan_letters):
        """Write all lines in one statement; the ledger fills in number, dates and amounts.

        Who wrote them stands on the letter: each foreign key filled costs a tenth of the insert.
        """
        letters, lines, levels, amounts, disputed = [], [], [], [], []
        _compare, round_amount = self._get_money_functions(
            {letter.currency for letter in plan_letters})
        for letter_id, letter in zip(letter_ids, plan_letters, strict=True):
            for step in letter.steps:
                letters.append(letter_id)
                lines.append(step.item.id)
                levels.append(step.level.id)
                amounts.append(round_amount(letter.currency, step.item.amount))
                disputed.append(step.item.pause.withheld or 0.0 if step.item.pause else 0.0)
        if not lines:
            return
        self.env.cr.execute(SQL("""
            INSERT INTO dunning_letter_line (
                   letter_id, level_id, move_line_id, move_id, company_id, name,
                   invoice_date, date_maturity, days_overdue, amount_original, amount_residual,
                   amount_disputed, state, create_date, write_date)
            SELECT plan.letter_id, plan.level_id, line.id, line.move_id, line.company_id,
                   COALESCE(move.name, line.name),
                   COALESCE(move.invoice_date, line.date),
                   COALESCE(line.date_maturity, line.date),
                   GREATEST(0, %(date)s - COALESCE(line.date_maturity, line.date)),
                   line.amount_currency, plan.amount,
                   plan.disputed, 'draft', now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC'
              FROM unnest(%(letters)s, %(lines)s, %(levels)s, %(amounts)s::numeric[],
                          %(disputed)s::numeric[])
                   AS plan (letter_id, line_id, level_id, amount, disputed)
              JOIN account_move_line line ON line.id = plan.line_id
              JOIN account_move move ON move.id = line.move_id
        """, date=self.date, letters=letters, lines=lines, levels=levels,
            amounts=amounts, disputed=disputed))
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
