"""Search bundles for what must not be in them: canaries from every kind of input.

Without ``--full`` a fixed twentieth is run (tests/faults/test_leak.py does that too). A case is
made with more than 150 canaries (campaigns/canaries.py, canary_custody.py) and exported in more
than 300 ways: profiles, releases, seals, dates, encrypted, signed by a person, after a merge, after
new keys, after a rebuild. Every file of each bundle is searched, decoded again and again
(campaigns/hunting.py). In ``public`` nothing may be found but what was released, and whom one must
know to check what they signed, as the command listed it; in ``court`` nothing of what was sealed.
verify.py must say ok of every bundle. That the search can find is shown by the profile ``full``, in
which nearly every canary is found, and by a leak that is planted.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))

from canaries import build, merged
from canary_custody import LISTED, SIGNERS, person_key
from hunting import Hunter, salts_of
from measured import source_digest, write_result

from firsthand.case import Case
from firsthand.case.custody import letting_out
from firsthand.case.custody.keys import rotate_export_key
from firsthand.case.custody.rotation import rotate_log_key
from firsthand.model.vocabulary import Release
from firsthand.report.bundle.encryption import recipients_of
from firsthand.report.bundle.giving import give
from firsthand.report.bundle.releasing import release
from firsthand.report.checking import check
from firsthand.report.registry import registry

SHARE = 20  # the short run takes every twentieth
PROCESSES = 2  # each with a case of its own
DATES = (None, "2014-12-31", "2024-05-06")


@dataclass(frozen=True)
class Variant:
    """One way to export: the state of the case, what is released or sealed, and how."""

    state: str
    profile: str
    let_out: str = "nothing"
    as_of: str | None = None
    encrypted: bool = False
    signed: bool = False


RELEASES: dict[str, tuple[tuple[str, Release, tuple[str, ...]], ...]] = {
    "nothing": (),
    "quote": (("second", Release.QUOTE, ("source in text",)),),
    "name": (("actor:{actor id}", Release.NAME, ("actor name",)),),
    "event": (("event:{event id}", Release.NAME, ("event label",)),),
    "text": (("{post id}", Release.TEXT, ("post text",)),),
    "title": (("{post id}", Release.TITLE, ("post title",)),),
    "medium": (("sha256:{digest of a photograph}", Release.MEDIUM, ()),),
}
RELEASES["all"] = tuple(each for rows in RELEASES.values() for each in rows)

SEALS: dict[str, tuple[str, tuple[str, ...]]] = {
    "a post": ("{post id}", ("post id", "post text", "post title", "post url")),
    "a photograph": (
        "sha256:{digest of a photograph}",
        ("digest of a photograph", "file name", "exif owner", "exif serial", "gps area", "xmp"),
    ),
    "a text": ("sha256:{digest of a text}", ("digest of a text", "text file")),
    "an actor": ("actor:{actor id}", ("actor name", "actor alias", "actor interest", "actor id")),
    "an event": ("event:{event id}", ("event label", "event id")),
    "a claim": ("{claim label}", ("claim label", "claim scope", "claim source")),
    "a chat": ("{x id}", ("x id", "x text")),
    "entry 0": ("entry:0", ("case title",)),
}
CUSTODY: dict[str, tuple[str, ...]] = {
    "a policy": ("reason of an authority",),
    "a stamp": ("digest of a token",),
    "a signature": ("digest of a signature",),
    "a revocation": ("reason of a revocation",),
    "a transfer": ("digest of an acceptance",),
    "a session": ("session name", "session source", "session zone", "tool version", "sandbox"),
    "a scrub": ("scrub path",),
    "a repair": ("repair source", "repaired path"),
    "a clock": ("clock before", "clock now"),
}
SEALS |= {name: (f"entry:{{entry of {name}}}", labels) for name, labels in CUSTODY.items()}
"""What is sealed, and what of it must then be nowhere; what its text has in common is not."""


def variants() -> list[Variant]:
    """Return all ways, in a fixed order in which neighbours differ."""
    found = []
    for state in ("as made", "merged", "new keys", "rebuilt"):
        for let_out in RELEASES:
            for as_of in DATES:
                for encrypted in (False, True):
                    found.append(Variant(state, "public", let_out, as_of, encrypted))
    for sealed in SEALS:
        for profile in ("court", "public"):
            for as_of in (None, DATES[2]):
                found.append(Variant("as made", profile, f"sealed: {sealed}", as_of))
    for state in ("merged", "new keys", "rebuilt"):
        found += [Variant(state, "court", f"sealed: {sealed}", DATES[1]) for sealed in SEALS]
        found += [Variant(state, "court"), Variant(state, "full"), Variant(state, "public")]
    found.append(Variant("as made", "full"))
    found += [Variant("new keys", name, signed=True) for name in ("public", "court", "full")]
    return found


@dataclass
class Tally:
    """What was done, and what was found that must not be there."""

    done: Counter[str] = field(default_factory=Counter)
    leaks: list[dict[str, Any]] = field(default_factory=list)
    verdicts: Counter[str] = field(default_factory=Counter)
    in_full: int = 0
    missed_releases: list[dict[str, Any]] = field(default_factory=list)
    not_ok: list[dict[str, Any]] = field(default_factory=list)


class Yard:
    """The case in its states, each a copy of the folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        case, self.canaries = build(folder)
        self.origin = case.root
        case.close()
        self.states: dict[str, Path] = {}
        from pyrage import x25519

        self.identity = x25519.Identity.generate()
        self.pen = person_key(self.canaries, folder / "pens", "key of who signs a bundle")

    def named(self, pattern: str) -> str:
        """Put canaries into a pattern such as ``event:{event id}``."""
        c = self.canaries
        entries = {f"entry of {name}": entry for name, entry in c.entries.items()}
        return pattern.format_map({**c.words, **c.digests, **entries})

    def state(self, name: str) -> Case:
        """Open a case in a state, made at first use."""
        if name not in self.states:
            # The folder above has another name, so that no path of this machine is one of the case.
            target = self.folder / f"state-{len(self.states)}" / self.origin.name
            shutil.copytree(self.origin, target)
            self.states[name] = target
            case = Case.open(target, write=True, fresh=True)
            if name == "merged":
                above = self.folder / "other"
                above.mkdir()
                merged(case, self.canaries, above)
            elif name == "new keys":
                give(case, self.folder / "first.zip", registry(), by=self.canaries.words["by"])
                rotate_log_key(case, why=self.canaries("reason of a new key"), by="b")
                case = Case.open(target, write=True, fresh=True)
                why = self.canaries("reason of an export key")
                rotate_export_key(case, why=why, by="b", compromised=True)
            elif name == "rebuilt":
                case.rebuild()
            case.close()
        return Case.open(self.states[name], write=True, fresh=True)

    def run(self, variant: Variant, tally: Tally, number: int) -> None:
        """Export in one way, search the bundle, and take releases and seals back."""
        case = self.state(variant.state)
        allowed, forbidden, undo = self.prepare(case, variant)
        target = self.folder / f"b{number}.zip"
        keys = recipients_of([str(self.identity.to_public())]) if variant.encrypted else None
        if keys:
            target = target.with_name(target.name + ".age")
        who = self.canaries("name of a recipient")
        listed: list[str] = []
        give(
            case, target, registry(), profile=variant.profile, as_of=variant.as_of,
            recipients=keys, to=[who], by=self.canaries.words["by"],
            person_key=self.pen if variant.signed else None,
            show=lambda plan: listed.extend(str(each["subject"]) for each in plan.leaves),
        )  # fmt: skip
        if variant.signed:
            allowed.add("key of who signs a bundle")
        if keys:
            import pyrage

            plain = pyrage.decrypt(target.read_bytes(), [self.identity])
            target.unlink()
            target = target.with_suffix("")
            target.write_bytes(plain)
        self.judge(case, variant, target, (allowed, forbidden, " ".join(listed)), tally)
        for each in undo:
            each()
        target.unlink()
        case.close()

    def prepare(
        self, case: Case, variant: Variant
    ) -> tuple[set[str], set[str], list[Callable[[], object]]]:
        """Release or seal; return what may be found, what may not, and how to take it back."""
        why = self.canaries("reason of a release")
        undo: list[Callable[[], object]] = []
        if variant.let_out.startswith("sealed: "):
            sealed = variant.let_out.removeprefix("sealed: ")
            pattern, forbidden = SEALS[sealed]
            from firsthand.report.identify import identify

            subject = identify(case, self.named(pattern)).subject
            letting_out.seal(case, subject, why=self.canaries(f"reason: {sealed}"), by="b")
            undo.append(lambda: letting_out.seal(case, subject, why="over", lift=True, by="b"))
            return set(), {*forbidden, f"reason: {sealed}"}, undo
        allowed: set[str] = set()
        for pattern, what, labels in RELEASES[variant.let_out]:
            thing = self.named(pattern)
            release(case, thing, what, why=why, by="b")
            allowed |= set(labels)
            undo.append(
                lambda thing=thing, what=what: release(  # type: ignore[misc]
                    case, thing, what, why="over", withdraw=True, by="b"
                )
            )
        return allowed, set(), undo

    def judge(
        self,
        case: Case,
        variant: Variant,
        bundle: Path,
        expected: tuple[set[str], set[str], str],
        tally: Tally,
    ) -> None:
        """Search one bundle and note what should not be, or should be and is not, in it.

        ``expected``: what may be found, what may not, and the text of what the command listed.
        """
        about = {"variant": variant.__dict__}
        allowed, forbidden, listed = expected
        words = self.canaries.words
        found = Hunter.of(self.canaries).hunt(bundle)
        never = {"login name", "home folder", "inbox folder"}
        never |= {label for label in words if label.startswith("comment on ")}
        tokens = (SIGNERS | {"digest of a token"}) - forbidden
        if variant.profile == "public":
            bad = set(found) - allowed - tokens
            bad |= {label for label in LISTED & set(found) if words[label] not in listed}
        elif variant.profile == "court":
            bad = set(found) & (forbidden | never)
        else:
            bad = set(found) & never
            tally.in_full = max(tally.in_full, len(found))
        if variant.profile == "public":
            bad |= {f"salt {salt}" for salt in self.hidden_salts(case, bundle)}
            # With an early date a thing that had not been published by then stays in.
            wanted = allowed if variant.as_of is None else set()
            if not variant.let_out.startswith("sealed: "):
                wanted |= tokens
            if missing := wanted - set(found):
                tally.missed_releases.append({**about, "missing": sorted(missing)})
        for label in sorted(bad):
            tally.leaks.append({**about, "canary": label, "where": found.get(label, "")})
        tally.done[variant.profile] += 1
        verdict = check(bundle)
        tally.verdicts[str(verdict["verdict"])] += 1
        if verdict["verdict"] != "ok":
            tally.not_ok.append({**about, "problem": verdict["problems"][:1]})

    def hidden_salts(self, case: Case, bundle: Path) -> set[str]:
        """Return salts of fields that are not open in a bundle and stand in it all the same."""
        folder = self.folder / "unpacked"
        shutil.rmtree(folder, ignore_errors=True)
        with zipfile.ZipFile(bundle) as archive:
            archive.extractall(folder)
        top = next(folder.iterdir())
        hidden = salts_of(case.root) - salts_of(top / "data")
        found: set[str] = set()
        for path in top.rglob("*"):
            if path.is_file():
                for run in re.findall(rb"[0-9a-f]{32,}", path.read_bytes()):
                    text = run.decode()
                    found |= {text[at : at + 32] for at in range(len(text) - 31)} & hidden
        return found


