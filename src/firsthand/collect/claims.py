"""Claims, actors, events, sightings by hand and notes, as JSON lines that a person answers for."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from firsthand.case import CatalogNoun, locate_quote
from firsthand.collect.claim_sources import Sources
from firsthand.collect.items import Context, Item, Kept, failed, reason_of, shown_name
from firsthand.collect.lines import Line, each_line
from firsthand.collect.sniffing import JSON_LINES
from firsthand.model.canonical import Json, keepable
from firsthand.model.claim_values import check_value
from firsthand.model.codec import from_json, to_json
from firsthand.model.errors import BadInput, StorageFailed
from firsthand.model.nouns import Actor, Claim, Event, Note, Sighting, content_id, sighting_id
from firsthand.model.values import Span
from firsthand.model.vocabulary import ActorType, Question
from firsthand.words.dates import written_time

_WHOLE_FILE = 64 << 20
TYPES = ("claim", "actor", "event", "sighting", "note")
_CLAIM_KEYS = {field.name for field in fields(Claim)} - {"exhibit", "label"} | {"doc", "type"}
_SIGHTING_KEYS = {
    *("type", "id", "platform", "account", "published", "url", "title", "known_through"),
    *("shows", "remark", "exhibits", "lang"),
}

_ACTOR_TYPES = frozenset(ActorType)


@dataclass(frozen=True, slots=True)
class Row:
    """A row by the name of its item; ``proposed`` when a machine named it (an actor)."""

    where: str
    value: dict[str, Any]
    proposed: bool = False

    @property
    def kind(self) -> str:
        """One of the row types; an actor's own type stands for `actor`."""
        kind = self.value.get("type", "claim")
        return "actor" if str(kind) in _ACTOR_TYPES else str(kind)


def items(context: Context, path: Path) -> Iterator[Item]:
    """Yield items for the file, then for its rows: actors, events, sightings, claims, notes."""
    name = context.prefix + shown_name(path.name)[0]
    staged = context.case.stage(path)
    size = staged.size
    yield Item(name=name, kept=(Kept(staged=staged, media_type=JSON_LINES),))
    context.flush()
    kept = context.case.blobs.path(staged.digest)
    rows: list[Row] = []
    for outcome in _rows(context, kept, name, size):
        if isinstance(outcome, Item):
            yield outcome
        else:
            rows += _expanded(outcome)
    context.expect(len(rows) + 1)
    groups: dict[str, list[Row]] = {kind: [] for kind in TYPES}
    for row in sorted(rows, key=lambda row: row.proposed):
        if row.kind not in groups:
            known = ", ".join(TYPES)
            yield failed(row.where, f"type {row.kind[:80]!r} is not known (one of: {known})")
        else:
            groups[row.kind].append(row)
    sources = Sources(context.case, path.parent)
    for row in (*groups["actor"], *groups["event"]):
        yield _attempt(row, sources)
    for row in groups["sighting"]:
        item = _attempt(row, sources)
        yield item
        for _, noun in item.nouns:
            sources.add_sighting(str(row.value["id"]), noun)
    yield from _claims(groups["claim"], sources)
    for row in groups["note"]:
        yield _attempt(row, sources)


def _no_float(text: str) -> Json:
    raise BadInput(
        f"{text} is a floating-point number",
        hint="use a whole number with the unit in the name (lat_e7, p_ppm)",
    )


def read_json(text: str) -> Json:
    """Read JSON without floating-point numbers, which the record cannot hold."""
    return json.loads(text, parse_float=_no_float, parse_constant=_no_float)


def _rows(context: Context, path: Path, name: str, size: int) -> Iterator[Item | Row]:
    """Yield the rows of a file of JSON lines, or of one JSON document that spans lines."""
    whole = _whole(path) if size <= _WHOLE_FILE else None
    if whole is not None:
        for number, value in enumerate(whole):
            yield _row(f"{name}#{number}", value)
        return
    for line in each_line(path, context.limits.line):
        yield _line(name, line)


def _whole(path: Path) -> list[Json] | None:
    """Return the rows of a pretty-printed document; None when the file is JSON lines."""
    text = path.read_bytes().decode("utf-8", "replace").removeprefix("\ufeff")
    start = text.lstrip()
    if not start.startswith(("[", "{\n", "{\r")):
        return None
    try:
        value = read_json(text)
    except (ValueError, RecursionError, BadInput):
        return None
    return value if isinstance(value, list) else [value]


def _line(name: str, line: Line) -> Item | Row:
    where = f"{name}:{line.number}"
    if line.problem is not None:
        return failed(where, line.problem)
    try:
        return _row(where, read_json(line.text))
    except BadInput as error:
        return failed(where, error)
    except (ValueError, RecursionError) as error:
        return failed(where, f"not JSON: {reason_of(error)}")


def _row(where: str, value: Json) -> Item | Row:
    if not isinstance(value, dict):
        return failed(where, "not a JSON object")
    return Row(where, value)


