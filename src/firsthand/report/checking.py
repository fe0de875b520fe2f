"""Verification as the command calls it: the stand-alone verifier, in this process."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from firsthand.model.canonical import Json
from firsthand.model.errors import NotACase
from firsthand.report import verify


def check(case: Path, against: Iterable[Path] = ()) -> Json:
    """Return the verdict on a case folder, an unpacked export or a zip.

    Raises
    ------
    NotACase
        When there is nothing to verify at the path.
    """
    try:
        return verify.verify(str(case), [str(path) for path in against])
    except verify.NotACase as error:
        raise NotACase(
            f"{case} cannot be verified",
            why=str(error),
            hint="give a case folder or an export zip, and checkpoint files that exist",
        ) from error