def run(folder: Path, chosen: list[Variant]) -> tuple[Tally, Yard]:
    """Do some of the variants."""
    yard, tally, begun = Yard(folder), Tally(), time.monotonic()
    for number, variant in enumerate(chosen):
        yard.run(variant, tally, number)
        if number % 20 == 19:
            spent = time.monotonic() - begun
            print(f"{number + 1}/{len(chosen)} bundles, {spent:.0f} s", file=sys.stderr)
    return tally, yard


def summary(tally: Tally, yard: Yard) -> dict[str, Any]:
    """Return what one process did."""
    return {
        "canaries": len(yard.canaries.words) + len(yard.canaries.digests),
        "bundles": sum(tally.done.values()),
        "per_profile": dict(tally.done),
        "verdicts": dict(tally.verdicts),
        "not_ok": tally.not_ok,
        "found_in_full": tally.in_full,
        "leaks": tally.leaks,
        "released_and_not_found": tally.missed_releases,
    }


def alone(chosen: list[Variant]) -> dict[str, Any]:
    """Do some of the variants in a case of their own; the environment is put back."""
    before = dict(os.environ)
    memory = "/dev/shm" if Path("/dev/shm").is_dir() else None
    try:
        with tempfile.TemporaryDirectory(prefix="firsthand-leak-", dir=memory) as folder:
            return summary(*run(Path(folder), chosen))
    finally:
        os.environ.clear()
        os.environ.update(before)
        time.tzset()


