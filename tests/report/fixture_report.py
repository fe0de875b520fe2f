"""A report in the shape of docs/report-format.md, from the public record, in our own words.

The state of knowledge is that of 28 June 2014. "Quotes" are notes in our own words, not the
words of the pages; accounts are invented. `build(hostile=True)` adds what an adversary might
put into a case.
"""

from __future__ import annotations

import hashlib
from typing import Any

Json = dict[str, Any]

LONG_WORD = "ab" * 400
HOSTILE = {
    "markup": "<script>document.title='owned'</script>"
    "<img src=x onerror=\"document.title='owned'\">",
    "bidi": "photo\u202egpj.exe",
    "isolate": "left\u2066open",
    "null": "zero\x00byte \x1b[31m",
    "quote": "\"><svg onload=alert(1)> ' onclick='x",
    "template": "{{ 7*7 }}{% raw %}",
    "address": "javascript:document.title='owned'//",
    "marks": "z" + "\u0301" * 60,
    "blank": "\u3164",
}


def digest(text: str) -> str:
    return "sha256:" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def name_of(kind: str, text: str) -> str:
    return f"{kind}:" + digest(text).removeprefix("sha256:")


def day(first: str, after: str, text: str | None = None) -> Json:
    return {
        "text": text or first,
        "earliest": f"{first}T00:00:00Z",
        "latest": f"{after}T00:00:00Z",
    }


ACTORS = {
    # id: name, type, party, aliases, part_of
    "group": ("The armed group", "group", True, ["حساب المجموعة (اسم مستعار)"], None),
    "hrw": ("Human Rights Watch", "office", False, ["HRW", "هيومن رايتس ووتش"], None),
    "ohchr": ("Office of the UN High Commissioner for Human Rights", "office", False, [], None),
    "army": ("Iraqi army, military spokesman", "office", True, ["al-Moussawi"], None),
    "minister": ("Minister for human rights of Iraq", "person", True, ["محمد شياع السوداني"], None),
    "evers": ("Erin Evers, researcher", "person", False, [], "hrw"),
    "nyt": ("The New York Times", "outlet", False, [], None),
    "scmp": ("South China Morning Post", "outlet", False, [], None),
    "nzherald": ("The New Zealand Herald", "outlet", False, [], None),
    "albawaba": ("Al Bawaba", "outlet", False, ["البوابة"], None),
    "foreignpolicy": ("Foreign Policy", "outlet", False, [], None),
    "eaworldview": ("EA WorldView", "outlet", False, [], None),
    "jurist": ("JURIST", "outlet", False, [], None),
}
INTEREST = {"group": "says itself that it killed them", "army": "one side of the conflict"}

SOURCES = {
    # id: title, published, platform, url
    "s04": ("Claim of 1,700 on a Twitter feed", day("2014-06-15", "2014-06-16"), "website", None),
    "s06": (
        "Photographs show killing of captured soldiers",
        day("2014-06-16", "2014-06-17", "16 June, 2014"),
        "website",
        "http://www.scmp.com/news/world/article/1533520/jihadist-militants-release-photographs",
    ),
    "s10": (
        "General says photographs appear genuine",
        day("2014-06-16", "2014-06-19", "about 17 June 2014"),
        "website",
        "https://www.nzherald.co.nz/world/general-says-isis-photos-appear-genuine/",
    ),
    "s09": ("Statement of the High Commissioner", day("2014-06-16", "2014-06-17"), "website", None),
    "s12": (
        "Execution site located",
        day("2014-06-26", "2014-06-27"),
        "website",
        "http://mm.hrw.org/content/iraq-isis-execution-site-located",
    ),
    "s11": (
        "موقع الإعدام: executions located",
        day("2014-06-27", "2014-06-28"),
        "website",
        "https://www.albawaba.com/news/isis-executions-586484",
    ),
    "s13": ("Site located in two weeks", day("2014-06-27", "2014-06-28"), "website", None),
    "s14": ("Mass execution site in Tikrit", day("2014-06-27", "2014-06-28"), "website", None),
    "s18": ("HRW reports mass executions", day("2014-06-27", "2014-06-28"), "website", None),
}

