import hashlib
import io
import re
import zipfile
from dataclasses import replace
from datetime import timedelta

from lxml import etree

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import file_open

from ...logic import handover_record as record
from ..policy.files import download

_SCHEMA = 'smart_dunning/static/schema/handover-1.xsd'
#: What no file system minds in a name; slashes and leading dots would leave the folder.
_UNSAFE = re.compile(r'[^\w.\- ()]', re.ASCII)
#: Files of a package are dated so: the same case makes the same package.
_DATE = (1980, 1, 1, 0, 0, 0)
#: So many packages are put into one file while somebody waits.
_MOST_PACKAGES = 100
#: What is written on such a file, by which it is found again and forgotten.
_PACKED = "smart_dunning: packages of several cases"


class DunningHandover(models.Model):
    """The package: a ZIP with everything an agency needs, kept as it was sent."""

    _inherit = 'dunning.handover'

    package_id = fields.Many2one(
        'ir.attachment', "Package as Sent", readonly=True, copy=False, ondelete='restrict')
    package_sha256 = fields.Char("SHA-256 of the Package", readonly=True, copy=False)

    def _make_package(self, case):
        """Make the package of a case and keep it as evidence.

        :param case: `record.Record`
        :raise UserError: where amounts do not add up, or the manifest is not valid
        """
        self.ensure_one()
        content = self._render_package(case)
        self.package_sha256 = hashlib.sha256(content).hexdigest()
        self.package_id = self.env['ir.attachment'].sudo().create({
            'name': self._get_package_name(), 'raw': content,
            'mimetype': 'application/zip', 'res_model': self._name, 'res_id': self.id})

    def _get_package_name(self):
        """Return what the file of the package is called."""
        self.ensure_one()
        return f"{_make_name(self.name)}.zip"

    def _render_package(self, case):
        """Return the ZIP as bytes; stores and changes nothing.

        :param case: `record.Record`
        """
        self.ensure_one()
        files, letter_files = self._collect_files()
        files = [*self._make_tables(case), *files]
        case = record.clean(replace(
            case, files=tuple(_describe(*one) for one in files), letters=tuple(
                replace(one, file=letter_files.get(one.number, '')) for one in case.letters)))
        self._check_sums(case)
        manifest = record.to_xml(case)
        self._check_manifest(manifest)
        with io.BytesIO() as target:
            with zipfile.ZipFile(target, 'w', zipfile.ZIP_DEFLATED) as package:
                for name, content in [('manifest.xml', manifest), *(
                        (name, content) for name, _kind, content, _claim in files)]:
                    package.writestr(zipfile.ZipInfo(name, _DATE), content, zipfile.ZIP_DEFLATED)
            return target.getvalue()

    def _check_sums(self, case):
        """Refuse a case whose amounts do not add up: better no package than a wrong one."""
        unbalanced = record.find_unbalanced(case, self.currency_id.compare_amounts)
        if unbalanced:
            raise UserError(self.env._(
                "The amounts do not add up: %(names)s. Original amount = paid + credited + open. "
                "Please look at the payments.", names=", ".join(unbalanced)))

    def _check_manifest(self, content):
        """Refuse a manifest that its schema does not accept."""
        with file_open(_SCHEMA, 'rb') as schema:
            validator = etree.XMLSchema(etree.parse(schema))
        document = etree.fromstring(content, etree.XMLParser(resolve_entities=False))
        if not validator.validate(document):
            raise UserError(self.env._(
                "The package is not valid: %(reason)s",
                reason=validator.error_log.last_error.message))

    # Files --------------------------------------------------------------------------------------

    def _collect_files(self):
        """Return ([(name, kind, content, claim)], {number of a letter: name of its file})."""
        self.ensure_one()
        case, files, letter_files = self.sudo(), [], {}
        names = _Names()
        letters = case._get_sent_letters()
        for letter in letters.filtered('document_id'):
            name = names.take('letters', f"{letter.name}.pdf")
            letter_files[record.clean_text(letter.name)] = name
            files.append((name, 'letter', letter.document_id.raw, ''))
        for move in case.item_ids.move_id.sorted('id'):
            files += [
                (names.take('invoices', name), kind, content, move.name or '')
                for name, kind, content in case._get_invoice_files(move)]
        files += [(names.take('', name), 'statement', content, '')
                  for name, content in case._make_statement()]
        plans = self.env['dunning.installment.plan'].sudo().search([
            ('company_id', '=', case.company_id.id), ('partner_id', '=', case.partner_id.id),
            ('document_id', '!=', False)])
        files += [
            (names.take('agreements', f"{plan.name}.pdf"), 'agreement', plan.document_id.raw, '')
            for plan in plans if plan.item_ids & case.item_ids]
        return files, letter_files

    def _get_invoice_files(self, move):
        """Return [(name, kind, content)] of an invoice: PDF and legal XML, as core keeps them."""
        found = []
        pdf = self.env['dunning.copy'].sudo()._find(move).get(move)
        if pdf:
            found.append((pdf.name, 'invoice', pdf.raw))
        for attachment in self.env['account.move.send'].sudo()._get_invoice_extra_attachments(move):
            if attachment != pdf and attachment.raw:
                is_xml = (attachment.mimetype or '').endswith('xml') or (
                    attachment.name.endswith('.xml'))
                found.append((
                    attachment.name, 'invoice_xml' if is_xml else 'invoice', attachment.raw))
        return found

    def action_download_package(self):
        """Download the package of a case, as it was sent or would be; of several as one file.

        :raise UserError: when these are too many cases, or one has no agency yet
        """
        self.check_access('read')
        if len(self) > _MOST_PACKAGES:
            raise UserError(self.env._(
                "Please choose at most %(most)s cases at a time.", most=_MOST_PACKAGES))
        if len(self) != 1:
            # Without a record it is for nobody but whoever asked.
            return download(self._keep_packed(*self._pack_packages(), description=_PACKED))
        return download(self.sudo().package_id or self._keep_packed(
            *self._get_package(), res_model=self._name, res_id=self.id))

    def _keep_packed(self, name, content, **values):
        return self.env['ir.attachment'].create({
            'name': name, 'raw': content, 'mimetype': 'application/zip', **values})

    def _get_package(self):
        """Return (name of the file, ZIP) of a case: as it was sent, or as it would be.

        :raise UserError: when it has neither left nor an agency
        """
        self.ensure_one()
        kept = self.sudo().package_id
        if kept:
            return self._get_package_name(), kept.raw
        self._check_user()
        if not self.agency_id:
            raise UserError(self.env._(
                "%(case)s has no agency yet: please choose one.", case=self.display_name))
        return f"preview-{self._get_package_name()}", self._render_package(self._prepare_record())

    def _pack_packages(self, tell=None):
        """Return (name, content) of a ZIP with the package of each case.

        :param tell: called with how many packages are in it, and how many there will be
        """
        names = _Names()
        with io.BytesIO() as target:
            with zipfile.ZipFile(target, 'w', zipfile.ZIP_STORED) as packed:
                for place, case in enumerate(self):
                    if tell:
                        tell(place, len(self))
                    name, content = case._get_package()
                    packed.writestr(zipfile.ZipInfo(names.take('', name), _DATE), content)
            day = self.env.company._get_dunning_today()
            return self.env._("Handovers %(date)s.zip", date=day), target.getvalue()

    @api.autovacuum
    def _gc_packed(self):
        """Forget what was packed for somebody to download, but for today's."""
        self.env['ir.attachment'].sudo().search([
            ('description', '=', _PACKED), ('res_model', '=', False), ('res_id', '=', False),
            ('create_date', '<', fields.Datetime.now() - timedelta(days=1))]).unlink()