def together(parts: list[dict[str, Any]]) -> dict[str, Any]:
    """Return one result of those of several processes."""
    made: dict[str, Any] = {
        name: max(part[name] for part in parts) for name in ("canaries", "found_in_full")
    }
    made["bundles"] = sum(part["bundles"] for part in parts)
    for name in ("per_profile", "verdicts"):
        made[name] = dict(sum((Counter(part[name]) for part in parts), Counter()))
    for name in ("leaks", "not_ok", "released_and_not_found"):
        rows = [row for part in parts for row in part[name]]
        made[name] = len(rows)
        if rows:
            made[f"first_{name}"] = rows[:50]
    return made


def main() -> int:
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("--full", action="store_true", help="all of it; writes the result")
    options.add_argument("--part", type=int, help="one of the processes of --full")
    given = options.parse_args()
    if given.part is not None:
        print(json.dumps(alone(variants()[given.part :: PROCESSES])))
        return 0
    digest, began = source_digest(), time.monotonic()
    if given.full:
        command = [sys.executable, __file__, "--part"]
        each = [subprocess.Popen([*command, str(part)], stdout=subprocess.PIPE, text=True)
                for part in range(PROCESSES)]  # fmt: skip
        said = [process.communicate()[0] for process in each]
        result = together([json.loads(text) for text in said])
    else:
        result = together([alone(variants()[::SHARE])])
    result["share"] = "full" if given.full else f"1/{SHARE}"
    result["seconds"] = round(time.monotonic() - began)
    if given.full:
        write_result("leak", result, digest)
    print(json.dumps(result, indent=2, ensure_ascii=False))
    return bool(result["leaks"] or result["released_and_not_found"] or result["not_ok"])


if __name__ == "__main__":
    sys.exit(main())
