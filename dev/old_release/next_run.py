"""Go on working in an upgraded database: python -m dev.old_release.next_run DATABASE CONFIG DATE

Plans a run for a day, refreshes the debtors and prints as JSON what came out.
"""

import json
import sys
from datetime import datetime, time

from dev.demo.database import open_database


def work(env, day):
    """Return {customer: [level, amount]} of the letters planned, and {customer: overdue}."""
    run = env['dunning.run'].create({'company_id': env.company.id, 'date': day})
    run.action_plan()
    env['dunning.debtor']._refresh()
    return {
        'state': run.state,
        'letters': {letter.partner_id.name: [letter.level_id.name, letter.amount_due]
                    for letter in run.letter_ids.filtered(
                        lambda letter: letter.state in ('draft', 'ready'))},
        'overdue': {debtor.partner_id.name: debtor.overdue_amount
                    for debtor in env['dunning.debtor'].search([])},
    }


def main():
    from freezegun import freeze_time
    day = datetime.strptime(sys.argv[3], '%Y-%m-%d').date()
    with open_database(*sys.argv[1:3]) as env, freeze_time(datetime.combine(day, time(6))):
        env = env(context={**env.context, 'lang': 'en_US'})
        json.dump(work(env, day), sys.stdout)
        print()


if __name__ == '__main__':
    main()
