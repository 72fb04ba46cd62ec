"""The torture: any number of random points at which processes die, the database goes down, the
mail server lies, the disk is full or a clock goes back, and a checker that finds a letter lost,
doubled or wrong.

    python tests_process/torture.py --points 1500 --seed 1 --state FILE

It goes on where the state says that it stopped. Point 812 of a seed is always the same one:
`--only 812` plays it alone, `--only 812 --describe` says what happens there.
"""
import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from configparser import ConfigParser
from pathlib import Path

import torture_point
from lab import Lab
from sink import Sink
from torture_play import play

CUSTOMERS = 20           # as in `steps`, which needs Odoo

NAME = f'dunning_torture_{os.getpid()}'


class State:
    """What was played so far, kept in a file."""

    def __init__(self, path, seed):
        self._path = path
        self.facts = {'seed': seed, 'played': 0, 'seconds': 0.0, 'faults': []}
        if path and path.exists():
            facts = json.loads(path.read_text())
            if facts['seed'] == seed:
                self.facts = facts

    def note(self, number, seconds, faults, description):
        """Note what came of a point."""
        self.facts['played'] = number
        self.facts['seconds'] = round(self.facts['seconds'] + seconds, 1)
        if faults:
            self.facts['faults'].append(
                {'point': number, 'what': description, 'faults': faults})
        if self._path:
            rest = self._path.with_suffix('.new')
            rest.write_text(json.dumps(self.facts, indent=1))
            rest.replace(self._path)

    def summary(self):
        """Return the result in a line."""
        facts = self.facts
        return (f"{facts['played']} points of seed {facts['seed']} in {facts['seconds']:.0f} s, "
                f"{len(facts['faults'])} with a letter lost, doubled or wrong")


def run(lab, server, numbers, state):
    """Play points; print what goes wrong."""
    for number in numbers:
        point = torture_point.draw(state.facts['seed'], number, CUSTOMERS)
        begin = time.monotonic()
        faults = play(lab, point, server)
        state.note(number, time.monotonic() - begin, faults, point.describe())
        for fault in faults:
            print(f"point {number}: {fault}\n    {point.describe()}", flush=True)
        if number % 25 == 0:
            print(state.summary(), flush=True)


def main():
    """Read the options, open the laboratory, play."""
    parser = argparse.ArgumentParser(description=__doc__.partition('\n\n')[0])
    parser.add_argument('--points', type=int, default=100, help="up to this point")
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--state', type=Path, help="a file that knows where to go on")
    parser.add_argument('--only', type=int, nargs='*', help="play these points alone")
    parser.add_argument('--describe', action='store_true', help="say what happens, play nothing")
    options = parser.parse_args()
    state = State(options.state, options.seed)
    numbers = options.only or range(state.facts['played'] + 1, options.points + 1)
    if options.describe:
        for number in numbers:
            print(number, torture_point.draw(options.seed, number, CUSTOMERS).describe())
        return 0
    if numbers:
        with tempfile.TemporaryDirectory(prefix='dunning-torture-') as folder:
            _play_in(Path(folder), numbers, state)
    print(state.summary())
    return 1 if state.facts['faults'] else 0


def _play_in(folder, numbers, state):
    folder.chmod(0o755)
    template = os.environ['DUNNING_DB_TEMPLATE']
    parser = ConfigParser(interpolation=None)
    parser.read(os.environ['ODOO_RC'])
    sys.path.insert(1, str(Path(__file__).parents[1]))
    from torture_server import Server  # noqa: PLC0415, needs the project's folder
    files = Path(parser['options']['data_dir'], 'filestore')
    server, sink = Server(folder / 'pg', Path(os.environ['ODOO_RC'])), Sink()
    sink.start()
    lab = Lab(NAME, folder, sink)
    try:
        server.open(template)
        if (files / template).exists():
            shutil.copytree(files / template, files / NAME, dirs_exist_ok=True)
        lab.open(template)
        run(lab, server, numbers, state)
    finally:
        lab.close()
        sink.stop()
        server.close()
        shutil.rmtree(files / NAME, ignore_errors=True)


if __name__ == '__main__':
    sys.exit(main())