CLAIMS = [
    # label, source, question, value, text, polarity, hedge, chain, quote, basis, links
    ("c01", "s04", "count", {"min": 1700, "max": 1700, "kind": "killed"}, "1,700 killed",
     "asserts", "asserted", ["nyt", "group"],
     "A feed that the group used before claims that 1,700 were executed.", "claim", []),
    ("c02", "s04", "authenticity", {"genuine": None}, "not established",
     "open", "open", ["nyt", "evers"],
     "A researcher of Human Rights Watch is trying to verify the pictures and is not convinced.",
     "analysis", []),
    ("c03", "s10", "authenticity", {"genuine": True}, "genuine",
     "asserts", "asserted", ["nzherald", "army"],
     "The spokesman calls the pictures authentic; the same men recur before and after.",
     "analysis", []),
    ("c04", "s06", "provenance", {"first_publisher": "a militant website"},
     "first published by a militant website", "asserts", "asserted", ["scmp"],
     "Posted on a militant website, on Twitter and on other sites.", "report", []),
    ("c05", "s06", "victim_status", {"status": "civilian_clothes"}, "civilian clothes",
     "asserts", "asserted", ["scmp"],
     "Most captives wear civilian clothes, some with uniforms underneath.", "analysis", []),
    ("c06", "s10", "where", {"place": "Tikrit", "level": "place"}, "Tikrit (place)",
     "asserts", "asserted", ["nzherald", "army"],
     "One picture shows a government office in Tikrit.", "analysis", []),
    ("c07", "s12", "count", {"min": 160, "max": 190, "kind": "killed"}, "160-190 killed",
     "asserts", "asserted", ["hrw"],
     "Between 160 and 190 men were killed in at least two locations between 11 and 14 June.",
     "analysis", []),
    ("c08", "s12", "when", {"edtf": "2014-06-11/2014-06-14"}, "2014-06-11 to 2014-06-14",
     "asserts", "asserted", ["hrw"],
     "Killed between 11 and 14 June, after the city was seized on 11 June.", "analysis", []),
    ("c09", "s11", "count", {"min": 160, "max": 190, "kind": "killed"}, "160-190 killed",
     "asserts", "asserted", ["albawaba", "hrw"],
     "قتل ما بين 160 و190 رجلاً في موقعين على الأقل، بحسب هيومن رايتس ووتش.", "relay", ["c07"]),
    ("c10", "s13", "count", {"min": 150, "max": 150, "kind": "pictured"}, "150 pictured",
     "asserts", "probable", ["foreignpolicy", "hrw"],
     "About 150 are visible; the group claims 1,700.", "relay", ["c07"]),
    ("c11", "s14", "count", {"min": 160, "max": 190, "kind": "killed"}, "160-190 killed",
     "asserts", "asserted", ["eaworldview", "hrw"],
     "Human Rights Watch counts 160 to 190.", "relay", ["c07"]),
    ("c12", "s18", "count", {"min": 160, "max": None, "kind": "killed"}, "at least 160 killed",
     "asserts", "asserted", ["jurist", "hrw"],
     "More than 160 were killed, says Human Rights Watch.", "relay", ["c07"]),
    ("c13", "s14", "count", {"min": 175, "max": 175, "kind": "killed"}, "175 killed",
     "asserts", "confirmed", ["eaworldview", "minister"],
     "The minister confirmed on 22 June that 175 air force recruits were executed.", "claim", []),
    ("c14", "s11", "provenance", {"platform": "twitter"}, "Twitter, role: first",
     "asserts", "asserted", ["albawaba", "hrw"],
     "About 60 photographs were posted on the group's Twitter feed on 14 June.", "report", []),
    ("c15", "s09", "act", {"act": "mass_execution"}, "mass execution",
     "asserts", "confirmed", ["ohchr"],
     "Hundreds of men who took no part in fighting were summarily executed over five days.",
     "report", []),
    ("c16", "s06", "where", {"place": "Salah ad-Din", "level": "admin1"}, "Salah ad-Din (admin1)",
     "asserts", "probable", ["scmp"],
     "Believed to have been taken in Salaheddin province (صلاح الدين).", "report", []),
]  # fmt: skip


