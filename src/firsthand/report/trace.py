"""One thing with everything that leads to it: claim to quote, source, sighting and ledger entry."""

from __future__ import annotations

from firsthand.case import Case, View
from firsthand.case.custody.brackets import bracket_of
from firsthand.case.custody.scrub import last_read, scrubs
from firsthand.model.canonical import Json
from firsthand.model.codec import to_json
from firsthand.model.values import to_rfc3339
from firsthand.report.current import Current
from firsthand.report.exhibit_facts import facts
from firsthand.report.identify import Thing, identify

CONTEXT = 60
"""Characters of the source text shown on each side of a quote."""


MOST_ABOUT = 4
"""Media of a sighting of which all is said that is known; the others are shown by their id."""


def trace(case: Case, text: str) -> Json:
    """Return one thing as a dict.

    ``{"kind","id","data","says","entry","bracket","last_read","leads_to_it":[…],"used_by":[…],
    "assessments":[…],"tags":[…],"notes":[…],"translations":[…],"about":{…}}``; ``bracket`` is
    between which outside times it went on record, ``last_read`` the newest scrub of its part;
    ``about`` has what is known of a picture or video: see
    :func:`firsthand.report.exhibit_facts.facts`.
    """
    thing = identify(case, text)
    view = View(case)
    data = thing.data
    acts = [
        {"id": act.id, "verdict": act.verdict, "why": act.why, "value": act.value}
        for act in view.assessments
        if act.target in (thing.id, data.get("key"))
    ]
    return {
        "kind": thing.kind,
        "id": thing.id,
        "data": data,
        "says": _says(case, thing),
        "entry": entry(case, thing.entry),
        "bracket": None if thing.entry is None else bracket_of(case, thing.entry),
        "last_read": last_read(case, thing.id, scrubs(case)) if thing.kind == "exhibit" else None,
        "leads_to_it": _sources(case, view, thing),
        "used_by": _used_by(case, thing),
        "assessments": acts,
        **_said(view, {thing.id, thing.subject}),
        "about": _about(case, view, thing),
    }


def _says(case: Case, thing: Thing) -> str | None:
    """Return the words of a post."""
    known = case.catalog.sighting(thing.id) if thing.kind == "sighting" else None
    return known[3] if known else None


def _about(case: Case, view: View, thing: Thing) -> Json:
    """Return what is known of an exhibit, or of the first media of a sighting, by their digests."""
    held: list[str] = [thing.id] if thing.kind == "exhibit" else []
    if thing.kind == "sighting":
        held = list(thing.data.get("exhibits", ()))[:MOST_ABOUT]
    current = Current(case, view)
    found = {digest: facts(current, digest) for digest in held}
    return {digest: about for digest, about in found.items() if about}


def _said(view: View, names: set[str]) -> Json:
    """Return what people attached to a thing: tags, notes and translations."""
    tags = [
        {"label": tag.label, "by": view.by(at), "entry": at}
        for tag, at in view.tags
        if tag.subject in names
    ]
    notes = [
        {"id": n.id, "kind": str(n.kind) if n.kind else None, "text": n.text}
        for n in view.notes
        if n.subject in names
    ]
    translations = [
        {name: item for name, item in to_json(t).items() if name != "subject"}
        for t in view.translations
        if t.subject in names
    ]
    return {"tags": tags, "notes": notes, "translations": translations}


def entry(case: Case, index: int | None) -> Json:
    """Return an entry of the ledger with the machine's (claimed) time."""
    known = case.catalog.entry(index) if index is not None else None
    if known is None:
        return None
    at_ms = known.pop("at_ms")
    return {**known, "claimed_at": to_rfc3339(at_ms) if at_ms is not None else None}


