"""The attack suite: thirty attacks on real, rendered and plain pictures, against the matcher.

    python benchmarks/match/suite.py --work WHERE [--half tune|report] [--slices real,low_texture]
        [--first N] [--attacks a,b] [--command] [--jobs N] [--build] [--peers] [--missed]

Builds the files into WHERE/NAME (what is there is kept), asks the matcher for one attack after
another (answers are kept by the digest of the source, so a run that was stopped goes on), and
prints recall, wrong links, micro-AP, relations and regions; WHERE/NAME/result.json holds them all.
Nothing is tuned on ``report``.
"""

from __future__ import annotations

import argparse
import datetime
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from attacks import ATTACKS, Around, attacked
from originals import HALVES, SLICES, Original, cast, read
from placed import Image
from scoring import Found, Query, by_attack, missed, scored, table
from video_frame import MissingProgram

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "campaigns"))

from measured import machine, source_digest

HERE = Path(__file__).resolve().parent

MAKERS = "attacks dress originals placed plain_scenes rendered video_frame".split()

DRESSES = ("phone_ui", "banner", "phone_ui", "vframe", "border")
"""How decoys in the index are dressed, in turns."""


class Suite:
    """A folder with an index, queries, and the truth about them."""

    def __init__(
        self, folder: Path, half: str, slices: Sequence[str], first: int | None, seed: int
    ):
        self.folder, self.half, self.slices = folder, half, tuple(slices)
        self.first, self.seed = first, seed
        self.index, self.queries = folder / "index", folder / "queries"
        self.aside = folder / "aside"

    def build(self, attacks: Sequence[str]) -> None:
        """Make what is missing."""
        missing = [name for name in attacks if not self._told(name).exists()]
        self._same_maker()
        if not missing:
            return
        for folder in (self.index, self.aside):
            folder.mkdir(parents=True, exist_ok=True)
        whole = cast(self.half, self.slices, self.first)
        originals = {each.name: self._kept(each, self.index) for each in whole.originals}
        negatives = {each.name: self._kept(each, self.aside) for each in whole.negatives}
        around = Around([read(self._kept(each, self.aside)) for each in whole.fillers])
        self._decoys(whole.decoys, around)
        slices = {each.name: each.slice for each in whole.originals}
        for name in missing:
            try:
                self._attack(name, originals, slices, negatives, around)
            except MissingProgram as error:
                print(f"{name} is left out: {error}", file=sys.stderr)

    def _same_maker(self) -> None:
        """Refuse to mix files of other attacks with those of these."""
        self.folder.mkdir(parents=True, exist_ok=True)
        note, digest = self.folder / "made-by.txt", suite_digest()
        if not note.exists():
            _put(note, digest.encode())
        elif note.read_text() != digest:
            raise SystemExit(f"{self.folder} was built by other attacks: remove it first")

    def _told(self, attack: str) -> Path:
        return self.folder / f"truth-{attack}.json"

    def _kept(self, each: Original, folder: Path) -> Path:
        """Return the file of a picture: as it is, or as a camera would have kept what is drawn."""
        target = folder / f"{each.name}{'.jpg' if each.path is None else each.path.suffix}"
        if not target.exists():
            _put(target, _jpeg(each.image) if each.path is None else each.path.read_bytes())
        return target

    def _decoys(self, decoys: Sequence[Original], around: Around) -> None:
        for number, each in enumerate(decoys):
            target = self.index / f"decoy-{each.name}.jpg"
            for dress in (DRESSES[number % len(DRESSES)], "phone_ui"):
                if target.exists():
                    break
                try:
                    made = attacked(dress, each.name, each.image, around, seed=self.seed + 1)
                except MissingProgram:
                    continue
                _put(target, made.data)

    def _attack(
        self,
        name: str,
        originals: dict[str, Path],
        slices: dict[str, str],
        negatives: dict[str, Path],
        around: Around,
    ) -> None:
        (self.queries / name).mkdir(parents=True, exist_ok=True)
        truth, names = [], list(originals)
        for number, (original, path) in enumerate(originals.items()):
            other = names[(number * 7 + 3) % len(names)]
            partner = None if other == original else (other, read(originals[other]))
            beside = Around(around.fillers, partner)
            made = attacked(name, original, read(path), beside, seed=self.seed)
            query = self._query(name, f"{original}{made.suffix}", made.data)
            holds = {
                place.original: [[round(v, 1) for v in box] for box in place.regions()]
                for place in made.holds
            }
            maps = {place.original: place.map.ravel().tolist() for place in made.holds}
            truth.append({**query, "slice": slices[original], "holds": holds, "maps": maps})
        for original, path in negatives.items():
            made = attacked(name, original, read(path), around, seed=self.seed)
            query = self._query(name, f"negative-{original}{made.suffix}", made.data)
            truth.append({**query, "slice": "negative", "holds": {}, "maps": {}})
        _put(self._told(name), json.dumps(truth, indent=1).encode())

    def _query(self, attack: str, name: str, data: bytes) -> dict[str, Any]:
        _put(self.queries / attack / name, data)
        return {"query": f"queries/{attack}/{name}", "attack": attack}

    def truth(self, attacks: Sequence[str]) -> list[Query]:
        """Return the queries of attacks that were built."""
        found = []
        for name in attacks:
            told = self._told(name)
            for each in json.loads(told.read_text()) if told.exists() else ():
                holds = {key: (tuple(a), tuple(b)) for key, (a, b) in each["holds"].items()}
                found.append(Query(each["query"], name, each["slice"], holds))  # type: ignore[arg-type]
        return found

    def ask(self, attack: str, *, command: bool, jobs: int | None) -> dict[str, Any]:
        """Return what the matcher says about the queries of one attack, as its JSON."""
        begun, used = time.monotonic(), os.times()
        answer = self._by_command(attack, jobs) if command else self._by_call(attack, jobs)
        after = os.times()
        answer["seconds"] = round(time.monotonic() - begun, 2)
        answer["cpu_seconds"] = round(sum(after[:4]) - sum(used[:4]), 2)
        return answer

    def _by_call(self, attack: str, jobs: int | None) -> dict[str, Any]:
        from firsthand.match.files import File, compare

        files = []
        for side, folder in (("query", self.queries / attack), ("base", self.index)):
            for path in sorted(folder.iterdir()):
                kind = "image/png" if path.suffix == ".png" else "image/jpeg"
                files.append(File(path, path.relative_to(self.folder).as_posix(), kind, side))
        return dict(compare(files, against=True, jobs=jobs))

    def _by_command(self, attack: str, jobs: int | None) -> dict[str, Any]:
        parts = [sys.executable, "-m", "firsthand", "match", f"queries/{attack}"]
        parts += ["--against", "index", "--json"] + (["--jobs", str(jobs)] if jobs else [])
        done = subprocess.run(parts, cwd=self.folder, capture_output=True, text=True, check=True)
        return dict(json.loads(done.stdout))


