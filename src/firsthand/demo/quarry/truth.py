"""What is true of the fictional event: everything that a room's answer is held against."""

from __future__ import annotations

from hashlib import sha256
from itertools import combinations

from firsthand.demo.quarry.event import Event, utc
from firsthand.demo.quarry.figures import SITTING, STANDING
from firsthand.demo.quarry.pages import Page
from firsthand.demo.quarry.photographs import Original
from firsthand.demo.quarry.scene import Quarry
from firsthand.demo.quarry.seen import Record
from firsthand.demo.quarry.stock import Stock
from firsthand.model.canonical import Json

FORMAT = "firsthand-quarry-truth-1"


def truth(
    event: Event,
    quarry: Quarry,
    stock: Stock,
    record: Record,
    stream: Json,
    cited: tuple[Page, Page],
) -> Json:
    """Return the whole truth as one JSON document; angles in degrees, lengths in metres."""
    files: dict[str, list[str]] = {}
    for seen in record.posts:
        for key, path in zip(seen.copies, seen.files, strict=True):
            if path not in files.setdefault(key, []):
                files[key].append(path)
    taken = sorted(original.t_ms for original in stock.originals.values())
    posted = min(seen.t_ms for seen in record.posts)
    return {
        "format": FORMAT,
        "seed": event.seed,
        "names": _names(event),
        "place": {
            "latitude": event.place.latitude,
            "longitude": event.place.longitude,
            "country": event.place.country,
            "utc_offset_min": event.place.offset_min,
        },
        "when": {
            "not_before": utc(event.takeover),
            "taken": [utc(taken[0]), utc(taken[-1])],
            "not_after": utc(posted),
        },
        "persons": _persons(event, quarry, stock),
        "originals": [
            _original(event, stock.originals[key], files[key]) for key in sorted(stock.originals)
        ],
        "copies": [
            {
                "key": copy.key,
                "files": files[copy.key],
                "sha256": copy.sha256,
                "kind": copy.kind,
                "from": copy.source,
                "of": list(copy.of),
                "reachable": copy.reachable,
                "params": copy.params,
            }
            for copy in stock.copies.values()
        ],
        "groups": [
            {"original": key, "linked": stock.linked(key), "showing": stock.showing(key)}
            for key in sorted(stock.originals)
        ],
        "same_scene": _same_scene(stock),
        "first_seen": {
            key: {
                "linked": record.first(stock.linked(key)),
                "showing": record.first(stock.showing(key)),
            }
            for key in sorted(stock.originals)
        },
        "spread": {key: record.spread(stock.linked(key)) for key in sorted(stock.originals)},
        "posts": [
            {
                "platform": seen.platform,
                "account": seen.account,
                "t": utc(seen.t_ms),
                "ref": seen.ref,
                "copies": list(seen.copies),
            }
            for seen in sorted(record.posts, key=lambda seen: (seen.t_ms, seen.platform, seen.ref))
        ],
        "reposts": len(record.reposts),
        "said": {
            "captives_claimed": event.claimed,
            "genuine": True,
            "doubted_by": event.names.official.latin,
            "cites": [{"page": cited[1].url, "cites": cited[0].url}],
        },
        "stream": stream,
    }


def _names(event: Event) -> Json:
    names = event.names
    return {
        "town": [names.town.latin, names.town.arabic],
        "province": [names.province.latin, names.province.arabic],
        "group": [names.group.latin, names.group.arabic],
        "spokesman": names.spokesman.latin,
        "official": names.official.latin,
        "office": names.office,
        "outlets": [names.first_outlet, names.second_outlet],
        "relay_channel": names.relay_channel,
        "tags": [names.tag, names.arabic_tag],
        "host": names.host,
    }


def _persons(event: Event, quarry: Quarry, stock: Stock) -> Json:
    """Count who was there, and who is seen by at least some pixels in each photograph."""
    return {
        "in_all": quarry.persons,
        "scenes": [
            {
                "moment": number,
                "t": utc(event.moments[number]),
                "standing": sorted(moment.posed(STANDING)),
                "sitting": sorted(moment.posed(SITTING)),
                "seen_in": {
                    original.key: {str(person): px for person, px in original.seen.items()}
                    for original in sorted(stock.originals.values(), key=lambda o: o.key)
                    if original.moment == number
                },
            }
            for number, moment in enumerate(quarry.moments)
        ],
    }


def _original(event: Event, original: Original, files: list[str]) -> Json:
    camera, sun = original.camera, original.sun
    latitude, longitude = event.place.at(*camera.position[:2])
    fix = original.fix
    return {
        "key": original.key,
        "files": files,
        "sha256": sha256(original.data).hexdigest(),
        "t": utc(original.t_ms),
        "moment": original.moment,
        "view": original.view,
        "device": {
            "make": original.device.make,
            "model": original.device.model,
            "clock_off_s": original.device.clock_off_s,
        },
        "exif_written": original.written,
        "camera": {
            "latitude": round(latitude, 7),
            "longitude": round(longitude, 7),
            "height": round(camera.position[2], 3),
            "yaw": round(camera.yaw % 360, 3),
            "pitch": round(camera.pitch, 3),
            "roll": round(camera.roll, 3),
            "focal35": camera.focal35,
            "size": [camera.width, camera.height],
        },
        "sun": {"azimuth": round(sun.azimuth, 3), "elevation": round(sun.elevation, 3)},
        "shadow": {"azimuth": round(sun.shadow_azimuth, 3), "ratio": round(sun.shadow_ratio, 4)},
        "gps": None
        if fix is None
        else {
            "latitude": round(fix.latitude, 7),
            "longitude": round(fix.longitude, 7),
            "t": utc(fix.t_ms),
            "stale": fix.stale,
        },
        "uprights": [
            {
                name: [round(each, 1) for each in getattr(upright, name)]
                for name in ("base", "top", "tip")
            }
            for upright in original.uprights
        ],
    }


def _same_scene(stock: Stock) -> Json:
    """Return all pairs of originals: one scene, but no pair of copies."""
    originals = [stock.originals[key] for key in sorted(stock.originals)]
    return [
        {
            "a": one.key,
            "b": other.key,
            "same_view": one.view == other.view,
            "same_moment": one.moment == other.moment,
        }
        for one, other in combinations(originals, 2)
    ]
