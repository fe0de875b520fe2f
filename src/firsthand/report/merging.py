"""Merging as the command does it: the other case is verified first, a restored one afterwards."""

from __future__ import annotations

import tempfile
from pathlib import Path

from firsthand.case import Case
from firsthand.case.case import read_head
from firsthand.case.history import Closed, Tick, quiet, restore, unpack
from firsthand.case.merging import merge as take_in
from firsthand.model.canonical import Json
from firsthand.model.errors import BadInput, NotFound, VerificationFailed
from firsthand.model.values import Digest
from firsthand.report.checking import check


def merge(
    case: Case,
    other: Path,
    *,
    by: str | None = None,
    dry_run: bool = False,
    tick: Tick = quiet,
) -> Json:
    """Verify another case and take it in (see :func:`firsthand.case.merging.merge`).

    Returns
    -------
    dict
        What :func:`firsthand.case.merging.merge` returns, and ``not_checked`` of the other case.

    Raises
    ------
    BadInput
        When the other is no case folder, is this very case, or this case is an older copy of it.
    VerificationFailed
        When the other case does not verify; nothing is taken in.
    """
    if other.is_file():
        raise BadInput(f"{other} is a file", hint="unpack the export and name the folder in it")
    if other.resolve() == case.root.resolve():
        raise BadInput("that is the case itself", hint="name another case to take in")
    verdict = check(other)
    if verdict["verdict"] == "failed":
        first = verdict["problems"][0]
        raise VerificationFailed(
            "the other case does not verify, nothing was taken in",
            why=f"{first['where']}: {first['what']}",
            hint=f"see `firsthand verify {other}`",
        )
    done = take_in(case, other, by=by, dry_run=dry_run, tick=tick)
    return {**done, "not_checked": verdict["not_checked"]}


def restore_merged(case: Case, origin: str, folder: Path, *, tick: Tick = quiet) -> Json:
    """Make the case again that was merged, as it was then, and verify it.

    The origin may be a part of it, the title of the merged case, or empty when just one was merged.

    Returns
    -------
    dict
        What :func:`firsthand.case.history.restore` returns, and the ``verdict``.

    Raises
    ------
    NotFound
        When no merged case, or more than one, has that origin, a part like it, or that title.
    VerificationFailed
        When the restored log is not the one that was merged.
    """
    merges = [noun.data for noun in case.catalog.nouns("merge") if noun.data["state"] == "closed"]
    origins = sorted({str(data["origin"]) for data in merges})
    found = [each for each in origins if each == origin] or [
        each for each in origins if origin in each
    ]
    if not found:
        newest_of = {str(data["origin"]): Digest(data["history"]) for data in merges}
        found = [each for each in origins if _title(case, newest_of[each]) == origin]
    if len(found) != 1:
        raise NotFound(
            f"{'no merged case is' if not found else 'several merged cases are'} called {origin!r}"
            if origin
            else f"{'several cases were' if found else 'no case was'} merged into this one",
            why=", ".join(found or origins) or "nothing was merged into this case",
            hint="name the origin, or the title of the merged case" if origins else "",
        )
    newest = [data for data in merges if data["origin"] == found[0]][-1]
    path = case.blobs.path(newest["history"])
    made = restore(path, case.blobs, folder, read_head, tick)
    if (made["size"], made["root"]) != (newest["size"], newest["root"]):
        raise VerificationFailed("the kept history is not the one that was merged", why=found[0])
    return {**made, "verdict": check(folder)["verdict"]}


def _title(case: Case, history: Digest) -> str | None:
    """Return the title that a merged case had from its beginning, or None when it is withheld."""
    with tempfile.TemporaryDirectory() as aside:
        folder = Path(aside)
        unpack(case.blobs.path(history), folder)
        for entry in Closed(folder, read_head(folder)).ledger.entries():
            if entry.kind == "case":
                body = (entry.fields or {}).get("body")
                return body.get("title") if isinstance(body, dict) else None
    return None
