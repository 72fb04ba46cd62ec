"""What laying out a letter costs, next to an older commit: `python -m bench letters`.

Both commits render the same letters of the same ledger, each in a process and a database of its
own, and take turns, so that what else the machine does concerns both. What counts is the ratio of
their time on a core.
"""

import argparse
import configparser
import io
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from odoo.api import Environment
from odoo.modules.registry import Registry
from odoo.tools import config
from odoo.tools.pdf import PdfFileReader

from . import databases, ledger
from .databases import ADMINISTRATOR
from .measure import plan

#: The last commit that stepped into WeasyPrint to be fast.
PATCHED = '9647ba0'
#: What a letter may cost next to that commit.
BUDGET = 1.4
_ITEMS = 1000
_SEED = 19


def read_arguments(arguments):
    parser = argparse.ArgumentParser(prog='python -m bench letters', description=__doc__)
    parser.add_argument('--old', default=PATCHED, metavar='COMMIT',
                        help="the commit to compare with (default: %(default)s)")
    parser.add_argument('--letters', type=int, default=55, metavar='N',
                        help="how many letters each renders in a turn (default: %(default)s)")
    parser.add_argument('--turns', type=int, default=5, metavar='N',
                        help="(default: %(default)s)")
    parser.add_argument('--base', default=os.environ.get('DUNNING_DB_BASE', 'tpl'),
                        metavar='DATABASE', help="see `python -m bench --help`")
    parser.add_argument('--keep', action='store_true', help="keep the databases and letters")
    return parser.parse_args(arguments)


def main(arguments):
    """Print what each commit needs for a letter, and their ratio."""
    options = read_arguments(arguments)
    config.parse_config(['--no-http', '--log-level=warn'])
    with tempfile.TemporaryDirectory(prefix='bench-letters-') as folder:
        parties = {}
        try:
            for name, tree in (('old', _check_out(options.old, Path(folder))),
                               ('new', databases.ROOT)):
                parties[name] = _Party(name, tree, Path(folder), options)
            turns = [
                {name: party.render() for name, party in parties.items()}
                for _turn in range(options.turns + 1)][1:]     # the first one warms up
        finally:
            for party in parties.values():
                party.close(options.keep)
    print(render(options, turns))


def render(options, turns):
    """Return what was measured, in words."""
    ratio = statistics.median(turn['new']['cpu'] / turn['old']['cpu'] for turn in turns)
    lines = [
        f"{turns[0]['new']['letters']} letters, {options.turns} turns each, time on a core for a "
        "letter (median):"]
    for name, commit in (('old', options.old), ('new', "this tree")):
        one = statistics.median(turn[name]['cpu'] / turn[name]['letters'] for turn in turns)
        lines.append(f"  {commit:10} {one * 1000:6.1f} ms, {turns[0][name]['pages']} pages, "
                     f"{turns[0][name]['bytes'] / 1024:.0f} kB")
    lines.append(f"Ratio {ratio:.2f} (budget {BUDGET})")
    return '\n'.join(lines)


def _check_out(commit, folder):
    """Put the addon as of a commit into a folder; return the addons path."""
    tree = folder / 'tree'
    tree.mkdir()
    archive = subprocess.run(
        ['git', 'archive', commit, 'smart_dunning'], cwd=databases.ROOT, check=True,
        capture_output=True)
    subprocess.run(['tar', '-x', '-C', tree], input=archive.stdout, check=True)
    return tree


class _Party:
    """A process that renders the letters of a commit."""

    def __init__(self, name, tree, folder, options):
        self.database = f'bench_letters_{name}'
        settings = configparser.RawConfigParser()
        settings.read(os.environ['ODOO_RC'])
        paths = [path for path in settings['options']['addons_path'].split(',')
                 if not (Path(path) / 'smart_dunning').is_dir()]
        settings['options']['addons_path'] = ','.join([*paths, str(tree)])
        rc = folder / f'{name}.conf'
        with rc.open('w') as target:
            settings.write(target)
        environment = os.environ | {'ODOO_RC': str(rc)}
        databases.copy(options.base, self.database)
        subprocess.run([
            sys.executable, '-m', 'odoo', '-d', self.database, '-i', 'smart_dunning',
            '--stop-after-init', '--no-http', '--log-level=warn'], env=environment, check=True)
        kept = databases.ROOT / '.work' / f'letters-{name}' if options.keep else ''
        self._process = subprocess.Popen(
            [sys.executable, '-m', 'bench.letters', self.database, str(options.letters),
             str(kept)],
            env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def render(self):
        """Render all letters once and return the figures."""
        self._process.stdin.write('\n')
        self._process.stdin.flush()
        for line in self._process.stdout:
            if line.startswith('RESULT '):
                return json.loads(line.removeprefix('RESULT '))
        raise SystemExit(f"{self.database}: the process ended")

    def close(self, keep):
        self._process.stdin.close()
        self._process.wait()
        if not keep:
            databases.drop(self.database)


def serve(database, count, kept=''):
    """Render the letters for each line that comes in; what `_Party` starts."""
    config.parse_config(['-d', database, '--no-http', '--log-level=warn'])
    with Registry(database).cursor() as cr:
        env = Environment(cr, ADMINISTRATOR, {'lang': 'en_US'})
        if not env['dunning.letter'].search_count([]):
            ledger.build(env, _ITEMS, _SEED)
            plan(env)
        letters = env['dunning.letter'].search([], order='partner_id, level_id, currency_id')
        letters = letters[::max(1, len(letters) // int(count))][:int(count)]
        for _line in sys.stdin:
            env.invalidate_all()
            begin = time.process_time()
            documents = letters._render_documents()
            cpu = time.process_time() - begin
            print('RESULT', json.dumps({
                'cpu': cpu, 'letters': len(documents), 'bytes': sum(map(len, documents.values())),
                'pages': sum(_count_pages(document) for document in documents.values()),
            }), flush=True)
        if kept:
            Path(kept).mkdir(parents=True, exist_ok=True)
            for number, document in enumerate(documents.values()):
                (Path(kept) / f'{number:02}.pdf').write_bytes(document)


def _count_pages(document):
    return PdfFileReader(io.BytesIO(document), strict=False).getNumPages()


if __name__ == '__main__':
    serve(*sys.argv[1:])
