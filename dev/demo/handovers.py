"""Two collection agencies, and a case in each state: draft, proposed, with the agency, and closed
as paid, paid in part, written off and recalled.
"""

from odoo.exceptions import UserError
from odoo.fields import Command

# name, street, zip, city, mail domain, phone, what it takes
AGENCIES = (
    ("Nordinkasso Hamburg GmbH", "Große Bleichen 21", '20354', "Hamburg", 'nordinkasso.example',
     '+49 40 5550900',
     {'customers': 'business', 'min_amount': 100.0, 'creditor_reference': "RW-4711"}),
    ("Kanzlei Brehme & Kollegen", "Hohenzollernring 12", '50672', "Köln", 'brehme.example',
     '+49 221 5550950', {'customers': 'all', 'delivery': 'email', 'creditor_reference': "88/26"}),
)
# Whose cases may be handed over, the first ones first; others are needed elsewhere in the story.
_CUSTOMERS = ('kowalski', 'jaeger', 'thornbury', 'boehm', 'alpen', 'klinikum', 'ahrbergen')
# Whose oldest invoice went to an agency weeks ago (0: the first, 1: the second), and ended there.
_EARLY = (('klinikum', 1), ('ahrbergen', 0), ('lorenz', 1), ('zimmermann', 0), ('boehm', 1))
# Whose case is left as a proposal: natural persons.
_PERSONS = ('jaeger', 'kowalski', 'obrien', 'demir')
_REASON = "No answer to any letter, and nobody answers the phone"


def make_agencies(company):
    """Create the agencies of a company, with the account of what they keep."""
    env = company.with_company(company).env
    costs = env['account.account'].search([
        *env['account.account']._check_company_domain(company),
        ('account_type', '=', 'expense')], limit=1)
    for name, street, postcode, city, domain, phone, values in AGENCIES:
        contact = env['res.partner'].create({
            'name': name, 'is_company': True, 'street': street, 'zip': postcode, 'city': city,
            'country_id': env.ref('base.de').id, 'lang': 'de_DE', 'phone': phone,
            'email': f'auftrag@{domain}'})
        env['dunning.agency'].create({
            'name': name, 'partner_id': contact.id, 'company_id': company.id,
            'cost_account_id': costs.id, **values})


