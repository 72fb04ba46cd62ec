"""What a German application for a court order for payment asks for: parties, claims, side claims.

Data for somebody who types them into the online application of the courts (§ 702 (2) ZPO lets
creditors without a lawyer use it); no file format of the courts. Amounts and days are texts, as in
`handover_record`. Pure functions; nothing here reads a clock and nothing has words.

Order, lengths (name 35, street 35, postcode 5, town 27), the cap of 45 claims and the catalogue
numbers are what public encoders of electronic applications agree on; no official file was at hand.
The sheet says so, and the form of the court counts.

>>> from .handover_record import Claim, Party, Record
>>> sheet = make_sheet(Record(
...     number="HO/1", currency='EUR', creditor=Party(name="Adler GmbH", zip="20095"),
...     debtor=Party(name="N" * 36, country='DE'),
...     claims=(Claim(id='7', number="INV/1", date='2026-01-05', open='100.00'),)), {})
>>> [(one.section, one.name) for one in sheet.problems if one.code == 'too_long']
[('respondent', 'name')]
>>> sheet.claims[0]['catalogue'], sheet.claims[0]['amount']
('11', '100.00')
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import NamedTuple

from .handover_record import Claim, Party, Record

#: More claims than these do not fit into one application.
MOST_CLAIMS = 45
#: How many characters the form takes.
LENGTHS = {'name': 35, 'street': 35, 'zip': 5, 'city': 27}
#: Numbers of the catalogue of claims: sale of goods, services.
GOODS, SERVICES = '11', '5'

_REMARK = ("Order, lengths and catalogue numbers are from general knowledge, not from an official "
           "file of the courts.")

TOO_LONG = 'too_long'
MISSING = 'missing'
TOO_MANY = 'too_many'
OTHER_CURRENCY = 'other_currency'
ABROAD = 'abroad'
NOTHING = 'nothing'


class Problem(NamedTuple):
    """What does not fit into the form; ``section`` and ``name`` say where, ``limit`` how much."""

    code: str
    section: str = ''
    name: str = ''
    limit: int = 0


class Sheet(NamedTuple):
    """The facts in groups: parties, claims, side claims, the case itself."""

    applicant: dict
    account: dict
    respondent: dict
    claims: list
    side_claims: dict
    case: dict
    problems: list

    def to_dict(self) -> dict:
        """Return the sheet as plain data for JSON, in its order."""
        return {
            'format': 'court-sheet-de', 'version': 1, **self._asdict(),
            'problems': [one._asdict() for one in self.problems], 'remark': _REMARK}


def make_sheet(record: Record, catalogue: Mapping[str, str]) -> Sheet:
    """Return the sheet of a case.

    :param catalogue: {id of a claim: number of the catalogue}; others are sales of goods
    """
    parties = {
        'applicant': _make_party(record.creditor), 'respondent': _make_party(record.debtor)}
    claims = [_make_claim(one, catalogue.get(one.id, GOODS)) for one in record.claims]
    return Sheet(
        applicant=parties['applicant'], account={'iban': record.creditor.iban},
        respondent={'kind': record.debtor.kind, **parties['respondent']}, claims=claims,
        side_claims={'dunning_costs': record.fees, 'lump_sum': record.lump_sum},
        case={'reference': record.number, 'currency': record.currency,
              'principal': record.principal, 'interest': record.interest, 'total': record.total},
        problems=[
            *_find_problems(record), *(problem for section, party in parties.items()
                                       for problem in _check_party(section, party))])


def _make_party(party: Party) -> dict:
    street = " ".join(filter(None, (party.street, party.street2)))
    return {'name': party.name, 'street': street, 'zip': party.zip, 'city': party.city,
            'country': party.country}


def _make_claim(claim: Claim, number: str) -> dict:
    """Return a claim: interest up to a day as an amount, from the next day on as a rate."""
    since = claim.default_date
    if claim.interest_to:
        since = (date.fromisoformat(claim.interest_to) + timedelta(days=1)).isoformat()
    has_rate = bool(claim.reference_rate and claim.margin)
    return {
        'catalogue': number, 'number': claim.number, 'date_from': claim.date,
        'date_to': claim.date, 'amount': claim.open, 'interest_amount': claim.interest,
        'interest_from': since if has_rate else '',
        'interest_above_base_rate': claim.margin if has_rate else '',
        'default_date': claim.default_date, 'subject': claim.subject}


def _find_problems(record):
    """Yield what speaks against one application about the whole case, § 688 ZPO."""
    if not record.claims:
        yield Problem(NOTHING)
    if len(record.claims) > MOST_CLAIMS:
        yield Problem(TOO_MANY, limit=MOST_CLAIMS)
    if record.currency != 'EUR':
        yield Problem(OTHER_CURRENCY)
    if record.debtor.country not in ('', 'DE'):
        yield Problem(ABROAD, 'respondent')


def _check_party(section, party):
    """Yield what is missing of a party, or is too long for the form."""
    for name, limit in LENGTHS.items():
        if not party[name].strip():
            yield Problem(MISSING, section, name)
        elif len(party[name]) > limit:
            yield Problem(TOO_LONG, section, name, limit)
