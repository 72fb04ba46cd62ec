"""The set-up finds Odoo 19: in Debian, in a file named, in a copy beside the checkout."""
import hashlib
import shutil
import subprocess

import pytest

from dev.ground import apt, place, tree
from dev.ground.ui import Trouble

pytestmark = pytest.mark.skipif(
    not (shutil.which('apt-get') and shutil.which('dpkg-deb')), reason="not a Debian system")


def _make_package(folder, name, version, files=()):
    """Build a Debian package; return its file."""
    root = folder / f'root_{name}_{version}'
    for path, text in {'DEBIAN/control': (
            f"Package: {name}\nVersion: {version}\nArchitecture: all\nMaintainer: x <x@x.example>\n"
            "Description: made by a test\n"), f'usr/share/{name}/file': "", **dict(files)}.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
    deb = folder / f'{name}_{version}_all.deb'
    subprocess.run(['dpkg-deb', '--build', '--root-owner-group', root, deb], check=True,
                   stdout=subprocess.DEVNULL)
    return deb


def _make_odoo(folder, version):
    package = 'usr/lib/python3/dist-packages/odoo'
    return _make_package(folder, 'odoo-19', version, [
        (f'{package}/release.py', "version_info = (19, 0, 0, 'final', 0)\n"),
        (f'{package}/addons/base/__init__.py', "")])


def _make_mirror(folder, debs):
    """Make a mirror with these packages in both releases; return its address."""
    architecture = subprocess.run(['dpkg', '--print-architecture'], check=True, text=True,
                                  capture_output=True).stdout.strip()
    index = ""
    for deb in debs:
        (folder / 'pool').mkdir(parents=True, exist_ok=True)
        shutil.copy(deb, folder / 'pool')
        control = subprocess.run(['dpkg-deb', '--field', deb], check=True, text=True,
                                 capture_output=True).stdout
        content = deb.read_bytes()
        index += (f"{control}Filename: pool/{deb.name}\nSize: {len(content)}\n"
                  f"SHA256: {hashlib.sha256(content).hexdigest()}\n\n")
    for suite in tree.SUITES:
        path = f'main/binary-{architecture}/Packages'
        packages = folder / 'dists' / suite / path
        packages.parent.mkdir(parents=True)
        packages.write_text(index)
        digest = hashlib.sha256(index.encode()).hexdigest()
        (folder / 'dists' / suite / 'Release').write_text(
            f"Suite: {suite}\nCodename: {suite}\nComponents: main\nArchitectures: {architecture}\n"
            f"Date: Sat, 28 Nov 2026 12:00:00 UTC\nSHA256:\n {digest} {len(index)} {path}\n")
    return f'file:{folder}'


@pytest.fixture
def ground(tmp_path, monkeypatch):
    """A set-up of its own, that trusts an unsigned mirror with the packages beside Odoo."""
    work = tmp_path / 'work'
    for name in ('LOG', 'APT', 'ODOO'):
        monkeypatch.setattr(place, name, work / name.lower())
    place.LOG.mkdir(parents=True)
    unpacked = place.ODOO / 'usr' / 'lib' / 'python3' / 'dist-packages'
    monkeypatch.setattr(tree, 'UNPACKED', unpacked)
    monkeypatch.setattr(tree, 'STAMP', place.ODOO / 'unpacked.txt')
    monkeypatch.setattr(tree, 'COPIES', tmp_path / 'copies')
    monkeypatch.setattr(tree, 'PACKAGES', ('libjs-jquery',))
    monkeypatch.setattr(apt, 'source', lambda _keyring, address, suite: (
        f"deb [trusted=yes] {address} {suite} main\n"))
    for setting in ('ODOO_DEB', 'ODOO_SOURCE', 'DEBIAN_MIRROR'):
        monkeypatch.delenv(setting, raising=False)
    return tmp_path


@pytest.fixture
def beside(ground):
    """What Odoo needs beside itself."""
    return _make_package(ground, 'libjs-jquery', '3')


def _use_mirror(monkeypatch, ground, debs):
    monkeypatch.setenv('DEBIAN_MIRROR', _make_mirror(ground / 'mirror', debs))


def test_debian_is_asked_first(ground, beside, monkeypatch):
    tree.COPIES.mkdir()
    _make_odoo(tree.COPIES, '19.0-1')
    _use_mirror(monkeypatch, ground, [beside, _make_odoo(ground, '19.0-2')])
    assert tree.unpack().version == '19.0'
    assert tree.STAMP.read_text().split() == ['libjs-jquery_3_all.deb', 'odoo-19_19.0-2_all.deb']


def test_mirror_without_the_package_and_a_copy_beside_the_checkout(ground, beside, monkeypatch):
    tree.COPIES.mkdir()
    _make_odoo(tree.COPIES, '19.0-1')
    _use_mirror(monkeypatch, ground, [beside])
    assert tree.unpack().version == '19.0'
    assert tree.STAMP.read_text().split() == ['libjs-jquery_3_all.deb', 'odoo-19_19.0-1_all.deb']


def test_mirror_without_the_package_says_how_to_go_on(ground, beside, monkeypatch):
    _use_mirror(monkeypatch, ground, [beside])
    with pytest.raises(Trouble, match="no package odoo-19") as trouble:
        tree.unpack()
    assert 'ODOO_DEB=' in trouble.value.remedy and 'ODOO_SOURCE=' in trouble.value.remedy


def test_named_file_is_used_whatever_debian_has(ground, beside, monkeypatch):
    _use_mirror(monkeypatch, ground, [beside, _make_odoo(ground, '19.0-2')])
    tree.unpack()
    monkeypatch.setenv('ODOO_DEB', str(_make_odoo(ground, '19.0-3')))
    assert tree.locate() is None        # what is unpacked came from another file
    tree.unpack()
    assert tree.locate() and 'odoo-19_19.0-3_all.deb' in tree.STAMP.read_text()


def test_named_file_that_is_none(ground, beside, monkeypatch):
    _use_mirror(monkeypatch, ground, [beside])
    monkeypatch.setenv('ODOO_DEB', str(beside))
    with pytest.raises(Trouble, match="not a Debian package of Odoo 19"):
        tree.unpack()


def test_system_without_a_debian_mirror_is_told_three_ways(monkeypatch):
    monkeypatch.delenv('DEBIAN_MIRROR', raising=False)
    monkeypatch.setattr(apt.glob, 'glob', lambda _pattern: [])
    with pytest.raises(Trouble) as trouble:
        apt.mirror()
    for way in ('docker run', 'DEBIAN_MIRROR=', 'ODOO_SOURCE='):
        assert way in trouble.value.remedy