def suite_digest() -> str:
    """Return the SHA-256 over the files that decide what is built."""
    digest = hashlib.sha256()
    for path in [*(HERE / f"{name}.py" for name in MAKERS), *sorted(HERE.glob("render3d/*.py"))]:
        digest.update(f"{path.name} {path.stat().st_size}\n".encode() + path.read_bytes())
    return digest.hexdigest()


def _put(target: Path, data: bytes) -> None:
    """Write a file that is there whole or not at all."""
    part = target.with_name(f".part-{target.name}")
    part.write_bytes(data)
    part.rename(target)


def _jpeg(image: Image) -> bytes:
    done, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 92])
    if not done:
        raise ValueError("a picture cannot be written")
    return bytes(data.tobytes())


def links_of(answer: dict[str, Any]) -> Iterator[Found]:
    """Yield the links of a matcher's answer, from the side of the query."""
    for link in answer["links"]:
        turned = link["a"].startswith("index/")
        query, base = (link["b"], link["a"]) if turned else (link["a"], link["b"])
        ends = ("region_b", "region_a") if turned else ("region_a", "region_b")
        boxes = [tuple(link[end]) if end in link else None for end in ends]
        later = {"a_from_b": "original" if turned else "query",
                 "b_from_a": "query" if turned else "original"}  # fmt: skip
        yield Found(
            query, Path(base).stem, link["score"], link["relation"],
            boxes[0], boxes[1], later.get(link.get("derived", "")),
        )  # fmt: skip


