import base64
import binascii

from lxml import etree

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import file_open

from ...logic import handover_back, handover_record, handover_status
from ..policy.labels import get_label
from ..policy.locks import lock_or_refuse
from ..policy.notes import speak_to
from .dunning_handover_package import _SCHEMA

#: Lines that are taken over between two signs of life.
_STRIDE = 100
#: A status file of a hundred thousand cases is smaller.
_MOST_BYTES = 20 * 1024 * 1024


class DunningHandover(models.Model):
    """What the agency says: a status file, which may be imported as often as one likes."""

    _inherit = 'dunning.handover'

    agency_reference = fields.Char("Reference of the Agency", readonly=True, copy=False)
    agency_state = fields.Selection([
        ('accepted', "Accepted"), ('rejected', "Rejected"), ('in_progress', "In progress"),
        ('court', "In court"), ('enforcement', "Enforcement"),
        ('monitoring', "Long-term monitoring"), ('closed', "Closed by the agency"),
    ], "State at the Agency", readonly=True, copy=False, tracking=True)
    agency_closed_as = fields.Selection([
        ('paid', "Paid"), ('partly', "Paid in part"), ('unrecoverable', "Not collectable"),
        ('recalled', "Recalled"),
    ], "Outcome by the Agency", readonly=True, copy=False)
    agency_paid = fields.Monetary(
        "Paid to the Agency", readonly=True, copy=False, help="In all, as it says.")
    agency_costs = fields.Monetary(
        "Costs of the Agency", readonly=True, copy=False, help="In all, as it says.")
    status_date = fields.Date("Last Status", readonly=True, copy=False)

    @api.model
    def import_status(self, file=None, agency_id=None):
        """Take over what a status file says: all of it, or, if one line is wrong, nothing.

        Amounts are cumulative, so that the same file changes nothing a second time.

        :param file: the content, as bytes or in base64: CSV, or XML of our schema
        :param agency_id: whose file it is; None: of all agencies of the user's companies
        :return: one dict per line: `row`, `number`, `code` (`changed` or `same`) and `text`
        :raise UserError: with a sentence for each line that is wrong
        """
        lines, is_sound = self._take_status_file(file, agency_id)
        if not is_sound:
            raise UserError(self.env._(
                "Nothing was imported:\n%(lines)s", lines='\n'.join(
                    self.env._("Line %(row)s: %(text)s", row=line['row'], text=line['text'])
                    for line in lines if line['is_refused'])))
        return [{name: line[name] for name in ('row', 'number', 'code', 'text')}
                for line in lines]

    @api.model
    def _take_status_file(self, file, agency_id=None, is_trial=False, tell=None):
        """Take over a status file if all of its lines are sound; return ([line], whether they are).

        :param is_trial: only tell what would become of it
        :param tell: called with how many lines are taken over, and how many there are
        :return: lines are dicts of `row`, `number`, `code`, `text` and `is_refused`, by row
        """
        self.browse().check_access('write')
        verdicts, complaints = self._read_status_file(file, agency_id)
        lines = [{
            'row': one.row, 'number': '', 'code': one.code, 'is_refused': True,
            'text': self._describe_complaint(one)} for one in complaints]
        lines += [{
            'row': one.status.row, 'number': one.status.number, 'code': one.code,
            'is_refused': one.is_refused, 'text': self._describe_verdict(one)} for one in verdicts]
        is_sound = not any(line['is_refused'] for line in lines)
        for place, verdict in enumerate(verdicts if is_sound and not is_trial else ()):
            if tell and place % _STRIDE == 0:
                tell(place, len(verdicts))
            if verdict.values:
                self.browse(verdict.known.id)._take_status(verdict)
        return sorted(lines, key=lambda line: line['row']), is_sound

    @api.model
    def _read_status_file(self, file, agency_id=None):
        """Return (verdicts, complaints) of a status file; changes nothing."""
        content = _decode(file)
        if content is None or len(content) > _MOST_BYTES:
            raise UserError(self.env._("Please choose a status file of at most 20 MB."))
        statuses, wrong = self._parse_status_file(content)
        cases = self.search([
            ('name', 'in', [one.number for one in statuses]), ('date_handed_over', '!=', False),
            ('company_id', 'in', self.env.companies.ids),
            *([('agency_id', '=', agency_id)] if agency_id else [])])
        if cases:
            lock_or_refuse(cases.sudo())
        known = {case.name: handover_back.Known(
            case.id, case.name, case.currency_id.name, case.agency_state or None,
            case.agency_paid, case.agency_costs, case.agency_closed_as or None,
            case.agency_reference or None)
            for case in cases}
        compare = {one.name: one.compare_amounts for one in cases.currency_id}
        verdicts = handover_back.judge_status(statuses, known, compare.__getitem__)
        return verdicts, wrong

    @api.model
    def _parse_status_file(self, content):
        """Return (statuses, complaints) of CSV or XML."""
        if not content.lstrip(b'\xef\xbb\xbf \r\n\t').startswith(b'<'):
            try:
                rows = handover_status.split_csv(content)
            except ValueError as error:
                raise UserError(self.env._(
                    "The file cannot be read. It must be CSV or XML.")) from error
            return handover_status.read_rows(rows)
        namespace = f'{{{handover_record.NAMESPACE}}}'
        try:
            root = etree.fromstring(content, etree.XMLParser(
                resolve_entities=False, no_network=True, load_dtd=False))
        except etree.XMLSyntaxError as error:
            raise UserError(self.env._(
                "This is no XML: %(reason)s", reason=error.msg)) from error
        with file_open(_SCHEMA, 'rb') as schema:
            validator = etree.XMLSchema(etree.parse(schema))
        if root.tag != f'{namespace}status' or not validator.validate(root):
            raise UserError(self.env._(
                "This is no status file of our schema: %(reason)s",
                reason=validator.error_log and validator.error_log.last_error.message or root.tag))
        found, wrong = [], []
        for node in root:
            status, complaints = handover_status.read_status(node.sourceline or 0, {
                child.tag.removeprefix(namespace): (child.text or '').strip() for child in node})
            wrong += complaints
            if status:
                found.append(status)
        return found, wrong

    def _take_status(self, verdict):
        """Write what the agency says anew about this case, and ask for what follows from it."""
        self.ensure_one()
        names = {'paid': 'agency_paid', 'costs': 'agency_costs', 'state': 'agency_state',
                 'closed_as': 'agency_closed_as', 'reference': 'agency_reference'}
        self.sudo().write({
            **{names[name]: value for name, value in verdict.values.items()},
            'status_date': verdict.status.reported or self.company_id._get_dunning_today()})
        text = self._describe_verdict(verdict)
        self._tell(f"{self.name}: {text}")
        if self.amount_to_book or {'closed_as', 'state'} & verdict.values.keys() & {
                'closed_as', *(['state'] if self.agency_state in ('rejected', 'closed') else [])}:
            self._ask_to_look(speak_to(self.user_id, self)._describe_verdict(verdict))

    # Words --------------------------------------------------------------------------------------

    @api.model
    def _describe_complaint(self, complaint):
        """Return why a cell of a status file cannot be read."""
        # pylint: disable=prefer-env-translation
        _ = self.env._
        values = {'column': complaint.column, 'text': complaint.text}
        return {
            handover_status.NO_COLUMN: _("The first line must name a column “%(column)s”."),
            handover_status.NO_NUMBER: _("The number of the case is missing."),
            handover_status.NO_AMOUNT: _(
                "“%(text)s” in the column “%(column)s” is no amount, or could be two."),
            handover_status.NO_DATE: _("“%(text)s” in the column “%(column)s” is no date."),
        }[complaint.code] % values

    @api.model
    def _describe_verdict(self, verdict):
        """Return in words what becomes of a line of a status file."""
        # pylint: disable=prefer-env-translation
        _ = self.env._
        status, known = verdict.status, verdict.known
        money = self.browse(known.id).currency_id.format if known else str
        if verdict.code == handover_back.CHANGED:
            return self._describe_changes(verdict, money)
        return {
            handover_back.SAME: _("Nothing new."),
            handover_back.UNKNOWN_CASE: _("There is no case %(number)s with this agency."),
            handover_back.TWICE: _("%(number)s stands in the file twice."),
            handover_back.LESS_PAID: _(
                "%(number)s: %(paid)s paid in all is less than the %(known_paid)s of before."),
            handover_back.LESS_COSTS: _(
                "%(number)s: %(costs)s of costs in all is less than the %(known_costs)s of "
                "before."),
            handover_back.NEGATIVE: _("%(number)s: amounts must not be negative."),
            handover_back.UNKNOWN_STATE: _("%(number)s: the state “%(state)s” is not known."),
            handover_back.OTHER_CURRENCY: _("%(number)s is in another currency than %(currency)s."),
        }[verdict.code] % {
            'number': status.number, 'paid': money(status.paid or 0.0),
            'costs': money(status.costs or 0.0), 'known_paid': money(known.paid if known else 0.0),
            'known_costs': money(known.costs if known else 0.0),
            'state': " ".join(filter(None, (status.state, status.closed_as))),
            'currency': status.currency or ''}

    @api.model
    def _describe_changes(self, verdict, money):
        """Return what a line says anew, in the order of the columns."""
        case, values = self.browse(verdict.known.id), verdict.values
        labels = [
            (self.env._("paid in all %(amount)s", amount=money(values['paid']))
             if 'paid' in values else ''),
            (self.env._("costs in all %(amount)s", amount=money(values['costs']))
             if 'costs' in values else ''),
            *(get_label(case.new({field: values[name]}), field) for name, field in (
                ('state', 'agency_state'), ('closed_as', 'agency_closed_as')) if name in values),
            values.get('reference', '')]
        return self.env._("The agency says: %(changes)s", changes=", ".join(filter(None, labels)))


def _decode(file):
    """Return the bytes of a file given as bytes or in base64, None for anything else."""
    if isinstance(file, str):
        file = file.encode()
    if not isinstance(file, bytes) or not file:
        return None
    try:
        return base64.b64decode(file, validate=True)
    except (binascii.Error, ValueError):
        return file
