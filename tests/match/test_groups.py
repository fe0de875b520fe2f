"""Groups, first sightings and spread; expected values were worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from zlib import crc32

from firsthand.match import copies, groups
from firsthand.match.thin import KEPT_NEAREST
from firsthand.model.canonical import dumps
from firsthand.model.nouns import Link, Sighting, Written, finding_key
from firsthand.model.values import Digest, Interval
from firsthand.run import Inputs, Settled
from firsthand.words.dates import written_time

from .test_links import code, flipped

HOUR = 3_600_000


def digest(name: str) -> Digest:
    return Digest("sha256:" + name.encode().hex().rjust(64, "0"))


def settled(kind: str, subjects: tuple[str, ...], value: Any) -> Settled:
    key = finding_key(kind, subjects)
    return Settled("finding:" + key.removeprefix("key:"), key, kind, subjects, value)


def image(name: str, data: bytes, quality: int = 100, pixels: str | None = None) -> Settled:
    turned = [code(crc32(f"{name} {turn}".encode())) for turn in range(1, 8)]
    value = {
        "status": "decoded",
        "pixels": pixels or name,
        "pdq": [each.hex() for each in (data, *turned)],
        "pdq_quality": quality,
        "width": 100,
        "height": 80 if name == "a" else 60,
    }
    return settled("media.image", (digest(name),), value)


def seen(
    name: str,
    when: str | None,
    *exhibits: str,
    platform: str = "x",
    account: str | None = "u",
    rel: str | None = None,
) -> Sighting:
    published = None if when is None else written_time(when)
    return Sighting(
        id=f"sighting:{name}",
        platform=platform,
        ref=name,
        account=account,
        published=published,
        exhibits=tuple(digest(each) for each in exhibits),
        links=(Link(rel=rel, target="t"),) if rel else (),
    )


def run(
    images: list[Settled], sightings: list[Sighting], reject: set[tuple[str, str]] | None = None
) -> dict[tuple[str, str], Any]:
    """Run both methods, the second without the rejected links; values by kind and subject."""
    held = Inputs(unit="", findings=tuple(images), sightings=tuple(sightings))
    made = list(copies.function(held, 40, 50, 4, 1))
    links = [settled(o.kind, o.subjects, o.value) for o in made]
    gone = {tuple(sorted(digest(n) for n in pair)) for pair in reject or ()}
    kept = [link for link in links if link.subjects not in gone]
    inputs = Inputs(unit="", findings=(*images, *kept), sightings=tuple(sightings))
    found = [*made, *groups.function(inputs)]
    for output in found:
        dumps(output.value)  # refuses floats
    return {(o.kind, " ".join(o.subjects)): o.value for o in found}


BASE = code(1)
IMAGES = [
    image("a", BASE),
    image("b", flipped(BASE, 20)),
    image("c", flipped(flipped(BASE, 20), 15, 3)),
    image("z", code(9)),
]


def group_of(name: str) -> str:
    return "group:" + digest(name).removeprefix("sha256:")


def test_a_group_is_named_by_what_was_seen_first() -> None:
    sightings = [
        seen("1", "2024-05-03T10:00Z", "a"),
        seen("2", "2024-05-02T10:00Z", "b", platform="telegram", account="channel"),
        seen("3", "2024-05-04T10:00Z", "c", "a", rel="repost"),
        seen("4", None, "c", platform="file", account=None),
        seen("5", "2024-05-01", "z"),
    ]
    found = run(IMAGES, sightings)
    (name,) = {key[1] for key in found if key[0] == "match.group"}
    assert name == group_of("b")
    value = found[("match.group", name)]
    assert value["members"] == [digest("a"), digest("b"), digest("c")]
    assert value["relation"] == "copy" and value["warnings"] == []
    first = found[("match.first_seen", name)]
    assert (first["earliest"], first["platform"], first["account"]) == (
        "sighting:2",
        "telegram",
        "channel",
    )
    # 2 May 2024 10:00 UTC, a time to the minute.
    start = 1714644000000
    assert first["not_seen_earlier_than"] == {"earliest_ms": start, "latest_ms": start + 60_000}
    assert first["possible"] == [] and first["undated"] == 1
    assert first["searched"] == {
        "platforms": {"file": 1, "telegram": 1, "x": 3},
        "sightings": 5,
        "undated": 1,
    }
    assert found[("match.first_seen", digest("c"))]["earliest"] == "sighting:3"
    assert found[("match.first_seen", digest("z"))]["earliest"] == "sighting:5"


def test_a_later_copy_does_not_rename_a_group() -> None:
    early = [seen("1", "2024-05-02", "b"), seen("2", "2024-05-03", "c")]
    late = [*early, seen("3", "2024-05-09", "a")]
    for sightings in (early, late, late[::-1]):
        found = run(IMAGES, sightings)
        assert [key[1] for key in found if key[0] == "match.group"] == [group_of("b")]


def test_what_the_view_does_not_carry_is_in_no_group() -> None:
    found = run(IMAGES, [seen("1", "2024-05-02", "b"), seen("2", "2024-05-03", "z")])
    assert not [key for key in found if key[0] == "match.group"]
    assert ("match.first_seen", digest("a")) not in found


def test_spread_is_in_order_of_first_times_and_counts_reposts() -> None:
    sightings = [
        seen("1", "2024-05-02T10:00Z", "a", platform="site", account=None),
        seen("2", "2024-05-02T12:00Z", "b", account="late"),
        seen("3", "2024-05-02T11:00Z", "b", account="early"),
        seen("4", "2024-05-02T13:00Z", "c", account="early", rel="repost"),
        seen("5", None, "c", platform="forum", account="who"),
    ]
    value = run(IMAGES, sightings)[("match.spread", group_of("a"))]
    assert (value["sightings"], value["dated"], value["reposts"], value["exhibits"]) == (5, 4, 1, 3)
    assert [p["platform"] for p in value["platforms"]] == ["site", "x", "forum"]
    assert [p["accounts"] for p in value["platforms"]] == [0, 2, 1]
    assert [a["account"] for a in value["accounts"]] == ["early", "late", "who"]
    early = value["accounts"][0]
    assert (early["sightings"], early["reposts"]) == (2, 1)
    assert early["first"]["sighting"] == "sighting:3" and early["last"]["sighting"] == "sighting:4"
    assert value["platforms"][2]["first"] is None


def test_overlapping_times_are_ties_and_widen_the_first_interval() -> None:
    sightings = [
        seen("day", "2024-05-02", "a"),
        seen("minute", "2024-05-02T10:00Z", "b"),
        seen("month", "2024-05", "c"),
        seen("after", "2024-05-02T10:01Z", "c"),
    ]
    first = run(IMAGES, sightings)[("match.first_seen", group_of("b"))]
    assert first["earliest"] == "sighting:minute"  # surely published by 10:01, the others by 24:00
    assert first["possible"] == ["sighting:day", "sighting:month"]
    assert first["not_seen_earlier_than"]["earliest_ms"] == 1714521600000  # 1 May 2024


def captured(name: str, when: str, *exhibits: str, platform: str = "web") -> Sighting:
    """Return a sighting that says only that something was there by a time."""
    found = seen(name, when, *exhibits, platform=platform)
    assert found.published is not None
    bounds = Interval(None, found.published.bounds.end_ms)
    return replace(found, published=replace(found.published, bounds=bounds))


def test_a_later_capture_could_be_earlier_and_is_never_silently_the_first() -> None:
    sightings = [
        seen("post", "2024-05-02T10:00Z", "b"),
        captured("page", "2024-05-09T10:00Z", "a"),
        seen("late", "2024-05-03", "c"),
    ]
    found = run(IMAGES, sightings)
    first = found[("match.first_seen", group_of("b"))]
    assert first["earliest"] == "sighting:post" and first["possible"] == ["sighting:page"]
    # 2 May 2024 10:01 UTC bounds it from above; nothing does from below.
    latest = 1714644060000
    assert first["not_seen_earlier_than"] == {"earliest_ms": None, "latest_ms": latest}
    assert first["unbounded"] == 1 and first["undated"] == 0
    alone = found[("match.first_seen", digest("c"))]
    assert alone["unbounded"] == 0 and alone["not_seen_earlier_than"]["earliest_ms"] is not None


def test_an_earlier_capture_is_the_first_and_says_that_it_has_no_lower_bound() -> None:
    sightings = [seen("post", "2024-05-02T10:00Z", "b"), captured("page", "2024-05-01", "a")]
    first = run(IMAGES, sightings)[("match.first_seen", group_of("a"))]
    assert (first["earliest"], first["possible"]) == ("sighting:page", [])
    assert first["not_seen_earlier_than"] == {"earliest_ms": None, "latest_ms": 1714608000000}
    assert first["unbounded"] == 1


def test_of_two_that_were_there_by_one_time_the_bounded_one_is_named() -> None:
    sightings = [captured("a page", "2024-05-02", "a"), seen("post", "2024-05-02", "b")]
    first = run(IMAGES, sightings)[("match.first_seen", group_of("b"))]
    assert (first["earliest"], first["possible"]) == ("sighting:post", ["sighting:a page"])


def test_spread_with_captures_has_no_last_that_nobody_knows() -> None:
    sightings = [
        seen("post", "2024-05-02T10:00Z", "b"),
        captured("same", "2024-05-09", "c", platform="x"),
        captured("one", "2024-05-04", "a"),
        captured("two", "2024-05-05", "a"),
    ]
    value = run(IMAGES, sightings)[("match.spread", group_of("b"))]
    assert (value["sightings"], value["dated"]) == (4, 4)
    x, web = value["platforms"]
    assert (x["first"]["sighting"], x["last"]["sighting"]) == ("sighting:post", "sighting:post")
    assert (web["first"]["sighting"], web["last"]["sighting"]) == ("sighting:one", "sighting:two")
    assert web["first"]["earliest_ms"] is None


def test_a_rejected_link_no_longer_holds_a_group_together() -> None:
    sightings = [seen(name, f"2024-05-0{n}", name) for n, name in enumerate("abc", 1)]
    far = [
        image("a", BASE),
        image("b", flipped(BASE, 30)),
        image("c", flipped(flipped(BASE, 30), 30, 5)),
    ]
    whole = run(far, sightings)
    links = [key for key in whole if key[0] == "match.link"]
    assert len(links) == 2  # a and c are more than 40 apart
    value = whole[("match.group", group_of("a"))]
    assert len(value["holding"]) == 2  # either link is the only hold of one side
    parted = run(far, sightings, reject={("b", "c")})
    assert parted[("match.group", group_of("a"))]["members"] == [digest("a"), digest("b")]
    assert ("match.spread", digest("c")) in parted


def test_a_chain_is_warned_of() -> None:
    steps = [BASE]
    for turn in range(4):
        steps.append(
            bytes(
                b ^ (0xFF if 4 * turn <= at < 4 * turn + 4 else 0) for at, b in enumerate(steps[-1])
            )
        )
    chain = [image(name, data) for name, data in zip("abcde", steps, strict=True)]
    sightings = [seen(name, "2024-05-01", name) for name in "abcde"]
    value = run(chain, sightings)[("match.group", group_of("a"))]
    # Four steps of 32 bits each, on different bits: the ends are 128 apart.
    assert value["widest_bits"] > 80 and value["warnings"][0]["what"] == "chain"


def test_a_link_records_integers_and_decides_no_direction() -> None:
    found = run(IMAGES, [seen("1", None, "a", "b", "c", "z")])
    value = found[("match.link", f"{digest('a')} {digest('b')}")]
    assert value["distance_bits"] == 20 and value["derived"] == "undetermined"
    assert value["hints"] == [{"what": "larger", "exhibit": digest("a"), "pixels": [8000, 6000]}]
    assert value["evidence"]["size_px"] == [[100, 80], [100, 60]]


def test_an_undated_group_has_no_first_sighting() -> None:
    undated = [seen("1", None, "a"), seen("2", None, "b")]
    first = run(IMAGES, undated)[("match.first_seen", group_of("a"))]
    assert first["earliest"] is None and first["not_seen_earlier_than"] is None
    assert first["undated"] == 2
    open_end = Written(text="after May", bounds=Interval(0, None))
    later = Sighting(
        id="sighting:o", platform="x", ref="o", published=open_end, exhibits=(digest("a"),)
    )
    assert run(IMAGES, [later])[("match.first_seen", digest("a"))]["earliest"] is None


def test_links_of_later_copies_take_no_early_one_away() -> None:
    """Of very many links some are left out; as of a day, only what was there by then counts."""
    other = flipped(BASE, 20)
    # Each of the two has so many nearer copies that the link between them is left out.
    later = {f"p{n}": flipped(BASE, 2, 40 + 4 * n) for n in range(KEPT_NEAREST)}
    later |= {f"q{n}": flipped(other, 2, 40 + 4 * n) for n in range(KEPT_NEAREST)}
    later["between"] = flipped(BASE, 10)
    pictures = [image("a", BASE), image("b", other), *(image(n, c) for n, c in later.items())]
    early = [seen("1", "2024-05-01T10:00Z", "a"), seen("2", "2024-05-02T10:00Z", "b")]
    late = [seen(f"s{n}", "2024-06-01T10:00Z", n) for n in later]
    pair = ("match.link", f"{digest('a')} {digest('b')}")
    assert pair not in run(pictures, early + late)
    then = run(pictures, early)
    assert pair in then
    assert then[("match.group", group_of("a"))]["members"] == [digest("a"), digest("b")]
    known = {name for kind, names in then for name in names.split() if kind.startswith("match.")}
    assert known == {digest("a"), digest("b"), group_of("a")}
