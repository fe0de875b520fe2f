"""What people let out of a case, and what they keep in: releases and seals, acts on record.

The newest act on the same thing holds; an act that would change nothing is not repeated.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from firsthand.case.case import Case
from firsthand.case.interfaces import Staged
from firsthand.model.canonical import keepable
from firsthand.model.codec import from_json
from firsthand.model.custody import Released, Sealed
from firsthand.model.errors import BadInput
from firsthand.model.nouns import content_id
from firsthand.model.vocabulary import Release

LONGEST_REASON = 1 << 16
"""Characters of a reason."""


@dataclass(frozen=True, slots=True)
class Act:
    """A release or seal that holds, with its entry and who did it."""

    noun: Released | Sealed
    entry: int
    by: str | None


def releases(case: Case) -> dict[tuple[str, Release], Act]:
    """Return the releases that hold, by subject and what of it.

    Those that were taken over from another case do not count here: whoever merges did not release.
    """
    found: dict[tuple[str, Release], Act] = {}
    merged = case.catalog.merged()
    for noun in case.catalog.nouns("release"):
        if noun.entry in merged:
            continue
        released = from_json(Released, noun.data)
        found.pop((released.subject, released.what), None)
        if not released.withdrawn:
            found[released.subject, released.what] = Act(
                released, noun.entry, _by(case, noun.entry)
            )
    return found


def seals(case: Case) -> dict[str, Act]:
    """Return the seals that hold, by subject; those of merged cases hold, too, until lifted."""
    found: dict[str, Act] = {}
    for noun in case.catalog.nouns("seal"):
        sealed = from_json(Sealed, noun.data)
        found.pop(sealed.subject, None)
        if not sealed.lifted:
            found[sealed.subject] = Act(sealed, noun.entry, _by(case, noun.entry))
    return found


def release(
    case: Case,
    subject: str,
    what: Release,
    *,
    why: str,
    withdraw: bool = False,
    copy: Staged | None = None,
    by: str | None = None,
) -> Released | None:
    """Record that something may go into public bundles, or no longer; None when it is so already.

    ``copy``: of a medium, the stripped copy that may go, staged.

    Raises
    ------
    BadInput
        When no reason is given.
    """
    reason = _reason(why)
    with case.batch(by=by) as batch:
        standing = releases(case).get((subject, what))
        held = standing.noun if standing else None
        digest = copy.digest if copy else None
        same = isinstance(held, Released) and held.copy == digest
        if (held is None and withdraw) or (same and not withdraw):
            if copy is not None:
                case.discard(copy)
            return None
        noun = Released(
            id="",
            subject=subject,
            what=what,
            why=reason,
            withdrawn=withdraw,
            copy=digest,
            after=_latest(case, "release", subject, what),
        )
        noun = dataclasses.replace(noun, id=content_id("release", noun))
        if copy is not None and case.blobs.has(copy.digest):
            case.discard(copy)
        elif copy is not None:
            batch.staged[copy.digest] = copy
        batch.noun("release", noun, objects=[copy.digest] if copy else ())
        return noun


def seal(
    case: Case, subject: str, *, why: str, lift: bool = False, by: str | None = None
) -> Sealed | None:
    """Record that something stays out of every bundle but full ones; None when it is so already.

    Raises
    ------
    BadInput
        When no reason is given.
    """
    reason = _reason(why)
    with case.batch(by=by) as batch:
        if (subject in seals(case)) != lift:
            return None
        noun = Sealed(
            id="",
            subject=subject,
            why=reason,
            lifted=lift,
            after=_latest(case, "seal", subject, None),
        )
        noun = dataclasses.replace(noun, id=content_id("seal", noun))
        batch.noun("seal", noun)
        return noun


def _latest(case: Case, kind: str, subject: str, what: Release | None) -> str | None:
    acts = [
        noun.id
        for noun in case.catalog.nouns(kind)
        if noun.data["subject"] == subject and noun.data.get("what") == (what and str(what))
    ]
    return acts[-1] if acts else None


def _by(case: Case, entry: int) -> str | None:
    known = case.catalog.entry(entry) or {}
    by = known.get("by")
    return None if by is None else str(by)


def _reason(why: str) -> str:
    text = keepable(why)[0].strip()
    if not text:
        raise BadInput("a reason is missing", hint="--why TEXT says why, for whoever asks later")
    if len(text) > LONGEST_REASON:
        raise BadInput("the reason is too long", why=f"more than {LONGEST_REASON} characters")
    return text
