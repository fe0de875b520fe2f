"""Where an exhibit and its copies were seen, from sightings and the groups of the match room."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from firsthand.model.canonical import Json
from firsthand.model.nouns import Sighting
from firsthand.run import Inputs


@dataclass(frozen=True, slots=True)
class Seen:
    """A dated sighting of an exhibit: it existed by ``end_ms`` [ms UTC]."""

    sighting: Sighting
    exhibit: str
    start_ms: int | None
    end_ms: int

    def to_json(self) -> Json:
        """Return ids and the interval."""
        return {
            "sighting": self.sighting.id,
            "exhibit": self.exhibit,
            "earliest_ms": self.start_ms,
            "latest_ms": self.end_ms,
        }


class Copies:
    """Which exhibits are copies of one another, and the sightings that carry each."""

    def __init__(self, inputs: Inputs) -> None:
        self.carriers: dict[str, list[Sighting]] = {}
        for sighting in inputs.sightings:
            for digest in sighting.exhibits:
                self.carriers.setdefault(digest, []).append(sighting)
        self._groups: dict[str, tuple[str, tuple[str, ...]]] = {}
        self._videos: set[str] = set()
        for group in inputs.of_kind("match.group").values():
            members = tuple(group.value["members"])
            videos = set(group.value.get("videos", ()))
            self._videos |= videos
            among_videos = videos.issuperset(members)
            for member in members:
                # That a video shows a picture says nothing of all else that it shows.
                if member not in videos or among_videos:
                    self._groups[member] = (group.id, members)

    @property
    def grouped(self) -> Iterable[str]:
        """Exhibits that have copies."""
        return self._groups.keys()

    def of(self, exhibit: str) -> tuple[str, ...]:
        """Return the copies of an exhibit, without itself; of a picture, videos that show it too.

        Of a video, these are videos only.
        """
        return tuple(m for m in self._groups.get(exhibit, ("", ()))[1] if m != exhibit)

    def group(self, exhibit: str) -> str | None:
        """Return the finding that says which copies an exhibit has."""
        return self._groups[exhibit][0] if exhibit in self._groups else None

    def shows(self, exhibit: str) -> list[str]:
        """Return the events that a person says the exhibit or a copy of it shows.

        A video that shows a picture may show the event in another part.
        """
        same = (m for m in self.of(exhibit) if (m in self._videos) == (exhibit in self._videos))
        held = (exhibit, *same)
        return sorted({e for x in held for s in self.carriers.get(x, ()) for e in s.shows})

    def is_captured(self, sighting: str, exhibit: str) -> bool:
        """Tell whether a sighting says only that an exhibit was there by a time."""
        held = (each for each in self.carriers.get(exhibit, ()) if each.id == sighting)
        return any(each.published and each.published.bounds.start_ms is None for each in held)

    def earliest(self, exhibits: Iterable[str]) -> Seen | None:
        """Return the sighting by which one of the exhibits surely existed first."""
        found: Seen | None = None
        for exhibit in exhibits:
            for sighting in self.carriers.get(exhibit, ()):
                seen = _seen(sighting, exhibit)
                if seen is not None and (found is None or _order(seen) < _order(found)):
                    found = seen
        return found


def _seen(sighting: Sighting, exhibit: str) -> Seen | None:
    bounds = sighting.published.bounds if sighting.published is not None else None
    if bounds is None or bounds.end_ms is None:
        return None
    return Seen(sighting, exhibit, bounds.start_ms, bounds.end_ms)


def _order(seen: Seen) -> tuple[int, str, str]:
    return seen.end_ms, seen.sighting.id, seen.exhibit