def _claims() -> list[Json]:
    found = []
    for at, row in enumerate(CLAIMS):
        label, source, question, value, text, polarity, hedge, chain, quote, basis, cites = row
        found.append(
            {
                "id": claim(label),
                "label": label,
                "question": question,
                "event": "killings",
                "value": value,
                "text": text,
                "polarity": polarity,
                "hedge": hedge,
                "cue": None,
                "attribution": "own_voice" if len(chain) == 1 else "indirect",
                "source_chain": chain,
                "exhibit": digest(f"text {source}"),
                "span": [120, 120 + len(quote)],
                "quote": quote,
                "basis": basis,
                "importance": "core",
                "sighting": name_of("sighting", source),
                "published": SOURCES[source][1],
                "links": [
                    {"rel": "cites", "claim": claim(other), "why": "names it as the source"}
                    for other in cites
                ],
                "entry": 40 + at,
                "status": "accepted" if label == "c07" else "as_entered",
            }
        )
    return found


def claim(label: str) -> str:
    return name_of("claim", label)


def claims(*labels: str) -> list[str]:
    return [claim(label) for label in labels]


def question(answer: str, status: str, **fields: Any) -> Json:
    return {
        "answer": answer,
        "status": status,
        "estimate": None,
        "positions": [],
        "contradictions": [],
        "roots": {},
        "independent": [0, 0],
        "flags": [],
        "not_checked": [],
        "support": [],
        **fields,
    }


def position(label: str, by: str, roots: list[str] | None = None, *more: str) -> Json:
    row = next(c for c in CLAIMS if c[0] == label)
    return {
        "value": row[3],
        "text": row[4],
        "polarity": row[5],
        "hedge": row[6],
        "by": [by],
        "claims": claims(label, *more),
        "roots": roots or [by],
        "question": row[2],
    }


def _questions() -> Json:
    return {
        "what": question(
            "Mass execution, asserted as confirmed by the UN human rights office.",
            "answered",
            positions=[position("c15", "ohchr")],
            roots={"ohchr": claims("c15")},
            independent=[1, 1],
            support=claims("c15"),
            not_checked=["legal elements are not related to the claims yet"],
        ),
        "when": question(
            "Not before 11 June 2014, not after 14 June 2014.",
            "answered",
            estimate={
                "kind": "time",
                "method": "whenwhere.bounds",
                "level": "bounds, not a probability",
                "assumptions": [
                    "posts marked as showing the event show it",
                    "a date without a time is that UTC day",
                ],
                "bounds": {
                    "not_before": "2014-06-11T00:00:00Z",
                    "not_after": "2014-06-15T00:00:00Z",
                    "from": claims("c08", "c14"),
                },
            },
            positions=[position("c08", "hrw")],
            roots={"hrw": claims("c08")},
            independent=[1, 1],
            support=claims("c08", "c14"),
            not_checked=["sun, shadow and camera clocks were not used"],
        ),
        "where": question(
            "Tikrit, per the military spokesman. Salah ad-Din, per South China Morning Post.",
            "answered",
            estimate={
                "kind": "area",
                "method": "whenwhere.bounds",
                "level": "named areas, not a probability",
                "assumptions": ["the gazetteer's best candidate is the place that is meant"],
                "bounds": {"names": ["Tikrit", "Salah ad-Din"], "ids": ["geonames:90150", "IQ-SD"]},
            },
            positions=[position("c06", "army"), position("c16", "scmp")],
            roots={"army": claims("c06"), "scmp": claims("c16")},
            independent=[2, 2],
            support=claims("c06", "c16"),
            not_checked=["pictures were not compared with maps or satellite imagery"],
        ),
        "who": question(
            "Men in civilian clothes, some with uniforms underneath; soldiers or civilians: open.",
            "open",
            positions=[position("c05", "scmp")],
            roots={"scmp": claims("c05")},
            independent=[1, 1],
            support=claims("c05"),
            not_checked=["no person was identified"],
        ),
        "how_many": question(
            "Documented: 160 to 190 killed. Claimed by the armed group: 1,700, not verified.",
            "answered",
            estimate={
                "kind": "count",
                "method": "count.tolls",
                "level": "documented minimum and maximum",
                "assumptions": ["one root is counted once", "a party's figures widen nothing"],
                "bounds": {"min": 160, "max": 190},
                "scope": {"places": ["Tikrit"], "text": "two locations in and around Tikrit"},
                "from": claims("c07"),
            },
            positions=[
                position("c07", "hrw", None, "c09", "c11", "c12"),
                position("c01", "group"),
                position("c13", "minister"),
            ],
            roots={
                "hrw": claims("c07", "c09", "c10", "c11", "c12"),
                "group": claims("c01"),
                "minister": claims("c13"),
            },
            independent=[3, 3],
            groups=[
                {
                    "scope": {"places": ["Tikrit"], "text": "two locations in and around Tikrit"},
                    "counted": "killed",
                    "documented": {"min": 160, "max": 190, "from": claims("c07")},
                    "claimed": [
                        {"min": 1700, "max": 1700, "by": "group", "ids": claims("c01")},
                        {"min": 175, "max": 175, "by": "minister", "ids": claims("c13")},
                    ],
                    "roots": {"hrw": claims("c07", "c09", "c10", "c11", "c12")},
                    "not_added": [
                        {"id": claim(c), "why": "passes on the count of Human Rights Watch"}
                        for c in ("c09", "c10", "c11", "c12")
                    ],
                    "flags": [],
                }
            ],
            flags=[
                {
                    "what": "arithmetic",
                    "why": "90-110 plus 35-40 is 125-150, published as 160-190:"
                    " a third trench with 35-40 is not located",
                    "ids": claims("c07"),
                    "numbers": [90, 110, 35, 40, 125, 150, 160, 190],
                },
                {
                    "what": "relay_changed_number",
                    "why": "160-190 told as about 150",
                    "ids": claims("c07", "c10"),
                    "numbers": [160, 190, 150, 150],
                },
            ],
            support=[*claims("c07", "c01", "c13"), name_of("finding", "toll")],
            not_checked=["no scene was counted and no victim lists were used"],
        ),
        "why": question("not yet", "not_yet", not_checked=["a stated motive is a speaker's word"]),
        "genuine": question(
            "Disputed: officials call the pictures genuine; a researcher was not convinced.",
            "disputed",
            positions=[position("c03", "army"), position("c02", "evers")],
            contradictions=[
                {
                    "what": "genuine against not established",
                    "claims": [claims("c03"), claims("c02")],
                }
            ],
            roots={"army": claims("c03"), "evers": claims("c02")},
            independent=[2, 2],
            support=claims("c02", "c03"),
            not_checked=["no file was examined: only what sources say is shown"],
        ),
        "first_seen": question(
            "Disputed: a militant website, says an agency; the group's Twitter feed, says HRW.",
            "disputed",
            positions=[position("c04", "scmp"), position("c14", "hrw")],
            contradictions=[{"what": "first place", "claims": [claims("c04"), claims("c14")]}],
            roots={"scmp": claims("c04"), "hrw": claims("c14")},
            independent=[1, 2],
            support=[*claims("c04", "c14"), name_of("sighting", "post")],
            not_checked=["the platforms themselves were not searched"],
        ),
    }


