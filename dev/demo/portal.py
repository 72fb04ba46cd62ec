"""Customers who answer by themselves on their page, and one who can log in."""

from datetime import timedelta

LOGIN = 'customer'
_EVIDENCE = {'ip_address': '203.0.113.7', 'login_id': False}


def make_answers(env, company):
    """Let customers promise, object and propose on the page of their last letter.

    Everything happens through what the page calls. Returns the letter of the one who can log in.
    """
    letters = _find_letters(env, company)
    today = company._get_dunning_today()
    said = []
    for letter in letters:
        account = letter._get_account()
        if not account.payable_items or any(item.pause_kind for item in account.items):
            continue
        act = (_promise, _object, _propose, _name_contact)[len(said)]
        if act(letter, {**_EVIDENCE, 'said_by': letter.recipient_id.name or "Buchhaltung"}, today):
            said.append(letter)
        if len(said) == 4:
            break
    guest = next((letter for letter in letters if letter not in said), letters[:1])
    if guest:
        _make_login(env, guest)
    return guest


def _find_letters(env, company):
    """Return the last letter of each customer, the dearest first, seen by some of them."""
    found = {}
    for letter in env['dunning.letter'].search(
            [('company_id', '=', company.id), ('state', '=', 'sent'), ('is_prenotice', '=', False),
             ('channel', '=', 'email')], order='date desc, id desc'):
        found.setdefault(letter.partner_id, letter)
    letters = env['dunning.letter'].union(*found.values()).sorted('amount_company', reverse=True)
    for letter in letters[::2]:
        letter.write({'seen_date': letter.sent_date + timedelta(days=1), 'seen_at': (
            letter.sent_at + timedelta(days=1))})
    return [letter.with_company(company) for letter in letters]


def _promise(letter, evidence, today):
    return letter._answer_promise(
        evidence, today + timedelta(days=10), "Wir zahlen mit dem nächsten Zahlungslauf.")


def _object(letter, evidence, _today):
    item = letter._get_account().payable_items[0]
    reason = letter.env.ref('smart_dunning.dunning_pause_reason_goods_damaged')
    return letter._answer_dispute(
        evidence, item.line.move_id.id, reason.id, "Ein Karton war beschädigt, Fotos folgen.",
        round(item.open / 4, 2))


def _propose(letter, evidence, today):
    letter.policy_id.portal_plan_part_min = min(letter.policy_id.portal_plan_part_min, 20)
    return letter._answer_plan(evidence, 3, today + timedelta(days=14))


def _name_contact(letter, evidence, _today):
    return letter._answer_contact(
        evidence, "Petra Buchholz", f"rechnung@{letter.partner_id.id}.example", "+49 221 5550")


def _make_login(env, letter):
    """Let the recipient of a letter log in as a customer."""
    contact = letter.recipient_id
    env['res.users'].with_context(no_reset_password=True).create({
        'login': LOGIN, 'password': LOGIN, 'partner_id': contact.id, 'name': contact.name,
        'group_ids': [(6, 0, env.ref('base.group_portal').ids)]})


def print_portal(env, company):
    """Print what customers have answered, and how to see what they see."""
    answers = env['dunning.answer'].search([('company_id', '=', company.id)])
    if not answers:
        return
    kinds = dict(answers._fields['kind']._description_selection(env))
    print("\n  Answers by customers: " + ", ".join(
        f"{kinds[kind]}: {len(of_kind)}" for kind, of_kind in answers.grouped('kind').items()))
    user = env['res.users'].search([('login', '=', LOGIN)])
    letter = env['dunning.letter'].search(
        [('partner_id', '=', user.partner_id.commercial_partner_id.id), ('state', '=', 'sent')],
        limit=1)
    if letter:
        print(f"  Log in as “{LOGIN}” (password {LOGIN}) to be {letter.partner_id.name}, or open "
              f"the letter without login:\n  {letter._get_portal_link()}")