def _expanded(row: Row) -> list[Row]:
    """Return the rows that a row of `firsthand claims --json` stands for: actors and claims."""
    where, value = row.where, row.value
    if not isinstance(value.get("claims"), list):
        return [row]
    found: list[Row] = []
    actors = value.get("actors")
    for actor, about in actors.items() if isinstance(actors, dict) else ():
        about = about if isinstance(about, dict) else {"name": about}
        actor_row = {**about, "id": actor, "kind": about.get("type"), "type": "actor"}
        found.append(Row(f"{where}#{keepable(actor)[0]}", actor_row, proposed=True))
    doc = value.get("doc")
    for number, claim in enumerate(value["claims"]):
        inside = f"{where}#{number}"
        if not isinstance(claim, dict):
            found.append(Row(inside, {"doc": doc}))
            continue
        label = f"{doc}:{claim.get('id', number)}"
        about = {"lang": value["lang"]} if value.get("lang") else {}
        stated = {"text_sha256": value["text_sha256"]} if value.get("text_sha256") else {}
        links = [
            {**link, "claim": f"{doc}:{link['claim']}"}
            for link in claim.get("links") or []
            if isinstance(link, dict) and "claim" in link
        ]
        extra = {"links": links} if links else {}
        found.append(Row(inside, {**about, **stated, "doc": doc, **claim, "id": label, **extra}))
    return found


Taken = tuple[str, Any, tuple[Kept, ...]]
"""Kind of noun, the noun, and bytes to keep with it."""


def _attempt(row: Row, sources: Sources) -> Item:
    try:
        kind, noun, kept = READERS[row.kind](row, sources)
    except StorageFailed:
        raise
    except BadInput as error:
        return failed(row.where, error)
    return Item(name=row.where, nouns=((kind, noun),), kept=kept)


def _without(value: dict[str, Any], *names: str) -> dict[str, Any]:
    return {key: item for key, item in value.items() if key not in names and item is not None}


def _actor(row: Row, sources: Sources) -> Taken:
    body = _without(row.value, "type", "kind", "actor_type")
    _not_empty(body, "id", "name")
    kind = row.value.get("kind") or row.value.get("actor_type") or row.value.get("type")
    if kind == "actor":
        raise BadInput(
            "the actor has no kind",
            why="kind says what the actor is",
            hint=f"one of: {', '.join(ActorType)}",
        )
    noun = from_json(Actor, body | {"type": kind})
    if row.proposed:  # what a person entered about an actor is never replaced by a machine
        known = sources.actors.get(noun.id) or sources.case.catalog.noun("actor", noun.id)
        if isinstance(known, CatalogNoun):
            noun = from_json(Actor, known.data)
        elif known is not None:
            noun = known
    sources.actors[noun.id] = noun
    return "actor", noun, ()


def _event(row: Row, sources: Sources) -> Taken:
    body = _without(row.value, "type")
    _not_empty(body, "id", "label")
    if isinstance(body.get("when"), str):
        body["when"] = _when(body["when"])
    return "event", from_json(Event, body), ()


def _note(row: Row, sources: Sources) -> Taken:
    body = _without(row.value, "type", "id")
    _not_empty(body, "text")
    subject = body.get("subject")
    if isinstance(subject, str):
        body["subject"] = sources.claims.get(subject, subject)
    bare = from_json(Note, {**body, "id": ""})
    return "note", from_json(Note, {**body, "id": content_id("note", bare)}), ()


def _when(text: str) -> Json:
    written = written_time(text)
    if written is None:
        raise BadInput("time cannot be read", why=repr(text[:80]))
    return to_json(written)


def _text(value: dict[str, Any], name: str) -> str:
    text = value.get(name)
    if not isinstance(text, str) or not text:
        raise BadInput(f"{name} is missing", why="it must be a text that is not empty")
    return text


def _not_empty(body: dict[str, Any], *names: str) -> None:
    """Refuse texts that say nothing: an event without a name could not be told from the case."""
    for name in names:
        if isinstance(body.get(name), str) and not body[name].strip():
            raise BadInput(f"{name} is missing", why="it must be a text that is not empty")


def _known_keys(value: dict[str, Any], known: set[str]) -> None:
    unknown = sorted(set(value) - known)
    if unknown:
        raise BadInput(
            "row cannot be read",
            why=f"{', '.join(keepable(key)[0] for key in unknown)} is not known",
            hint=f"known: {', '.join(sorted(known))}",
        )


def _sighting(row: Row, sources: Sources) -> Taken:
    value = row.value
    _known_keys(value, _SIGHTING_KEYS)
    ref, platform = _text(value, "id"), _text(value, "platform")
    body = _without(value, "type", "id")
    published = body.get("published")
    if published is not None:
        if not isinstance(published, str | int):
            raise BadInput("time cannot be read", why=repr(published))
        body["published"] = _when(str(published))
    if body.get("known_through"):
        body["known_through"] = sources.file_or_digest(_text(body, "known_through"))
    exhibits = body.get("exhibits", [])
    if not isinstance(exhibits, list) or not all(isinstance(each, str) for each in exhibits):
        raise BadInput("exhibits is not a list of paths or digests")
    found = tuple(sources.file_or_digest(each) for each in exhibits)
    when = body["published"]["text"] if "published" in body else None
    body |= {"exhibits": list(found), "ref": ref}
    identity = sighting_id(platform, ref, body.get("account"), when, found, None)
    noun = from_json(Sighting, {**body, "id": identity})
    sources.refuse_changed(noun)
    return "sighting", noun, ()


