"""The chain of custody: who did what with the case, or with one thing in it, in ledger order.

Times are what a machine's clock claimed, beside what outsiders' signatures say about when each act
was put on record. Nothing is read but the ledger, so what happened outside it is not here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from firsthand.case import Case, View
from firsthand.case.custody.arrivals import arrivals
from firsthand.case.custody.brackets import Bounds, bounds
from firsthand.case.custody.scrub import OBJECTS, part_of, scrubs
from firsthand.model.canonical import Json
from firsthand.model.values import to_rfc3339
from firsthand.report.identify import Thing, identify


def _of(*names: str) -> Callable[[Json], Json]:
    return lambda body: {name: body[name] for name in names if body.get(name) is not None}


ACTS: dict[str, Callable[[Json], Json]] = {
    "case": _of("title", "tool"),
    "session": _of("kind", "name", "source", "state", "counts", "tool", "tools", "clock"),
    "import": _of("kind", "name", "source", "counts"),
    "assessment": _of("target", "verdict", "why"),
    "search": _of("where", "query", "found", "why"),
    "export": _of("profile", "size", "files", "sha256sums", "recipients"),
    "release": _of("subject", "what", "why", "withdrawn"),
    "seal": _of("subject", "why", "lifted"),
    "transfer": _of("state", "giver", "receiver", "bundle", "size", "purpose"),
    "backup": _of("name", "size", "objects", "bytes"),
    "merge": _of("origin", "size", "state", "counts"),
    "policy": _of("stamps", "quorum", "witnesses", "why"),
    "stamp": _of("state", "kind", "authority", "size", "time_ms", "why"),
    "cosignature": _of("witness", "size", "time_ms"),
    "signature": _of("person", "size", "namespace"),
    "key": _of("role", "state", "name", "valid_from", "valid_to", "why"),
    "clock": _of("before_ms", "now_ms", "elapsed_ms", "before_entry"),
    "scrub": _of("what", "part", "of", "objects", "bytes", "wrong", "missing"),
    "repair": _of("source", "repaired", "left"),
}
"""What is told of each kind of act; kinds that are not here are counted."""

Row = dict[str, Any]


def chain(case: Case, text: str | None = None) -> Json:
    """Return the chain of custody of the case, or of the thing that a text names.

    Returns
    -------
    dict
        ``{"case","size","thing","acts","others","came_in","derived_from","derived","left_in",
        "limits"}``. Each act is ``{"entry","act","by","claimed_at","not_before","not_after",…}``.

    Raises
    ------
    NotFound
        When nothing is called so.
    """
    view, outside = View(case), bounds(case)
    tell = _Teller(case, view, outside)
    base: Row = {"case": case.origin, "size": case.catalog.size(), "limits": LIMITS}
    if text is None:
        acts = [tell.act(kind, noun.entry, noun.data) for kind in ACTS
                for noun in case.catalog.nouns(kind, current=False)]  # fmt: skip
        counts = case.catalog.counts()
        others = {kind: n for kind, n in counts.items() if kind not in ACTS}
        return {**base, "thing": None, "acts": _ordered(acts), "others": others}
    thing = identify(case, text)
    return {**base, **_one(case, view, tell, thing)}


LIMITS = (
    "times are claims of machines' clocks unless a bracket is given",
    "a bracket bounds when an act was put on record, not when anything was photographed or written",
    "what was done outside the case, or viewed in it, is not on record",
)


class _Teller:
    """Turns entries into rows of a chain."""

    def __init__(self, case: Case, view: View, outside: Bounds) -> None:
        self.case, self.view, self.outside = case, view, outside

    def act(self, kind: str, entry: int, body: Json) -> Row:
        known = self.case.catalog.entry(entry) or {}
        at_ms = known.get("at_ms")
        says = ACTS[kind](body) if kind in ACTS else {}
        row: Row = {
            "entry": entry,
            "act": kind,
            "by": self.view.by(entry),
            "claimed_at": to_rfc3339(at_ms) if at_ms is not None else None,
            **self.outside.of(entry),
            "says": says,
        }
        if entry in self.view.merged:
            origin = self.view.merged[entry]
            row["taken_over_by"] = known.get("by")
            row["taken_over_from"] = origin.get("origin")
        return row


def _ordered(acts: Iterable[Row]) -> list[Row]:
    return sorted(acts, key=lambda act: act["entry"])


def _one(case: Case, view: View, tell: _Teller, thing: Thing) -> Json:
    names = {thing.id, thing.subject}
    acts: list[Row] = []
    if thing.entry is not None:
        acts.append(tell.act(thing.kind, thing.entry, thing.data))
    # A file in a folder comes in as the sighting of an exhibit.
    carriers = view.published_texts.get(thing.id, []) if thing.kind == "exhibit" else []
    came: list[Json] = []
    for name in (thing.id, *(sighting.id for sighting in carriers)):
        came += arrivals(case.catalog, name)
    came.sort(key=lambda row: row["entry"])
    imports = {noun.entry: noun.data for noun in case.catalog.nouns("import")}
    source = _of("kind", "name", "source")
    for each in came:
        body = imports.get(each["entry"], {})
        row = tell.act("import", each["entry"], body)
        row["says"] = {"item": each["item"], "outcome": each["status"], **source(body)}
        acts.append(row)
    for kind, field in _ABOUT:
        for noun in case.catalog.nouns(kind, current=False):
            if noun.data.get(field) in names:
                row = tell.act(kind, noun.entry, noun.data)
                row["says"] = row["says"] or _short(kind, noun.data)
                acts.append(row)
    for noun in case.catalog.nouns("run"):
        if any(_names(ref, thing) for ref in noun.data["inputs"]):
            row = tell.act("run", noun.entry, noun.data)
            row["says"] = _of("method", "version", "status", "count")(noun.data)
            acts.append(row)
    acts += _readings(case, tell, thing)
    above, below = _derived(case, thing)
    return {
        "thing": {"kind": thing.kind, "id": thing.id},
        "acts": _ordered(_unique(acts)),
        "others": {},
        "came_in": [{**each, **source(imports.get(each["entry"], {}))} for each in came],
        "derived_from": above,
        "derived": below,
        "left_in": _left(case, tell, thing),
    }


_ABOUT = (
    ("assessment", "target"), ("note", "subject"), ("tag", "subject"), ("mark", "exhibit"),
    ("translation", "subject"), ("claim", "exhibit"), ("release", "subject"), ("seal", "subject"),
)  # fmt: skip


def _short(kind: str, body: Json) -> Json:
    return _of("label", "kind", "text", "quote", "removed", "lang_to", "translator")(body)


def _names(ref: str, thing: Thing) -> bool:
    return ref in (thing.id, f"exhibit:{thing.id}") or ref.startswith(f"{thing.kind}:{thing.id}@")


def _unique(acts: Iterable[Row]) -> list[Row]:
    found: dict[tuple[int, str, str], Row] = {}
    for act in acts:
        found.setdefault((act["entry"], act["act"], str(act["says"].get("item"))), act)
    return list(found.values())


def _readings(case: Case, tell: _Teller, thing: Thing) -> list[Row]:
    """Return scrubs and repairs that an exhibit was part of."""
    if thing.kind != "exhibit" or thing.entry is None:
        return []
    rows: list[Row] = []
    for entry, _, scrub in scrubs(case):
        if scrub.what == OBJECTS and entry > thing.entry:
            if part_of(thing.id, scrub.of) != scrub.part:
                continue
            row = tell.act("scrub", entry, {})
            good = thing.id not in (*scrub.wrong, *scrub.missing)
            row["says"] = {"part": scrub.part, "of": scrub.of, "good": good}
            rows.append(row)
    hexes = thing.id.removeprefix("sha256:")
    for noun in case.catalog.nouns("repair"):
        if any(str(path).endswith(hexes) for path in noun.data.get("repaired", ())):
            row = tell.act("repair", noun.entry, noun.data)
            row["says"] = {"source": noun.data["source"]}
            rows.append(row)
    return rows


def _derived(case: Case, thing: Thing) -> tuple[list[Json], list[Json]]:
    """Return what an exhibit was made from, step by step, and what was made from it."""
    if thing.kind != "exhibit":
        return [], []
    known = {noun.id: noun.data for noun in case.catalog.nouns("exhibit")}
    above: list[Json] = []
    at = thing.data
    while (parent := at.get("derived_from")) and len(above) < 100:
        above.append({"id": parent, "by": at.get("derivation")})
        at = known.get(parent, {})
    below = [
        {"id": noun_id, "by": data.get("derivation")}
        for noun_id, data in known.items()
        if data.get("derived_from") == thing.id
    ]
    return above, below


def _left(case: Case, tell: _Teller, thing: Thing) -> list[Json]:
    """Return bundles and copies that reach past the thing: which hold it, and which may.

    A full bundle and a backup hold everything up to their size. What a smaller profile let out
    depends on releases and seals at that time, which the bundle itself says.
    """
    if thing.entry is None:
        return []
    rows = []
    for kind in ("export", "backup"):
        for noun in case.catalog.nouns(kind, current=False):
            if noun.data.get("size", 0) <= thing.entry:
                continue
            row = tell.act(kind, noun.entry, noun.data)
            whole = kind == "backup" or noun.data.get("profile") == "full"
            rows.append({**row, "holds_it": True if whole else None})
    return _ordered(rows)
