"""The five dated answers. What is expected is `expected_answers` of the shared public record."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

DATES = ("2014-06-14", "2014-06-17", "2014-06-28", "2014-09-05", "2022-06-11")


def documented(question: Any) -> dict[str, tuple[int | None, int | None]]:
    """Documented ranges of killed, by the names of their roots."""
    return {
        ", ".join(
            sorted(r for r, ids in g["roots"].items() if set(ids) & set(g["documented"]["from"]))
        ): (g["documented"]["min"], g["documented"]["max"])
        for g in question["groups"]
        if g["documented"] and g["counted"] == "killed"
    }


def claimed(question: Any) -> set[tuple[str, int | None, int | None]]:
    return {(c["by"], c["min"], c["max"]) for g in question["groups"] for c in g["claimed"]}


def flagged(question: Any) -> dict[str, list[list[int | None]]]:
    found: dict[str, list[list[int | None]]] = {}
    for flag in question["flags"]:
        found.setdefault(flag["what"], []).append(flag["numbers"])
    return found


def test_expected_texts_are_those_of_the_record(built: Any, shared: Path) -> None:
    record = json.loads((shared / "record" / "tikrit-2014.json").read_text())
    printed = {a["as_of"]: a["expected"] for a in built.printed["answers"] if a["as_of"]}
    assert printed == record["expected_answers"]
    assert built.printed["verify"] == {"case": "ok", "bundle": "ok"}


def test_by_14_june_nothing_is_documented(built: Any) -> None:
    how_many = built.question("2014-06-14", "how_many")
    assert documented(how_many) == {}
    assert how_many["estimate"] is None
    assert claimed(how_many) == {("the armed group", 1700, 1700)}
    # The UN speaks of the country: another scope, never a toll of this event.
    around = built.question("2014-06-14", "how_many", "unrest-iraq")
    assert ("United Nations", 100, None) in claimed(around)
    assert "Other scope" in how_many["answer"] and "1,700" in how_many["answer"]
    assert "not verified" in how_many["answer"]


def test_by_17_june_parties_claim_and_officials_differ(built: Any) -> None:
    how_many = built.question("2014-06-17", "how_many")
    assert documented(how_many) == {}
    assert {("the armed group", 1700, 1700), ("Iraqi army", 170, 170)} < claimed(how_many)
    assert ("United Nations", 100, None) in claimed(how_many)
    genuine = built.question("2014-06-17", "genuine")
    said = {(p["value"]["genuine"], actor) for p in genuine["positions"] for actor in p["by"]}
    assert {(True, "al-moussawi"), (False, "iraqi-officials"), (None, "evers")} <= said
    assert genuine["status"] == "disputed"
    first = built.question("2014-06-17", "first_seen")
    assert first["status"] == "disputed"
    assert {c["what"] for c in first["contradictions"]} == {
        "first on twitter against first on website"
    }
    when = built.question("2014-06-17", "when")
    assert when["estimate"]["bounds"]["not_before"] == "2014-06-11T00:00:00Z"
    assert when["estimate"]["bounds"]["not_after"] == "2014-06-16T00:00:00Z"
    assert "14 June 2014 to 15 June 2014" in when["answer"]
    where = built.question("2014-06-17", "where")
    assert where["estimate"]["bounds"]["ids"] == ["IQ-SD", "geonames:90150"]


def test_by_28_june_one_root_documents_160_to_190(built: Any) -> None:
    how_many = built.question("2014-06-28", "how_many")
    assert documented(how_many) == {"Human Rights Watch": (160, 190)}
    assert how_many["estimate"]["bounds"] == {"min": 160, "max": 190}
    assert ("Mohamed Shia al-Sudani", 175, 175) in claimed(how_many)
    when = built.question("2014-06-28", "when")
    assert when["estimate"]["bounds"]["not_before"] == "2014-06-11T00:00:00Z"
    assert when["estimate"]["bounds"]["not_after"] == "2014-06-15T00:00:00Z"  # 14 June is in it
    assert "13:30-14:30" in when["answer"] and "14:30-15:30" in when["answer"]
    assert "Water Palace" in built.question("2014-06-28", "where")["answer"]
    assert "1 further part not located" in built.question("2014-06-28", "where")["answer"]


def test_press_relays_add_no_root(built: Any) -> None:
    report = built.report("2014-06-28")
    outlets = {a["id"] for a in report["actors"] if a["type"] == "outlet"}
    counted = built.question("2014-06-28", "how_many")["roots"]
    assert not outlets & set(counted)
    assert len([c for c in counted["hrw"]]) >= 5  # many tellings, one root


def test_by_september_five_sites_replace_two(built: Any) -> None:
    how_many = built.question("2014-09-05", "how_many")
    assert documented(how_many) == {"Human Rights Watch": (560, 770)}
    flags = flagged(how_many)
    assert [160, 190, 285, 440, 445, 630, 560, 770] in flags["arithmetic"]
    assert [560, 770, 770, 770] in flags["bound_as_figure"]
    assert any("Camp Speicher" in f["why"] for f in how_many["flags"])
    labels = {c["id"]: c["label"] for c in built.report("2014-09-05")["claims"]}
    left = {
        labels[e["id"]] for g in how_many["groups"] for e in g["not_added"] if e["id"] in labels
    }
    assert {"s12-count", "s15-adds", "s17-count"} <= left


def test_by_2022_all_sites_have_another_root(built: Any) -> None:
    how_many = built.question("2022-06-11", "how_many")
    assert documented(how_many) == {
        "Human Rights Watch": (560, 770),
        "UN investigative team (UNITAD)": (1700, 1700),
    }
    group = next(
        g for g in how_many["groups"] if g["documented"] and g["documented"]["max"] == 1700
    )
    assert "the armed group" not in group["roots"]
    who = built.question("2022-06-11", "who")
    assert any("situ" in p["by"] or "unitad" in p["by"] for p in who["positions"])


def test_hundreds_told_as_thousands_is_flagged(built: Any) -> None:
    flags = flagged(built.question("all", "how_many", "unrest-iraq"))
    assert [100, None, 1000, None] in flags["relay_changed_number"]


def test_every_number_and_date_leads_to_a_quote_and_an_entry(built: Any) -> None:
    for date in DATES:
        report = built.report(date)
        claims = {c["id"]: c for c in report["claims"]}
        ids = {claim for e in report["events"] for q in e["questions"].values()
               for p in q["positions"] for claim in p["claims"]}  # fmt: skip
        ids |= {
            i for e in report["events"] for g in e["questions"]["how_many"].get("groups", [])
            if g["documented"] for i in g["documented"]["from"]
        }  # fmt: skip
        assert ids and ids <= set(claims)
    # One of them all the way, as a user would: finding -> claim -> quote -> note -> entry.
    bounds = built.question("2014-09-05", "how_many")["estimate"]["from"]
    shown = built.json("show", str(built.folder / "case"), bounds[0])
    steps = {step["what"]: step for step in shown["leads_to_it"]}
    assert steps["quote"]["matches"] and "560" in steps["quote"]["quote"]
    assert steps["exhibit"]["entry"] is not None and steps["claim"]["entry"] is not None
    assert any(step["what"] == "sighting" and step["entry"] is not None
               for step in shown["leads_to_it"])  # fmt: skip


def test_commands_on_a_case_take_a_date(built: Any) -> None:
    case = str(built.folder / "case")
    tolls = built.json("count", "tolls", case, "--as-of", "2014-06-28")
    ranges = [
        (g["documented"]["min"], g["documented"]["max"]) for g in tolls["groups"] if g["documented"]
    ]
    assert (160, 190) in ranges and (560, 770) not in ranges
    said = built.json("claims", case, "--as-of", "2014-06-14")
    assert {q["question"] for q in said["questions"] if q["event"] == "killings"} >= {"count"}
    bounded = built.json("whenwhere", case, "--as-of", "2014-06-28")
    assert any(e["id"] == "killings" for e in bounded["events"])


def test_a_second_demo_adds_nothing(built: Any) -> None:
    before = built.json("show", str(built.folder / "case"))["counts"]
    done = built.run("demo", "tikrit", "-o", str(built.folder))
    assert done.returncode == 0, done.stderr
    after = built.json("show", str(built.folder / "case"))["counts"]
    kept = ("actor", "event", "claim", "exhibit", "sighting", "sightings", "gap", "run")
    assert {k: before.get(k) for k in kept} == {k: after.get(k) for k in kept}


def test_recheck_repeats_every_run(built: Any) -> None:
    totals = built.json("recheck", str(built.folder / "case"))["totals"]
    assert totals["same"] > 0 and totals["different"] == totals["cannot_run"] == 0
