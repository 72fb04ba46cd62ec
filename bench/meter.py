"""What a piece of work costs: time, time on a core here and in the database, queries, memory.

On a machine that does other things as well, the time on a core is what to look at.
"""

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
        self._cpu = time.process_time()
        self._start = time.perf_counter()
        return self

    def __exit__(self, *_error):
        seconds = time.perf_counter() - self._start
        cpu = time.process_time() - self._cpu
        self.figures = {
            'seconds': round(seconds, 3),
            'cpu': round(cpu, 3),
            'memory_mb': round(max(0, _read_memory('VmHWM') - self._memory) / 1024, 1),
        }
        if self._cr:
            self.figures['queries'] = self._cr.sql_log_count - self._queries
            self.figures['database_cpu'] = round(self._read_database() - self._database, 3)

    def _read_database(self):
        """Return the seconds the database has worked for our connection."""
        return read_cpu(self._cr.connection.info.backend_pid) if self._cr else 0


def read_cpu(pid):
    """Return the seconds a process has worked, to the nanosecond; 0 if it runs elsewhere.

    The clock of `/proc/PID/stat` ticks a hundred times a second: half a confirmation.
    """
    try:
        return int(Path(f'/proc/{pid}/schedstat').read_text(encoding='ascii').split()[0]) / 1e9
    except OSError:
        return 0


def _read_memory(name):
    """Return a figure of this process in kB."""
    for line in Path('/proc/self/status').read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1])
    raise LookupError(name)
