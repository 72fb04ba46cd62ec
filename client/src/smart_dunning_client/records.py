"""What the server tells, as dataclasses: days are dates, what there is not is None."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import date


def build(cls, data):
    """Return a record of a dataclass from what the server told; it may tell more than we know."""
    known = {each.name: each for each in fields(cls)}
    return cls(**{
        name: _convert(known[name], value) for name, value in data.items() if name in known})


def _convert(each, value):
    if each.type == 'date | None':
        return date.fromisoformat(value) if value else None
    if each.type == 'date':
        return date.fromisoformat(value)
    maker = each.metadata.get('of')
    if maker and isinstance(value, list):
        return [build(maker, row) for row in value]
    if maker:
        return build(maker, value) if value else None
    return value


@dataclass(frozen=True)
class Run:
    """A dunning run; `amount` in company currency."""

    id: int
    name: str
    company: str
    date: date
    state: str
    is_automatic: bool
    letters: int
    open: int
    to_approve: int
    to_print: int
    failed: int
    sent: int
    left_out: int
    amount: float
    currency: str
    note: str = ""


@dataclass(frozen=True)
class Alarm:
    """Something that somebody has to look at today."""

    code: str
    text: str


@dataclass(frozen=True)
class Waiting:
    """Numbers of letters that wait for a person."""

    to_approve: int
    to_print: int
    failed: int
    unknown: int


@dataclass(frozen=True)
class Status:
    """How dunning stands in a company; `bank_days` is the age of the bank data, -1 for none."""

    company_id: int
    company: str
    is_active: bool
    last_run: Run | None = field(metadata={'of': Run})
    waiting: Waiting = field(metadata={'of': Waiting})
    bank_date: date | None
    bank_days: int
    alarms: list = field(metadata={'of': Alarm})


@dataclass(frozen=True)
class PlannedLetter:
    """A letter that a run would send; `amount` in company currency."""

    customer_id: int
    customer: str
    level: str
    level_position: int
    channel: str
    amount: float
    items: int


@dataclass(frozen=True)
class LeftOut:
    """Whom a run would leave out, and why; `amount` in company currency."""

    customer_id: int
    customer: str
    reason: str
    reason_code: str
    amount: float
    until: date | None


@dataclass(frozen=True)
class Preview:
    """What a run would do."""

    company: str
    date: date
    currency: str
    letters: list = field(metadata={'of': PlannedLetter})
    left_out: list = field(metadata={'of': LeftOut})


@dataclass(frozen=True)
class Letter:
    """A dunning letter; amounts in `currency`."""

    id: int
    name: str
    run_id: int
    run: str
    company: str
    customer_id: int
    customer: str
    level: str
    level_position: int
    channel: str
    email: str
    state: str
    date: date
    deadline: date | None
    sent_date: date | None
    amount_due: float
    amount_credit: float
    amount_interest: float
    amount_fee: float
    amount_total: float
    currency: str
    note: str
    is_fate_unknown: bool
    is_bounced: bool
    has_pdf: bool


@dataclass(frozen=True)
class Pdf:
    """A letter as it was sent; empty with the reason where none is kept."""

    id: int
    name: str
    content: bytes
    why: str


@dataclass(frozen=True)
class Skipped:
    """A letter that was not approved, and why."""

    id: int
    name: str
    why: str


@dataclass(frozen=True)
class Approval:
    """Which letters were approved, and which of those named were not."""

    approved: list
    left: list = field(metadata={'of': Skipped})


@dataclass(frozen=True)
class Debtor:
    """A customer with what is owed; amounts in `currency`, that of the company."""

    id: int
    customer_id: int
    customer: str
    company: str
    currency: str
    open: float
    overdue: float
    oldest_due_date: date | None
    days_overdue: int
    level: str
    level_position: int
    hold: str
    hold_reason: str
    exposure: float
    credit_limit: float
    risk_class: str
    next_step: str
    next_action_date: date | None
    last_letter_date: date | None
    last_payment_date: date | None


@dataclass(frozen=True)
class Document:
    """A quotation or a delivery."""

    model: str
    id: int
    name: str


@dataclass(frozen=True)
class Hold:
    """What an order and a delivery of a customer would meet; amounts in company currency."""

    customer_id: int
    customer: str
    company: str
    currency: str
    state: str
    reasons: list
    exposure: float
    credit_limit: float
    overdue: float
    documents: list = field(metadata={'of': Document})


@dataclass(frozen=True)
class Release:
    """A permission for a held customer; `max_amount` in company currency."""

    id: int
    customer_id: int
    customer: str
    scope: str
    max_amount: float
    currency: str
    valid_until: date


@dataclass(frozen=True)
class Promise:
    """A promise to pay; amounts in `currency`."""

    id: int
    customer_id: int
    customer: str
    company: str
    amount: float
    currency: str
    state: str
    state_name: str
    invoices: str
    note: str
    date: date
    date_made: date
    paid: float
    said_by: str


@dataclass(frozen=True)
class Dispute:
    """An objection to an invoice; `amount` in `currency`."""

    id: int
    customer_id: int
    customer: str
    company: str
    amount: float
    currency: str
    state: str
    state_name: str
    invoices: str
    note: str
    reason: str
    date_opened: date
    deadline: date | None


@dataclass(frozen=True)
class Week:
    """Expected cash-in of a week, with an 80 % band, in company currency."""

    week: date
    amount: float
    low: float
    high: float


@dataclass(frozen=True)
class Forecast:
    """Expected cash-in by week."""

    company: str
    date: date
    currency: str
    weeks: list = field(metadata={'of': Week})


@dataclass(frozen=True)
class Day:
    """The receivables of a day: amounts in company currency, days, and per cent."""

    date: date
    open_amount: float
    overdue_amount: float
    amount_not_due: float
    amount_30: float
    amount_60: float
    amount_90: float
    amount_older: float
    held_amount: float
    dso: float
    best_dso: float
    average_days_delinquent: float
    collection_effectiveness: float


@dataclass(frozen=True)
class Figures:
    """The receivables of some days, the newest first."""

    company: str
    currency: str
    days: list = field(metadata={'of': Day})


@dataclass(frozen=True)
class ImportedRow:
    """What happened, or would happen, to a row of an import."""

    row: int
    customer: str
    result: str
    message: str
    old_limit: float = 0.0
    new_limit: float = 0.0


@dataclass(frozen=True)
class Import:
    """Whether an import was applied: all of its rows, or none."""

    applied: bool
    rows: list = field(metadata={'of': ImportedRow})

    @property
    def errors(self):
        """The rows that cannot be imported."""
        return [row for row in self.rows if row.result == 'error']


@dataclass(frozen=True)
class Package:
    """The package of a case for a collection agency; `content` is the ZIP.

    `is_sent`: as it has left; otherwise as it would leave today.
    """

    id: int
    number: str
    customer: str
    agency: str
    state: str
    is_sent: bool
    file_name: str
    sha256: str
    content: bytes = b""


@dataclass(frozen=True)
class StatusLine:
    """What happened, or would happen, to a line of a status file."""

    row: int
    number: str
    result: str
    message: str


@dataclass(frozen=True)
class StatusImport:
    """Whether a status file was taken over: all of its lines, or none."""

    applied: bool
    rows: list = field(metadata={'of': StatusLine})

    @property
    def errors(self):
        """The lines that cannot be taken over."""
        return [row for row in self.rows if row.result == 'error']


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at in the set-up: `level` is ok, warning or error."""

    code: str
    level: str
    text: str
