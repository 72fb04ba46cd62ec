"""Packages for collection agencies: fetched, checked without a server; status files brought."""

import base64
import hashlib
import io
import json
import os
import zipfile
from pathlib import Path

import pytest
from smart_dunning_client import cli
from smart_dunning_client.package import validate

HERE = Path(__file__).parents[1]
_PARTY = ('reference', 'kind', 'name', 'street', 'street2', 'zip', 'city', 'country', 'email',
          'phone', 'vat', 'lang', 'iban')


def _fill(**values):
    return ''.join(f'<{name}>{value}</{name}>' for name, value in values.items())


def make_manifest(files=None, claim=None, letter_file="letters/L-1.pdf", **changes):
    """Return a manifest about one claim of 100.00, of which 40.00 are paid."""
    files = FILES if files is None else files
    claim = {
        'id': '7', 'number': "INV/1", 'date': '2026-01-05', 'due': '2026-02-05',
        'original': '100.00', 'paid': '40.00', 'waived': '0.00', 'open': '60.00', 'subject': "Tea",
        'delivered': 'yes', 'first_reminder': '', 'default_date': '', 'default_basis': '',
        'limitation': '', 'interest': '1.50', 'interest_from': '', 'interest_to': '',
        'reference_rate': '', 'margin': '', 'day_count': '', 'legal_basis': '',
        'lump_sum': '0.00',
        'payments': '<payment><date>2026-03-01</date><amount>40.00</amount><kind>payment</kind>'
                    '</payment>', **(claim or {})}
    party = _fill(**dict.fromkeys(_PARTY, ''))
    values = {
        'number': "HO/2026/0001", 'date': '2026-04-01', 'currency': 'EUR',
        'approach': 'extrajudicial', 'principal': '60.00', 'interest': '1.50', 'lump_sum': '0.00',
        'fees': '5.00', 'total': '66.50', 'allocation': "costs interest principal", 'reports': 'no',
        'note': "", 'creditor': party, 'agency': party, 'debtor': party,
        'claims': f'<claim>{_fill(**claim)}</claim>',
        'charges': '<charge>' + _fill(kind='fee', date='', amount='5.00', open='5.00',
                                      claim="INV/1") + '</charge>',
        'letters': '<letter>' + _fill(number="L/1", date='', level='', channel='', deadline='',
                                      recipient='', message='', file=letter_file) + '</letter>',
        'agreements': '',
        'files': ''.join('<file>' + _fill(
            name=name, kind='letter', size=len(content),
            sha256=hashlib.sha256(content).hexdigest(), claim='') + '</file>'
            for name, content in files.items()), **changes}
    return ('<handover xmlns="urn:smart-dunning:handover:1" version="1.0">'
            f'{_fill(**values)}</handover>').encode()


FILES = {'letters/L-1.pdf': b"%PDF letter", 'statement.csv': b"a;b"}


@pytest.fixture
def pack(tmp_path):
    """Write a package; return its path."""
    def make(manifest=None, files=None):
        path = tmp_path / 'case.zip'
        with zipfile.ZipFile(path, 'w') as package:
            if manifest != b"":
                package.writestr('manifest.xml', manifest or make_manifest())
            for name, content in (FILES if files is None else files).items():
                package.writestr(name, content)
        return path
    return make


@pytest.fixture
def run(url, monkeypatch, capsys, tmp_path):
    """Run the command; return (exit code, output, errors)."""
    monkeypatch.setenv('DUNNING_API_KEY', "secret")
    monkeypatch.setenv('COLUMNS', "200")
    monkeypatch.chdir(tmp_path)

    def call(*arguments, server=True):
        code = cli.run([*(('--url', url, '--db', 'db') if server else ()), *arguments])
        return code, *capsys.readouterr()
    return call


