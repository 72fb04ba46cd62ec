#!/usr/bin/env python3
"""Look for barriers on our screens with axe-core, in the pages that the pictures show.

    dev/accessibility.py --base-url http://127.0.0.1:8069 --db demo

Prints what axe-core calls serious or critical by the rules of WCAG 2.1 AA, with the elements, and
ends with 1 when there is any. Only what lies in our views counts, not core's bars around them.
"""

import argparse
import sys
from importlib import resources

from pictures import PAGES, ROLE_PAGES, SCRIPTS, Visit, open_browser
from playwright.sync_api import Error

RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa']
SERIOUS = ('serious', 'critical')
# Where our views are: forms, lists and cards, dialogs; not what core draws around and into them,
# which nobody but core can mend.
INSIDE = [
    '.o_dunning', '.o_dunning_hold', '.o_dunning_worklist', '#dunning_letter',
    '#dunning_open_items', '#dunning_letters', '#dunning_plan_page']
OUTSIDE = [
    '.o-mail-Chatter', '.o-mail-Form-chatter', 'iframe', '.o_control_panel', '.nav-tabs',
    '.o_optional_columns_dropdown', '.o_list_actions_header', '.o_list_record_selector',
    '.o_group_caret', '.o_pager',
    # Pictures of users, signs of activities, tags, the editor of conditions, boxes in rows.
    '.o_avatar', '.o_m2o_avatar', '.o_field_many2one_avatar_user', '.o-mail-ActivityButton',
    '.o_tag', '.o-autocomplete--input', '.o_field_domain', '.o_data_cell .o-checkbox',
    # The form for signatures.
    'owl-component']


# Pages that no picture shows.
MORE_PAGES = {'customer': {
    'customer_letters': '/my/dunning/letters', 'customer_plan': '/my/open-items'}}
SCRIPTS['customer_plan'] = """
    location.href = document.querySelector('#dunning_agreements a[href*=plan]').href;"""


class Inspection(Visit):
    """A visit that looks for barriers instead of taking pictures."""

    def inspect(self, pages):
        """Return the serious findings as pairs (page, finding)."""
        placeholders, found = self.get_placeholders(), []
        script = resources.files('axe_core_python').joinpath('axe.min.js').read_text()
        for name, path in pages.items():
            try:
                self.open(name, path.format(**placeholders))
            except (KeyError, Error) as trouble:
                print(f"{name}: not seen, {trouble!r}"[:200], file=sys.stderr)
                continue
            self._page.evaluate(script)
            findings = self._page.evaluate(
                """async ([rules, inside, outside]) => {
                    const include = inside.filter((one) => document.querySelector(one));
                    if (!include.length) {
                        return [];
                    }
                    const where = (names) => names.map((one) => [one]);
                    const result = await axe.run(
                        { include: where(include), exclude: where(outside) },
                        { runOnly: rules, resultTypes: ["violations"], iframes: false });
                    return result.violations;
                }""", [RULES, INSIDE, OUTSIDE])
            serious = [one for one in findings if one['impact'] in SERIOUS]
            print(f"{name}: {len(serious)} serious, {len(findings) - len(serious)} others",
                  flush=True)
            found += [(name, one) for one in serious]
        self._context.close()
        return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--base-url', default='http://127.0.0.1:8069')
    parser.add_argument('--db', required=True)
    parser.add_argument('page', nargs='*', help="NAME=PATH; none: those of the pictures")
    args = parser.parse_args()
    pages = dict(page.split('=', 1) for page in args.page)
    with open_browser() as browser:
        found = Inspection(browser, args, 'clerk', 'clerk', (1400, 900)).inspect(pages or PAGES)
        if not pages:
            for login, of_role in ROLE_PAGES.items():
                found += Inspection(browser, args, login, login, (1400, 900)).inspect(
                    of_role | MORE_PAGES.get(login, {}))
    for name, finding in found:
        print(f"\n{name}: {finding['id']} ({finding['impact']}): {finding['help']}")
        for node in finding['nodes'][:4]:
            why = node['failureSummary'].splitlines()[-1]
            print(f"    {node['html'][:160]}\n      {why[:160]}")
    return 1 if found else 0


if __name__ == '__main__':
    sys.exit(main())
