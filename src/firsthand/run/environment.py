"""What a run should remember of where it ran, told by those who know it: the sandbox above all."""

from __future__ import annotations

_noted: dict[str, set[str]] = {}


def note(name: str, value: str) -> None:
    """Remember something of what the run of this process is done with."""
    _noted.setdefault(name, set()).add(value)


def collect() -> dict[str, str]:
    """Return what was noted since the last call, several values of one name in order."""
    found = {name: "; ".join(sorted(values)) for name, values in sorted(_noted.items())}
    _noted.clear()
    return found
