"""Draw smart_dunning/static/description/: .work/venv/bin/python -m dev.artwork"""

import base64
import re
import sys
from pathlib import Path

from PIL import Image

from dev.pictures import open_browser

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
IMAGES = ROOT / 'docs' / 'img'
TARGET = ROOT / 'smart_dunning' / 'static' / 'description'
# Drawn here; all other pictures on the page are screenshots of the documentation.
DRAWN = ('banner', 'icon')


def main():
    """Draw the icon at 128 pixels and the banner, which shows a screenshot of the documentation."""
    icon = (TARGET / 'icon.svg').read_text(encoding='utf-8')
    screen = base64.b64encode((IMAGES / 'debtors_list.png').read_bytes()).decode()
    banner = (HERE / 'banner.html').read_text(encoding='utf-8')
    banner = banner.replace('{{icon}}', icon).replace(
        '{{screen}}', f'data:image/png;base64,{screen}')
    with open_browser() as browser:
        _draw(browser, icon.replace('width="140" height="140"', 'width="128" height="128"'),
              (128, 128), TARGET / 'icon.png')
        _draw(browser, banner, (1120, 560), TARGET / 'banner.png')
    for name in get_screenshots():
        _shrink(IMAGES / f'{name}.png', TARGET / f'{name}.png')
    return 0


def get_screenshots():
    """Return the names of the screenshots on the addon's page in Odoo's list of apps."""
    page = (TARGET / 'index.html').read_text(encoding='utf-8')
    return sorted(set(re.findall(r'src="(\w+)\.png"', page)) - set(DRAWN))


def _shrink(source, target):
    """Copy a screenshot with 256 colours: everybody who installs the addon downloads it."""
    with Image.open(source) as picture:
        picture.convert('RGB').quantize(256).save(target, optimize=True)


def _draw(browser, html, size, path):
    page = browser.new_page(viewport={'width': size[0], 'height': size[1]})
    page.set_content(f'<style>body {{ margin: 0 }} svg {{ display: block }}</style>{html}')
    page.evaluate('document.fonts.ready')
    page.screenshot(path=path, omit_background=True)
    page.close()
    print(path.relative_to(ROOT))


if __name__ == '__main__':
    sys.exit(main())
