"""What every Blobs must keep."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from firsthand.case.interfaces import Blobs, Staged
from firsthand.model.errors import NotFound, VerificationFailed
from firsthand.model.values import Digest, digest_bytes

ABSENT = Digest("sha256:" + "0" * 64)


class BlobsContract:
    """Subclass it and give the fixtures `open_blobs`, `stage` and `flip`.

    ``flip(digest)`` changes one byte of the stored object behind the interface's back.
    """

    def test_bytes_come_back(
        self, open_blobs: Callable[[], Blobs], stage: Callable[[bytes], Staged]
    ) -> None:
        blobs = open_blobs()
        for data in (b"", b"a", b"\0" * 3_000_000):
            staged = stage(data)
            assert (staged.digest, staged.size) == (digest_bytes(data), len(data))
            assert not blobs.has(staged.digest)
            assert blobs.put(staged)
            blobs.settle()
            assert open_blobs().get(staged.digest) == data
            assert open_blobs().verify(staged.digest)

    def test_what_is_there_is_not_put_again(
        self, open_blobs: Callable[[], Blobs], stage: Callable[[bytes], Staged]
    ) -> None:
        blobs = open_blobs()
        assert blobs.put(stage(b"same"))
        assert not blobs.put(stage(b"same"))
        blobs.settle()
        assert blobs.get(digest_bytes(b"same")) == b"same"

    def test_what_is_not_there_is_not_found(self, open_blobs: Callable[[], Blobs]) -> None:
        blobs = open_blobs()
        assert not blobs.has(ABSENT)
        with pytest.raises(NotFound):
            blobs.get(ABSENT)
        with pytest.raises(NotFound):
            blobs.verify(ABSENT)

    def test_a_changed_byte_shows(
        self,
        open_blobs: Callable[[], Blobs],
        stage: Callable[[bytes], Staged],
        flip: Callable[[Digest], None],
    ) -> None:
        blobs = open_blobs()
        staged = stage(b"evidence")
        blobs.put(staged)
        blobs.settle()
        flip(staged.digest)
        assert not blobs.verify(staged.digest)
        with pytest.raises(VerificationFailed):
            blobs.get(staged.digest)