def _sightings() -> list[Json]:
    found = []
    for at, (source, (title, published, platform, url)) in enumerate(SOURCES.items()):
        found.append(
            {
                "id": name_of("sighting", source),
                "platform": platform,
                "ref": url or f"note/{source}",
                "url": url,
                "account": None,
                "published": published,
                "title": title,
                "exhibits": [],
                "text": digest(f"text {source}"),
                "shows": [],
                "known_through": None,
                "remark": "record in our own words",
                "entry": 20 + at,
                "address": f"{digest('rows')}#{at}",
            }
        )
    found.append(
        {
            "id": name_of("sighting", "post"),
            "platform": "twitter",
            "ref": "post/1",
            "url": None,
            "account": "حساب_تجريبي",
            "published": day("2014-06-14", "2014-06-16", "14 or 15 June 2014"),
            "title": None,
            "exhibits": [digest("photo"), digest("film")],
            "text": None,
            "shows": ["killings"],
            "known_through": digest("text s11"),
            "remark": "Men lie in a row in a field; trucks behind them. منشور منقول.",
            "entry": 38,
            "address": "entered by hand",
        }
    )
    return found


def _exhibits() -> list[Json]:
    def exhibit(name: str, media_type: str, entry: int, **fields: Any) -> Json:
        return {
            "id": digest(name),
            "size": 1000 + 37 * entry,
            "media_type": media_type,
            "derived_from": None,
            "derivation": None,
            "entry": entry,
            **fields,
        }

    texts = [exhibit(f"text {s}", "text/plain", 2 + at) for at, s in enumerate(SOURCES)]
    return [
        *texts,
        exhibit("photo", "image/png", 12, description="A drawn grey gradient; stands for a photo."),
        exhibit("film", "video/webm", 13),
        exhibit("page", "text/html", 14),
        exhibit(
            "page text", "text/plain", 15, derived_from=digest("page"), derivation="visible text"
        ),
    ]


