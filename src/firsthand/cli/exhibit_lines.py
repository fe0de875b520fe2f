"""What is known of a picture or video, in lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from firsthand.cli.match_command import TURNED
from firsthand.match.search import NEAR
from firsthand.model.canonical import Json
from firsthand.model.values import to_rfc3339
from firsthand.report import say
from firsthand.report.page.times import between

LONGEST = 160
"""Code points of a quoted text in one line."""


def lines(about: Json) -> Iterator[str]:
    """Yield what :func:`firsthand.report.exhibit_facts.facts` returns, a statement a line."""
    if "read_from" in about:
        for each in about["read_from"]:
            yield f"read in: {_where(each)}"
        return
    if about["names"]:
        yield f"seen as: {', '.join(about['names'])}"
    if about["frame_of"]:
        frame = about["frame_of"]
        yield f"key frame at {_seconds(frame['t_ms'])} of {_named(frame['video'], frame['names'])}"
    if about["pixels"]:
        yield f"pixels: {_pixels(about['pixels'])}"
    yield from _camera(about)
    yield from _time(about["time"])
    yield from _place(about["place"])
    yield from _texts(about)
    yield from _copies(about)
    for each in about["todo"]:
        yield f"not done: {each}"


def _pixels(value: Json) -> str:
    if value["status"] not in ("decoded", "read"):
        part = ". Copies were looked for by the part that is left" if value.get("partial") else ""
        return f"{value['status']}: {value.get('reason')}{part}"
    parts = [f"{value.get('width')} x {value.get('height')}"]
    parts += [str(value[key]) for key in ("format", "mode", "codec") if value.get(key)]
    if value.get("duration_ms") is not None:
        parts.append(_seconds(value["duration_ms"]))
    if (value.get("frames") or 1) > 1:
        parts.append(f"{value['frames']} frames")
    if (value.get("orientation") or 1) != 1:
        parts.append("turned as the file asks for")
    return ", ".join(parts)


def _camera(about: Json) -> Iterator[str]:
    said = about["metadata"]
    if about["camera"]:
        yield f"its file names: {', '.join(about['camera'].values())}"
    if said is None:
        return
    if said["status"] != "read":
        yield f"metadata: {said['status']}: {said.get('reason')}"
    elif not said.get("carries"):
        yield "metadata: none in the file (platforms remove it)"
    for each in said.get("problems", ()):
        yield f"metadata, beware: {each['what']} ({each.get('where')})"
    for each in said.get("disagreements", ()):
        yield f"metadata, the readers disagree: {each.get('field')}"


def _time(value: Json | None) -> Iterator[str]:
    if value is None:
        yield "taken: nothing is known (no dated sighting, no event, no time in the file)"
        return
    firm, likely = value["bounds"], value["likely"]
    if firm is None:
        yield "taken: what is known of it cannot all be true"
    elif firm["earliest_ms"] is None and firm["latest_ms"] is None:
        yield "taken: no firm bound (no dated sighting, no event that it shows)"
    else:
        yield f"taken: {_between(firm)}, from {', '.join(firm['from'])}"
    if likely is not None:
        assumed = "; ".join(likely["assumptions"])
        yield f"  likely {_between(likely)}, by {likely['from']}, assuming that {assumed}"
    for clue in value["clues"]:
        stated = f"{clue['text']}" if clue.get("text") else _between(clue["interval"])
        zone = "" if clue["offset_known"] else ", zone not stated"
        line = f"  {say.words(clue['kind'])}: {stated}{zone} ({clue['source']})"
        yield f"{line}; could be wrong: {_modes(clue)}"
    for each in value["conflicts"]:
        yield f"  conflict: {say.words(each['what'])}, between {' and '.join(each['between'])}"


def _place(value: Json | None) -> Iterator[str]:
    for clue in (value or {}).get("clues", ()):
        if clue["lat_e7"] is None:
            yield f"place: its position is of no use; signs of {_words(clue['detected'])}"
            continue
        parts = [f"{clue['lat_e7'] / 1e7:.5f}, {clue['lon_e7'] / 1e7:.5f} by its own file"]
        radius = clue["radius_m"]
        parts.append("error not stated" if radius is None else f"within {radius:,} m")
        if clue["nearest"]:
            near = clue["nearest"]
            parts.append(f"{near['distance_m'] / 1000:.0f} km from {near['name']}")
        parts += [area["name"] for area in clue["areas"]]
        yield f"place: {', '.join(parts)}; could be wrong: {_modes(clue)}"
    for each in (value or {}).get("conflicts", ()):
        yield f"  conflict: {say.words(each['what'])}, between {' and '.join(each['between'])}"


def _modes(clue: Json) -> str:
    found = _words(clue["failure_modes"])
    return f"{found}. Signs of: {_words(clue['detected'])}" if clue["detected"] else found


def _words(terms: list[str]) -> str:
    return ", ".join(say.words(term) for term in terms)


def _texts(about: Json) -> Iterator[str]:
    for each in about["texts"]:
        line = " ".join(each["text"].split())
        at = "" if each["t_ms"] is None else f" at {_seconds(each['t_ms'])}"
        shown = f"{line[:LONGEST]}{'…' if len(line) > LONGEST else ''}"
        yield f"text seen{at}: {shown} ({each['exhibit']})"
    status = about["text_status"]
    if status and status["status"] not in ("read", "no_text"):
        yield f"text: {status['status']}: {status.get('reason')}"
    elif status and not about["texts"]:
        read = "/".join(status.get("langs", ()))
        yield f"text: none was read ({status.get('engine')}, {read}); it may be there all the same"


def _copies(about: Json) -> Iterator[str]:
    for group in about["groups"]:
        yield f"group: {group['id']}"
        for each in group["others"]:
            yield f"  {_named(each['exhibit'], each['names'])}{_link(each['link'])}"
        if group["others_more"]:
            yield f"  and {group['others_more']:,} more"
        for each in group["warnings"]:
            yield f"  beware: {each}"
        yield f"  {_first(group['first_seen'])}"
    if about["first_seen"] and not about["groups"]:
        yield _first(about["first_seen"])
    if about["not_compared"]:
        yield f"copies: {about['not_compared']}"
    elif about["first_seen"] and not about["groups"]:
        yield "copies: none was found; one that was changed much may be missed"


def _link(link: Json | None) -> str:
    if link is None:
        return ": through another copy"
    if link["relation"] == "identical":
        return f": identical pixels ({link['finding']})"
    turned = f", {TURNED[link['transform']]}" if link["transform"] in TURNED else ""
    times = link.get("time_a") or link.get("time_b")
    at = f", shown at {_seconds(times[0])} to {_seconds(times[1])}" if times else ""
    bits = link["distance_bits"]
    near = "" if bits is None or bits > NEAR else f", {bits} of 256 bits differ"
    kind = link["relation"].replace("_", " ")
    return f": {kind}{near}{turned}{at} ({link['finding']})"


def _first(value: Json | None) -> str:
    if value is None:
        return "first seen: not known"
    searched = value["searched"]
    platforms = ", ".join(f"{name} {n:,}" for name, n in searched["platforms"].items())
    among = f"searched: {searched['sightings']:,} sightings with media ({platforms})"
    if value["earliest"] is None:
        return f"first seen: no sighting of it has a time; {among}"
    who = " ".join(x for x in (value["platform"], value["account"]) if x)
    late = f"; {value['undated']:,} of it have no time" if value["undated"] else ""
    when = _between(value["not_seen_earlier_than"])
    return f"not seen earlier than {when}, {who} ({value['earliest']}); {among}{late}"


def _where(each: Json) -> str:
    frame = each["frame_of"]
    if frame:
        return f"{_named(frame['video'], frame['names'])} at {_seconds(frame['t_ms'])}"
    return _named(each["exhibit"], each["names"])


def _named(exhibit: str, known_as: list[str]) -> str:
    return f"{known_as[0]} ({exhibit})" if known_as else exhibit


def _seconds(t_ms: int) -> str:
    return f"{t_ms / 1000:g} s"


def _between(row: Json) -> str:
    sides = (row["earliest_ms"], row["latest_ms"]) if row else (None, None)
    first, last = (None if side is None else to_rfc3339(side) for side in sides)
    return between(first, last)
