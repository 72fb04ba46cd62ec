"""The template database: Odoo with all that smart_dunning builds on, installed once."""

import hashlib

from . import place, postgres
from .ui import must

NAME = 'tpl'
MODULES = ('sale_stock', 'portal', 'digest', 'l10n_de', 'account_payment',
           'account_qr_code_sepa', 'stock_picking_batch', 'payment_demo', 'payment_custom')
# The first one is what the users of a new database speak.
LANGUAGES = ('en_US', 'de_DE', 'fr_FR')

# Scripts and styles of the web pages, put together once: every copy has those that the addon
# does not change, which makes tests and the demo start a minute earlier.
ASSETS = "env['ir.qweb']._pregenerate_assets_bundles(); env.cr.commit()"

CONFIG = """[options]
addons_path = {addons}
data_dir = {data}
db_host = {PGHOST}
db_port = {PGPORT}
db_user = {PGUSER}
db_maxconn = 40
http_interface = 127.0.0.1
max_cron_threads = 0
limit_memory_hard = 0
limit_memory_soft = 0
limit_time_cpu = 0
limit_time_real = 0
limit_time_real_cron = 0
without_demo = True
"""


def write_config(tree):
    """Write the configuration that every Odoo here is started with."""
    addons = [*tree.addons_paths, place.ROOT]
    place.CONFIG.write_text(CONFIG.format(
        addons=",".join(map(str, addons)), data=place.DATA, **postgres.connection()))


def stamp(tree):
    """Return what the template depends on, in short."""
    parts = (tree.identity, MODULES, LANGUAGES, ASSETS)
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def ready(tree):
    """Return whether the template is there and up to date."""
    files = place.DATA / 'filestore' / postgres.database(NAME)
    return postgres.comment(NAME) == stamp(tree) and files.exists()


def odoo(*arguments):
    """Return the command that runs Odoo."""
    return [str(place.PYTHON), '-m', 'odoo', *arguments]


def environment():
    """Return the environment for everything that talks to the databases."""
    return place.environment(postgres.environment())


def build(tree):
    """Install the modules into a new template."""
    building = f"{NAME}_new"
    postgres.drop(building)
    must(odoo('-c', str(place.CONFIG), '-d', postgres.database(building), '-i', ",".join(MODULES),
              '--load-language', ",".join(LANGUAGES), '--stop-after-init', '--no-http'),
         place.LOG / 'template.log', "Odoo's own modules could not be installed.",
         "Try again; if it happens again: make clean", env=environment())
    must(odoo('shell', '-c', str(place.CONFIG), '-d', postgres.database(building), '--no-http'),
         place.LOG / 'assets.log', "the scripts of the web pages could not be put together.",
         "Try again; if it happens again: make clean", env=environment(), feed=ASSETS)
    postgres.drop(NAME)
    old, new = postgres.database(building), postgres.database(NAME)
    postgres.execute(f'ALTER DATABASE "{old}" RENAME TO "{new}"')
    files = place.DATA / 'filestore'
    (files / old).rename(files / new)
    # Nobody may connect: a copy can only be taken while nobody is connected.
    postgres.execute(f'ALTER DATABASE "{new}" WITH ALLOW_CONNECTIONS false IS_TEMPLATE true')
    postgres.set_comment(NAME, stamp(tree))