def test_the_schema_is_the_one_of_the_addon():
    shipped = HERE / 'src' / 'smart_dunning_client' / 'handover-1.xsd'
    own = HERE.parent / 'smart_dunning' / 'static' / 'schema' / 'handover-1.xsd'
    if not own.exists():
        pytest.skip("the client alone")
    assert shipped.read_bytes() == own.read_bytes()


def test_a_package_is_valid(run, pack):
    path = pack()
    report = validate(path)
    assert (report.is_valid, report.number, report.claims, report.files_checked) == (
        True, "HO/2026/0001", 1, 2)
    code, output, _errors = run('handover', 'validate', str(path), server=False)
    assert (code, "2 of 2 files" in output, "66.50 EUR" in output) == (0, True, True)
    data = json.loads(run('handover', 'validate', str(path), '--json', server=False)[1])
    assert (data['kind'], data['problems']) == ('package', [])


_ENTITY = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize(('manifest', 'files', 'words'), [
    (None, {**FILES, 'letters/L-1.pdf': b"%PDF lettes"}, ["SHA-256"]),
    (None, {**FILES, 'letters/L-1.pdf': b"%PDF"}, ["bytes", "SHA-256"]),
    (None, {'statement.csv': b"a;b"}, ["not there"]),
    (None, {**FILES, 'more.exe': b"x"}, ["Is not in the manifest"]),
    (None, {**FILES, '../evil': b"x"}, ["outside", "not in the manifest"]),
    (make_manifest(letter_file="letters/none.pdf"), None, ["none.pdf"]),
    (b"", None, ["Is not in the package"]),
    (b"<handover", None, ["Is no XML"]),
    (b"<handover/>", None, ["No matching global declaration"]),
    (_ENTITY + make_manifest(note="&e;"), None, ["DTD"]),
    (make_manifest(currency='euro'), None, ["euro"]),
    (make_manifest(number=''), None, ["number"]),
    (make_manifest(principal='60.01'), None, ["principal", "total"]),
    (make_manifest(total='66.5'), None, []),
    (make_manifest(fees='0.00', total='61.50'), None, ["fees"]),
    (make_manifest(interest='1.00', total='66.00'), None, ["interest"]),
    (make_manifest(claim={'original': '100.01'}), None, ["original"]),
    (make_manifest(claim={'paid': '30.00', 'waived': '10.00'}), None, ["paid", "waived"]),
    (b'<status xmlns="urn:smart-dunning:handover:1" version="1.0"/>', None, ["not “handover”"]),
])
def test_what_is_wrong_is_named(run, pack, manifest, files, words):
    path = pack(manifest, files)
    problems = validate(path).problems
    assert len(problems) == len(words), problems
    for problem, word in zip(problems, words, strict=True):
        assert word in f"{problem.where} {problem.text}"
    code, output, _errors = run('handover', 'validate', str(path), server=False)
    assert code == (1 if words else 0)
    assert all(word.split()[0] in output for word in words)


def test_no_package_at_all(tmp_path, pack):
    path = pack()
    path.write_bytes(path.read_bytes()[:-30])
    assert "unpacked" in validate(path).problems[0].text
    with zipfile.ZipFile(path, 'w', zipfile.ZIP_DEFLATED) as package:
        package.writestr('manifest.xml', make_manifest())
    content = bytearray(path.read_bytes())
    for position in range(60, 400):         # amid what is compressed
        content[position] ^= 0xff
    path.write_bytes(content)
    assert "unpacked" in validate(path).problems[0].text
    path.write_bytes(b"\x00\x01")
    assert "no XML" in validate(path).problems[0].text


def test_a_manifest_alone_or_beside_its_files(tmp_path):
    path = tmp_path / 'manifest.xml'
    path.write_bytes(make_manifest())
    report = validate(path)
    assert (report.is_valid, report.kind, report.files_checked) == (True, 'manifest', 0)
    (tmp_path / 'letters').mkdir()
    (tmp_path / 'letters' / 'L-1.pdf').write_bytes(b"changed")
    (tmp_path / 'statement.csv').write_bytes(FILES['statement.csv'])
    report = validate(path)
    assert report.files_checked == 2
    assert {one.where for one in report.problems} == {'letters/L-1.pdf'}


