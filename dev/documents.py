"""The documents people read: links lead somewhere, words are right, German beside English."""

import re
import subprocess
import sys
from pathlib import Path

from .ground import place
from .ground.ui import say

#: What is written for people: pages of the repository, and the fragments of the addon's page.
PATTERNS = ('*.md', 'docs/**/*.md', 'bench/*.md', 'client/*.md', 'smart_dunning/readme/*')
#: Pages whose readers are no developers: each has its German counterpart in docs/de.
TRANSLATED = ('administrator', 'clerk', 'customers', 'figures', 'handover', 'law', 'manager',
              'migrating', 'reliability', 'remote', 'sales', 'scale', 'tour', 'warehouse')
#: Words that only look wrong: those of other languages, in the glossary and in quotations.
WORDS = ('sie', 'siz', 'mor', 'fo', 'rata', 'als', 'te', 'ist', 'nd', 'oder', 'handels')

_LINK = re.compile(r'!?\[[^\]]*\]\(([^()\s]+(?:\([^()]*\)[^()\s]*)*)\)')
_HEADING = re.compile(r'^(#+)\s+(.*?)\s*$', re.M)
_FENCE = re.compile(r'^```.*?^```', re.M | re.S)


def check():
    """Check all documents; say what is wrong, and return how much that is."""
    paths = get_paths()
    found = 0
    for path in paths:
        for complaint in (*find_dead_links(path), *find_untranslated(path)):
            say(f"{path.relative_to(place.ROOT)}: {complaint}")
            found += 1
    return found + _check_spelling(paths)


def get_paths():
    """Return the documents that git knows or would take up.

    In a container the checkout often belongs to somebody outside: git is told that this is meant.
    """
    listed = subprocess.run(
        ['git', '-c', f'safe.directory={place.ROOT}', 'ls-files', '--cached', '--others',
         '--exclude-standard', '--', *PATTERNS],
        cwd=place.ROOT, capture_output=True, text=True, check=True).stdout.split('\n')
    return sorted(path for name in set(listed) if name
                  if (path := place.ROOT / name).exists() and path.suffix in ('.md', '.rst'))


def find_dead_links(path):
    """Yield the relative links of a page that lead to no file, or to no heading of it."""
    for target in _LINK.findall(_FENCE.sub('', path.read_text())):
        if re.match(r'[a-z]+:', target):
            continue
        name, _, anchor = target.partition('#')
        page = (path.parent / name).resolve() if name else path
        if not page.exists():
            yield f"leads nowhere: {target}"
        elif anchor and page.suffix == '.md' and anchor not in get_anchors(page.read_text()):
            yield f"no such heading: {target}"


def get_anchors(text):
    """Return the anchors of a page as hosts of repositories make them.

    >>> sorted(get_anchors("# As shipped, now\\n```\\n# no\\n```\\n## Why?\\n## Why?"))
    ['as-shipped-now', 'why', 'why-1']
    """
    anchors = set()
    for _level, title in _HEADING.findall(_FENCE.sub('', text)):
        title = re.sub(r'\[([^\]]*)\]\([^)]*\)', r'\1', title).lower()
        anchor = re.sub(r'[^\w\- ]', '', title).replace(' ', '-')
        number = 0
        while (name := f"{anchor}-{number}" if number else anchor) in anchors:
            number += 1
        anchors.add(name)
    return anchors


def find_untranslated(path):
    """Yield how a page and its German counterpart differ in headings, tables or pictures."""
    if path.parent != place.ROOT / 'docs' or path.stem not in TRANSLATED:
        return
    german = path.parent / 'de' / path.name
    if not german.exists():
        yield "has no German counterpart"
        return
    for name, theirs, ours in zip(
            ("headings", "rows of tables", "pictures"),
            get_shape(german.read_text()), get_shape(path.read_text()), strict=True):
        if theirs != ours:
            yield f"the German page has other {name}: {theirs} instead of {ours}"


def get_shape(text):
    """Return what a page consists of: levels of headings, number of rows, pictures.

    >>> get_shape("# A\\n## B\\n| a |\\n|---|\\n| b |\\n![e](f.png)")
    ('# ##', 3, ['f.png'])
    """
    text = _FENCE.sub('', text)
    return (' '.join(level for level, _title in _HEADING.findall(text)),
            len(re.findall(r'^\|', text, re.M)),
            [Path(name).name for name in re.findall(r'!\[[^\]]*\]\(([^)]*)\)', text)])


def _check_spelling(paths):
    """Let codespell read the English pages; return its verdict."""
    english = [str(path) for path in paths if path.parent.name != 'de']
    return subprocess.run(
        [sys.executable, '-m', 'codespell_lib', '--ignore-words-list', ','.join(WORDS), *english],
        cwd=place.ROOT, env=place.environment(), stdin=subprocess.DEVNULL).returncode


if __name__ == '__main__':
    sys.exit(1 if check() else 0)
