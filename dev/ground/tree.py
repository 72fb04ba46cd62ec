"""Odoo's own source tree: Debian's package unpacked below .work, or one the user names."""

import ast
import os
import shutil
from pathlib import Path

from . import apt, place
from .ui import Trouble, output, say

# What Odoo links to but does not bring itself. Its icons are drawn with version 4 of Font Awesome,
# which the development release has left behind, hence the release before.
ODOO = 'odoo-19'
PACKAGES = (
    'libjs-jquery', 'libjs-jquery-form', 'libjs-underscore', 'fonts-roboto-unhinted',
    'fonts-montserrat', 'fonts-inconsolata', 'fonts-ocr-b', 'fonts-font-awesome/trixie')
SUITES = ('sid', 'trixie')
# A copy of Debian's package that may lie beside the checkout, for the day Debian has a newer Odoo.
COPIES = place.ROOT.parent / 'shared' / 'debian'
UNPACKED = place.ODOO / 'usr' / 'lib' / 'python3' / 'dist-packages'
STAMP = place.ODOO / 'unpacked.txt'
# Debian leaves this library out, yet every back-end page asks for it and browser tests fail
# without. All it is for is blurring the background of a video call.
STUB = 'addons/mail/static/lib/selfie_segmentation/selfie_segmentation.js'


class Tree:
    """Odoo's sources: where Python finds the package, where the addons are, which version."""

    def __init__(self, python_path, addons_paths):
        self.python_path = python_path
        self.addons_paths = addons_paths
        self.version = _version(python_path / 'odoo' / 'release.py')
        self.identity = f"{self.version} {python_path}"
        if not self.version.startswith('19.'):
            raise Trouble(
                f"{python_path} holds Odoo {self.version}; smart_dunning is for Odoo 19.",
                "Name another tree: ODOO_SOURCE=/path/to/odoo, or none to use Debian's package.")


def _version(release):
    text = release.read_text(encoding='utf-8')
    for node in ast.parse(text).body:
        if isinstance(node, ast.Assign) and node.targets[0].id == 'version_info':
            return ".".join(_text(part) for part in node.value.elts[:2])
    return "of unknown version"


def _text(node):
    return str(node.value) if isinstance(node, ast.Constant) else str(getattr(node, 'id', '?'))


def locate():
    """Return the tree to use, or None when it has yet to be unpacked."""
    if place.setting('ODOO_SOURCE'):
        return _named(Path(place.setting('ODOO_SOURCE')).expanduser().resolve())
    if not STAMP.exists():
        return None
    if place.setting('ODOO_DEB') and _named_package().name not in STAMP.read_text().split():
        return None
    tree = Tree(UNPACKED, [UNPACKED / 'odoo' / 'addons'])
    tree.identity += STAMP.read_text(encoding='utf-8')
    return tree


def _named(path):
    # A git checkout keeps most addons beside the package 'odoo', an installation inside it.
    names = ['odoo/addons', 'addons'] if (path / 'odoo-bin').exists() else ['odoo/addons']
    folders = [path / name for name in names]
    if (path / 'odoo' / 'release.py').exists() and all(folder.is_dir() for folder in folders):
        return Tree(path, folders)
    raise Trouble(
        f"ODOO_SOURCE={path} is not an Odoo 19 source tree.",
        "Name the folder that holds odoo-bin, or the one in which the package 'odoo' lies.")


def unpack():
    """Fetch and unpack Odoo 19 from Debian."""
    place.check_disk()
    shutil.rmtree(place.ODOO, ignore_errors=True)
    place.ODOO.mkdir()
    apt.update(SUITES)
    file = find_package()
    names = apt.fetch(PACKAGES if file else (ODOO, *PACKAGES), place.ODOO, [file] if file else [])
    mend(place.ODOO)
    STAMP.write_text("\n".join(names) + "\n")
    apt.forget()
    return locate()


def find_package():
    """Return the file of Odoo's package: the one named, None where Debian has it, or a copy."""
    if place.setting('ODOO_DEB'):
        return _named_package()
    if apt.knows(ODOO):
        return None
    copies = sorted(COPIES.glob(f'{ODOO}_*.deb'))
    if copies:
        say(f"      Debian has no {ODOO} any more; taken: {copies[-1]}")
        return copies[-1]
    raise Trouble(
        f"Debian has no package {ODOO} any more.",
        f"Fetch its last version from Debian's archive of old packages, and name the file:\n"
        f"  make demo ODOO_DEB=/path/to/{ODOO}_19.0.0+dfsg-1_all.deb\n"
        f"Or name an Odoo 19 source tree:\n"
        f"  make demo ODOO_SOURCE=/path/to/odoo")


def _named_package():
    path = Path(place.setting('ODOO_DEB')).expanduser().resolve()
    name = output(['dpkg-deb', '--field', str(path), 'Package'])
    if name != ODOO:
        raise Trouble(
            f"ODOO_DEB={path} is not a Debian package of Odoo 19.",
            f"Name a file such as {ODOO}_19.0.0+dfsg-1_all.deb, or none to use Debian's own.")
    return path


def mend(root):
    """Make the unpacked tree whole: links lead into it, and a missing script is stood in for."""
    stub = UNPACKED / 'odoo' / STUB
    if not stub.exists():
        stub.parent.mkdir(parents=True, exist_ok=True)
        stub.write_text("// Stands in for a library that Debian's package leaves out.\n")
    for folder, _, files in os.walk(root):
        for name in files:
            link = Path(folder, name)
            if link.is_symlink():
                _mend_link(link, root)


def _mend_link(link, root):
    target = os.readlink(link)
    if os.path.isabs(target):
        inside = root / target.lstrip('/')
        link.unlink()
        link.symlink_to(os.path.relpath(inside, link.parent))
    if not link.exists():
        # Packages move their files now and then; one of that name will do.
        same = next(iter(sorted((root / 'usr' / 'share').rglob(os.path.basename(target)))), None)
        same = same or next(iter(sorted(
            (root / 'usr' / 'share').rglob(f"{Path(target).stem}-Regular.*"))), None)
        if same:
            link.unlink()
            link.symlink_to(os.path.relpath(same, link.parent))
        else:
            say(f"      note: {link.name} is missing in Debian's packages")
