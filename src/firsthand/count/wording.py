"""Sentences for a group of counts: what is documented, what is only claimed, what was left out.

No sentence here names "the" toll, counts outlets as sources, or carries a decimal.
"""

from __future__ import annotations

from collections.abc import Sequence

from firsthand.count.combine import Group
from firsthand.count.flags import say
from firsthand.count.roots import Lineage

NAMED = 6
"""Left-out statements that are listed one by one; more are only counted."""

_NOUN = {
    "killed": "{} killed",
    "missing": "{} missing",
    "injured": "{} injured",
    "captured": "{} captured",
    "bodies": "{} bodies",
}
_TITLE = {"bodies": "Bodies"}


def word_group(group: Group, lineage: Lineage) -> str:
    """Return the text of one group."""
    title = _TITLE.get(group.counted, group.counted.capitalize())
    event = f"{group.event}, " if group.event else ""
    parts = [
        f"{title} ({event}{group.scope.label()}).",
        _documented(group, lineage),
        *_claimed(group),
        _not_added(group),
        _flags(group),
    ]
    return " ".join(part for part in parts if part)


def word_all(groups: Sequence[str]) -> str:
    """Return the text of the whole answer, one group a line."""
    if not groups:
        return "No figures were given."
    notes = []
    if len(groups) > 1:
        notes.append("Figures of different groups have different scopes and are not added up.")
    return "\n".join([*groups, *notes])


def _documented(group: Group, lineage: Lineage) -> str:
    figure = group.documented
    if figure is None:
        return "Nothing is documented by an independent count that we hold."
    roots = sorted({lineage.name(count.root) for count in group.counts})
    lineage_text = f"{len(roots)} independent {'root' if len(roots) == 1 else 'roots'}"
    basis = f"{lineage_text}: {', '.join(roots)}; from {', '.join(group.supported_by)}"
    if figure.low is None:
        return f"No minimum is documented; up to {_count(group, figure.high)} ({basis})."
    first = f"At least {_count(group, figure.low)} (documented minimum; {basis})."
    if figure.high is None:
        return f"{first} No upper bound is documented."
    if figure.high == figure.low:
        return f"{first} The same material supports no higher figure."
    return f"{first} Up to {figure.high:,} are supported by the same material."


def _count(group: Group, number: int | None) -> str:
    return _NOUN[group.counted].format(f"{number or 0:,}")


def _claimed(group: Group) -> list[str]:
    texts = []
    for (by, figure), ids in group.claims_in_order():
        told = "" if len(ids) == 1 else f" ({len(ids)} statements of one claim)"
        outside = "it is not part of our range" if group.documented else "it is not documented"
        texts.append(
            f"Claimed by {by}: {say(figure)}{told}. We have not verified this claim; {outside}."
        )
    return texts


def _not_added(group: Group) -> str:
    repeats = [name for name, why in group.not_added.items() if why.endswith("adds no root")]
    others = [f"{n} ({why})" for n, why in sorted(group.not_added.items()) if n not in repeats]
    texts = others[:NAMED]
    if len(others) > NAMED:
        texts.append(f"and {len(others) - NAMED} more")
    sentences = [f"We did not add: {'; '.join(texts)}."] if texts else []
    if repeats:
        one = len(repeats) == 1
        what = "1 copy or relay goes" if one else f"{len(repeats)} copies or relays go"
        sentences.append(
            f"{what} back to a statement above and {'adds' if one else 'add'} no root."
        )
    return " ".join(sentences)


def _flags(group: Group) -> str:
    texts = [f"{flag.what.replace('_', ' ')}: {flag.why}" for flag in group.flags]
    shown = texts[:NAMED]
    if len(texts) > NAMED:
        shown.append(f"and {len(texts) - NAMED} more")
    return f"Flagged: {'; '.join(shown)}." if shown else ""
