"""A case with events and claims, and toy methods that child processes can import."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from firsthand.case import Case
from firsthand.model.codec import to_json
from firsthand.model.nouns import Claim, Event, content_id
from firsthand.model.values import Span
from firsthand.model.vocabulary import Attribution, Hedge, Polarity, Question

sys.path.insert(0, str(Path(__file__).parent))

WORDS = "They say so."


@pytest.fixture
def case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Case]:
    monkeypatch.setenv("FIRSTHAND_HOME", str(tmp_path / "home"))
    made = Case.create(tmp_path / "case", title="test", by="tester")
    yield made
    made.close()


@pytest.fixture
def ask(case: Case) -> Callable[..., dict[str, Claim]]:
    """Enter events with one claim each; returns the claims by event."""

    def enter(*names: str, value: int = 1) -> dict[str, Claim]:
        found = {}
        staged = case.blobs.stage_bytes(WORDS.encode())
        with case.batch(by="tester") as batch:
            batch.exhibit(staged, "text/plain")
            for name in names:
                batch.noun("event", Event(id=name, label=name))
                body = {
                    "question": Question.COUNT,
                    "event": name,
                    "value": {"min": value, "max": value, "kind": "killed"},
                    "polarity": Polarity.ASSERTS,
                    "hedge": Hedge.ASSERTED,
                    "attribution": Attribution.OWN_VOICE,
                    "source_chain": ("someone",),
                    "exhibit": staged.digest,
                    "span": Span(0, 4),
                    "quote": "They",
                }
                bare = Claim(id="", **body)  # type: ignore[arg-type]
                found[name] = Claim(id=content_id("claim", bare), **body)  # type: ignore[arg-type]
                batch.noun("claim", to_json(found[name]), objects=[staged.digest])
        return found

    return enter
