"""Verification as the command calls it: the stand-alone verifier, in this process."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from firsthand.model.canonical import Json
from firsthand.model.errors import NotACase
from firsthand.report import verify


def check(
    case: Path,
    against: Iterable[Path] = (),
    trust: Iterable[Path] = (),
    headers: Iterable[Path] = (),
) -> Json:
    """Return the verdict on a case folder, an unpacked export or a zip.

    ``against``: checkpoints held outside; ``trust``: files with certificates and keys that the
    verifier relies on; ``headers``: files with headers of Bitcoin blocks.

    Raises
    ------
    NotACase
        When there is nothing to verify at the path, or one of the other files cannot be read.
    """
    try:
        brought = [[str(path) for path in paths] for paths in (against, trust, headers)]
        return verify.verify(str(case), *brought)
    except verify.NotACase as error:
        raise NotACase(
            f"{case} cannot be verified",
            why=str(error),
            hint="give a case folder or an export zip, and files as `firsthand verify --help` says",
        ) from error
