"""The folder of an index: which segments it has, what was removed, merging; safe against crashes.

A segment is written and flushed under a new name before ``index.json``, replaced in one step, says
that it is there. What a crash leaves behind is not named there, and the next writer sweeps it.
Everything in here is made from the case: a damaged index is refused, and built again.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from firsthand.case.files import Files, locked, storage_error
from firsthand.match.index import segment
from firsthand.match.index.segment import MOST, NAME, Array, Segment
from firsthand.match.local.codes import CODE, TABLES
from firsthand.model.canonical import Json
from firsthand.model.errors import BadInput, StorageFailed

FORMAT = "firsthand-keypoints-1"

_WASTE = 0.125
"""Share of removed pictures from which on a segment is written again when others are merged."""


class Store:
    """An index on disk, for its writers and for opening it to search.

    One process writes at a time (a lock in the folder). Readers go on with what they have mapped.
    """

    def __init__(self, folder: Path, files: Files | None = None) -> None:
        """Take a folder that holds an index, or will."""
        self.folder = folder
        self._files = files or Files()

    def read(self) -> Json:
        """Return what ``index.json`` says; of a folder without one, that it is empty.

        Raises
        ------
        StorageFailed
            When it cannot be read as one.
        BadInput
            When it was made with other tables, or by a newer firsthand.
        """
        try:
            said = json.loads(self._files.read(self.folder / "index.json"))
            if not isinstance(said, dict):
                raise ValueError("it is no JSON object")
        except FileNotFoundError:
            return {"format": FORMAT, "tables": TABLES, "next": 0, "segments": []}
        except ValueError as error:
            raise StorageFailed(
                "index.json of the keypoint index is damaged",
                why=str(error),
                hint="delete the folder of the index and build it again",
            ) from error
        if said.get("format") != FORMAT or said.get("tables") != TABLES:
            raise BadInput(
                "the keypoint index cannot be searched",
                why=f"it is {said.get('format')} with {said.get('tables')}, "
                f"and this is {FORMAT} with {TABLES}",
                hint="delete the folder of the index and build it again",
            )
        return said

    def segments(self) -> list[Segment]:
        """Map all segments, in the order in which they were written.

        Raises
        ------
        StorageFailed
            When one is damaged.
        """
        for last in (False, False, True):
            said = self.read()
            try:
                return [
                    segment.opened(self.folder / each["name"], each) for each in said["segments"]
                ]
            except FileNotFoundError as error:
                # Merged away since index.json was read; if it is no longer named, read again.
                if last or self.read() == said:
                    raise StorageFailed(
                        "a part of the keypoint index is missing",
                        why=str(error.filename),
                        hint="delete the folder of the index and build it again",
                    ) from error
        raise AssertionError("unreachable")

    def damaged(self) -> list[str]:
        """Return the files that are not what was written; reads all of them."""
        return [
            path
            for each in self.read()["segments"]
            for path in segment.damaged(self.folder / each["name"], each)
        ]

    def add(
        self,
        names: Sequence[bytes],
        codes: NDArray[np.void],
        words: NDArray[np.uint16],
        counts: NDArray[np.int64],
    ) -> None:
        """Add pictures as one segment; those that are held already are replaced.

        Parameters
        ----------
        names
            Digests of 32 bytes, each once, at most :data:`MOST`.
        codes, words
            Of all keypoints, picture after picture (:data:`CODE`).
        counts
            How many keypoints each picture has.
        """
        if len(names) > MOST or len(set(names)) != len(names):
            raise ValueError(f"at most {MOST} pictures, each once")
        if any(len(name) != NAME for name in names):
            raise ValueError(f"names are digests of {NAME} bytes")
        if not names:
            return
        order = sorted(range(len(names)), key=names.__getitem__)
        rank = np.empty(len(names), np.uint16)
        rank[order] = np.arange(len(names), dtype=np.uint16)
        table = np.frombuffer(b"".join(names[at] for at in order), np.uint8).reshape(-1, NAME)
        pictures = np.repeat(rank, counts)
        with self._writing() as said:
            gone = self._gone(said, names)
            made = self._written(said, table, words, pictures, lambda name: _column(codes, name))
            self._mark(said, gone)
            said["segments"].append(made)
            self._commit(said)

    def remove(self, names: Sequence[bytes]) -> int:
        """Let pictures be found no longer; return how many were there. They go when merged."""
        with self._writing() as said:
            gone = self._gone(said, names)
            self._mark(said, gone)
            self._commit(said)
        return sum(len(each) for each in gone)

    def compact(self, most: int = MOST) -> None:
        """Merge neighbouring segments up to so many pictures, and drop what was removed."""
        with self._writing() as said:
            for group in list(_groups(said["segments"], most)):
                held = [segment.opened(self.folder / each["name"], each) for each in group]
                at = said["segments"].index(group[0])
                made = self._merged(said, held)
                said["segments"][at : at + len(group)] = [made] if made["pictures"] else []
                self._commit(said)

    def _merged(self, said: Json, held: Sequence[Segment]) -> Json:
        alive = [np.ones(len(e), bool) if e.alive is None else e.alive for e in held]
        kept = [mask[each.pictures] for mask, each in zip(alive, held, strict=True)]
        names = np.concatenate([each.names[mask] for mask, each in zip(alive, held, strict=True)])
        order = np.lexsort(names.T[::-1])
        rank = np.empty(len(names), np.uint16)
        rank[order] = np.arange(len(names), dtype=np.uint16)
        base, pictures, words = 0, [], []
        for mask, codes, each in zip(alive, kept, held, strict=True):
            number = np.zeros(len(each), np.int64)
            number[mask] = np.arange(base, base + mask.sum())
            base += int(mask.sum())
            pictures.append(rank[number[each.pictures[codes]]])
            words.append(each.words()[codes])

        def column(name: str) -> Array:
            parts = zip(kept, held, strict=True)
            return np.concatenate([getattr(each, name)[codes] for codes, each in parts])

        joined = np.concatenate(words), np.concatenate(pictures)
        return self._written(said, names[order], *joined, column)

    @contextmanager
    def _writing(self) -> Iterator[Json]:
        """Hold the lock; sweep what no longer belongs to the index."""
        self._files.make_dir(self.folder)
        with locked(self.folder / "lock"):
            said = self.read()
            self._sweep(said)
            yield said
            self._sweep(said)

    def _sweep(self, said: Json) -> None:
        known = {each["name"] for each in said["segments"]}
        for path in self.folder.glob("s*"):
            if path.is_dir() and path.name not in known:
                shutil.rmtree(path, ignore_errors=True)

    def _written(
        self,
        said: Json,
        names: NDArray[np.uint8],
        words: NDArray[np.uint16],
        pictures: NDArray[np.uint16],
        column: segment.Column,
    ) -> Json:
        name = f"s{said['next']:08d}"
        said["next"] += 1
        made = segment.write(self.folder / name, names, words, pictures, column, self._files)
        return {"name": name, **made}

    def _gone(self, said: Json, names: Iterable[bytes]) -> list[list[int]]:
        """Return, for each segment, which of its pictures have one of these names."""
        asked = sorted(set(names))
        found = []
        for each in said["segments"]:
            at = segment.opened(self.folder / each["name"], each).find(asked)
            found.append([int(number) for number in at[at >= 0]])
        return found

    def _mark(self, said: Json, gone: Sequence[Sequence[int]]) -> None:
        for each, numbers in zip(said["segments"], gone, strict=True):
            each["removed"] = sorted({*each["removed"], *numbers})

    def _commit(self, said: Json) -> None:
        data = json.dumps(said, separators=(",", ":")).encode()
        try:
            self._files.put(self.folder / "index.json.new", self.folder / "index.json", data)
            self._files.sync_dir(self.folder)
        except OSError as error:
            raise storage_error(error, "write the index") from error


def _column(codes: NDArray[np.void], name: str) -> Array:
    if name == "geometry":
        return codes.view(np.uint8).reshape(-1, CODE.itemsize)[:, 16:]
    return np.asarray(codes["bits"][:, 0 if name == "low" else 1])


def _groups(segments: Sequence[Json], most: int) -> Iterator[list[Json]]:
    """Yield runs of neighbours that make one segment, and single ones with much removed."""
    group: list[Json] = []
    total = 0
    for each in [*segments, None]:
        alive = 0 if each is None else each["pictures"] - len(each["removed"])
        if each is None or total + alive > most:
            if len(group) > 1 or (
                group and len(group[0]["removed"]) > _WASTE * group[0]["pictures"]
            ):
                yield group
            group, total = [], 0
        if each is not None:
            group.append(each)
            total += alive