def _claims(rows: list[Row], sources: Sources) -> Iterator[Item]:
    """Yield claims so that each comes after those that it links to."""
    labels: dict[str, int] = {}
    waiting: dict[int, Row] = {}
    for number, row in enumerate(rows):
        label = row.value.get("id")
        if not isinstance(label, str) or not label:
            yield failed(row.where, "a claim needs an id (its label)")
        elif label in labels:
            yield failed(row.where, f"label {label!r} is used twice in this file")
        else:
            labels[label] = number
            waiting[number] = row
    broken: set[str] = set()
    while waiting:
        ready = [n for n, row in waiting.items() if not _pending(row.value, labels, waiting)]
        if not ready:
            for row in waiting.values():
                inside = ", ".join(sorted(_pending(row.value, labels, waiting)))
                yield failed(row.where, f"links run in a circle through {inside}")
            return
        for number in ready:
            row = waiting.pop(number)
            label = str(row.value["id"])
            missing = sorted(_targets(row.value) & broken)
            if missing:
                item = failed(row.where, f"links to {', '.join(missing)}, which was not taken in")
            else:
                item = _attempt(row, sources)
            if item.status is None:
                sources.claims[label] = item.nouns[0][1].id
            else:
                broken.add(label)
            yield item


def _targets(value: dict[str, Any]) -> set[str]:
    links = value.get("links")
    links = links if isinstance(links, list) else []
    return {str(link.get("claim")) for link in links if isinstance(link, dict)}


def _pending(value: dict[str, Any], labels: dict[str, int], waiting: dict[int, Row]) -> set[str]:
    return {target for target in _targets(value) if labels.get(target) in waiting}


def _claim(row: Row, sources: Sources) -> Taken:
    value = row.value
    _known_keys(value, _CLAIM_KEYS | {"text_sha256"})
    source = sources.document(_text(value, "doc"))
    stated = value.get("text_sha256")
    if stated is not None and str(stated).removeprefix("sha256:") != source.exhibit[7:]:
        why = f"text_sha256 is {stated}, the case has {source.exhibit}"
        raise BadInput("the claim is about another text", why=why)
    body = _without(value, "type", "doc", "text_sha256", "id", "span", "sighting", "links")
    body |= {"exhibit": source.exhibit, "id": ""}
    _not_empty(body, "event")
    if value.get("id"):
        body["label"] = value["id"]
    body["span"] = _span(value, _text(value, "quote"), source.text)
    body["links"] = [_link(link, sources) for link in value.get("links") or []]
    named = value.get("sighting")
    sighting = sources.sighting_id(named) if named else source.sighting
    if sighting:
        body["sighting"] = sighting
    bare = from_json(Claim, body)
    check_value(Question(bare.question), bare.value)
    _check_scope(bare.value)
    body["id"] = content_id("claim", bare)
    sources.refuse_taken(str(value["id"]), body["id"])
    # Last, since only what is taken in may leave bytes in the waiting room.
    return "claim", from_json(Claim, body), sources.keep_text(source)


def _span(value: dict[str, Any], quote: str, text: str) -> Json:
    given = value.get("span")
    if given is None:
        start, end = locate_quote(quote, text)
    else:
        whole = isinstance(given, list) and len(given) == 2
        if not whole or not all(isinstance(n, int) and not isinstance(n, bool) for n in given):
            raise BadInput("span cannot be read", why=f"{given!r} is not [start, end]")
        start, end = given
        found = Span(start, end).of(text)
        if found != quote:
            raise BadInput(
                "the quote is not at its span",
                why=f"at [{start}, {end}) stands {found[:80]!r}, not {quote[:80]!r}",
                hint="spans count Unicode code points of the text as it is, end exclusive",
            )
    return {"start": start, "end": end}


def _link(link: Json, sources: Sources) -> Json:
    if not isinstance(link, dict) or not isinstance(link.get("claim"), str):
        raise BadInput("link cannot be read", why="it needs rel and claim")
    return _without(link, "claim") | {"claim": sources.claim_id(link["claim"])}


def _check_scope(value: Json) -> None:
    scope = value.get("scope")
    for side in ("from", "to") if isinstance(scope, dict) else ():
        if scope.get(side) is not None:
            _when(scope[side])
    if isinstance(value.get("edtf"), str):
        _when(value["edtf"])


READERS: Mapping[str, Callable[[Row, Sources], Taken]] = {
    "claim": _claim,
    "actor": _actor,
    "event": _event,
    "sighting": _sighting,
    "note": _note,
}
"""How a row of each type is read."""
