"""A small case with everything that others sign, and its bundle: subjects of the tamper campaign.

Two authorities made with openssl, a witness, a person with an OpenSSH key, a log key that was
replaced, an export key, and copies of all that under ``stamps/``.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
import zipfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from rewrite import Maker, Witness, authority

from firsthand.case.custody.persons import sign_here
from firsthand.case.custody.places import put_copy
from firsthand.case.custody.rotation import rotate_log_key
from firsthand.report.bundle.giving import give
from firsthand.report.registry import registry


def build(folder: Path) -> dict[str, Path]:
    """Make the case and its bundle, unpacked; keys go to a home of their own."""
    folder.mkdir(parents=True)
    before = os.environ.get("FIRSTHAND_HOME")
    os.environ["FIRSTHAND_HOME"] = str(folder / "home")
    try:
        return _build(folder)
    finally:
        del os.environ["FIRSTHAND_HOME"]
        if before is not None:
            os.environ["FIRSTHAND_HOME"] = before


def _build(folder: Path) -> dict[str, Path]:
    authorities = [authority(folder, name) for name in ("tsa-one", "tsa-two")]
    witness = Witness("clerk")
    key = folder / "ana"
    new = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(key)]
    subprocess.run(new, check=True)
    maker = Maker(folder, "case")
    for length in (9, 24):
        maker.grow(length)
        for each in authorities:
            size, _, data = maker.checkpoint()
            maker.stamped(each)
            put_copy(maker.case, size, "checkpoint", data)
            for suffix, name in (("tsq", "q"), ("tsr", "r")):
                put_copy(maker.case, size, f"{each.name}.{suffix}", (each / name).read_bytes())
        size, _, data = maker.checkpoint()
        maker.cosigned(witness)
        signed = witness.cosign(data, maker.cosigned_at)
        put_copy(maker.case, size, "clerk.cosig", signed)
        sign_here(maker.case, key, person="ana", by="ana")
        rotate_log_key(maker.case, why="once a year", by="ana")
    maker.grow(45)
    give(maker.case, folder / "custody.zip", registry(), by="ana")
    maker.case.close()
    with zipfile.ZipFile(folder / "custody.zip") as bundle:
        bundle.extractall(folder / "unpacked")
    return {"custody": maker.case.root, "custody bundle": folder / "unpacked" / "custody"}


if __name__ == "__main__":
    began = time.monotonic()
    for name, path in build(Path(sys.argv[1])).items():
        print(name, path, f"{time.monotonic() - began:.1f} s")
