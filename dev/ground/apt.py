"""Debian packages unpacked in private: nothing is installed, the system's sources stay as they are.

Odoo 19 comes from Debian's development release. apt fetches it with lists, cache and sources
of its own below .work/apt, checks the signatures with Debian's keyring, and asks the mirror
that this machine already uses.
"""

import glob
import re
import shutil

from . import place
from .ui import Trouble, must, output

KEYRINGS = ('/usr/share/keyrings/debian-archive-keyring.gpg',
            '/usr/share/keyrings/debian-archive-keyring.pgp')
# Releases under the names a Debian machine may call them by.
SUITES = {'bullseye', 'bookworm', 'trixie', 'forky', 'duke', 'sid',
          'oldoldstable', 'oldstable', 'stable', 'testing', 'unstable'}


def mirror():
    """Return the address of the Debian mirror: DEBIAN_MIRROR, or that of this machine's sources."""
    if place.setting('DEBIAN_MIRROR'):
        return place.setting('DEBIAN_MIRROR')
    for path in sorted(glob.glob('/etc/apt/sources.list') + glob.glob('/etc/apt/sources.list.d/*')):
        with open(path, encoding='utf-8', errors='replace') as source:
            text = source.read()
        if path.endswith('.sources'):
            found = deb822_mirror(text)
        elif path.endswith('.list'):
            found = one_line_mirror(text)
        else:
            found = None
        if found:
            return found
    raise Trouble(
        f"{system_name()} is not Debian, and Odoo 19 is taken from Debian's own packages.",
        "Either work in a container with Debian:\n"
        "  docker run -it --network host -v \"$PWD\":/src -w /src debian:bookworm bash -c \\\n"
        "    'apt-get update && apt-get install -y make python3 python3-venv && make demo; bash'\n"
        "or name a Debian mirror (its keyring: apt-get install debian-archive-keyring):\n"
        "  make demo DEBIAN_MIRROR=http://…/debian\n"
        "or an Odoo 19 source tree:\n"
        "  make demo ODOO_SOURCE=/path/to/odoo")


def system_name():
    """Return what this system calls itself, such as: Ubuntu 24.04.1 LTS."""
    try:
        with open('/etc/os-release', encoding='utf-8') as release:
            found = re.search(r'(?m)^PRETTY_NAME="?([^"\n]+)', release.read())
    except OSError:
        found = None
    return found[1] if found else "This system"


def deb822_mirror(text):
    """Return the first Debian mirror in sources written as paragraphs.

    >>> deb822_mirror('''Types: deb
    ... # a remark
    ... URIs: http://mirror.example/debian
    ... Suites: bookworm bookworm-updates
    ... Components: main''')
    'http://mirror.example/debian'
    >>> deb822_mirror('Types: deb\\nURIs: http://x.example/\\nSuites: nodistro\\nComponents: main')
    """
    for paragraph in re.split(r'\n\s*\n', text):
        lines = [line for line in paragraph.splitlines() if not line.startswith('#')]
        fields = dict(re.findall(r'(?m)^([\w-]+):\s*((?:.*)(?:\n\s+.*)*)', "\n".join(lines)))
        words = {name.lower(): value.split() for name, value in fields.items()}
        if (words.get('enabled') != ['no'] and 'deb' in words.get('types', ())
                and SUITES & set(words.get('suites', ())) and 'main' in words.get('components', ())
                and words.get('uris')):
            return words['uris'][0]
    return None


def one_line_mirror(text):
    """Return the first Debian mirror in sources written one to a line.

    >>> one_line_mirror('# deb http://a.example/debian sid main\\n'
    ...                 'deb [arch=amd64] http://b.example/debian/ bookworm main contrib')
    'http://b.example/debian/'
    >>> one_line_mirror('deb http://security.example/ bookworm-security main')
    """
    for line in text.splitlines():
        match = re.match(r'\s*deb\s+(?:\[[^]]*\]\s*)?(\S+)\s+(\S+)\s+(.*)', line)
        if match and match[2] in SUITES and 'main' in match[3].split():
            return match[1]
    return None


def update(suites):
    """Fetch the lists of the given releases into the private apt root."""
    if not shutil.which('apt-get') or not shutil.which('dpkg-deb'):
        raise Trouble(
            "this machine has no apt, and Odoo 19 is taken from Debian.",
            "Name an Odoo 19 source tree instead: make demo ODOO_SOURCE=/path/to/odoo")
    address = mirror()
    keyring = next((path for path in KEYRINGS if glob.glob(path)), None)
    if not keyring:
        raise Trouble(
            "Debian's keyring is missing, so nothing from Debian could be trusted.",
            "Install it: apt-get install debian-archive-keyring")
    for folder in ('lists/partial', 'cache/archives/partial', 'packages'):
        (place.APT / folder).mkdir(parents=True, exist_ok=True)
    (place.APT / 'sources.list').write_text("".join(
        source(keyring, address, suite) for suite in suites))
    must(['apt-get', *_options(), 'update'], place.LOG / 'apt-lists.log',
         "the package lists of Debian could not be fetched.",
         "Is the network there? The mirror is the one in this machine's apt sources; when it\n"
         "does not answer, change it there. Or name an Odoo 19 source tree by ODOO_SOURCE=…")


def source(keyring, address, suite):
    """Return the line by which apt knows a release, and trusts what Debian has signed only."""
    return f"deb [signed-by={keyring}] {address} {suite} main\n"


def knows(package):
    """Return whether the releases whose lists were fetched have a package."""
    return bool(output(['apt-cache', *_options(), 'policy', package.split('/')[0]]))


def _options():
    settings = {
        'Dir::Etc::SourceList': place.APT / 'sources.list',
        'Dir::Etc::SourceParts': '-',
        'Dir::State::Lists': place.APT / 'lists',
        # What is installed on this machine is another matter.
        'Dir::State::status': '/dev/null',
        'Dir::Cache': place.APT / 'cache',
        # The user that apt steps down to cannot enter every folder a checkout may lie in.
        'APT::Sandbox::User': 'root',
        'APT::Update::Error-Mode': 'any',
        'Acquire::Languages': 'none',
        'Acquire::Retries': '3',
    }
    return [part for key, value in settings.items() for part in ('-o', f"{key}={value}")]


def fetch(packages, target, files=()):
    """Download packages ('name' or 'name/release') and unpack them below `target`.

    :param files: package files that are here already, to be unpacked as well
    :return: the names of all package files
    """
    folder = place.APT / 'packages'
    gone = [package for package in packages if not knows(package)]
    if gone:
        raise Trouble(
            f"Debian no longer has {', '.join(gone)}.",
            "Name an Odoo 19 source tree instead: make demo ODOO_SOURCE=/path/to/odoo")
    must(['apt-get', *_options(), 'download', *packages], place.LOG / 'apt-download.log',
         "Odoo 19 could not be downloaded from Debian.",
         "Try again; what is there already is not fetched twice.", cwd=folder)
    found = [*sorted(folder.glob('*.deb')), *files]
    for deb in found:
        must(['dpkg-deb', '-x', str(deb), str(target)], place.LOG / 'unpack.log',
             f"{deb.name} could not be unpacked.", "Is the disk full? make clean, and try again.")
    return sorted(deb.name for deb in found)


def forget():
    """Free the disk from lists and packages that are unpacked."""
    shutil.rmtree(place.APT, ignore_errors=True)
