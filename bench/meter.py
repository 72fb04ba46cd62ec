"""What a piece of work costs: time, time on a core here and in the database, queries, memory.

On a machine that does other things as well, the time on a core is what to look at.
"""

import os
import time
from pathlib import Path


class Meter:
    """Measures the block it wraps.

    >>> with Meter() as meter:
    ...     total = sum(range(1000))
    >>> sorted(meter.figures)
    ['cpu', 'memory_mb', 'seconds']
    """

    def __init__(self, cr=None):
        """:param cr: the cursor whose queries count"""
        self._cr = cr
        self.figures = {}

    def __enter__(self):
        Path('/proc/self/clear_refs').write_text('5')     # the peak starts anew
        self._memory = _read_memory('VmRSS')
        self._queries = self._cr.sql_log_count if self._cr else 0
        self._database = self._read_database()
        self._times = os.times()
        self._start = time.perf_counter()
        return self

    def __exit__(self, *_error):
        seconds = time.perf_counter() - self._start
        times = os.times()
        self.figures = {
            'seconds': round(seconds, 3),
            'cpu': round(times.user + times.system - self._times.user - self._times.system, 3),
            'memory_mb': round(max(0, _read_memory('VmHWM') - self._memory) / 1024, 1),
        }
        if self._cr:
            self.figures['queries'] = self._cr.sql_log_count - self._queries
            self.figures['database_cpu'] = round(self._read_database() - self._database, 3)

    def _read_database(self):
        """Return the seconds the database has worked for our connection; 0 if it is elsewhere."""
        if not self._cr:
            return 0
        try:
            text = Path(f'/proc/{self._cr.connection.info.backend_pid}/stat').read_text()
        except OSError:
            return 0
        user, system = text.rpartition(')')[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf('SC_CLK_TCK')


def _read_memory(name):
    """Return a figure of this process in kB."""
    for line in Path('/proc/self/status').read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1])
    raise LookupError(name)
