"""How many: the groups of the toll finding in words, layer by layer, never one number alone."""

from __future__ import annotations

from firsthand.model.canonical import Json
from firsthand.report import say
from firsthand.report.known import Known


def fill(result: Json, known: Known) -> None:
    """Put groups, flags, estimate and words of the toll finding into the answer."""
    toll = known.value("count.toll", known.event.id)
    if toll is None:
        return
    groups = toll["groups"]
    result["groups"] = groups
    result["support"] += known.ids("count.toll", known.event.id)
    result["flags"] = [flag for group in groups for flag in group["flags"]]
    main = main_group(groups)
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
    result["answer"] = words(groups, main)


def main_group(groups: list[Json]) -> Json | None:
    """Return the documented group of killed with most statements; groups come best first."""
    documented = [g for g in groups if g["documented"] is not None]
    killed = [g for g in documented if g["counted"] == "killed"]
    return next(iter(killed or documented), None)


def words(groups: list[Json], main: Json | None) -> str:
    """Return the answer in sentences: documented first, then claims, then what is flagged."""
    parts = []
    if main is None:
        parts.append("Nothing documented")
    ordered = ([main] if main is not None else []) + [g for g in groups if g is not main]
    for group in ordered:
        scope = _scope(group["scope"])
        if group["documented"] is not None:
            bounds = group["documented"]
            roots = _roots_of(group, bounds["from"])
            parts.append(
                f"Documented: {say.figure(bounds['min'], bounds['max'])} {group['counted']}"
                f" ({scope}; {roots})"
            )
        for claimed in group["claimed"]:
            figure = say.figure(claimed["min"], claimed["max"])
            parts.append(
                f"Claimed by {claimed['by']}: {figure} {group['counted']} ({scope};"
                " not verified, not part of the range)"
            )
    flagged = sorted({flag["why"] for group in groups for flag in group["flags"] if flag.get("why")})
    parts += [f"Flagged: {why}" for why in flagged]
    return ". ".join(parts) + "."


def _scope(scope: Json) -> str:
    if isinstance(scope, str):
        return scope
    text = scope.get("text") or ", ".join(scope.get("places") or ())
    return str(text) or "scope not stated"


def _roots_of(group: Json, ids: list[str]) -> str:
    names = sorted(root for root, members in group["roots"].items() if set(members) & set(ids))
    return f"1 root: {names[0]}" if len(names) == 1 else f"{len(names)} roots: {', '.join(names)}"
