"""What came out of it, in words and figures for a person in front of a terminal."""

from collections import Counter

from .agreements import print_agreements
from .handovers import print_handovers
from .holds import print_holds
from .portal import print_portal
from .progress import elapsed, money

_CHANNELS = {'email': "e-mail", 'print': "paper", 'call': "phone call"}


def write_letters(env, folder):
    """Write the PDF of each letter that was sent or printed as DATE/NUMBER.pdf."""
    for letter in env['dunning.letter'].search([('document_id', '!=', False)]):
        target = folder / letter.date.isoformat()
        target.mkdir(parents=True, exist_ok=True)
        (target / letter.document_id.name).write_bytes(letter.document_id.raw)


def print_summary(env, companies, arguments):
    """Print customers, letters by level and channel, who was left out or is held, and the files."""
    for company in companies:
        print(f"\n{company.name}\n{'=' * len(company.name)}")
        _print_debtors(env, company)
        _print_letters(env, company)
        _print_last_run(env, company)
        print_holds(env, company)
        print_agreements(env, company)
        print_handovers(env, company)
        print_portal(env, company)
        _print_missing(env, company)
    _print_files(arguments)


def _print_missing(env, company):
    """Print what the letters of the company lack here: an account, words of a language, fonts."""
    partners = env['dunning.letter'].search([('company_id', '=', company.id)]).partner_id
    run = env['dunning.run'].with_company(company).new({'company_id': company.id})
    for note in run._get_paper_notes(run._get_contacts(partners.ids)):
        print(f"  ! {note}")


def _print_debtors(env, company):
    debtors = env['dunning.debtor'].search([('company_id', '=', company.id)])
    invoices = env['account.move'].search_count([
        ('company_id', '=', company.id), ('move_type', '=', 'out_invoice'),
        ('state', '=', 'posted')])
    overdue = debtors.filtered(lambda debtor: debtor.overdue_amount > 0)
    print(f"{len(debtors)} customers, {invoices} invoices; {len(overdue)} customers are overdue "
          f"with {money(company, sum(overdue.mapped('overdue_amount')))}")
    classes = Counter(debtor.risk_class for debtor in debtors if debtor.risk_class)
    newest = env['dunning.snapshot'].search([('company_id', '=', company.id)], limit=1)
    print(f"Risk classes: {', '.join(f'{one.upper()} {classes[one]}' for one in sorted(classes))}; "
          f"days sales outstanding: {newest.dso:.0f}")


def _print_letters(env, company):
    """Print a table of the letters by policy, level and channel."""
    rows = env['dunning.letter']._read_group([
        ('company_id', '=', company.id), ('state', '!=', 'cancelled')],
        ['policy_id', 'level_id', 'channel', 'state'], ['__count', 'amount_company:sum'])
    table = {}
    for policy, level, channel, state, count, amount in rows:
        key = policy.sequence, policy.name, level.position, level.name, channel
        sent, waiting, total = table.get(key, (0, 0, 0.0))
        is_sent = state == 'sent'
        table[key] = sent + count * is_sent, waiting + count * (not is_sent), total + amount
    print(f"\n  {'Level':52} {'by':8} {'sent':>5} {'waiting':>8} {'amount':>16}")
    previous = None
    for (_sequence, policy, _position, level, channel), figures in sorted(table.items()):
        if policy != previous:
            print(f"  {policy}")
        previous = policy
        print(f"    {level:50} {_CHANNELS[channel]:8} {figures[0]:5} {figures[1] or '':>8} "
              f"{money(company, figures[2]):>16}")
    print(f"  {'Total':61} {sum(row[0] for row in table.values()):5} "
          f"{sum(row[1] for row in table.values()):>8} "
          f"{money(company, sum(row[2] for row in table.values())):>16}")


def _print_last_run(env, company):
    """Print what the last night left to the clerk, and whom it left out and why."""
    run = env['dunning.run'].search([
        ('company_id', '=', company.id), ('is_automatic', '=', True)], limit=1)
    reasons = dict(env['dunning.omission']._fields['reason']._description_selection(env))
    left_out = Counter(omission.reason for omission in run.omission_ids)
    print(f"\n  Last nightly run {run.name} of {run.date:%d %b %Y}: {run.sent_count} sent, "
          f"{run.approval_count} to approve, {run.print_count} to print, {run.failed_count} "
          f"failed; newest bank entry {run.bank_date:%d %b %Y}")
    if left_out:
        print("  Left out: " + ", ".join(
            f"{reasons[reason]}: {count}" for reason, count in left_out.most_common()))
    for letter in run.letter_ids.filtered(lambda letter: letter.state == 'failed'):
        print(f"  Failed: {letter.name} to {letter.partner_id.name}: {letter.note}")


def _print_files(arguments):
    mails = sum(1 for path in arguments.mails.rglob('*') if path.suffix == '.eml')
    letters = sum(1 for _path in arguments.letters.rglob('*.pdf'))
    print(f"\n{mails} mails went through the mail server: {arguments.mails}\n"
          f"{letters} PDF files of letters: {arguments.letters}\n"
          f"Made in {elapsed():.0f} seconds.")