def measure(suite: Suite, attacks: Sequence[str], given: argparse.Namespace) -> dict[str, Any]:
    """Ask about every attack, and return all numbers."""
    digest = source_digest()
    kept = suite.folder / f"answers-{given.tag or digest[:12]}"
    kept.mkdir(exist_ok=True)
    found: list[Found] = []
    seconds, cpu = 0.0, 0.0
    for number, name in enumerate(attacks):
        if not (suite.folder / f"truth-{name}.json").exists():
            continue
        into = kept / f"{name}.json"
        if not into.exists():
            answer = suite.ask(name, command=given.command, jobs=given.jobs)
            _put(into, json.dumps(answer).encode())
            print(f"  {number + 1}/{len(attacks)} {name}: {answer['seconds']} s", file=sys.stderr)
        answer = json.loads(into.read_text())
        seconds, cpu = seconds + answer["seconds"], cpu + answer["cpu_seconds"]
        found += links_of(answer)
    queries = suite.truth(attacks)
    slices = [*suite.slices, "negative"]
    return {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "machine": machine(),
        "versions": {"opencv": cv2.__version__, "numpy": np.__version__},
        "source_digest": digest,
        "suite_digest": suite_digest(),
        "source_unchanged_during_run": source_digest() == digest,
        "half": suite.half,
        "seed": suite.seed,
        "originals_of_each_slice": suite.first,
        "index": sum(1 for _ in suite.index.iterdir()),
        "asked_by": "firsthand match --json" if given.command else "firsthand.match.files.compare",
        "seconds": round(seconds, 1),
        "cpu_seconds": round(cpu, 1),
        "all": scored(queries, found),
        "slices": {
            name: scored([query for query in queries if query.slice == name], found)
            for name in slices
        },
        "attacks": by_attack(queries, found),
        "attacks_by_slice": {
            name: by_attack([query for query in queries if query.slice == name], found)
            for name in suite.slices
        },
        "missed": missed(queries, found),
    }


def show(result: dict[str, Any]) -> None:
    """Print the tables."""
    whole = result["all"]
    print(
        f"{result['half']}: {whole['queries']} queries ({whole['negatives']} negatives), "
        f"{result['index']} pictures in the index, {result['cpu_seconds']} s of processors"
    )
    print(table({"all": whole, **result["slices"]}))
    for name, attacks in result["attacks_by_slice"].items():
        print(f"\n{name}")
        print(table(attacks))
    bound = whole["wrong_per_query_below"]
    more = f" (95 % sure below {bound:.5f} each)" if bound else ""
    print(f"\nwrong links: {whole['wrong']} of {whole['queries']} queries{more}")
    for wrong in whole["wrong_links"]:
        print("  " + " ".join(str(each) for each in wrong))
    print(f"relations of right links: {whole['relations']}")
    true, other = whole["overlays_of_true_pairs"], whole["overlays_of_others"]
    print(f"called shared overlay: {true} true pairs, {other} others")
    print(f"direction: decided {whole['direction_decided']}, right {whole['direction_right']}")


def main() -> None:
    """Build, ask, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--work", type=Path, required=True, help="folder to keep everything in")
    parser.add_argument("--half", choices=HALVES, default="tune")
    parser.add_argument("--slices", default=",".join(SLICES), help="which, with commas between")
    parser.add_argument("--attacks", help="which, with commas between; all without")
    parser.add_argument("--first", type=int, help="originals of each slice; all without")
    parser.add_argument("--quick", action="store_true", help="4 originals of each slice")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, help="threads of the matcher")
    parser.add_argument("--command", action="store_true", help="ask the program, not the function")
    parser.add_argument("--tag", help="name of the answers, in place of the digest of the source")
    parser.add_argument("--again", action="store_true", help="forget the answers of this tag")
    parser.add_argument("--build", action="store_true", help="only build")
    parser.add_argument("--peers", action="store_true", help="measure peers on the same files, too")
    parser.add_argument("--missed", action="store_true", help="print each pair that was missed")
    parser.add_argument("--out", type=Path, help="write the result here, too")
    given = parser.parse_args()
    slices = tuple(given.slices.split(","))
    attacks = given.attacks.split(",") if given.attacks else list(ATTACKS)
    if unknown := {*slices} - {*SLICES} | {*attacks} - {*ATTACKS}:
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    first = 4 if given.quick else given.first
    named = "all" if slices == SLICES else "+".join(slices)
    name = f"{given.half}-{named}-{first or 'whole'}-seed{given.seed}"
    suite = Suite(given.work / name, given.half, slices, first, given.seed)
    cv2.setNumThreads(1)
    suite.build(attacks)
    if given.build:
        return
    if given.again:
        shutil.rmtree(suite.folder / f"answers-{given.tag or source_digest()[:12]}", True)
    result = measure(suite, attacks, given)
    if given.peers:
        from peers import measure_peers

        result["peers"] = measure_peers(suite, attacks)
    show(result)
    for name, part in result.get("peers", {}).items():
        print(f"\n{name}")
        print(table({"all": part["all"], **part["slices"], **part["attacks"]}))
    if given.missed:
        for each in result["missed"]:
            print("missed:", *each)
    text = json.dumps(result, indent=1) + "\n"
    _put(suite.folder / "result.json", text.encode())
    if given.out:
        given.out.write_text(text)


if __name__ == "__main__":
    main()
