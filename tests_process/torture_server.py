"""A PostgreSQL server of the torture's own, which may be killed: nobody else works on it."""
import os
import shutil
import subprocess

from dev.ground import postgres

#: What another server may risk, this one may not: what was committed has to be there after a crash.
SETTINGS = postgres.SETTINGS.replace("synchronous_commit = off", "synchronous_commit = on").replace(
    "shared_buffers = 512MB", "shared_buffers = 128MB")


class Server:
    """The server, with a copy of the database that has the addon."""

    def __init__(self, home, odoo_rc):
        self._home, self._odoo_rc = home, odoo_rc
        self._variables = {'PGHOST': str(home), 'PGPORT': '5432', 'PGUSER': postgres.ROLE}

    def open(self, template):
        """Start, with the template of the usual server, and lead everything here from now on."""
        source = subprocess.run(
            ['pg_dump', '-Fc', '-Z0', '-d', template], capture_output=True, check=True).stdout
        shutil.rmtree(self._home, ignore_errors=True)
        self._home.mkdir(parents=True)
        postgres._hand_over(self._home)
        postgres._initialise(self._home)
        (self._home / 'data' / 'smart_dunning.conf').write_text(
            SETTINGS.format(socket=self._home))
        os.environ.update(self._variables)
        self._start()
        subprocess.run(['createdb', template], check=True)
        subprocess.run(['pg_restore', '--no-owner', '--exit-on-error', '-d', template],
                       input=source, check=True)
        self._lead_odoo_here()

    def _lead_odoo_here(self):
        lines = [line for line in self._odoo_rc.read_text().splitlines()
                 if not line.startswith('db_host')]
        config = self._home.parent / 'odoo.conf'
        config.write_text('\n'.join([*lines, f'db_host = {self._home}', '']))
        os.environ['ODOO_RC'] = str(config)

    def _control(self, *words):
        return postgres._as_server(self._home, [
            postgres._program('pg_ctl'), '-D', str(self._home / 'data'), '-s', *words])

    def _start(self):
        # -w waits in steps of 0.1 s
        assert self._control('-w', '-t', '60', 'start').returncode == 0, "PostgreSQL did not start"

    def crash(self):
        """Let the server die without a word, and start it again."""
        self._control('-w', '-m', 'immediate', 'stop')
        self._start()

    def close(self):
        """End the server, and remove what it had."""
        self._control('-w', '-m', 'immediate', 'stop')
        shutil.rmtree(self._home, ignore_errors=True)