def _sources(case: Case, view: View, thing: Thing) -> list[Json]:
    if thing.kind == "claim":
        return _claim_sources(case, view, thing.data)
    if thing.kind == "finding":
        run = case.catalog.noun("run", thing.data["run"])
        found: list[Json] = [
            {"what": "run", "id": thing.data["run"], **_run(run.data if run else {})}
        ]
        for claim in _named_claims(view, thing.data["value"], thing.data["subjects"]):
            found += _claim_sources(case, view, claim)
        return found
    if thing.kind == "run":
        return [{"what": "input", "id": ref} for ref in thing.data["inputs"]]
    if thing.kind == "sighting":
        held = [{"what": "exhibit", "id": digest} for digest in thing.data.get("exhibits", [])]
        met = case.catalog.collected(thing.id)
        return held + [{"what": "collected", "address": a, "entry": e} for a, e in met]
    if thing.kind == "exhibit":
        above = thing.data.get("derived_from")
        seen = [
            {"what": "sighting", "id": s.id, "platform": s.platform, "ref": s.ref}
            for s in view.published_texts.get(thing.id, [])
        ]
        return ([{"what": "derived from", "id": above}] if above else []) + seen
    return []


def _run(data: Json) -> Json:
    return {key: data.get(key) for key in ("method", "version", "params", "status")}


def _named_claims(view: View, value: Json, subjects: list[str]) -> list[Json]:
    """Return the claims whose ids stand anywhere in a finding, in order of their labels."""
    names: set[str] = set()

    def visit(item: Json) -> None:
        if isinstance(item, str):
            names.add(item)
        elif isinstance(item, dict):
            for key, inner in item.items():
                names.add(key)
                visit(inner)
        elif isinstance(item, list):
            for inner in item:
                visit(inner)

    visit([value, subjects])
    found = [view.entry_of("claim", name) for name in sorted(names) if name in view.claims]
    nouns = [noun for noun in found if noun is not None]
    return [noun.data for noun in sorted(nouns, key=lambda n: n.data.get("label") or n.id)]


def _claim_sources(case: Case, view: View, claim: Json) -> list[Json]:
    """Return quote, text exhibit and publication of a claim, each with its ledger entry."""
    noun = view.entry_of("claim", claim["id"])
    text = case.text(claim["exhibit"])
    start, end = claim["span"]["start"], claim["span"]["end"]
    exhibit = view.entry_of("exhibit", claim["exhibit"])
    found: list[Json] = [
        {
            "what": "claim",
            "id": claim["id"],
            "label": claim.get("label"),
            "question": claim["question"],
            "value": claim["value"],
            "source_chain": claim["source_chain"],
            "entry": noun.entry if noun else None,
        },
        {
            "what": "quote",
            "quote": claim["quote"],
            "before": text[max(0, start - CONTEXT) : start],
            "after": text[end : end + CONTEXT],
            "span": [start, end],
            "matches": text[start:end] == claim["quote"],
        },
        {
            "what": "exhibit",
            "id": claim["exhibit"],
            "entry": exhibit.entry if exhibit else None,
        },
    ]
    said = [s for s in view.sightings.values() if s.id == claim.get("sighting")]
    carriers = {s.id: s for s in (*said, *view.published_texts.get(claim["exhibit"], []))}
    for sighting in carriers.values():
        known = case.catalog.sighting(sighting.id)
        found.append(
            {
                "what": "sighting",
                "id": sighting.id,
                "platform": sighting.platform,
                "account": sighting.account,
                "url": sighting.url,
                "published": sighting.published.text if sighting.published else None,
                "entry": known[0] if known else None,
                "address": known[1] if known else None,
            }
        )
    return found


def _used_by(case: Case, thing: Thing) -> list[Json]:
    """Return the runs that had the thing among their inputs, and claims that quote an exhibit."""
    found: list[Json] = []
    for noun in case.catalog.nouns("run"):
        if any(
            ref in (thing.id, f"exhibit:{thing.id}") or ref.startswith(f"{thing.kind}:{thing.id}@")
            for ref in noun.data["inputs"]
        ):
            found.append(
                {
                    "what": "run",
                    "id": noun.id,
                    "method": noun.data["method"],
                    "unit": noun.data["unit"],
                }
            )
    if thing.kind == "exhibit":
        for noun in case.catalog.nouns("claim"):
            if noun.data["exhibit"] == thing.id:
                found.append({"what": "claim", "id": noun.id, "label": noun.data.get("label")})
    return found
