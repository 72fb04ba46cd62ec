"""Is a package for a collection agency, or its manifest, what it should be? Asks no server.

What a package is says docs/handover-format.md of smart_dunning; its schema is part of this client.
Nothing is unpacked, and nothing in a file is followed: no entity, no address, no path.
"""

import hashlib
import zipfile
import zlib
from dataclasses import dataclass, field
from decimal import Decimal
from importlib import resources
from pathlib import Path, PurePosixPath

from lxml import etree

NAMESPACE = 'urn:smart-dunning:handover:1'
MANIFEST = 'manifest.xml'
#: No package of ours is larger, unpacked; what is may be meant to fill the disk.
_MOST_BYTES = 2 * 1024 ** 3
_MOST_MANIFEST = 50 * 1024 ** 2


@dataclass(frozen=True)
class Problem:
    """What is wrong, in a sentence; `where` is the file, or the claim."""

    where: str
    text: str


@dataclass(frozen=True)
class Report:
    """What was found of a package, a manifest or a status file (`kind`).

    `files_checked`: so many files were compared with their SHA-256. Amounts are texts as in the
    manifest, in `currency`.
    """

    path: str
    kind: str = ""
    number: str = ""
    currency: str = ""
    total: str = ""
    claims: int = 0
    files: int = 0
    files_checked: int = 0
    problems: list = field(default_factory=list)

    @property
    def is_valid(self):
        """Whether nothing is wrong."""
        return not self.problems


def validate(path):
    """Return the `Report` about a package (.zip), its manifest.xml, or a status file in XML.

    Of a manifest beside its unpacked files these are compared as well.

    :raise OSError: when the file cannot be read
    """
    path = Path(path)
    with path.open('rb') as file:
        is_package = file.read(4) == b'PK\x03\x04'
    return _validate_package(path) if is_package else _validate_document(path)


def _validate_package(path):
    try:
        with zipfile.ZipFile(path) as package:
            names = package.namelist()
            problems = [
                Problem(name, "Stands in the package twice.")
                for name in dict.fromkeys(names) if names.count(name) > 1]
            problems += [Problem(name, "Would be unpacked outside its folder.")
                         for name in names if not _is_inside(name)]
            if sum(entry.file_size for entry in package.infolist()) > _MOST_BYTES:
                return _report(path, 'package', [
                    *problems, Problem(path.name, "Is too large to be a package.")])
            if MANIFEST not in names:
                return _report(path, 'package', [
                    *problems, Problem(MANIFEST, "Is not in the package.")])
            if package.getinfo(MANIFEST).file_size > _MOST_MANIFEST:
                return _report(path, 'package', [
                    *problems, Problem(MANIFEST, "Is too large to be a manifest.")])
            root, wrong = _parse(package.read(MANIFEST), MANIFEST, 'handover')
            if wrong:
                return _report(path, 'package', [*problems, *wrong], root)
            found, checked = _check_files(
                root, lambda name: package.read(name) if name in names else None)
            listed = {_text(one, 'name') for one in _list(root, 'files')}
            found += [Problem(name, "Is not in the manifest.") for name in dict.fromkeys(names)
                      if name != MANIFEST and name not in listed]
            return _report(
                path, 'package', [*problems, *found, *_check_sums(root)], root, checked)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError) as error:
        return _report(path, 'package', [Problem(path.name, f"Cannot be unpacked: {error}")])


def _validate_document(path):
    if path.stat().st_size > _MOST_MANIFEST:
        return _report(path, '', [Problem(path.name, "Is too large to be a manifest.")])
    root, wrong = _parse(path.read_bytes(), path.name)
    if wrong:
        return _report(path, '', wrong, root)
    if _get_name(root) == 'status':
        return Report(str(path), 'status', claims=len(root))
    # The files may lie beside it, where the package was unpacked.
    found, checked = _check_files(root, lambda name: _read_beside(path.parent, name))
    if not checked:
        found = []
    return _report(path, 'manifest', [*found, *_check_sums(root)], root, checked)


def _report(path, kind, problems, root=None, checked=0):
    if root is None or _get_name(root) != 'handover':
        return Report(str(path), kind, problems=problems)
    return Report(
        str(path), kind, _text(root, 'number'), _text(root, 'currency'), _text(root, 'total'),
        len(_list(root, 'claims')), len(_list(root, 'files')), checked, problems)


# XML ------------------------------------------------------------------------------------------

