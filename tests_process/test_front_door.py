"""What contributors install by themselves is what `make lint` runs."""
import re

from dev.ground import place

_PIN = re.compile(r'\b([A-Za-z][\w-]*)==([\d.]+)')


def test_pinned_alike():
    """pre-commit has the versions of requirements/, for one Python at least."""
    ours = {(name.lower(), version) for path in (place.ROOT / 'requirements').glob('*.txt')
            for name, version in _PIN.findall(path.read_text())}
    pinned = _PIN.findall((place.ROOT / '.pre-commit-config.yaml').read_text())
    assert len(pinned) >= 5
    assert [pin for pin in pinned if (pin[0].lower(), pin[1]) not in ours] == []
