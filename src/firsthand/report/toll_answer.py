"""How many: the groups of the toll finding in words, layer by layer, never one number alone."""

from __future__ import annotations

from collections.abc import Iterator

from firsthand.model.canonical import Json
from firsthand.report import say
from firsthand.report.known import Known


def fill(result: Json, known: Known) -> None:
    """Put groups, flags, estimate and words of the toll finding into the answer.

    Tolls of the events that this one is part of are named as of another scope; they change nothing.
    """
    toll = known.value("count.toll", known.event.id)
    groups = toll["groups"] if toll is not None else []
    main = main_group(groups)
    parts = list(_words(groups, main, known))
    for event in known.wider:
        around = known.value("count.toll", event.id)
        if around is not None:
            killed = [group for group in around["groups"] if group["counted"] == "killed"]
            parts += [f"Other scope, {event.label}: {text}" for text in _all(killed, known)]
            result["support"] += known.ids("count.toll", event.id)
    if toll is None and not parts:
        return
    result["groups"] = groups
    result["support"] += known.ids("count.toll", known.event.id)
    result["flags"] = [flag for group in groups for flag in group["flags"]]
    if main is not None:
        low, high = main["documented"]["min"], main["documented"]["max"]
        result["estimate"] = {
            "kind": "count",
            "method": "count.tolls",
            "level": "documented minimum and maximum",
            "assumptions": ["one root is counted once", "a party's figures widen nothing"],
            "bounds": {"min": low, "max": high},
            "scope": main["scope"],
            "from": main["documented"]["from"],
        }
    result["status"] = "answered" if main is not None else "open"
    why = sorted({flag["why"] for flag in result["flags"] if flag.get("why")})
    parts += [f"Flagged: {text.rstrip('.')}" for text in why]
    result["answer"] = ". ".join(parts) + "."


def main_group(groups: list[Json]) -> Json | None:
    """Return the documented group of killed with most statements; groups come best first."""
    documented = [g for g in groups if g["documented"] is not None]
    killed = [g for g in documented if g["counted"] == "killed"]
    return next(iter(killed or documented), None)


def _words(groups: list[Json], main: Json | None, known: Known) -> Iterator[str]:
    if main is None:
        yield "Nothing documented"
        yield from _all(groups, known)
    else:
        yield from _all([main, *(group for group in groups if group is not main)], known)


def _all(groups: list[Json], known: Known) -> Iterator[str]:
    """Yield documented ranges first, then what is only claimed."""
    for group in groups:
        if group["documented"] is not None:
            yield _sentence(group, group["documented"], known)
    for group in groups:
        for claimed in group["claimed"]:
            figure = _about(claimed["ids"], known) + say.figure(claimed["min"], claimed["max"])
            scope = _claimed_scope(claimed["ids"], known) or _scope(group["scope"])
            yield (
                f"Claimed by {claimed['by']}: {figure} {group['counted']} ({scope};"
                " not verified, not part of the range)"
            )


def _sentence(group: Json, bounds: Json, known: Known) -> str:
    figure = _about(bounds["from"], known) + say.figure(bounds["min"], bounds["max"])
    roots = _roots_of(group, bounds["from"])
    return f"Documented: {figure} {group['counted']} ({_scope(group['scope'])}; {roots})"


def _about(ids: list[str], known: Known) -> str:
    """Return "about" when every claim behind a figure calls it approximate."""
    values = [known.claims[i].value for i in ids if i in known.claims]
    told = bool(values) and all(value.get("approx") for value in values)
    exact = all(value.get("min") is not None for value in values)
    return "about " if told and exact else ""


def _claimed_scope(ids: list[str], known: Known) -> str:
    """Return the scope that the claims themselves give, when they give one and the same."""
    scopes = {_scope(known.claims[i].value.get("scope") or "") for i in ids if i in known.claims}
    return scopes.pop() if len(scopes) == 1 else ""


def _scope(scope: Json) -> str:
    if isinstance(scope, str):
        return scope or "scope not stated"
    parts = [scope.get("text") or ", ".join(scope.get("places") or ())]
    victims = scope.get("victims")
    if victims and victims not in parts[0]:
        parts.append(victims)
    return ", ".join(part for part in parts if part) or "scope not stated"


def _roots_of(group: Json, ids: list[str]) -> str:
    names = sorted(root for root, members in group["roots"].items() if set(members) & set(ids))
    return f"1 root: {names[0]}" if len(names) == 1 else f"{len(names)} roots: {', '.join(names)}"
