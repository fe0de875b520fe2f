"""Lineage and positions on small invented statements; expected roots were worked out by hand."""

from __future__ import annotations

from typing import Any

from firsthand.claims import lineage, positions
from firsthand.model.nouns import Actor, Claim, ClaimLink, finding_key
from firsthand.model.values import Digest, Span
from firsthand.model.vocabulary import (
    ActorType,
    Attribution,
    Basis,
    Hedge,
    Polarity,
    Question,
    Relation,
)
from firsthand.run import Inputs, Settled

ACTORS = (
    Actor(id="army", name="Army", type=ActorType.GROUP, party=True),
    Actor(id="spokesman", name="Spokesman", type=ActorType.PERSON, part_of="army"),
    Actor(id="expert", name="Expert", type=ActorType.PERSON, part_of="army"),
    Actor(id="paper", name="Paper", type=ActorType.OUTLET),
    Actor(id="ngo", name="NGO", type=ActorType.GROUP),
)


def claim(name: str, chain: list[str], value: Any, **more: Any) -> Claim:
    links = tuple(ClaimLink(rel=Relation(r), claim=c) for r, c in more.pop("links", []))
    plain: dict[str, Any] = {
        "question": Question.AUTHENTICITY,
        "event": "e",
        "polarity": Polarity.ASSERTS,
        "hedge": Hedge.ASSERTED,
        "attribution": Attribution.INDIRECT,
        "exhibit": Digest("sha256:" + "0" * 64),
        "span": Span(0, 1),
        "quote": "x",
    }
    return Claim(**{**plain, "id": name, "value": value, "source_chain": tuple(chain), **more,
                    "links": links})  # fmt: skip


def roots(*claims: Claim) -> dict[str, Any]:
    found = lineage.function(Inputs(unit="e", claims=claims, actors=ACTORS))
    return {output.subjects[0]: output.value for output in found}


def settled(values: dict[str, Any]) -> tuple[Settled, ...]:
    return tuple(
        Settled(f"f{n}", finding_key("claims.root", (c,)), "claims.root", (c,), v)
        for n, (c, v) in enumerate(values.items())
    )


def answer(*claims: Claim) -> Any:
    inputs = Inputs(unit="e", claims=claims, actors=ACTORS, findings=settled(roots(*claims)))
    return {o.subjects[1]: o.value for o in positions.function(inputs)}


def test_two_officials_of_one_army_are_one_root_and_two_speakers() -> None:
    a = claim("a", ["paper", "spokesman"], {"genuine": True})
    b = claim("b", ["expert"], {"genuine": True})
    found = answer(a, b)["authenticity"]
    assert found["roots"] == {"army": ["a", "b"]}
    assert found["independent"] == [1, 2]
    assert roots(a)["a"]["party"] and roots(a)["a"]["relay"]


def test_citation_leads_to_the_cited_root_whatever_the_chain_says() -> None:
    ngo = claim("n", ["ngo"], {"genuine": True}, basis=Basis.ANALYSIS)
    paper = claim("p", ["paper"], {"genuine": True}, links=[("copies", "n")])
    second = claim("q", ["paper"], {"genuine": True}, links=[("cites", "p")])
    found = roots(ngo, paper, second)
    assert [found[c]["root"] for c in "npq"] == ["ngo", "ngo", "ngo"]
    assert found["q"]["via"] == ["p", "n"]
    assert answer(ngo, paper, second)["authenticity"]["independent"] == [1, 1]


def test_copying_any_number_of_times_adds_no_root() -> None:
    ngo = claim("n", ["ngo"], {"genuine": True}, basis=Basis.ANALYSIS)
    copies = [
        claim(f"c{n}", ["paper"], {"genuine": True}, links=[("copies", "n")]) for n in range(9)
    ]
    assert answer(ngo, *copies)["authenticity"]["independent"] == [1, 1]


def test_an_outlet_is_a_root_only_for_its_own_observation() -> None:
    told = claim("a", ["paper"], {"genuine": True})
    seen = claim("b", ["paper"], {"genuine": True}, basis=Basis.REPORT)
    assert roots(told)["a"]["root"] is None
    assert roots(seen)["b"]["root"] == "paper"


