"""What is said: captions of the group in two languages, and the chatter of everybody else.

The words are plain on purpose: they name a claim to be checked, and praise or threaten nothing.
"""

from __future__ import annotations

from random import Random

from firsthand.demo.quarry.event import Event

_OPENINGS = ("", "Breaking: ", "New: ", "Now: ", "See: ", "Official: ")
_ENGLISH = (
    "{group} shows {claimed} captives taken near {town} at the old quarry",
    "{group} media office: {claimed} captives near {town}, pictures from the quarry",
    "Pictures from the quarry near {town}: {group} says it holds {claimed}",
)
_ARABIC = (
    "{group_ar} ينشر صور {claimed} أسير قرب {town_ar} في المحجر القديم",
    "صور من المحجر قرب {town_ar}: {group_ar} يقول إنه يحتجز {claimed}",
)
_TOPICS: tuple[tuple[tuple[str, ...], str, str, str], ...] = (
    (("Weather", "Rain", "Sunset"), "clouds rain wind sunny storm forecast dry cold", "sky", "طقس"),
    (("Recipe", "Dinner", "Baking"), "rice bread onion soup lamb tea sugar oven", "dish", "طبخ"),
    (("Traffic", "RoadWorks"), "bridge queue lorry bus detour junction lights", "road", "مرور"),
    (("Books", "NowReading"), "novel chapter author poem library ending", "book", "كتب"),
    (("Music", "NewSingle"), "song album concert drums singer stage chorus", "track", "موسيقى"),
    (("Market", "Prices"), "price flour fuel dollar stall cheap trade", "market", "أسعار"),
    (("Exams", "School"), "exam teacher results class homework maths", "class", "مدرسة"),
    (("Gaming", "Speedrun"), "level boss console patch score team", "game", "ألعاب"),
    (("Cats", "Pets"), "cat dog vet sleep window food walk", "pet", "قطط"),
    (("Travel", "Coast"), "beach train ticket hotel island map photo", "trip", "سفر"),
    (("Jobs", "Hiring"), "office salary interview remote shift contract", "job", "وظائف"),
)
_CUP = "goal keeper penalty referee half corner coach squad fans stadium striker draw group final"
_FRAMES = (
    "{a} and {b} again, what a {c} today",
    "still thinking about the {a}, the {b} and that {c}",
    "anyone else seeing {a} {b} this {c}?",
    "no {a} without {b}, my {c} says",
    "{a}, {b}, {c}. That is the whole story",
    "first {a} then {b} and now the {c}",
    "my {c} has more {a} than {b}",
    "{n} times {a}, {n2} times {b}, one {c}",
)
_ARABIC_FRAMES = (
    "اليوم {ar} مرة أخرى رقم {n}",
    "من يتابع {ar} هذا المساء؟ {n}",
    "كل شيء عن {ar} في دقيقة {n}",
)
_HEADS = "blue north quiet old lucky green tiny major river silver paper early vivid plain".split()
_TAILS = "fox lamp wolf tree dune boat kite reader rider coder baker singer corner pilot".split()


def caption(random: Random, event: Event, *, lang: str) -> str:
    """Return a caption of the group's campaign, nearly like all others of its language."""
    names = event.names
    frame = random.choice(_ENGLISH if lang == "en" else _ARABIC)
    text = frame.format(
        group=names.group.latin, group_ar=names.group.arabic, town=names.town.latin,
        town_ar=names.town.arabic, claimed=event.claimed,
    )  # fmt: skip
    ending = random.choice(("", ".", "!", " ...", f" ({random.randint(2, 99)})"))
    return (random.choice(_OPENINGS) if lang == "en" else "") + text + ending


def chatter(random: Random, cup_tag: str, arabic_tag: str) -> tuple[str, str]:
    """Return an ordinary post and its language: a tenth of all is about the tournament."""
    if random.random() < 0.11:
        words = random.sample(_CUP.split(), 3)
        tag = arabic_tag if random.random() < 0.15 else cup_tag
        return f"{_framed(random, words)} #{tag}", "en"
    tags, bank, thing, arabic = random.choice(_TOPICS)
    if random.random() < 0.14:
        frame = random.choice(_ARABIC_FRAMES)
        return frame.format(ar=arabic, n=random.randint(2, 999)) + f" #{arabic}", "ar"
    text = _framed(random, [*random.sample(bank.split(), 2), thing])
    return (f"{text} #{random.choice(tags)}" if random.random() < 0.55 else text), "en"


def _framed(random: Random, words: list[str]) -> str:
    return random.choice(_FRAMES).format(
        a=words[0], b=words[1], c=words[2], n=random.randint(2, 99), n2=random.randint(2, 99)
    )


def account(random: Random) -> str:
    """Return the name of an account."""
    return f"{random.choice(_HEADS)}_{random.choice(_TAILS)}{random.randint(1, 99999)}"
