import hashlib
from collections import defaultdict
from operator import itemgetter

from odoo import models
from odoo.tools import SQL

#: What letters print, as queries of (letter, kind of record, its id, what differs when it changes).
#: `dunning_letter_now` has the letters in question.
_RECORDS = SQL("""
    SELECT id, 'letter', id, write_date::text FROM dunning_letter_now
 UNION ALL
    SELECT letter.id, 'line', line.id, concat_ws(' ',
           line.write_date, item.dunning_level_id, item.dunning_date, item.write_date)
      FROM dunning_letter_now letter
      JOIN dunning_letter_line line ON line.letter_id = letter.id
 LEFT JOIN account_move_line item ON item.id = line.move_line_id
 UNION ALL      -- its number, the reference and the bank account it names, the default set by hand
    SELECT letter.id, 'move', move.id, concat_ws(' ',
           move.write_date, move.name, move.ref, move.payment_reference, move.partner_bank_id)
      FROM dunning_letter_now letter
      JOIN dunning_letter_line line ON line.letter_id = letter.id
      JOIN account_move move ON move.id = line.move_id
 UNION ALL
    SELECT letter.id, 'dispute', dispute.id, dispute.write_date::text
      FROM dunning_letter_now letter
      JOIN dunning_letter_line line ON line.letter_id = letter.id
      JOIN dunning_dispute dispute ON dispute.move_id = line.move_id
 UNION ALL
    SELECT letter.id, 'policy', policy.id, policy.write_date::text
      FROM dunning_letter_now letter JOIN dunning_policy policy ON policy.id = letter.policy_id
 UNION ALL      -- all of them: the last one says what the others do not
    SELECT letter.id, 'level', level.id, level.write_date::text
      FROM dunning_letter_now letter JOIN dunning_level level ON level.policy_id = letter.policy_id
 UNION ALL
    SELECT letter.id, 'partner', partner.id, partner.write_date::text
      FROM dunning_letter_now letter
      JOIN res_partner partner ON partner.id IN (letter.partner_id, letter.recipient_id)
 UNION ALL
    SELECT letter.id, 'signer', person.id, concat_ws(' ', person.write_date, users.company_id)
      FROM dunning_letter_now letter
      JOIN res_users users ON users.id = letter.user_id
      JOIN res_partner person ON person.id = users.partner_id
 UNION ALL      -- what earlier letters claim, and whether somebody else collects it
    SELECT letter.id, 'charge', charge.id, concat_ws(' ', charge.write_date, charge.amount_open)
      FROM dunning_letter_now letter
      JOIN dunning_charge charge ON charge.partner_id = letter.partner_id
 UNION ALL
    SELECT letter.id, 'pause', pause.id, pause.write_date::text
      FROM dunning_letter_now letter
      JOIN dunning_pause pause ON pause.partner_id = letter.partner_id
 UNION ALL      -- what they ask for, this letter does not
    SELECT letter.id, 'other', other.id, concat_ws(' ', other.state = 'cancelled',
           CASE WHEN other.state = 'sent' THEN other.deadline END,
           other.claim_details -> 'charge_ids', other.claim_details -> 'lump_sum')
      FROM dunning_letter_now letter
      JOIN dunning_letter other ON other.partner_id = letter.partner_id AND other.id != letter.id
           AND (other.state = 'sent' OR other.run_id = letter.run_id)
""")
#: Tables of which every letter may print a row: whole, since they change a few times a year.
_SURROUNDINGS = (
    'res_bank', 'res_company', 'res_country', 'res_country_state', 'res_currency', 'res_lang',
    'report_paperformat')


class DunningLetter(models.Model):
    """What a letter that is laid out ahead stands on: who would read another one, compares.

    Everything that a letter prints is covered: `TestLetterGround` looks at what is read.
    """

    _inherit = 'dunning.letter'

    def _get_grounds(self, readings):
        """Return {letter id: text that differs as soon as the letter would look otherwise}.

        Set-based: for a run of a thousand letters, it asks as often as for one. What another addon
        prints it adds by super().

        :param readings: what `_read_again` has found
        """
        self.env.flush_all()
        surroundings = self._get_surroundings()
        records = self._get_printed_records()
        charges = self._get_charges_again(readings)
        statements = self.filtered('level_id.attach_statement')._get_statement_lines()
        return {letter.id: _digest((
            surroundings, records[letter.id], charges.get(letter.id),
            # Rows of one query without a natural order among equals.
            sorted(statements.get(letter.id, ()), key=itemgetter('due', 'date', 'number')),
            readings[letter.id].date, _sort_facts(*readings[letter.id].facts)))
            for letter in self}

    def _get_printed_records(self):
        """Return {letter id: what changes with each record that the letter prints}."""
        records = defaultdict(list)
        for letter_id, *record in self.env.execute_query(SQL(
                "WITH dunning_letter_now AS (SELECT * FROM dunning_letter WHERE id = ANY(%s)) "
                "SELECT DISTINCT * FROM (%s) printed ORDER BY 1, 2, 3, 4", self.ids, _RECORDS)):
            records[letter_id].append(record)
        return records

    def _get_surroundings(self):
        """Return what changes with company, bank accounts, languages, layouts: with any letter."""
        tables = SQL(" UNION ALL ").join(
            SQL("SELECT %s, id, write_date FROM %s", name, SQL.identifier(name))
            for name in _SURROUNDINGS)
        return self.env.execute_query(SQL("""
            SELECT source, count(*), sum(hashtext(concat_ws(' ', id, write_date))::bigint) FROM (
                %s
             UNION ALL      -- mail domains: no company signs with the address of another
                SELECT 'home', home.id, home.write_date
                  FROM res_company company JOIN res_partner home ON home.id = company.partner_id
             UNION ALL
                SELECT 'account', bank.id, bank.write_date
                  FROM res_company company
                  JOIN res_partner_bank bank ON bank.partner_id = company.partner_id
             UNION ALL
                SELECT 'layout', id, write_date FROM ir_ui_view WHERE type = 'qweb'
             UNION ALL      -- words and style sheet
                SELECT 'module', id, write_date FROM ir_module_module
                 WHERE name LIKE 'smart_dunning%%'
             UNION ALL
                SELECT 'parameter', id, write_date FROM ir_config_parameter
                 WHERE key = 'web.base.url'
              ) one (source, id, write_date)
          GROUP BY source ORDER BY source
        """, tables))

    def _get_charges_again(self, readings):
        """Return {letter id: what the letter would claim}: rates and history are told by figures.

        What other letters name is compared record by record, see `_RECORDS`.
        """
        charges = {}
        for run, letters in self.grouped('run_id').items():
            run = run.with_company(run.company_id)
            cases = [letter._make_case(run, _get_pauses(readings[letter.id])) for letter in letters]
            date = readings[letters[:1].id].date
            charges.update(zip(letters.ids, run._get_letter_charges(cases, date), strict=False))
        return charges


def _get_pauses(reading):
    """Return {journal item id: `ladder.Pause`} of what a letter would ask for."""
    steps = reading.planned.steps if reading.planned else ()
    return {step.item.id: step.item.pause for step in steps if step.item.pause}


def _sort_facts(rows, customers, broken):
    """Return in a fixed order what `dunning.run._collect_facts` has read, see `_split_facts`."""
    return rows, sorted(customers.items()), sorted(broken)


def _digest(ground):
    """Return a short text that is another one for another ground."""
    return hashlib.sha256(repr(ground).encode()).hexdigest()[:32]
