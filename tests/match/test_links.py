"""Links from made-up fingerprints; every expected link follows from how the codes were made."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import combinations
from zlib import crc32

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from firsthand.match.links import link_all
from firsthand.match.near import TRANSFORMS, near_pairs, widest
from firsthand.match.prints import Print, of_findings, of_image, spans
from firsthand.match.thin import components, thin
from firsthand.media.pdq import Sampler, fingerprints, pdq, quality, without_edge


def code(seed: int) -> bytes:
    return random.Random(seed).randbytes(32)


def flipped(data: bytes, bits: int, seed: int = 0) -> bytes:
    number = int.from_bytes(data, "big")
    for place in random.Random(seed).sample(range(256), bits):
        number ^= 1 << place
    return number.to_bytes(32, "big")


def picture(
    name: str,
    data: bytes,
    *,
    quality: int = 100,
    pixels: str | None = None,
    at: tuple[int, int] | None = None,
) -> Print:
    """Return a print whose turned codes are near nothing else."""
    turned = tuple(code(crc32(data + bytes([turn]))) for turn in range(1, 8))
    start, end = at or (None, None)
    return Print(name, pixels or f"{name}{at}", (data, *turned), quality, 640, 480, start, end)


def test_near_codes_are_linked_and_far_ones_are_not() -> None:
    base = code(1)
    prints = [
        picture("a", base),
        picture("b", flipped(base, 40)),
        picture("c", flipped(base, 41, 7)),
        picture("d", code(2)),
    ]
    found = link_all(prints, radius=40)
    pairs = {(link.a, link.b): link.bits for link in found.links}
    assert pairs[("a", "b")] == 40
    assert ("a", "c") not in pairs and not any("d" in pair for pair in pairs)


def test_what_pdq_is_less_sure_of_needs_a_second_hash() -> None:
    base, rest = code(1), (code(2),) * 7

    def marked(name: str, bits: int, edge: bytes) -> Print:
        made = picture(name, flipped(base, bits))
        return replace(made, top=(edge, *rest), bottom=(code(crc32(name.encode())), *rest))

    edge = code(3)
    prints = [
        marked("a", 0, edge),
        marked("b", 44, flipped(edge, 50)),
        marked("c", 44, flipped(edge, 54)),
        marked("d", 60, flipped(edge, 30)),
        marked("e", 60, flipped(edge, 38, 9)),
    ]
    found = {(x.a, x.b): (x.bits, x.seen_by) for x in link_all(prints).links if x.a == "a"}
    # b: both agree; c: only PDQ, and not surely; d: a banner hides it from PDQ; e: from both.
    assert found == {("a", "b"): (44, "pdq"), ("a", "d"): (30, "pdq without top edge")}


def test_a_black_frame_with_a_ticker_is_linked_by_its_pixels_only() -> None:
    def frame(words: bytes) -> dict[str, object]:
        """Return what the reader tells of a black picture with marks along its lower edge."""
        plane = np.full((480, 640), 6, np.uint8)
        plane[-40:] = (
            np.random.default_rng(list(words)).integers(0, 2, (40, 16)).repeat(40, 1) * 250
        )
        sampler = Sampler(640, 480)
        sampler.take(plane)
        samples = sampler.samples()
        return {
            "status": "decoded",
            "width": 640,
            "height": 480,
            "pixels": f"sha256:{words.hex()}",
            "pdq": fingerprints(samples),
            "pdq_quality": quality(samples),
            "pdq_without_edge": without_edge(samples),
        }

    shown = frame(b"one event")
    assert shown["pdq_quality"] >= 50  # enough, were it not all along one edge
    prints = [of_image("a", shown), of_image("b", frame(b"another")), of_image("c", shown)]
    linked = link_all([each for each in prints if each], radius=128)
    assert [(x.a, x.b, x.relation) for x in linked.links] == [("a", "c", "identical")]
    assert "upper or lower edge" in linked.withheld["b"]["reason"]


def test_a_plain_picture_is_linked_to_identical_pixels_only() -> None:
    base = code(1)
    prints = [
        picture("a", base, quality=49),
        picture("b", base, quality=100),
        picture("c", base, quality=49, pixels="same"),
        picture("d", base, quality=49, pixels="same"),
    ]
    found = link_all(prints)
    assert [(link.a, link.b, link.relation) for link in found.links] == [("c", "d", "identical")]
    assert found.withheld.keys() == {"a", "c", "d"}
    assert "quality 49 is below 50" in found.withheld["a"]["reason"]
    assert found.withheld["a"]["linked"] is False and found.withheld["c"]["linked"] is True


def test_a_photograph_is_found_in_a_video_with_its_time() -> None:
    still, other = code(1), code(2)
    prints = [
        picture("photo", flipped(still, 10)),
        picture("video", other, at=(0, 1000)),
        picture("video", still, at=(1000, 2000)),
        picture("video", flipped(still, 5), at=(2000, 2600)),
        picture("clip", flipped(other, 3), at=(0, 500)),
    ]
    links = {(link.a, link.b): link for link in link_all(prints).links}
    assert links.keys() == {("photo", "video"), ("clip", "video")}
    link = links[("photo", "video")]
    assert (link.time_a, link.time_b, link.frames) == (None, (1000, 2600), 2)
    assert (links[("clip", "video")].time_a, links[("clip", "video")].time_b) == (
        (0, 500),
        (0, 1000),
    )


def test_black_frames_link_no_videos() -> None:
    black = code(1)
    prints = [picture(name, black, quality=0, pixels="black", at=(0, 1000)) for name in ("v", "w")]
    found = link_all(prints)
    assert found.links == [] and found.withheld.keys() == {"v", "w"}


def test_the_symmetry_that_was_found_is_named_from_a_to_b() -> None:
    # A picture without any symmetry of its own, turned with numpy: the names are checked, not ours.
    import numpy as np

    rng = np.random.default_rng(5)
    plane = np.kron(rng.integers(0, 256, (9, 7)), np.ones((29, 37))).astype(np.uint8)
    made = {
        "rotated_90": np.rot90(plane, 1),
        "rotated_270": np.rot90(plane, 3),
        "rotated_180": np.rot90(plane, 2),
        "mirrored": plane[:, ::-1],
        "upside_down": plane[::-1],
        "transposed": plane.T,
    }
    first = tuple(bytes.fromhex(text) for text in pdq(plane)[0])
    for name, turned in made.items():
        other = tuple(bytes.fromhex(text) for text in pdq(np.ascontiguousarray(turned))[0])
        (near,) = near_pairs([first, other], 40)
        assert TRANSFORMS[near.transform] == name
        (back,) = near_pairs([other, first], 40)
        undone = {"rotated_90": "rotated_270", "rotated_270": "rotated_90"}.get(name, name)
        assert TRANSFORMS[back.transform] == undone


@given(
    st.lists(st.integers(0, 60), min_size=2, max_size=12),
    st.integers(0, 40),
    st.integers(0, 7),
)
def test_near_pairs_is_a_full_scan(seeds: list[int], radius: int, turn: int) -> None:
    # Clustered on purpose: codes are one code with some bits changed, seen under some symmetry.
    rows = []
    for number, bits in enumerate(seeds):
        row = [code(1000 * number + k) for k in range(8)]
        row[turn if number % 2 else 0] = flipped(code(7), bits, number)
        rows.append(row)

    def between(a: int, b: int) -> int:
        sides = [(one, rows[b][0]) for one in rows[a]] + [(one, rows[a][0]) for one in rows[b]]
        return min(
            (int.from_bytes(x, "big") ^ int.from_bytes(y, "big")).bit_count() for x, y in sides
        )

    wanted = {
        (a, b): d for a, b in combinations(range(len(rows)), 2) if (d := between(a, b)) <= radius
    }
    assert {(n.a, n.b): n.bits for n in near_pairs(rows, radius)} == wanted


def test_widest_is_the_largest_best_distance() -> None:
    base = code(3)
    codes = [[flipped(base, bits, 1)] + [code(k) for k in range(7)] for bits in (0, 9, 30)]
    assert widest(codes[:1]) is None
    assert widest(codes) == 30


def test_thinning_keeps_what_was_connected() -> None:
    base = code(1)
    prints = [picture(f"p{n:03}", flipped(base, n % 16, n)) for n in range(120)]
    found = link_all(prints, radius=40)
    assert found.found > len(found.links) > 119
    assert len(components(found.links)) == 1
    near = {link.a for link in found.links} | {link.b for link in found.links}
    assert len(near) == 120
    few = found.links[:20]
    assert thin(few) == few


def test_many_identical_files_are_one_group_without_a_link_for_each_pair() -> None:
    prints = [picture(f"p{n:03}", code(1), pixels="same") for n in range(200)]
    found = link_all(prints)
    assert len(found.links) == 199
    assert [len(each) for each in components(found.links)] == [200]
    assert {link.relation for link in found.links} == {"identical"}


def test_prints_from_findings() -> None:
    hashes = [code(n).hex() for n in range(8)]
    good = {"status": "decoded", "pixels": "x", "pdq": hashes, "pdq_quality": 90, "width": 4}
    images = {
        "photo": good,
        "frame": good,
        "broken": {"status": "failed", "reason": "truncated"},
        "odd": good | {"pdq": [*hashes[:7], "no hash"]},
    }
    videos = {
        "video": {"status": "read", "frames": [{"t_ms": 0, "exhibit": "frame"}]},
        "empty": {"status": "failed", "reason": "no streams"},
    }
    found, missing = of_findings(images, videos)
    assert [(p.owner, p.start_ms, len(p.codes)) for p in found] == [
        ("video", 0, 8),
        ("odd", None, 0),
        ("photo", None, 8),
    ]
    assert missing == {
        "broken": {"status": "failed", "reason": "truncated"},
        "empty": {"status": "failed", "reason": "no streams"},
    }
    assert of_image("x", None) is None
    assert [(s, e) for _, s, e in spans([{"t_ms": 500}, {"t_ms": 0}], 1200)] == [
        (0, 500),
        (500, 1200),
    ]
