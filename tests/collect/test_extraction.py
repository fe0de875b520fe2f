"""The child that reads pages can do nothing else."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from firsthand.collect import Limits, extraction
from firsthand.media import bubblewrap
from firsthand.media.sandbox import run_limited
from firsthand.model.errors import BadInput


@pytest.mark.parametrize("backend", ["bubblewrap", "limits"])
@pytest.mark.skipif(sys.platform != "linux", reason="what only Linux offers; CI runs on it")
@pytest.mark.parametrize(
    ("act", "error"),
    [
        ("__import__('socket').socket()", "PermissionError"),
        ("__import__('os').truncate(PATH, 1)", "(PermissionError|FileNotFoundError)"),
        ("open(PATH, 'w').write('x')", "(PermissionError|OSError|FileNotFoundError)"),
        ("__import__('os').fork()", "PermissionError"),
    ],
)
def test_a_page_that_takes_over_the_parser_goes_nowhere(
    act: str, error: str, backend: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The parser is replaced by code that tries; the error that it met comes back."""
    if backend == "bubblewrap" and bubblewrap.available() is None:
        pytest.skip("no bubblewrap that works here; CI has it")
    monkeypatch.setenv("FIRSTHAND_SANDBOX", backend)
    held = run_limited([sys.executable, "-c", "pass"]).isolation
    if "PATH" in act and "no writing outside" not in held:
        pytest.skip("this kernel has no Landlock (Linux 5.13 or newer); CI has it")
    kept = tmp_path / "kept"
    kept.write_text("kept")
    program = (
        "import json,sys; sys.path[:]=json.loads(sys.argv[1])\n"
        "from firsthand.collect import extraction\n"
        f"PATH = {str(kept)!r}\n"
        f"extraction._extract = lambda page: {act}\n"
        "extraction.serve(int(sys.argv[2]))"
    )
    monkeypatch.setattr(extraction, "_START", program)
    with (
        extraction.Extractor(Limits()) as extractor,
        pytest.raises(BadInput, match=f"no text was read: {error}"),
    ):
        extractor.read(b"<p>page</p>")
    assert kept.read_text() == "kept"
