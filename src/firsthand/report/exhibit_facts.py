"""What is known of one picture, video or text read from one: for ``show``."""

from __future__ import annotations

from collections.abc import Iterator

from firsthand.model.canonical import Json
from firsthand.report.copies import WARNINGS
from firsthand.report.current import Current

CAMERA = ("make", "model", "software")
MOST_TEXTS = 20
"""Texts of key frames that are quoted; all are found by search."""

MOST_OTHERS = 50
"""Copies that are listed; the others are among the members of the group."""

LONGEST = 400
"""Code points of a text that are quoted."""


def facts(current: Current, exhibit: str) -> Json:
    """Return what the last analysis found about an exhibit; empty for what is no medium.

    ``{"names","pixels","camera","metadata","time","place","texts","text_status","frame_of",
    "groups","first_seen","not_compared","todo"}``, each null or empty where nothing is known;
    values are those of the findings. A text that was read from pictures has ``read_from`` alone.
    """
    held = current.view.exhibits.get(exhibit)
    if held is None:
        return {}
    kind = held.media_type.partition("/")[0]
    if kind not in ("image", "video"):
        from_media = (held.derivation or "").startswith("media.text")
        return {"read_from": list(_read_from(current, exhibit))} if from_media else {}
    time = current.value("whenwhere.exhibit_time", exhibit, of="whenwhere.exhibits")
    place = current.value("whenwhere.exhibit_place", exhibit, of="whenwhere.exhibits")
    pixels = current.value(f"media.{kind}", exhibit)
    metadata = current.value("media.metadata", exhibit)
    missing = current.value("match.not_linked", exhibit, of="match.copies")
    return {
        "names": current.names(exhibit),
        "pixels": _short(pixels),
        "camera": {k: metadata[k] for k in CAMERA if metadata and metadata.get(k)},
        "metadata": _said(metadata),
        "time": time,
        "place": place,
        "texts": list(_texts(current, exhibit, pixels if kind == "video" else None)),
        "text_status": _text_status(current, exhibit),
        "frame_of": _frame_of(current, exhibit, held.derived_from),
        "groups": list(_groups(current, exhibit)),
        "first_seen": current.value("match.first_seen", exhibit, of="match.groups"),
        "not_compared": None if missing is None else missing["reason"],
        "todo": list(_todo(current, exhibit, kind, pixels)),
    }


def _short(pixels: Json | None) -> Json | None:
    """Return a value of media.image or media.video without hashes and frames."""
    if pixels is None:
        return None
    hidden = ("pdq", "pdq_without_edge", "pixels", "frames")
    return {key: item for key, item in pixels.items() if key not in hidden}


def _said(metadata: Json | None) -> Json | None:
    if metadata is None:
        return None
    kept = ("status", "reason", "carries", "problems", "disagreements", "description", "readers")
    return {key: metadata[key] for key in kept if key in metadata}


def _texts(current: Current, exhibit: str, video: Json | None) -> Iterator[Json]:
    where: list[tuple[str, int | None]] = [(exhibit, None)]
    if video is not None:
        where = [(frame["exhibit"], frame["t_ms"]) for frame in video.get("frames", ())]
    told: set[str] = set()
    for held, t_ms in where:
        value = current.value("media.text", held)
        digest = value.get("text") if value else None
        if digest and digest not in told and len(told) < MOST_TEXTS:
            told.add(digest)
            yield {"exhibit": digest, "t_ms": t_ms, "text": current.case.text(digest)[:LONGEST]}


def _text_status(current: Current, exhibit: str) -> Json | None:
    value = current.value("media.text", exhibit)
    kept = ("status", "reason", "engine", "langs", "missing")
    return None if value is None else {key: value[key] for key in kept if value.get(key)}


def _frame_of(current: Current, exhibit: str, video: str | None) -> Json | None:
    """Return the video and the time of a key frame."""
    value = current.value("media.video", video) if video else None
    for frame in (value or {}).get("frames", ()):
        if frame["exhibit"] == exhibit and video:
            return {"video": video, "names": current.names(video), "t_ms": frame["t_ms"]}
    return None


def _read_from(current: Current, text: str) -> Iterator[Json]:
    """Yield every picture and key frame in which the same text was read."""
    for picture in current.pictures.get(text, ()):
        held = current.view.exhibits.get(picture)
        frame = _frame_of(current, picture, held.derived_from if held else None)
        yield {"exhibit": picture, "names": current.names(picture), "frame_of": frame}


def _groups(current: Current, exhibit: str) -> Iterator[Json]:
    links: dict[str, Json] = {}
    for link in current.of_run("match.copies", "match.link"):
        if exhibit in link.subjects:
            a, b = link.subjects
            links[b if a == exhibit else a] = {"finding": link.id, **link.value}
    for group in current.of_run("match.groups", "match.group"):
        if exhibit not in group.value["members"]:
            continue
        yield {
            "id": group.subjects[0],
            "relation": group.value["relation"],
            "warnings": [WARNINGS[w["what"]].format(**w) for w in group.value["warnings"]],
            "others": [
                {"exhibit": member, "names": current.names(member), "link": links.get(member)}
                for member in [m for m in group.value["members"] if m != exhibit][:MOST_OTHERS]
            ],
            "others_more": max(len(group.value["members"]) - 1 - MOST_OTHERS, 0),
            "first_seen": current.value("match.first_seen", *group.subjects, of="match.groups"),
        }


def _todo(current: Current, exhibit: str, kind: str, pixels: Json | None) -> Iterator[str]:
    if pixels is None:
        yield "it was not looked at yet: firsthand analyse CASE"
        return
    if kind == "image" and current.value("media.text", exhibit) is None:
        yield "text in it was not looked for: firsthand analyse CASE --only media.text"
    if current.outdated("match.groups") or current.outdated("whenwhere.exhibits"):
        yield "copies and times, with what was added since: firsthand analyse CASE"
