"""The addon in a database: installed into a copy of the template, or brought up to date there."""

import ast
import hashlib

from . import place, postgres, template
from .ui import Trouble, must

NAME = 'smart_dunning'
UNFINISHED = "addon not installed yet"
INSTALL_LOG = place.LOG / 'addon-install.log'


def siblings():
    """Return the names of the addons beside it, which join it with others."""
    return sorted(path.parent.name for path in place.ROOT.glob(f'{NAME}_*/__manifest__.py'))


def outsiders():
    """Return those of the siblings that join it with an addon that is not Odoo's own."""
    packages = {path.name for path in place.VENV.glob('lib/*/site-packages/odoo/addons/*')}
    return [name for name in siblings() if packages & set(ast.literal_eval(
        (place.ROOT / name / '__manifest__.py').read_text(encoding='utf-8'))['depends'])]


def check():
    """Refuse to go on where there is no addon."""
    if not place.ADDON.exists():
        raise Trouble("the addon is not there yet.", "It belongs in smart_dunning/.")


def stamp(*folders):
    """Return what a database with the addon, and with what `folders` did to it, is made from."""
    digest = hashlib.sha256((postgres.comment(template.NAME) or "").encode())
    addons = [place.ROOT / name for name in (NAME, *siblings())]
    tests = {addon / 'tests' for addon in addons}
    for folder in (*addons, *folders):
        for path in sorted(folder.rglob('*')):
            if path.is_file() and path.suffix != '.pyc' and not tests & {*path.parents}:
                digest.update(f"{path.relative_to(place.ROOT)}".encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def ready(database):
    """Return whether a database has the addon as it is now."""
    return postgres.comment(database) == stamp()


def begin(database, kept):
    """Have a database to work on; return Odoo's option for the addon in it: -i or -u."""
    if database == kept and postgres.comment(database) not in (None, UNFINISHED):
        return '-u'
    postgres.copy(template.NAME, database, UNFINISHED)
    return '-i'


def finish(database, option):
    """Install or update the addon in a database that has begun."""
    must(template.odoo('-c', str(place.CONFIG), '-d', postgres.database(database), option, NAME,
                       '--stop-after-init', '--no-http'),
         INSTALL_LOG, "the addon could not be installed.",
         "Mend what the log shows, and try again.", env=template.environment())
    note(database)


def install(database):
    """Have a database with the addon as it is now, in which a kept one is brought up to date."""
    finish(database, begin(database, database))


def note(database):
    """Remember what the addon in a database was made from."""
    postgres.set_comment(database, stamp())
