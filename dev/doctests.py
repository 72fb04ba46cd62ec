"""Run the examples in the docstrings of smart_dunning/logic, of the set-up and of the linters.

The rules import nothing of Odoo, so they are loaded here as a package of their own, without the
addon around them.
"""

import doctest
import importlib
import pkgutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
#: Modules of dev/ that have examples; others there cannot be loaded without Odoo.
LINTERS = ('dev.core_words', 'dev.documents', 'dev.tight_texts', 'dev.translations')


def main():
    """Test each module; return the exit code."""
    sys.path[:0] = [str(ROOT / 'smart_dunning'), str(ROOT)]
    failed = ran = 0
    names = [f"{package}.{module.name}" for package in ('logic', 'dev.ground')
             for module in pkgutil.iter_modules(importlib.import_module(package).__path__)
             if module.name != '__main__']
    for name in (*names, *LINTERS):
        result = doctest.testmod(importlib.import_module(name))
        failed, ran = failed + result.failed, ran + result.attempted
    print(f"      {failed} failed of {ran}")
    return 1 if failed or not ran else 0


if __name__ == '__main__':
    sys.exit(main())
