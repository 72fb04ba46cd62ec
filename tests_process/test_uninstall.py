"""Uninstalling takes the addon's tables and columns away and leaves the accounting untouched."""
import os
import subprocess
import sys

import psycopg2
from lab import createdb, dropdb

PREPARE = """
import sys
sys.path.insert(0, {here!r})
import steps
steps.prepare(env, 25)
run = env['dunning.run'].create({{'company_id': env.company.id}})
run.action_plan()
run.action_send()
run.letter_ids.write({{'channel': 'print'}})
run.action_print_letters()
run.action_mark_printed()
assert run.state == 'done', run.state
assert env['account.move'].search_count([('dunning_level_id', '!=', False)])
env.cr.commit()
"""
UNINSTALL = """
env['ir.module.module'].search([('name', '=', 'smart_dunning')]).button_immediate_uninstall()
"""
LEDGER = """
    SELECT line.id, line.move_id, line.account_id, line.partner_id, line.balance,
           line.amount_residual, line.date_maturity, line.reconciled, move.name, move.state,
           move.payment_state, line.write_date, move.write_date
      FROM account_move_line line JOIN account_move move ON move.id = line.move_id
  ORDER BY line.id
"""
LEFT_BEHIND = """
    SELECT table_name || '.' || column_name FROM information_schema.columns
     WHERE table_schema = 'public' AND (table_name LIKE 'dunning%' OR column_name LIKE 'dunning%')
"""


def _shell(database, script):
    done = subprocess.run(
        [sys.executable, '-m', 'odoo', 'shell', '-d', database, '--no-http',
         '--log-level', 'error'],
        input=script, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0 and 'Traceback' not in done.stderr, done.stderr[-3000:]


def _query(database, query):
    connection = psycopg2.connect(dbname=database)
    try:
        with connection.cursor() as cursor:
            cursor.execute(query)
            return cursor.fetchall()
    finally:
        connection.close()


def test_uninstalling_leaves_the_accounting_untouched(template):
    database = f'dunning_uninstall_{os.getpid()}'
    try:
        createdb(database, template)
        _shell(database, PREPARE.format(here=os.path.dirname(__file__)))
        before = _query(database, LEDGER)
        assert before
        _shell(database, UNINSTALL)
        assert _query(database, LEDGER) == before
        assert _query(database, LEFT_BEHIND) == []
    finally:
        dropdb(database)