def _group() -> Json:
    """Return a photo and a frame of a film that show one picture, seen once."""
    when = {"not_before": "2014-06-14T00:00:00Z", "not_after": "2014-06-16T00:00:00Z"}
    seen = {"sighting": name_of("sighting", "post"), **when}
    row = {"platform": "twitter", "sightings": 1, "reposts": 0, "first": seen, "last": seen}
    return {
        "id": name_of("group", "photo"),
        "relation": "copy",
        "members": sorted([digest("photo"), digest("film")]),
        "shows": ["killings"],
        "links": [
            {
                "a": min(digest("photo"), digest("film")),
                "b": max(digest("photo"), digest("film")),
                "relation": "copy",
                "distance_bits": 12,
                "transform": "none",
                "derived": "undetermined",
                "time_b_ms": [0, 2000],
                "finding": name_of("finding", "link"),
            }
        ],
        "links_more": 0,
        "holding": [name_of("finding", "link")],
        "widest_bits": None,
        "warnings": [{"what": "chain", "why": "Two members differ in 90 of 256 bits."}],
        "first_seen": {
            "earliest": seen["sighting"],
            "platform": "twitter",
            "account": "حساب_تجريبي",
            "bounds": when,
            "possible": [],
            "possible_more": 0,
            "unbounded": 0,
            "undated": 0,
            "searched": {"platforms": {"twitter": 1}, "sightings": 1, "undated": 0},
        },
        "spread": {
            "sightings": 1,
            "dated": 1,
            "reposts": 0,
            "exhibits": 2,
            "platforms": [{**row, "accounts": 1}],
            "accounts": [{**row, "account": "حساب_تجريبي"}],
            "accounts_more": 0,
        },
        "support": [name_of("finding", "group")],
    }


def _event(name: str, label: str, when: Json | None, **fields: Any) -> Json:
    empty = {q: question("not yet", "not_yet") for q in _questions()}
    return {
        "id": name,
        "label": label,
        "when": when,
        "places": [],
        "part_of": None,
        "questions": empty,
        **fields,
    }


def _lineage() -> Json:
    edges: dict[tuple[str, str], list[str]] = {}
    for row in CLAIMS:
        for outer, inner in zip(row[7], row[7][1:], strict=False):
            edges.setdefault((outer, inner), []).append(claim(row[0]))
    names = sorted({name for pair in edges for name in pair})
    first = {row[7][0]: SOURCES[row[1]][1] for row in CLAIMS}
    return {
        "nodes": [
            {"id": n, "label": ACTORS[n][0], "published": first.get(n), "kind": "actor"}
            for n in names
        ],
        "edges": [
            {"from": outer, "to": inner, "claims": ids}
            for (outer, inner), ids in sorted(edges.items())
        ],
    }