class Handovers:
    """Cases as some days of the story bring them.

    :param story: the `Story` with its ledgers and users
    """

    def __init__(self, story):
        self.story = story
        self.cases, self.early = [], []

    def get_events(self):
        """Return [(age in days, function of the day)] for the story."""
        return [(30, self._hand_over_early), (20, self._end_paid), (16, self._end_partly),
                (13, self._end_written_off), (8, self._hand_over), (3, self._hear_from_agency),
                (2, self._recall), (1, self._propose)]

    @property
    def company(self):
        return self.story.ledgers[0][0].company

    def _as_manager(self):
        admin = self.company.env.ref('base.user_admin')
        return self.company.env(user=admin.id, context={
            'lang': 'en_US', 'tz': 'Europe/Berlin',
            'allowed_company_ids': self.company.ids})['dunning.handover']

    def _draft(self, key, count=None, **values):
        """Return a case about what is overdue of a customer; empty where there is nothing.

        :param count: only so many items, the oldest
        """
        cases = self._as_manager()
        partner = self.story.ledgers[0][0].partners[key]
        if cases.search_count([('partner_id', '=', partner.id), ('state', '!=', 'closed')]):
            return cases
        items = cases._sort_items(cases._get_free_items(
            partner, self.company, self.company.currency_id))[:count]
        return cases.create({
            'partner_id': partner.id, 'company_id': self.company.id,
            'currency_id': self.company.currency_id.id, 'item_ids': [Command.set(items.ids)],
            'user_id': self.story.users['clerk'].id, **values,
        }) if items else cases

    def _try_to_hand_over(self, case):
        """Hand a case over, by a manager's decision where one is needed; return whether it went."""
        case.action_propose()
        try:
            if case.point_count:
                case.env['dunning.handover.override'].create(
                    {'handover_id': case.id, 'reason': _REASON}).action_override()
            case.action_hand_over()
        except UserError:               # a dispute, a promise: it stays with us
            case.action_drop()
            return False
        return True

    def _hand_over_early(self, _day):
        """Hand over an old invoice each of some customers, to both agencies in turn."""
        agencies = self._as_manager().env['dunning.agency'].search(
            [('company_id', '=', self.company.id)])
        for key, agency in _EARLY:
            case = self._draft(key, 1, agency_id=agencies[agency].id)
            if case and self._try_to_hand_over(case):
                self.early.append(case)
            if len(self.early) == 4:
                return

    def _get_next(self):
        """Return the first of these cases with something open; who has paid is done."""
        return [case for case in self.early
                if case.state == 'handed_over' and case.amount_open > 0][:1]

    def _end_paid(self, day):
        """The customer pays all of it to us; the case closes by itself in the night."""
        for case in self._get_next():
            for move in case.sudo().item_ids.move_id:
                self.story.ledgers[0][0].register_payment(move, case.amount_open, day)

    def _end_partly(self, _day):
        """The agency has got a part and gives up; the rest is written off."""
        for case in self._get_next():
            paid = round(case.amount_principal * 0.45, 2)
            case.import_status(
                "number;reference;state;paid;costs;closed_as\n"
                f"{case.name};B-8817;closed;{paid:.2f};{paid * 0.1:.2f};partly\n".encode())
            self._post(case, case.action_book_payment())
            self._post(case, case.action_write_off())

    def _end_written_off(self, _day):
        """The agency finds nothing to collect."""
        for case in self._get_next():
            case.import_status(
                "number;reference;state;closed_as\n"
                f"{case.name};NI-20417;closed;unrecoverable\n".encode())
            self._post(case, case.action_write_off())

    @staticmethod
    def _post(case, action):
        case.env['account.move'].browse(action['res_id']).action_post()

    def _hand_over(self, _day):
        """Hand over the first three cases that law and contract allow."""
        for key in _CUSTOMERS:
            case = self._draft(key)
            if case and self._try_to_hand_over(case):
                self.cases.append(case)
            if len(self.cases) == 3:
                return

    def _hear_from_agency(self, _day):
        """The agency has collected a part: its status file comes, the entry is proposed."""
        if len(self.cases) > 1:
            case = self.cases[1]
            paid = round(case.amount_principal * 0.6, 2)
            case.import_status(
                "number;reference;state;paid;costs\n"
                f"{case.name};NI-20931;in_progress;{paid:.2f};{paid * 0.09:.2f}\n".encode())
            case.action_book_payment()

    def _recall(self, _day):
        if len(self.cases) > 2:
            self.cases[2].action_recall()

    def _propose(self, _day):
        """Leave to the clerk a person's case, with what § 31 BDSG asks for, and a draft begun.

        No shipped letter tells of a credit bureau: the case says so.
        """
        self._as_manager().env['dunning.agency'].search([
            ('company_id', '=', self.company.id), ('name', '=', AGENCIES[1][0]),
        ]).reports_to_bureau = True
        for key in _PERSONS:
            if case := self._draft(key):
                case.action_propose()
                break
        for key in reversed(_CUSTOMERS):
            if self._draft(key, 1):
                return


def print_handovers(env, company):
    """Print what is with which agency."""
    cases = env['dunning.handover'].search([('company_id', '=', company.id)])
    if not cases:
        return
    words = {**dict(cases._fields['state']._description_selection(env)),
             **dict(cases._fields['closed_as']._description_selection(env))}
    print("\n  Handovers to collection agencies: " + ", ".join(
        f"{words[state].lower()}: {len(group)}" for state, group in cases.grouped(
            lambda case: case.closed_as or case.state).items()))
    for case in cases.filtered(lambda case: case.state == 'handed_over'):
        print(f"  {case.name}: {case.partner_id.name}, with {case.agency_id.name}")