def _parse(content, where, wanted=None):
    """Return (root, problems) of a document: well-formed, without DTD, valid by the schema."""
    try:
        root = etree.fromstring(content, etree.XMLParser(
            resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False))
    except etree.XMLSyntaxError as error:
        return None, [Problem(where, f"Is no XML: {error.msg}")]
    if root.getroottree().docinfo.doctype:
        return None, [Problem(where, "Declares a DTD, which no manifest needs.")]
    schema = etree.XMLSchema(etree.fromstring(
        resources.files(__package__).joinpath('handover-1.xsd').read_bytes()))
    if not schema.validate(root):
        return None, [
            Problem(f"{where}:{error.line}", error.message) for error in schema.error_log]
    if wanted and _get_name(root) != wanted:
        return None, [Problem(where, f"Is a document “{_get_name(root)}”, not “{wanted}”.")]
    return root, []


def _get_name(node):
    return etree.QName(node).localname


def _text(node, name):
    return node.findtext(f'{{{NAMESPACE}}}{name}') or ""


def _list(node, name):
    return list(node.find(f'{{{NAMESPACE}}}{name}'))


def _amount(node, name):
    return Decimal(_text(node, name))


# Files ----------------------------------------------------------------------------------------

def _is_inside(name):
    path = PurePosixPath(name.replace('\\', '/'))
    return not path.is_absolute() and '..' not in path.parts and ':' not in name


def _read_beside(folder, name):
    """Return a file of an unpacked package; None where it is not there."""
    path = folder / name
    if not _is_inside(name) or not path.is_file():
        return None
    return path.read_bytes()


def _check_files(root, read):
    """Return ([problem], number of files that were there) of the files of a manifest.

    :param read: function of a name that returns the content, None where there is none
    """
    problems, checked, seen = [], 0, set()
    for node in _list(root, 'files'):
        name = _text(node, 'name')
        if name in seen:
            problems.append(Problem(name, "Stands in the manifest twice."))
        seen.add(name)
        content = read(name)
        if content is None:
            problems.append(Problem(name, "Is in the manifest, but not there."))
            continue
        checked += 1
        if len(content) != int(_text(node, 'size')):
            problems.append(Problem(
                name, f"Has {len(content)} bytes; the manifest says {_text(node, 'size')}."))
        if hashlib.sha256(content).hexdigest() != _text(node, 'sha256'):
            problems.append(Problem(name, "Is another file than the one the manifest names: its "
                                    "SHA-256 differs."))
    problems += [
        Problem(_text(letter, 'number'),
                f"Its file {_text(letter, 'file')} is not in the manifest.")
        for letter in _list(root, 'letters')
        if _text(letter, 'file') and _text(letter, 'file') not in seen]
    return problems, checked


# Sums -----------------------------------------------------------------------------------------

def _check_sums(root):
    """Return the sums of a manifest that do not add up; exact, since amounts are decimal texts."""
    problems = []
    claims, charges = _list(root, 'claims'), _list(root, 'charges')
    for claim in claims:
        where = _text(claim, 'number') or _text(claim, 'id')
        payments = _list(claim, 'payments')
        of_kind = {
            kind: sum((_amount(one, 'amount') for one in payments if _text(one, 'kind') == kind),
                      Decimal(0)) for kind in ('payment', 'credit')}
        problems += _compare(where, "original = paid + waived + open", _amount(claim, 'original'),
                             sum(_amount(claim, name) for name in ('paid', 'waived', 'open')))
        problems += _compare(
            where, "paid = sum of its payments", _amount(claim, 'paid'), of_kind['payment'])
        problems += _compare(
            where, "waived = sum of its credits", _amount(claim, 'waived'), of_kind['credit'])
    for name, parts in (('principal', [_amount(one, 'open') for one in claims]),
                        ('interest', [_amount(one, 'interest') for one in claims]),
                        ('lump_sum', [_amount(one, 'lump_sum') for one in claims]),
                        ('fees', [_amount(one, 'open') for one in charges
                                  if _text(one, 'kind') == 'fee']),
                        ('total', [_amount(root, part) for part in (
                            'principal', 'interest', 'lump_sum', 'fees')])):
        problems += _compare(
            _text(root, 'number'), f"{name} = sum of its parts", _amount(root, name),
            sum(parts, Decimal(0)))
    return problems


def _compare(where, rule, said, found):
    return [] if said == found else [Problem(where, f"{rule}: {said} is not {found}.")]
