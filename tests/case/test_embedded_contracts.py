"""The backends that need nothing but a folder, under the contracts of every backend."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from contracts.blobs import BlobsContract
from contracts.catalog import CatalogContract
from contracts.log import LogContract
from contracts.queue import QueueContract
from sqlalchemy import text

from firsthand.case.blobs import DiskBlobs
from firsthand.case.catalog import SqlCatalog
from firsthand.case.database import open_engine
from firsthand.case.files import Files
from firsthand.case.interfaces import Staged
from firsthand.case.keys import new_log_key
from firsthand.case.log import DiskLog
from firsthand.case.queue import SqlQueue
from firsthand.model.values import Digest

APPEND = """
import sys
from pathlib import Path
from firsthand.case.files import Files, locked
from firsthand.case.keys import load_log_key
from firsthand.case.log import DiskLog
root, vkey, number, each = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
for turn in range(each):
    entry = b'{"root":"%064x","t":"note","v":1}' % (number * 1000 + turn)
    with locked(root / "lock"):
        log = DiskLog(root, vkey, Files(), load_log_key(vkey))
        log.append(log.size(), [entry])
    print(entry.decode())
"""


class TestDiskLog(LogContract):
    @pytest.fixture
    def vkey(self) -> str:
        return str(new_log_key("example.org/log").verifier)

    @pytest.fixture
    def open_log(self, tmp_path: Path, vkey: str) -> Callable[[], DiskLog]:
        from firsthand.case.keys import load_log_key

        for name in ("log", "incoming"):
            (tmp_path / name).mkdir(exist_ok=True)
        return lambda: DiskLog(tmp_path, vkey, Files(), load_log_key(vkey))

    @pytest.fixture
    def appenders(
        self, tmp_path: Path, vkey: str, open_log: Callable[[], DiskLog]
    ) -> Callable[[int, int], list[bytes]]:
        def start(count: int, each: int) -> list[bytes]:
            started = [
                subprocess.Popen(
                    [sys.executable, "-c", APPEND, tmp_path, vkey, str(number), str(each)],
                    stdout=subprocess.PIPE,
                )
                for number in range(count)
            ]
            outputs = [process.communicate(timeout=120)[0] for process in started]
            assert {process.returncode for process in started} == {0}
            return [line for output in outputs for line in output.splitlines()]

        return start


class TestDiskBlobs(BlobsContract):
    @pytest.fixture
    def open_blobs(self, tmp_path: Path) -> Callable[[], DiskBlobs]:
        for name in ("objects/sha256", "incoming"):
            (tmp_path / name).mkdir(parents=True, exist_ok=True)
        return lambda: DiskBlobs(tmp_path, Files())

    @pytest.fixture
    def stage(self, open_blobs: Callable[[], DiskBlobs]) -> Callable[[bytes], Staged]:
        return open_blobs().stage_bytes

    @pytest.fixture
    def flip(self, open_blobs: Callable[[], DiskBlobs]) -> Callable[[Digest], None]:
        def change(digest: Digest) -> None:
            path = open_blobs().path(digest)
            data = bytearray(path.read_bytes())
            data[0] ^= 1
            path.chmod(0o644)
            path.write_bytes(data)

        return change

    def test_kept_objects_are_read_only(
        self, open_blobs: Callable[[], DiskBlobs], stage: Callable[[bytes], Staged]
    ) -> None:
        staged = stage(b"x")
        open_blobs().put(staged)
        assert open_blobs().path(staged.digest).stat().st_mode & 0o777 == 0o444


def dump_tables(catalog: Any) -> dict[str, list[tuple[Any, ...]]]:
    """Return everything in a catalog, the full-text index included, but for the queue."""
    names = ("meta", "entries", "nouns", "sightings", "collected", "outcomes", "findings", "words")
    with catalog.engine.connect() as connection:
        return {
            name: [tuple(row) for row in connection.execute(text(f"SELECT rowid, * FROM {name}"))]
            for name in names
        }


@pytest.fixture(params=["file", "memory"])
def new_catalog(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Any]:
    made: list[SqlCatalog] = []

    def make() -> SqlCatalog:
        path = tmp_path / f"what? is #{len(made)}.db"  # signs that mean something in an address
        made.append(SqlCatalog(open_engine(path if request.param == "file" else None)))
        return made[-1]

    yield make
    for catalog in made:
        catalog.engine.dispose()


class TestSqlCatalog(CatalogContract):
    @pytest.fixture
    def dump(self) -> Callable[[Any], Any]:
        return dump_tables

    def test_the_file_has_the_name_that_was_given(self, tmp_path: Path) -> None:
        SqlCatalog(open_engine(tmp_path / "a?b=c#d.db")).engine.dispose()
        assert (tmp_path / "a?b=c#d.db").is_file()


class TestSqlQueue(QueueContract):
    @pytest.fixture
    def open_queue(self, tmp_path: Path) -> Iterator[Callable[[], SqlQueue]]:
        engines = []

        def make() -> SqlQueue:
            engines.append(open_engine(tmp_path / "queue.db"))
            SqlCatalog(engines[-1])
            return SqlQueue(engines[-1])

        yield make
        for engine in engines:
            engine.dispose()
