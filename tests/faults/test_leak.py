"""A fixed twentieth of campaigns/leak.py: nothing leaves that must not, and a planted leak is seen.

The whole campaign is `make campaign-leak`; its result lies in campaigns/results/leak.json.
"""

from __future__ import annotations

import importlib.util
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from firsthand.report.bundle import public_entries
from firsthand.report.bundle.narrow import ALL, Entry


@pytest.fixture(scope="module")
def leak(repository: Path) -> Iterator[ModuleType]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(repository / "campaigns"))
        spec = importlib.util.find_spec("leak")
        assert spec and spec.loader
        module = importlib.util.module_from_spec(spec)
        patch.setitem(sys.modules, "leak", module)
        spec.loader.exec_module(module)
        yield module


@pytest.fixture(scope="module")
def yard(leak: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Iterator[object]:
    with pytest.MonkeyPatch.context() as patch:
        for name in ("FIRSTHAND_ACTOR", "LOGNAME", "USER", "HOME", "FIRSTHAND_HOME", "TZ"):
            patch.setenv(name, "overwritten by the campaign, and put back here")
        yield leak.Yard(tmp_path_factory.mktemp("leak"))
    time.tzset()


@pytest.mark.slow
def test_nothing_leaves_that_must_not(leak: ModuleType, yard: object) -> None:
    tally = leak.Tally()
    for number, variant in enumerate(leak.variants()[:: leak.SHARE]):
        yard.run(variant, tally, number)  # type: ignore[attr-defined]
    assert len(leak.variants()) >= 200
    assert len(yard.canaries.words) >= 60  # type: ignore[attr-defined]
    assert tally.leaks == []
    assert tally.missed_releases == []
    assert tally.not_ok == []


@pytest.mark.slow
def test_the_hunt_finds_nearly_everything_in_a_full_bundle(leak: ModuleType, yard: object) -> None:
    tally = leak.Tally()
    yard.run(leak.Variant("as made", "full"), tally, 900)  # type: ignore[attr-defined]
    words = yard.canaries.words  # type: ignore[attr-defined]
    # Not in the case at all: names of this machine's folders and login, comments on SSH keys.
    outside = {"login name", "home folder", "inbox folder", "case folder", "backup folder"}
    outside |= {label for label in words if label.startswith("comment on ")}
    assert tally.in_full >= 0.9 * len(set(words) - outside)


@pytest.mark.slow
def test_a_planted_leak_is_found(
    leak: ModuleType, yard: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = public_entries.open_fields

    def leaky(entry: Entry, released: object) -> frozenset[str]:
        return ALL if entry.kind == "note" else real(entry, released)  # type: ignore[arg-type]

    monkeypatch.setattr("firsthand.report.bundle.public.open_fields", leaky)
    tally = leak.Tally()
    yard.run(leak.Variant("as made", "public"), tally, 901)  # type: ignore[attr-defined]
    assert {"note", "by"} <= {each["canary"] for each in tally.leaks}
