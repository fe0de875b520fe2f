"""Pictures in words: what is said of one that nobody described."""

from __future__ import annotations

from firsthand.report.page.media import media_of

PHOTO, VIDEO, FRAME = ("sha256:" + letter * 64 for letter in "abc")


def test_a_remark_on_a_post_describes_no_picture() -> None:
    common = {"size": 1, "derived_from": None, "derivation": None}
    report = {
        "sightings": [
            {
                "id": "sighting:1",
                "exhibits": [PHOTO],
                "shows": [],
                "remark": "dates read as day, month, year",
            }
        ],
        "exhibits": [
            {"id": PHOTO, "media_type": "image/jpeg", **common},
            {"id": VIDEO, "media_type": "video/mp4", **common},
            {
                "id": FRAME,
                "media_type": "image/jpeg",
                "size": 1,
                "derived_from": VIDEO,
                "derivation": "media.video 1 key frame",
            },
        ],
    }
    photo, _, frame = media_of(report)
    assert photo.description is None and photo.remarks == ("dates read as day, month, year",)
    assert (frame.made_from, frame.made_how) == (VIDEO, "media.video 1 key frame")
