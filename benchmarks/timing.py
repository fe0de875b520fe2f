"""Time and memory of a piece of work. Wall time says what a user waits, CPU time what it costs.

Other work on the machine only ever adds, so of several runs the best is the one to compare.
"""

from __future__ import annotations

import contextlib
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PYTHON = sys.executable
FIRSTHAND = (PYTHON, "-m", "firsthand")
SAMPLE_SECONDS = 0.01


@dataclass
class Taken:
    """Wall and CPU seconds of one run; CPU of child processes that were waited for included."""

    wall: float = 0.0
    cpu: float = 0.0


def _cpu() -> float:
    own, children = (resource.getrusage(who) for who in (0, resource.RUSAGE_CHILDREN))
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


@contextlib.contextmanager
def clock() -> Iterator[Taken]:
    """Measure a block."""
    taken = Taken()
    wall, cpu = time.perf_counter(), _cpu()
    yield taken
    taken.wall, taken.cpu = time.perf_counter() - wall, _cpu() - cpu


def command(args: Sequence[str], **options: object) -> Taken:
    """Run a command that must succeed; what it prints is dropped."""
    with clock() as taken:
        subprocess.run(args, check=True, stdout=subprocess.DEVNULL, **options)  # type: ignore[call-overload]
    return taken


def interleaved(work: dict[str, Callable[[], Taken]], rounds: int) -> dict[str, list[Taken]]:
    """Run everything in turn, round after round, so that a busy minute meets all of it."""
    found: dict[str, list[Taken]] = {name: [] for name in work}
    for number in range(rounds):
        for name, run in work.items():
            found[name].append(run())
            say(f"  {number + 1}/{rounds} {name}: {found[name][-1].wall:.2f} s")
    return found


def say(text: str) -> None:
    """Tell whoever waits how far it is."""
    print(text, file=sys.stderr, flush=True)


def speed(runs: list[Taken], amount: float) -> dict[str, float | list[float]]:
    """Return amount per second of the best run and of each, and the least CPU seconds."""
    return {
        "best_per_s": round(amount / min(run.wall for run in runs), 1),
        "each_per_s": [round(amount / run.wall, 1) for run in runs],
        "least_cpu_s": round(min(run.cpu for run in runs), 2),
    }


def peak_memory(args: Sequence[str]) -> dict[str, int | None]:
    """Run a command; return the peak resident memory of it and of its largest child [MB].

    Read from ``VmHWM``, which begins anew with each program. ``ru_maxrss`` would count what the
    process that started it had at that moment.
    """
    if not Path("/proc/self/status").exists():
        subprocess.run(args, check=True, stdout=subprocess.DEVNULL)
        return {"self_mb": None, "largest_child_mb": None, "children_seen": None}
    child = subprocess.Popen(args, stdout=subprocess.DEVNULL)
    peaks: dict[int, int] = {}
    while child.poll() is None:
        for pid in _family(child.pid):
            peaks[pid] = max(peaks.get(pid, 0), _peak(pid))
        time.sleep(SAMPLE_SECONDS)
    if child.returncode:
        raise subprocess.CalledProcessError(child.returncode, args)
    own = peaks.pop(child.pid, 0)
    return {
        "self_mb": round(own / 1000),
        "largest_child_mb": round(max(peaks.values()) / 1000) if peaks else None,
        "children_seen": len(peaks),
    }


def _family(root: int) -> list[int]:
    found = [root]
    for pid in found:
        with contextlib.suppress(OSError):
            for task in os.listdir(f"/proc/{pid}/task"):
                text = Path(f"/proc/{pid}/task/{task}/children").read_text()
                found += [int(word) for word in text.split()]
    return found


def _peak(pid: int) -> int:
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024 // 1000
    return 0


def watched(args: list[str], **options: Any) -> dict[str, float | int]:
    """Run a command; return seconds, CPU seconds and peak memory [MB] with all its children.

    ``peak_mb`` is that of its largest process, ``sum_mb`` the most that all had at one moment.
    A child that is killed before its parent waits for it is missing from what the kernel adds up,
    so processor time is also read while they run, and the larger sum is taken.
    """
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    child = subprocess.Popen(args, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options)
    peak = most = 0
    used: dict[int, tuple[float, float]] = {}
    while child.poll() is None:
        family = _family(child.pid)
        peak = max([peak, *(_peak(pid) for pid in family)])
        most = max(most, sum(_resident(pid) for pid in family))
        used |= {pid: found for pid in family if (found := _used(pid))}
        time.sleep(SAMPLE_SECONDS)
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if child.returncode:
        raise subprocess.CalledProcessError(child.returncode, args)
    return {
        "wall_s": round(wall, 2),
        "user_s": round(
            max(after.ru_utime - before.ru_utime, sum(each[0] for each in used.values())), 2
        ),
        "system_s": round(
            max(after.ru_stime - before.ru_stime, sum(each[1] for each in used.values())), 2
        ),
        "peak_mb": round(peak / 1000),
        "sum_mb": round(most / 1000),
        "processes": len(used),
    }


def _used(pid: int) -> tuple[float, float] | None:
    with contextlib.suppress(OSError, ValueError, IndexError):
        # Fields 14 and 15 of proc(5) stat; the name before them may hold spaces.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks = os.sysconf("SC_CLK_TCK")
        return int(fields[11]) / ticks, int(fields[12]) / ticks
    return None


def _resident(pid: int) -> int:
    with contextlib.suppress(OSError, ValueError, IndexError):
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") // 1000
    return 0
