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
    copies: Iterable[Path] = (),
) -> Json:
    """Return the verdict on a case folder, an unpacked export or a zip.

    ``against``: checkpoints held outside; ``trust``: files with certificates and keys that the
    verifier relies on; ``headers``: files with headers of Bitcoin blocks; ``copies``: other copies
    of the case.

    Raises
    ------
    NotACase
        When there is nothing to verify at the path, or one of the other files cannot be read.
    """
    try:
        brought = [[str(path) for path in paths] for paths in (against, trust, headers, copies)]
        return verify.verify(str(case), *brought)
    except verify.NotACase as error:
        if _encrypted(case):
            raise NotACase(
                f"{case} is encrypted, so that nothing in it can be checked",
                hint="decrypt it first: age -d -i KEY -o FILE.zip FILE.zip.age",
            ) from error
        raise NotACase(
            f"{case} cannot be verified",
            why=str(error),
            hint="give a case folder or an export zip, and files as `firsthand verify --help` says",
        ) from error


def _encrypted(path: Path) -> bool:
    """Tell whether a file is one of age (age-encryption.org/v1)."""
    try:
        with path.open("rb") as stream:
            return stream.read(len(_AGE)) == _AGE
    except OSError:
        return False


_AGE = b"age-encryption.org/v1"