def build(*, hostile: bool = False) -> Json:
    """Return the report as a fresh value."""
    report: Json = {
        "format": "firsthand-report/1",
        "tool": "firsthand 0.1.0",
        "case": {
            "title": "Killings near Tikrit, June 2014 (تكريت)",
            "origin": "example.org/tikrit",
            "vkey": "example.org/tikrit+0a1b2c3d+AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA=",
        },
        "as_of": "2014-06-28",
        "built_at": "2026-11-22T12:00:00Z",
        "ledger": {
            "size": 61,
            "root": hashlib.sha256(b"root").hexdigest(),
            "covered_to": None,
            "withheld": [
                {"entry": 17, "type": "sighting", "fields": 2},
                {"entry": 39, "type": "exhibit", "fields": "*"},
            ],
        },
        "events": [
            _event(
                "killings",
                "Mass killings near Tikrit",
                None,
                places=["Tikrit", "صلاح الدين"],
                part_of="fall",
                questions=_questions(),
            ),
            _event("fall", "Tikrit taken by the armed group", day("2014-06-11", "2014-06-12")),
        ],
        "exhibits": _exhibits(),
        "sightings": _sightings(),
        "actors": [
            {
                "id": key,
                "name": name,
                "type": kind,
                "aliases": aliases,
                "party": party,
                "interest": INTEREST.get(key),
                "part_of": part_of,
                "entry": 1,
            }
            for key, (name, kind, party, aliases, part_of) in ACTORS.items()
        ],
        "groups": [_group()],
        "claims": _claims(),
        "runs": [
            {
                "id": name_of("run", "toll"),
                "method": "count.tolls",
                "version": "1",
                "params": {"party_widens": False},
                "unit": "killings",
                "inputs": 21,
                "status": "done",
                "recorded": True,
                "entry": 58,
            }
        ],
        "findings": [
            {
                "id": name_of("finding", "toll"),
                "key": name_of("finding", "toll key"),
                "kind": "count.toll",
                "subjects": ["killings"],
                "value": {"groups": [{"documented": {"min": 160, "max": 190}}], "note": "ملاحظة"},
                "run": name_of("run", "toll"),
                "status": "as_found",
                "judged_on_older": True,
            }
        ],
        "assessments": [
            {
                "id": name_of("assessment", "c07"),
                "target": claim("c07"),
                "verdict": "accept",
                "why": "The note names photographs and satellite imagery.",
                "by": "ديانا (reviewer)",
                "entry": 59,
            }
        ],
        "gaps": [
            {
                "id": "gap-photos",
                "what": "about 60 photographs on the group's feed",
                "reason": "account suspended; not collected here, and not to be spread",
                "mentioned_in": digest("text s11"),
                "ref": None,
                "entry": 57,
            }
        ],
        "outcomes": {
            "done": 23,
            "already": 2,
            "failed": 1,
            "quarantined": 1,
            "not_done": [
                {"item": "صفحة.html", "status": "failed", "reason": "file is empty"},
                {"item": "bomb.zip", "status": "quarantined", "reason": "unpacks beyond the limit"},
            ],
        },
        "lineage": _lineage(),
    }
    return _with_hostile(report) if hostile else report


def _with_hostile(report: Json) -> Json:
    """Put what an adversary might send into every kind of text field."""
    markup, bidi, quote = HOSTILE["markup"], HOSTILE["bidi"], HOSTILE["quote"]
    report["case"]["title"] += f" {bidi} {markup}"
    report["case"]["origin"] = f"example.org/{LONG_WORD}"
    report["sightings"].append(
        {
            **report["sightings"][-1],
            "id": f"sighting {quote}",
            "url": HOSTILE["address"],
            "ref": HOSTILE["null"],
            "account": HOSTILE["marks"],
            "title": markup,
            "remark": f"{LONG_WORD} {HOSTILE['template']}",
            "exhibits": [],
            "published": {**day("2014-06-14", "2014-06-15"), "text": bidi},
        }
    )
    report["claims"].append(
        {
            **report["claims"][0],
            "id": f"claim {quote}",
            "label": quote,
            "text": f"{bidi} {markup}",
            "quote": f"{HOSTILE['isolate']} {HOSTILE['null']} {markup}\n{LONG_WORD}",
            "cue": HOSTILE["blank"],
            "source_chain": [markup, quote, bidi],
            "lang": '"><b>',
            "value": {"place": markup, "x": bidi},
            "entry": 60,
        }
    )
    report["actors"].append(
        {**report["actors"][0], "id": quote, "name": markup, "aliases": [bidi, LONG_WORD]}
    )
    report["lineage"]["nodes"].append(
        {"id": quote, "label": f"{bidi} {markup}", "published": None, "kind": "document"}
    )
    report["lineage"]["edges"].append({"from": quote, "to": "hrw", "claims": [f"claim {quote}"]})
    report["events"].append(
        _event(quote, f"{bidi} {markup}", {**day("2014-06-14", "2014-06-15"), "text": markup})
    )
    report["exhibits"].append(
        {**report["exhibits"][-1], "id": digest("evil"), "media_type": f"image/{quote}"}
    )
    group = report["groups"][0]
    group["first_seen"] |= {"account": f"{bidi} {markup}", "platform": quote}
    group["first_seen"]["searched"]["platforms"] = {markup: 1, LONG_WORD: 2}
    group["spread"]["platforms"][0]["platform"] = markup
    group["spread"]["accounts"][0]["account"] = f"{bidi} {markup} {LONG_WORD}"
    group["warnings"][0]["why"] = markup
    report["gaps"].append({**report["gaps"][0], "id": markup, "ref": HOSTILE["address"]})
    report["findings"][0]["value"]["evil"] = markup
    report["assessments"][0]["why"] += f" {markup} {bidi}"
    report["outcomes"]["not_done"].append({"item": bidi, "status": markup, "reason": LONG_WORD})
    return report