class _Names:
    """Names of files in a package, each once."""

    def __init__(self):
        self.taken = set()

    def take(self, folder, name):
        """Return the path of a file; one more of the same name gets a number."""
        stem, dot, ending = _make_name(name).rpartition('.')
        path = f"{folder}/" if folder else ''
        candidate, count = f"{path}{stem}{dot}{ending}", 1
        while candidate.lower() in self.taken:
            count += 1
            candidate = f"{path}{stem}-{count}{dot}{ending}"
        self.taken.add(candidate.lower())
        return candidate


def _make_name(name):
    """Return a name that is one on every system, whatever number or person it comes from."""
    return _UNSAFE.sub('-', (name or 'file')).strip('. ')[-100:] or 'file'


def _describe(name, kind, content, claim):
    return record.File(
        name=name, kind=kind, size=str(len(content)),
        sha256=hashlib.sha256(content).hexdigest(), claim=claim)


class IrAttachment(models.Model):
    """The package as it was sent is evidence, as letters are."""

    _inherit = 'ir.attachment'

    def _check_not_kept(self):
        # EXTENDS smart_dunning
        result = super()._check_not_kept()
        if not self.env.su and self and self.env['dunning.handover'].sudo().search_count(
                [('package_id', 'in', self.ids)], limit=1):
            raise AccessError(self.env._(
                "A package as it was handed over is evidence: it can be neither changed nor "
                "deleted."))
        return result
