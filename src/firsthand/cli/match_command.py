"""``firsthand match``: which pictures and videos in folders are copies of one another."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import click

from firsthand.cli.shared import counted, emit, example, json_option, out, progress
from firsthand.model.canonical import Json
from firsthand.model.errors import NotFound, UsageError

MOST = 50
"""Groups and files that are printed; --json has all."""

TURNED = {
    "rotated_90": "turned a quarter to the left",
    "rotated_180": "turned by half",
    "rotated_270": "turned a quarter to the right",
    "upside_down": "flipped top to bottom",
    "mirrored": "mirrored",
    "transposed": "mirrored and turned a quarter to the left",
    "transposed_other": "mirrored and turned a quarter to the right",
}
"""What makes the first picture look like the second."""

KINDS = {
    "identical": "identical pixels",
    "burst": "shots of one view, moments apart",
    "same_scene": "shots of one scene",
    "shared_overlay": "different pictures with the same logo, banner or frame",
}
"""What a group is called that is none of copies."""


@click.command(epilog=example("firsthand match downloads --against archive"))
@click.argument("folders", metavar="FOLDER…", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--against",
    metavar="FOLDER",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Compare FOLDER… with this one only, not within each of the two.",
)
@click.option("--jobs", type=click.IntRange(1, 64), help="Threads; one for each core if not said.")
@click.option(
    "--model",
    metavar="MODEL",
    type=click.Path(path_type=Path),
    help="A model of yours (ONNX or TorchScript) that proposes further pairs.",
)
@click.option(
    "--sheets",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write a page for each group: pictures hidden until asked for, alignment to look at.",
)
@click.option("--scenes", is_flag=True, help="Tell how shots of one scene lie (in --json).")
@json_option
def match(
    folders: tuple[Path, ...],
    against: tuple[Path, ...],
    jobs: int | None,
    model: Path | None,
    sheets: Path | None,
    scenes: bool,
    as_json: bool,
) -> None:
    """Find copies and shots of one scene among pictures and videos. Nothing is changed.

    Finds equal pixels and copies, also cropped, mirrored, turned, framed, in screenshots and
    collages, with banners, or shown in a video; tells them from other shots of one scene, and from
    pictures that only share a logo or a frame. FOLDER may be a single file.
    """
    if not folders:
        raise UsageError("no folder was given", hint="firsthand match FOLDER")
    from firsthand.match.files import compare

    files, refused = _files(folders, against)
    with progress("files") as tick:
        found = compare(
            files,
            against=bool(against),
            tick=tick,
            jobs=jobs,
            model=model,
            sheets=sheets,
            scenes=scenes,
        )
    found["failed"] = sorted([*found["failed"], *refused], key=lambda each: each["path"])
    if as_json:
        emit(found)
        return
    _print(found)
    if sheets is not None:
        out()
        out(f"sheets:  {sheets / 'index.html'} (open it in a browser; nothing is shown unasked)")


def _files(folders: tuple[Path, ...], against: tuple[Path, ...]) -> tuple[list, list[Json]]:  # type: ignore[type-arg]
    """Return the files of both sides, each once, and what could not be taken in."""
    from firsthand.collect.folder import walk
    from firsthand.collect.items import shown_name
    from firsthand.collect.sniffing import media_type
    from firsthand.match.files import File

    files, refused, met = [], [], set()
    for side, roots in (("query", folders), ("base", against)):
        for root in roots:
            if not root.exists():
                raise NotFound(f"there is no {root}", hint="give folders with pictures or videos")
            for each in walk(root, str(root)):
                shown = shown_name(str(each.path))[0]
                if shown in met:
                    continue
                met.add(shown)
                reason = each.reason
                if reason is None:
                    try:
                        files.append(File(each.path, shown, media_type(each.path), side))
                    except OSError as error:
                        reason = error.strerror or str(error)
                if reason is not None:
                    refused.append({"path": shown, "status": "refused", "reason": reason})
    return files, refused


def _print(found: Json) -> None:
    kinds = Counter(item["kind"] for item in found["items"])
    films = {item["path"] for item in found["items"] if item["kind"] == "video"}
    read = " and ".join(counted(kinds[k], f"{k}s") for k in ("image", "video") if kinds[k])
    out(f"compared {read or 'nothing: no image or video was found'}")
    if found["other_files"]:
        out(f"left out {counted(found['other_files'], 'files')} of other kinds")
    for number, group in enumerate(found["groups"][:MOST], 1):
        inside = [link for link in found["links"] if link["a"] in group["members"]]
        out()
        out(f"group {number}: {_what(group, films)}")
        for member in group["members"]:
            out(f"  {member}{_how(member, group['members'][0], inside)}")
    if len(found["groups"]) > MOST:
        out(f"and {len(found['groups']) - MOST} more groups: see --json")
    if not found["groups"] and found["items"]:
        out("no copies found")
    _list("too plain to be compared (identical pixels alone were looked for)", found["withheld"])
    _list("could not be read", found["failed"])
    if found["groups"]:
        out()
        out("A copy shows one picture, or a part of it; what was drawn over it is not judged. Two")
        out("shots of one scene may be of different times. What is not linked may still be a copy.")


def _what(group: Json, films: set[str]) -> str:
    if films.issuperset(group["members"]):
        return "videos that share pictures"
    if group["relation"] in KINDS:
        return KINDS[group["relation"]]
    shown = films.intersection(group["members"])
    return "one picture, and videos that show it" if shown else "copies of one picture"


def _how(member: str, first: str, links: list[Json]) -> str:
    """Return how a member is linked to the first of its group, when it is so directly."""
    for link in links:
        if {link["a"], link["b"]} == {member, first} and member != first:
            parts = [link["relation"].replace("_", " ")]
            if link["relation"] != "identical":
                parts += _measured(link["evidence"])
            if link["transform"] in TURNED and link["relation"] in ("identical", "copy"):
                parts.append(TURNED[link["transform"]])
            own, other = ("time_b", "time_a") if link["b"] == member else ("time_a", "time_b")
            time = link.get(own) or link.get(other)
            if time:
                parts.append(f"at {time[0]:g} to {time[1]:g} s")
            return f"  ({', '.join(parts)})"
    return ""


def _measured(evidence: Json) -> list[str]:
    """Return what a link rests on, in few words."""
    if "keypoints" in evidence:
        return [
            f"{evidence['keypoints']} keypoints agree",
            f"{evidence['blocks_agree_permille'] / 10:.0f} % of what both show is the same",
        ]
    if evidence["distance_bits"] is None:
        return [f"{counted(evidence.get('frame_pairs', 0), 'moments')} agree"]
    return [f"{evidence['distance_bits']} of 256 bits differ"]


def _list(title: str, rows: list[Json]) -> None:
    if not rows:
        return
    out()
    out(f"{title}:")
    for row in rows[:MOST]:
        out(f"  {row['path']}: {row['reason']}")
    if len(rows) > MOST:
        out(f"  and {len(rows) - MOST} more: see --json")