def test_nobody_named_is_no_root() -> None:
    found = roots(claim("a", ["paper", "unattributed"], {"genuine": True}))
    assert found["a"]["root"] is None and found["a"]["actor"] is None


def test_a_circle_of_citations_ends() -> None:
    a = claim("a", ["ngo"], {"genuine": True}, links=[("cites", "b")])
    b = claim("b", ["paper"], {"genuine": True}, links=[("cites", "a")])
    assert set(roots(a, b)) == {"a", "b"}


def test_genuine_against_not_genuine_is_a_contradiction_and_doubt_is_not() -> None:
    yes = claim("y", ["spokesman"], {"genuine": True})
    no = claim("n", ["ngo"], {"genuine": False})
    unsure = claim("u", ["ngo"], {"genuine": None}, polarity=Polarity.OPEN, hedge=Hedge.OPEN)
    found = answer(yes, no, unsure)["authenticity"]
    assert found["contradictions"] == [
        {"what": "genuine against not genuine", "claims": [["n"], ["y"]]}
    ]
    assert len(found["positions"]) == 3
    assert answer(yes, unsure)["authenticity"]["contradictions"] == []


def test_asserted_and_denied_contradict() -> None:
    yes = claim("y", ["ngo"], {"act": "execution"}, question=Question.ACT)
    no = claim("n", ["army"], {"act": "execution"}, question=Question.ACT, polarity=Polarity.DENIES)
    assert answer(yes, no)["act"]["contradictions"][0]["what"] == "asserted and denied"


def test_narrower_is_no_contradiction() -> None:
    def count(name: str, low: int | None, high: int | None) -> Claim:
        value = {"kind": "killed", "min": low, "max": high}
        return claim(name, ["ngo"], value, question=Question.COUNT)

    # 28 or more, 45, and 30-45 agree at 45 (notes, claims-and-leads section 4).
    found = answer(count("a", 28, None), count("b", 45, 45), count("c", 30, 45))["count"]
    assert found["contradictions"] == [] and found["consistent"] == {"min": 45, "max": 45}
    apart = answer(count("a", 90, None), count("b", 75, 75))["count"]
    assert len(apart["contradictions"]) == 1 and apart["consistent"] is None


def test_places_that_nest_agree_and_others_do_not() -> None:
    def where(name: str, place: str, level: str) -> Claim:
        return claim(name, ["ngo"], {"place": place, "level": level}, question=Question.WHERE)

    nested = answer(where("a", "Salahuddin", "admin1"), where("b", "Tikrit", "place"))["where"]
    assert nested["contradictions"] == []
    apart = answer(where("a", "Mosul", "place"), where("b", "Tikrit", "place"))["where"]
    assert len(apart["contradictions"]) == 1


def test_first_on_two_platforms_stays_open() -> None:
    def first(name: str, platform: str) -> Claim:
        value = {"platform": platform, "role": "first"}
        return claim(name, ["ngo"], value, question=Question.PROVENANCE)

    found = answer(first("a", "website"), first("b", "twitter"))["provenance"]
    assert [c["what"] for c in found["contradictions"]] == [
        "first on twitter against first on website"
    ]
    also = claim(
        "c", ["ngo"], {"platform": "twitter", "role": "also"}, question=Question.PROVENANCE
    )
    assert answer(first("a", "website"), also)["provenance"]["contradictions"] == []


def test_nobody_is_given_a_detail_that_another_added() -> None:
    bare = claim("a", ["army"], {"act": "execution"}, question=Question.ACT)
    more = claim("b", ["ngo"], {"act": "execution", "victim": "men"}, question=Question.ACT)
    [position] = answer(bare, more)["act"]["positions"]
    assert position["by"] == ["army", "ngo"] and position["value"] == {"act": "execution"}
    spelled = claim("c", ["ngo"], {"place": "TIKRIT", "level": "place"}, question=Question.WHERE)
    other = claim("d", ["army"], {"place": "Tikrit", "level": "place"}, question=Question.WHERE)
    [place] = answer(spelled, other)["where"]["positions"]
    assert place["value"]["place"] in ("TIKRIT", "Tikrit")
