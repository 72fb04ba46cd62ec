"""The figures as tables in Markdown."""

from . import checkpoints

PAGES = {
    'dunning_debtor_action': "Debtors", 'dunning_run_action': "Runs",
    'dunning_letter_action': "Letters"}

#: Sections that stay when the page is made anew: `python -m bench forecast`, `… risk` and others.
OTHERS = ("How good risk and forecast are", "Risk and back-test of a large ledger",
          "Customers' pages", "How planning grows", "The day and the night with many debtors")


def render(results):
    """Return a page with everything measured."""
    parts = [
        "# How fast it is\n",
        "Made by `make bench` (`python -m bench --help`); every run writes this page anew.\n",
        _describe(results['machine']), _render_plan(results), _render_refresh(results['ours']),
        _render_pages(results['ours']), _render_sending(results),
        checkpoints.render(results.get('cases'), results.get('facts', {}))]
    return '\n'.join(part for part in parts if part)


def put_section(page, section):
    """Return a page with a section (`## Title` and what follows), in place of one so called."""
    title = section.split('\n', 1)[0]
    head, *sections = page.split('\n## ')
    others = [one for one in sections if f'## {one}'.split('\n', 1)[0] != title]
    return '\n## '.join(part.rstrip('\n') + '\n' for part in [
        head, *others, section.removeprefix('## ')])


def carry_over(page, old):
    """Return a page with those sections of an old one that other commands have measured."""
    for one in old.split('\n## ')[1:]:
        if one.split('\n', 1)[0] in OTHERS:
            page = put_section(page, f'## {one}')
    return page


def _describe(machine):
    settings = machine['postgresql']
    return (
        f"{machine['cores']} cores, {machine['memory_gb']} GB of memory, Odoo {machine['odoo']}, "
        f"Python {machine['python']}, PostgreSQL {settings['server_version'].split()[0]} with "
        + ", ".join(f"{name} {value}" for name, value in settings.items()
                    if name != 'server_version')
        + f". When the run began, {machine['load']:.1f} processes were waiting for a core; with "
        "more than one, time on a core (CPU: Odoo's process + the database's) says more than "
        "time on the clock.\n\n"
        "The ledger: ten open items per customer, heavily skewed; three quarters overdue; some "
        "credit notes, two currencies, customers without an address or paused "
        "(see `ledger.py`).\n")


def _table(head, rows):
    lines = [head, ['---', *['---:'] * (len(head) - 1)], *rows]
    return '\n'.join(f"| {' | '.join(map(str, line))} |" for line in lines) + '\n'


def _render_plan(results):
    rows = []
    for size, ours in results['ours'].items():
        plan = ours['plan']
        items = ours['ledger']['items']
        rows.append([
            f"{size:,} items", f"{plan['letters']:,} / {plan['lines']:,}",
            f"**{plan['seconds']:.1f} s**", _cpu(plan), plan['queries'],
            f"{plan['memory_mb']:.0f} MB ({plan['memory_mb'] * 1024 / items:.2f} kB)",
            *_compare_plans(plan, results['oca'].get(size))])
    return "## Planning: a proposal with all its letters and lines, stored\n\n" + _table([
        "Ledger", "Letters / lines", "Time", "CPU", "Queries", "Memory (per item)",
        "OCA: lines + grouping", "OCA: queries", "OCA: memory", "Ratio of CPU"], rows)


def _compare_plans(plan, oca):
    if not oca:
        return ["", "", "", ""]
    lines, group = oca['oca_plan'], oca['oca_group']
    ratio = (_sum_cpu(lines) + _sum_cpu(group)) / _sum_cpu(plan)
    return [
        f"{lines['seconds']:.1f} + {group['seconds']:.1f} s",
        f"{lines['queries'] + group['queries']:,}",
        f"{max(lines['memory_mb'], group['memory_mb']):.0f} MB",
        f"{ratio:.0f} ×"]


def _render_refresh(ours):
    return "## Refreshing every row of the worklist\n\n" + _table(
        ["Ledger", "Debtors", "First time", "Again", "CPU (again)", "Queries", "Memory"],
        [[f"{size:,} items", f"{one['refresh']['debtors']:,}",
          f"{one['refresh']['first']['seconds']:.1f} s",
          f"{one['refresh']['again']['seconds']:.1f} s", _cpu(one['refresh']['again']),
          one['refresh']['again']['queries'], f"{one['refresh']['first']['memory_mb']:.0f} MB"]
         for size, one in ours.items()])


def _render_pages(ours):
    rows = []
    for size, one in ours.items():
        for xmlid, page in one['pages'].items():
            rows.append([
                f"{size:,} items", PAGES[xmlid], f"{page['found']:,}",
                f"{page['views'] * 1000:.0f} ms", f"{page['rows'] * 1000:.0f} ms",
                page['queries']])
    return "## Opening the daily lists: 80 rows, default filters\n\n" + _table(
        ["Ledger", "List", "Records", "Views (once)", "Rows", "Queries"], rows)


def _render_sending(results):
    rows = []
    for size, ours in results['ours'].items():
        oca = results['oca'].get(size, {}).get('send')
        for name, send in (("smart_dunning, with PDF", ours.get('send')),
                           ("OCA, without PDF", oca)):
            if not send or not send['letters']:
                continue
            rows.append([
                f"{size:,} items", name, send['letters'], send.get('lines', ""),
                send.get('pages', ""), f"**{send['per_second']:.1f}**",
                f"{send['per_core_second']:.1f}", f"{_get_cpu_each(send):.0f} ms",
                f"{_get_cpu_each(send) / _get_cpu_each(oca):.2f}" if oca and oca['letters'] else "",
                send['queries_each'], send.get('failed', "")])
    return rows and (
        "## Sending by e-mail: read again, rendered, attached, handed to a mail server\n\n"
        + _table(["Ledger", "", "Letters", "Items each", "Pages each", "Per second",
                  "Per second of Odoo's core", "CPU each, database included", "Ratio to OCA's",
                  "Queries each", "Failed"], rows)
        + "\nBoth take turns in one process. OCA's PDF needs wkhtmltopdf, which this machine does "
        "not have.\n")


def _get_cpu_each(figures):
    """Return the milliseconds on a core for each letter."""
    return 1000 * _sum_cpu(figures) / figures['letters']


def _sum_cpu(figures):
    return figures['cpu'] + figures['database_cpu']


def _cpu(figures):
    return f"{figures['cpu']:.1f} + {figures['database_cpu']:.1f} s"
