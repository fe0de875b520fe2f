"""Results of campaigns: JSON that says what was measured, on which source, where and when."""

from __future__ import annotations

import datetime
import hashlib
import json
import os
import platform
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "campaigns" / "results"


def source_digest(root: Path = ROOT) -> str:
    """Return the SHA-256 over paths and contents of the sorted ``src/firsthand/**/*.py``."""
    digest = hashlib.sha256()
    package = root / "src" / "firsthand"
    for path in sorted(package.rglob("*.py"), key=lambda p: p.relative_to(package).as_posix()):
        data = path.read_bytes()
        # Name and length stand before the bytes, so that moving text between files shows.
        digest.update(f"{path.relative_to(package).as_posix()} {len(data)}\n".encode())
        digest.update(data)
    return digest.hexdigest()


def machine() -> dict[str, Any]:
    """Return what can be compared between machines; no name of a host, user or folder."""
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count(),
        "python": platform.python_version(),
    }


def result_path(name: str) -> Path:
    """Return where the result of a campaign lies."""
    return RESULTS / f"{name}.json"


def write_result(name: str, data: dict[str, Any], digest: str | None = None) -> Path:
    """Write the result of a campaign and return its path.

    ``digest``: :func:`source_digest` from before a long run, when others may edit meanwhile.
    """
    RESULTS.mkdir(parents=True, exist_ok=True)
    now = datetime.datetime.now(datetime.UTC)
    whole = {
        "campaign": name,
        "date": now.date().isoformat(),
        "machine": machine(),
        "source_digest": digest or source_digest(),
        **data,
    }
    path = result_path(name)
    text = json.dumps(whole, indent=2, ensure_ascii=False, sort_keys=True)
    path.write_text(text + "\n", encoding="utf-8")
    return path


def stale(name: str) -> str | None:
    """Return why the committed result of a campaign is stale, or None when it is of this source."""
    try:
        recorded = json.loads(result_path(name).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return f"campaigns/results/{name}.json is missing: make campaign-{name}"
    if recorded.get("source_digest") != source_digest():
        return f"campaigns/results/{name}.json measured another source: make campaign-{name}"
    return None
