"""The linters where others run them: before a commit, and in a container of hosted CI."""
import os
import re
import subprocess

import pytest

from dev import documents
from dev.ground import place

_PIN = re.compile(r'\b([A-Za-z][\w-]*)==([\d.]+)')


def test_pinned_alike():
    """pre-commit has the versions of requirements/, for one Python at least."""
    ours = {(name.lower(), version) for path in (place.ROOT / 'requirements').glob('*.txt')
            for name, version in _PIN.findall(path.read_text())}
    pinned = _PIN.findall((place.ROOT / '.pre-commit-config.yaml').read_text())
    assert len(pinned) >= 5
    assert [pin for pin in pinned if (pin[0].lower(), pin[1]) not in ours] == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives a folder away")
def test_checkout_of_somebody_else(tmp_path, monkeypatch):
    """In a container the checkout belongs to the user outside; the linters read it nevertheless."""
    subprocess.run(['git', 'init', '-q', tmp_path], check=True)
    (tmp_path / 'README.md').write_text("# Title")
    for path in (tmp_path, *tmp_path.rglob('*')):
        os.chown(path, 1234, 1234)
    monkeypatch.setattr(place, 'ROOT', tmp_path)
    monkeypatch.setenv('HOME', str(tmp_path / 'nobody'))
    assert documents.get_paths() == [tmp_path / 'README.md']
