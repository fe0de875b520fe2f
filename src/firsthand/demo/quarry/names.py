"""Invented names in Latin and Arabic letters: nobody and nothing real is meant by any of them."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

_SYLLABLES = tuple(
    pair.split("=")
    for pair in (
        "var=فار sel=سيل kor=كور meth=ميث dun=دون ral=رال osh=أوش tam=تام gir=غير lub=لوب "
        "nez=نيز pol=بول hax=هاكس bri=بري zul=زول fen=فين mor=مور tib=تيب yad=ياد wen=وين"
    ).split()
)
_ENDS = tuple(pair.split("=") for pair in "ash=اش el=يل um=وم in=ين ora=ورا ek=يك an=ان".split())


@dataclass(frozen=True)
class Name:
    """One name as it is written in Latin and in Arabic letters."""

    latin: str
    arabic: str


@dataclass(frozen=True)
class Names:
    """All names of one event.

    ``town`` fell the day before; ``group`` is the armed group, ``official`` the one who doubts,
    ``cup`` the sports tournament whose ``tag`` has nothing to do with any of it.
    """

    town: Name
    province: Name
    group: Name
    spokesman: Name
    official: Name
    office: str
    first_outlet: str
    second_outlet: str
    relay_channel: str
    cup: Name
    tag: str
    arabic_tag: str
    host: str


def invented(random: Random) -> Name:
    """Return a name that was made up from syllables.

    >>> invented(Random(1)) == invented(Random(1))
    True
    """
    # Two different syllables: of the shorter names too many exist (tests compare the gazetteer).
    parts = [*random.sample(_SYLLABLES, 2), random.choice(_ENDS)]
    latin = "".join(part[0] for part in parts).capitalize()
    return Name(latin, "".join(part[1] for part in parts))


def draw(random: Random, year: int) -> Names:
    """Return the names of an event in a year, no two of them alike."""
    taken: dict[str, Name] = {}
    while len(taken) < 8:
        name = invented(random)
        taken.setdefault(name.latin, name)
    town, province, leader, spokesman, official, press, cup, relay = taken.values()
    word, arabic = random.choice(
        (("Column", "رتل"), ("Front", "جبهة"), ("Vanguard", "طليعة"), ("Legion", "فيلق"))
    )
    group = Name(f"{leader.latin} {word}", f"{arabic} {leader.arabic}")
    return Names(
        town=town,
        province=province,
        group=group,
        spokesman=spokesman,
        official=official,
        office=f"Interior Office of {province.latin}",
        first_outlet=f"{press.latin} {random.choice(('Courier', 'Observer', 'Herald'))}",
        second_outlet=f"{random.choice(('World', 'Evening', 'Morning'))} {press.latin[:3]}wire",
        relay_channel=f"{relay.latin} Reports",
        cup=cup,
        tag=f"{cup.latin}Cup{year}",
        arabic_tag=f"كأس_{cup.arabic}",
        host=f"{leader.latin.lower()}-{word.lower()}.example",
    )
