"""The stage: files to candidates by a model, with a record of what was done and what was not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from firsthand.match.learned.model import BATCH, Model, ModelFailed
from firsthand.match.learned.nearest import LEAST_COSINE, TOP, Candidate, candidates
from firsthand.match.learned.squares import Square, Squares
from firsthand.match.local.pairs import PairLink, compare
from firsthand.match.local.picture import Picture
from firsthand.model.canonical import Json

Tick = Callable[[int, int, str], None]
"""Called with how many files are done, how many there are, and the present one."""


class Shown(Protocol):
    """A file and its name as it is shown, such as :class:`firsthand.match.files.File`."""

    @property
    def path(self) -> Path:
        """Return where it lies."""

    @property
    def shown(self) -> str:
        """Return its name, as text that can be written down."""


@dataclass(frozen=True, slots=True)
class Proposed:
    """Pairs worth a closer look, and what a run says of how they were found.

    ``pairs`` have the places of their files in the two lists that were given. ``record`` is
    ``{"status": "done"|"failed", "reason"?, "model": …, "least_cosine", "top", "described",
    "failed": [{"path","status","reason"}]}``. When the model failed there are no pairs.
    """

    pairs: list[Candidate]
    record: Json

    def named(
        self, files: Sequence[Shown], others: Sequence[Shown] | None = None
    ) -> set[tuple[str, str]]:
        """Return the pairs by the names of their files, the smaller name first.

        ``files`` and ``others`` are those that were given to :func:`propose`.
        """
        base = files if others is None else others
        both = ((files[pair.a].shown, base[pair.b].shown) for pair in self.pairs)
        return {(min(names), max(names)) for names in both if names[0] != names[1]}


def propose(
    files: Sequence[Shown],
    model: Path,
    *,
    others: Sequence[Shown] | None = None,
    least_cosine: float = LEAST_COSINE,
    top: int = TOP,
    batch: int = BATCH,
    device: str = "auto",
    tick: Tick = lambda *_: None,
) -> Proposed:
    """Return the pairs of pictures that a model finds alike: candidates, never links.

    Without ``others`` all pairs within ``files``. A file that cannot be decoded has its outcome in
    the record, and so has a model that cannot be loaded or run; neither stops anything.

    Raises
    ------
    NotFound, BadInput
        When there is no such model, or its settings are wrong.
    MissingDependency
        When what runs it is not installed.
    """
    record: Json = {"status": "done", "least_cosine": least_cosine, "top": top}
    failed: list[Json] = []
    with Model(model, device=device) as described:
        try:
            whole = [*files, *(others or ())]
            table = _table(described, whole, batch, failed, tick)
        except ModelFailed as error:
            record |= {"status": "failed", "reason": str(error)}
            table = np.zeros((0, 1), np.float32)
        record |= {
            "model": described.record(),
            "described": int(np.count_nonzero(table.any(axis=1))),
            "failed": failed,
        }
    own, base = table[: len(files)], None if others is None else table[len(files) :]
    return Proposed(candidates(own, base, least_cosine=least_cosine, top=top), record)


def _table(
    model: Model, files: Sequence[Shown], batch: int, failed: list[Json], tick: Tick
) -> NDArray[np.float32]:
    """Return the description of each file, shape (n, d); zeros of those that have none."""
    seen: list[int] = []
    with Squares(model.size, model.settings.fit) as squares:
        rows = model.embed(_squares(squares, files, seen, failed, tick), batch)
    table = np.zeros((len(files), rows.shape[1]), np.float32)
    table[seen] = rows
    for place, row in zip(seen, rows, strict=True):
        if not row.any():
            why = "the model gave no finite numbers for it"
            failed.append({"path": files[place].shown, "status": "failed", "reason": why})
    return table


def _squares(
    squares: Squares, files: Sequence[Shown], seen: list[int], failed: list[Json], tick: Tick
) -> Iterator[Square]:
    for place, file in enumerate(files):
        tick(place, len(files), file.shown)
        about, square = squares.square(file.path)
        if square is None:
            failed.append({"path": file.shown, **about})
            continue
        seen.append(place)
        yield square
    tick(len(files), len(files), "")


def confirmed(
    pairs: Iterable[Candidate],
    one: Callable[[int], Picture | None],
    other: Callable[[int], Picture | None] | None = None,
) -> Iterator[tuple[Candidate, PairLink]]:
    """Yield those candidates that keypoints and pixels confirm, with the link that these show.

    ``one`` and ``other`` return the picture at a place of the two lists, or None when there is
    none; without ``other`` both are from the first.
    """
    for pair in pairs:
        a, b = one(pair.a), (other or one)(pair.b)
        if a is not None and b is not None and (link := compare(a, b)) is not None:
            yield pair, link