def test_a_manifest_reads_nothing_elsewhere(tmp_path):
    folder = tmp_path / 'in'
    folder.mkdir()
    (tmp_path / 'secret').write_bytes(b"secret")
    path = folder / 'manifest.xml'
    path.write_bytes(make_manifest({'../secret': b"secret"}, letter_file=''))
    assert validate(path).files_checked == 0


def test_a_status_file(tmp_path):
    path = tmp_path / 'status.xml'
    path.write_text('<status xmlns="urn:smart-dunning:handover:1" version="1.0"><case>'
                    '<number>HO/1</number><paid>5.00</paid></case></status>')
    report = validate(path)
    assert (report.is_valid, report.kind, report.claims) == (True, 'status', 1)
    path.write_text(path.read_text().replace('5.00', '5,00'))
    assert not validate(path).is_valid


# With the server ----------------------------------------------------------------------------------

def _answer(content, **changes):
    return {
        'id': 3, 'number': "HO/2026/0001", 'customer': "Adler", 'agency': "North",
        'state': 'handed_over', 'is_sent': True, 'file_name': "../../HO-2026-0001.zip",
        'sha256': hashlib.sha256(content).hexdigest(),
        'package': base64.b64encode(content).decode(), **changes}


def test_export(run, answers, tmp_path):
    content = io.BytesIO(b"PK content").getvalue()
    answers.add(_answer(content))
    code, output, _errors = run('handover', 'export', 'HO/2026/0001')
    assert (code, "North" in output) == (0, True)
    assert (tmp_path / 'HO-2026-0001.zip').read_bytes() == content
    assert json.loads(answers.asked[-1][2])['handover'] == 'HO/2026/0001'
    code, _output, errors = run('handover', 'export', 'HO/2026/0001')
    assert (code, "--force" in errors) == (2, True)
    assert run('handover', 'export', 'HO/2026/0001', '--force')[0] == 0
    data = json.loads(run(
        'handover', 'export', 'HO/2026/0001', '--to', os.path.join(tmp_path, 'a.zip'), '--json')[1])
    assert (data['sha256'], data['content']) == (hashlib.sha256(content).hexdigest(), "10 bytes")
    assert (tmp_path / 'a.zip').read_bytes() == content


def test_a_damaged_package_is_not_kept(run, answers, tmp_path):
    answers.add(_answer(b"PK", sha256='0' * 64))
    code, _output, errors = run('handover', 'export', 'HO/1', '--to', 'a.zip')
    assert (code, "damaged" in errors, (tmp_path / 'a.zip').exists()) == (5, True, False)


def test_status_import(run, answers, tmp_path):
    path = tmp_path / 'status.csv'
    path.write_text("number;paid\nHO/1;5,00\n")
    row = {'row': 2, 'number': "HO/1", 'result': 'changed', 'message': "paid in all 5.00"}
    answers.add({'applied': True, 'rows': [row]})
    code, output, _errors = run('handover', 'status', 'import', str(path), '--agency', 'North')
    assert (code, "HO/1" in output, "1 lines imported" in output) == (0, True, True)
    asked = json.loads(answers.asked[-1][2])
    assert (asked['agency'], asked['dry_run'], bool(asked['call_key'])) == ('North', False, True)
    assert base64.b64decode(asked['file']) == path.read_bytes()
    assert "Nothing was written" in run('handover', 'status', 'import', str(path), '--dry-run')[1]
    assert json.loads(answers.asked[-1][2])['dry_run'] is True
    answers.add({'applied': False, 'rows': [row, {**row, 'row': 3, 'result': 'error'}]})
    answers.take()
    code, output, _errors = run('handover', 'status', 'import', str(path), '--agency', '7')
    assert (code, "1 lines cannot" in output) == (1, True)
    assert json.loads(answers.asked[-1][2])['agency'] == 7
