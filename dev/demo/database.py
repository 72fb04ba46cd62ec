"""Odoo without its web server: a cursor on the demo database that really commits."""

import logging
from contextlib import contextmanager

import odoo  # noqa: F401, first of all: sets the time zone
from odoo import SUPERUSER_ID, api, netsvc
from odoo.modules.registry import Registry
from odoo.tools import config

# These tell in length what a demo does on purpose: new modules, a mistyped address.
_QUIET = ('odoo.modules', 'odoo.addons.base.models.ir_attachment', 'py.warnings',
          'odoo.addons.base.models.ir_mail_server', 'odoo.addons.mail.models.mail_mail')


@contextmanager
def open_database(name, config_file):
    """Yield the environment of the superuser; what is not committed is rolled back.

    :param name: the database
    :param config_file: the configuration file of Odoo
    """
    config.parse_config(['-c', config_file, '-d', name, '--log-level=warn', '--no-http'])
    netsvc.init_logger()
    for logger in _QUIET:
        logging.getLogger(logger).setLevel(logging.CRITICAL)
    with Registry(name).cursor() as cr:
        yield api.Environment(cr, SUPERUSER_ID, {'tracking_disable': True, 'lang': 'en_US'})
