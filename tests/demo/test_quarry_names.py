"""Names and places are invented, empty and different for each seed."""

from __future__ import annotations

from random import Random

import pytest

from firsthand.demo.quarry.event import draw_event
from firsthand.demo.quarry.names import invented
from firsthand.demo.quarry.sun import sun_at
from firsthand.globe import gazetteer

SEEDS = range(60)


def test_no_name_is_that_of_a_real_place() -> None:
    # GeoNames, as it ships with the package.
    for seed in SEEDS:
        name = invented(Random(seed))
        for written in (name.latin, name.arabic):
            for place in gazetteer.find(written):
                known = {each.casefold() for each in (place.name, *place.aliases)}
                assert written.casefold() not in known


def test_names_of_one_event_differ() -> None:
    for seed in SEEDS:
        names = draw_event(seed).names
        people = [names.town, names.province, names.spokesman, names.official, names.cup]
        assert len({name.latin for name in people}) == len(people)


def test_the_quarry_lies_in_the_country_that_the_truth_names() -> None:
    # Natural Earth's outlines, as they ship with the package.
    for seed in SEEDS:
        place = draw_event(seed).place
        areas = gazetteer.locate(round(place.latitude * 1e6), round(place.longitude * 1e6))
        assert place.country in {area.id for area in areas}


def test_instants_are_in_order_and_the_sun_is_up() -> None:
    for seed in SEEDS:
        event = draw_event(seed)
        order = [
            event.takeover,
            *event.moments,
            event.first_page,
            event.channel,
            event.push,
            event.second_page,
            *event.articles,
        ]
        assert order == sorted(order)
        assert event.stream[0] < event.push < event.stream[1]
        for moment in event.moments:
            sun = sun_at(moment, event.place.latitude, event.place.longitude)
            assert 12 < sun.elevation < 66


def test_clock_is_within_an_hour_and_a_half_of_the_sun() -> None:
    # Noon by the clock and by the sun differ by the place in its zone and the equation of time;
    # the widest of the regions are western (Argentina, Algeria, Oman).
    for seed in SEEDS:
        place = draw_event(seed).place
        assert place.offset_min / 60 == pytest.approx(place.longitude / 15, abs=1.75)
