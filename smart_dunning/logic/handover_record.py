"""The neutral record of a case for a collection agency: what it says, as XML and as rows.

`to_xml` and `from_xml` are each other's inverse for every `Record` made by `clean`: whatever
people have typed into names, the same comes out again. The schema is `static/schema/`
`handover-1.xsd`, the words are in docs/handover-format.md. Amounts are decimal texts.

>>> record = clean(Record(number="HO/1", debtor=Party(name="<b> & Söhne\\r\\nGmbH\\x0b")))
>>> record.debtor.name
'<b> & Söhne\\nGmbH\\ufffd'
>>> from_xml(to_xml(record)) == record
True
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import get_args, get_type_hints
from xml.etree import ElementTree

NAMESPACE = 'urn:smart-dunning:handover:1'
VERSION = '1.0'
#: What XML 1.0 cannot carry, not even escaped.
_ILLEGAL = re.compile('[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]')
#: What a spreadsheet takes for a formula: the sign, after whatever of blanks, marks of direction
#: and quotes it passes over.
_FORMULA = re.compile(
    '[\\s\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff\x00\'"]*[=+\\-@|＝＋－＠]')


@dataclass(frozen=True, slots=True)
class Party:
    """Creditor, agency or debtor. ``kind``: person or company, of a debtor."""

    reference: str = ''
    kind: str = ''
    name: str = ''
    street: str = ''
    street2: str = ''
    zip: str = ''
    city: str = ''
    country: str = ''
    email: str = ''
    phone: str = ''
    vat: str = ''
    lang: str = ''
    iban: str = ''


@dataclass(frozen=True, slots=True)
class Payment:
    """What reduced a claim. ``kind``: payment or credit."""

    date: str = ''
    amount: str = '0.00'
    kind: str = 'payment'


@dataclass(frozen=True, slots=True)
class Claim:
    """One open item: ``original`` = ``paid`` + ``waived`` + ``open``.

    ``interest`` is what has accrued up to ``interest_to``; more accrues on what is open at
    ``margin`` percentage points above the rate ``reference_rate`` (days counted by ``day_count``).
    """

    id: str = ''
    number: str = ''
    date: str = ''
    due: str = ''
    original: str = '0.00'
    paid: str = '0.00'
    waived: str = '0.00'
    open: str = '0.00'
    subject: str = ''
    delivered: str = ''
    first_reminder: str = ''
    default_date: str = ''
    default_basis: str = ''
    limitation: str = ''
    interest: str = '0.00'
    interest_from: str = ''
    interest_to: str = ''
    reference_rate: str = ''
    margin: str = ''
    day_count: str = ''
    legal_basis: str = ''
    lump_sum: str = '0.00'
    payments: tuple[Payment, ...] = ()


@dataclass(frozen=True, slots=True)
class Charge:
    """What letters have claimed besides: fee, lump_sum or interest, and what of it is open."""

    kind: str = ''
    date: str = ''
    amount: str = '0.00'
    open: str = '0.00'
    claim: str = ''


@dataclass(frozen=True, slots=True)
class Letter:
    """A reminder that reached the customer; ``file`` is its PDF in the package."""

    number: str = ''
    date: str = ''
    level: str = ''
    channel: str = ''
    deadline: str = ''
    recipient: str = ''
    message: str = ''
    file: str = ''


@dataclass(frozen=True, slots=True)
class Agreement:
    """A promise, a plan or a dispute of the past, and what became of it."""

    kind: str = ''
    date: str = ''
    amount: str = '0.00'
    state: str = ''
    text: str = ''


@dataclass(frozen=True, slots=True)
class File:
    """A file of the package with its fingerprint. ``kind``: letter, invoice, invoice_xml, …"""

    name: str = ''
    kind: str = ''
    size: str = '0'
    sha256: str = ''
    claim: str = ''


@dataclass(frozen=True, slots=True)
class Record:
    """A case as it leaves; ``principal`` is the sum of what is open, ``total`` all of it."""

    number: str = ''
    date: str = ''
    currency: str = ''
    approach: str = 'extrajudicial'
    principal: str = '0.00'
    interest: str = '0.00'
    lump_sum: str = '0.00'
    fees: str = '0.00'
    total: str = '0.00'
    allocation: str = 'costs interest principal'
    reports: str = 'no'
    note: str = ''
    creditor: Party = Party()
    agency: Party = Party()
    debtor: Party = Party()
    claims: tuple[Claim, ...] = ()
    charges: tuple[Charge, ...] = ()
    letters: tuple[Letter, ...] = ()
    agreements: tuple[Agreement, ...] = ()
    files: tuple[File, ...] = ()


#: The elements of the lists of a record, by the name of the list.
_ELEMENTS = {
    'claims': 'claim', 'charges': 'charge', 'letters': 'letter', 'agreements': 'agreement',
    'files': 'file', 'payments': 'payment'}

#: Sources of columns, by code: what of a case and a claim stands in them.
SOURCES: dict[str, Callable] = {
    'case_number': lambda case, _claim: case.number,
    'case_date': lambda case, _claim: case.date,
    'creditor_reference': lambda case, _claim: case.creditor.reference,
    'creditor_name': lambda case, _claim: case.creditor.name,
    'currency': lambda case, _claim: case.currency,
    **{f'case_{name}': lambda case, _claim, name=name: getattr(case, name)
       for name in ('principal', 'interest', 'lump_sum', 'fees', 'total')},
    **{f'debtor_{name}': lambda case, _claim, name=name: getattr(case.debtor, name)
       for name in ('reference', 'kind', 'name', 'street', 'street2', 'zip', 'city', 'country',
                    'email', 'phone', 'vat', 'lang')},
    **{f'claim_{name}': lambda _case, claim, name=name: getattr(claim, name)
       for name in ('number', 'date', 'due', 'original', 'paid', 'waived', 'open', 'subject',
                    'default_date', 'default_basis', 'first_reminder', 'interest', 'interest_to',
                    'margin', 'lump_sum', 'limitation')},
}
AMOUNTS = frozenset({
    'case_principal', 'case_interest', 'case_lump_sum', 'case_fees', 'case_total', 'claim_original',
    'claim_paid', 'claim_waived', 'claim_open', 'claim_interest', 'claim_margin', 'claim_lump_sum'})
DATES = frozenset({
    'case_date', 'claim_date', 'claim_due', 'claim_default_date', 'claim_first_reminder',
    'claim_interest_to', 'claim_limitation'})


def clean_text(text: str | None) -> str:
    """Return a text as XML can carry it: line breaks as one character, the illegal replaced."""
    return _ILLEGAL.sub('\ufffd', (text or '').replace('\r\n', '\n').replace('\r', '\n'))


def clean(record):
    """Return a record, or a part of one, whose texts survive being written and read."""
    return replace(record, **{
        field.name: _clean_value(getattr(record, field.name)) for field in fields(record)})


def _clean_value(value):
    if isinstance(value, tuple):
        return tuple(clean(one) for one in value)
    return clean(value) if is_dataclass(value) else clean_text(value)


def to_xml(record: Record) -> bytes:
    """Return a record as the document `handover` of the namespace, indented by nothing."""
    root = ElementTree.Element(f'{{{NAMESPACE}}}handover', version=VERSION)
    _fill(root, record)
    ElementTree.register_namespace('', NAMESPACE)
    return ElementTree.tostring(root, encoding='utf-8', xml_declaration=True)


def _fill(parent, part):
    for field in fields(part):
        value = getattr(part, field.name)
        node = ElementTree.SubElement(parent, f'{{{NAMESPACE}}}{field.name}')
        if isinstance(value, tuple):
            for one in value:
                _fill(ElementTree.SubElement(
                    node, f'{{{NAMESPACE}}}{_ELEMENTS[field.name]}'), one)
        elif is_dataclass(value):
            _fill(node, value)
        else:
            node.text = value


def from_xml(content: bytes) -> Record:
    """Return the record that a document says. For files of our own making, checked before.

    :raise ValueError: for another version or an element that is not known
    """
    root = ElementTree.fromstring(content)
    if root.tag != f'{{{NAMESPACE}}}handover' or root.get('version') != VERSION:
        raise ValueError("no handover of this version")
    return _read(root, Record)


def _read(node, kind):
    hints, values = get_type_hints(kind), {}
    for child in node:
        name = child.tag.removeprefix(f'{{{NAMESPACE}}}')
        hint = hints.get(name)
        if hint is None:
            raise ValueError(f"unknown element {name}")
        if hint is str:
            values[name] = child.text or ''
        elif is_dataclass(hint):
            values[name] = _read(child, hint)
        else:
            values[name] = tuple(_read(one, get_args(hint)[0]) for one in child)
    return kind(**values)


def find_unbalanced(record: Record, compare: Callable[[float, float], int]) -> list[str]:
    """Return the numbers of claims whose amounts do not add up, and sums of the case.

    :param compare: `compare_amounts` of the currency

    >>> case = Record(principal='60.00', total='60.00', claims=(
    ...     Claim(number='1', original='100.00', paid='40.00', open='60.00'),))
    >>> find_unbalanced(case, lambda left, right: round(left - right, 2))
    []
    >>> find_unbalanced(replace(case, principal='50.00'), lambda left, right: left - right)
    ['principal', 'total']
    """
    found = [
        claim.number for claim in record.claims
        if compare(float(claim.original),
                   float(claim.paid) + float(claim.waived) + float(claim.open))
        or compare(float(claim.paid) + float(claim.waived),
                   sum(float(one.amount) for one in claim.payments)) and claim.payments]
    if compare(float(record.principal), sum(float(one.open) for one in record.claims)):
        found.append('principal')
    parts = ('principal', 'interest', 'lump_sum', 'fees')
    if compare(float(record.total), sum(float(getattr(record, name)) for name in parts)):
        found.append('total')
    return found


def make_rows(record: Record, sources: Iterable[tuple[str, str]]) -> list[list[tuple[str, str]]]:
    """Return one row per claim; cells are pairs of kind (`text`, `amount`, `date`) and value.

    :param sources: pairs of source and fixed text of the columns

    >>> make_rows(Record(number="HO/1", claims=(Claim(open='5.00'),)),
    ...           [('case_number', ''), ('claim_open', ''), ('fixed', "B2B")])
    [[('text', 'HO/1'), ('amount', '5.00'), ('text', 'B2B')]]
    """
    return [[_make_cell(record, claim, *column) for column in sources] for claim in record.claims]


def _make_cell(record, claim, source, text):
    if source == 'fixed':
        return 'text', text
    kind = 'amount' if source in AMOUNTS else 'date' if source in DATES else 'text'
    return kind, SOURCES[source](record, claim)


def defuse(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula, in one line.

    Spreadsheets run what begins with ``=``, ``+``, ``-``, ``@``, a tab or a line break, also after
    blanks and other invisible characters, and in their full width; an apostrophe before it keeps it
    text.

    >>> defuse("=1+1"), defuse(" \\u200e-2"), defuse("+49 30"), defuse("Meier\\nGmbH")
    ("'=1+1", "' \\u200e-2", "'+49 30", 'Meier GmbH')
    """
    line = ' '.join(text.replace('\t', ' ').splitlines())
    return f"'{line}" if _FORMULA.match(line) else line
