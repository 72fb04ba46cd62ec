"""README.rst of the addon, put together from its readme/ folder: python3 -m dev.readme [--check]"""

import ast
import sys
from pathlib import Path

ADDON = Path(__file__).resolve().parents[1] / 'smart_dunning'
PARTS = (('DESCRIPTION', ""), ('INSTALL', "Installation"), ('CONFIGURE', "Configuration"),
         ('USAGE', "Usage"), ('CONTRIBUTORS', "Contributors"))


def compose():
    """Return the text."""
    manifest = ast.literal_eval((ADDON / '__manifest__.py').read_text(encoding='utf-8'))
    title = manifest['name']
    lines = ["=" * len(title), title, "=" * len(title), "",
             ".. Put together from readme/ by: python3 -m dev.readme", "",
             f"*{manifest['summary']}.* For Odoo {'.'.join(manifest['version'].split('.')[:2])}, "
             f"licence: {manifest['license']}.", ""]
    for name, heading in PARTS:
        if heading:
            lines += [heading, "=" * len(heading), ""]
        lines += [(ADDON / 'readme' / f"{name}.rst").read_text(encoding='utf-8').rstrip(), ""]
    return "\n".join(lines)


def main():
    """Write it, or check that it is up to date; return the exit code."""
    path = ADDON / 'README.rst'
    if '--check' not in sys.argv:
        path.write_text(compose(), encoding='utf-8')
    elif not path.exists() or path.read_text(encoding='utf-8') != compose():
        print(f"{path.name} is not what readme/ says: python3 -m dev.readme")
        return 1
    return 0


if __name__ == '__main__':
    sys.exit(main())
