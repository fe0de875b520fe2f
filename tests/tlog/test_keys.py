from __future__ import annotations

import json
from pathlib import Path

import pytest

from firsthand.model.errors import BadInput
from firsthand.tlog import Signer, VerifierKey
from firsthand.tlog.keys import _SMALL_ORDER

# C2SP signed-note, section "Verifier keys" of the current editor's copy. The stored text of the
# repository is older and has no vkey; read as quoted by several independent implementations.
SPEC_VKEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
# golang.org/x/mod/sumdb/note, package documentation.
GO_VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_SKEY = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"

RFC_8032 = json.loads(
    (Path(__file__).resolve().parents[1] / "vectors" / "ed25519" / "rfc8032.json").read_bytes()
)["vectors"]
ORDER = 2**252 + 27742317777372353535851937790883648493
FIELD = 2**255 - 19


@pytest.mark.parametrize("vector", RFC_8032, ids=lambda vector: vector["name"])
def test_rfc_8032(vector: dict[str, str]) -> None:
    seed, public, message, signature = (
        bytes.fromhex(vector[name]) for name in ("seed", "public", "message", "signature")
    )
    signer = Signer("test", seed)
    assert signer.verifier.public == public
    assert signer.sign(message) == signature
    key = VerifierKey("test", public)
    assert key.verifies(message, signature)
    assert not key.verifies(message + b"x", signature)
    for bit in range(512):
        changed = (int.from_bytes(signature, "big") ^ (1 << bit)).to_bytes(64, "big")
        assert not key.verifies(message, changed)
    # RFC 8032, section 5.1.7: S must be below the group order, else a second signature fits.
    s = int.from_bytes(signature[32:], "little") + ORDER
    assert not key.verifies(message, signature[:32] + s.to_bytes(32, "little"))
    assert not key.verifies(message, signature[:-1])


def test_there_are_five_vectors() -> None:
    assert [len(bytes.fromhex(vector["message"])) for vector in RFC_8032] == [0, 1, 2, 1023, 64]


@pytest.mark.parametrize("text", [SPEC_VKEY, GO_VKEY])
def test_published_vkeys(text: str) -> None:
    key = VerifierKey.parse(text)
    assert str(key) == text and key.key_id.hex() == text.split("+")[1]


def test_go_signer_key() -> None:
    signer = Signer.parse(GO_SKEY)
    assert str(signer.verifier) == GO_VKEY
    assert signer.secret_text() == GO_SKEY
    assert Signer(signer.name, signer.seed) == signer


def test_key_id_of_a_sigsum_log() -> None:
    # filippo.io/torchwood, cmd/litewitness/testdata/multi-cosigs-ed25519.txt: the log's key, its
    # origin, and the first four bytes of its signature line.
    public = bytes.fromhex("52c05edad1bf5feffa81354faae59a655d9a9a1a793ed2f62c39c26c0be2aecd")
    name = "sigsum.org/v1/tree/985ea163f5af026723561354f51f2ebcdcf2af809ce254ccfb64aa9aadd80f90"
    assert VerifierKey(name, public).key_id.hex() == "ec1293d2"


@pytest.mark.parametrize("text", [SPEC_VKEY, GO_VKEY])
def test_every_piece_and_every_changed_character_of_a_vkey_is_refused(text: str) -> None:
    for start in range(len(text) + 1):
        for end in range(start, len(text) + 1):
            if (start, end) != (0, len(text)):
                with pytest.raises(BadInput):
                    VerifierKey.parse(text[start:end])
    for at in range(len(text)):
        for bit in range(7):
            changed = text[:at] + chr(ord(text[at]) ^ (1 << bit)) + text[at + 1 :]
            with pytest.raises(BadInput):
                VerifierKey.parse(changed)


@pytest.mark.parametrize(
    "text",
    [
        SPEC_VKEY + "\n",
        " " + SPEC_VKEY,
        SPEC_VKEY.replace("530d903a", "530D903A"),
        # Type 0x04 (cosignature) and 0x02: keys of other kinds than this reader knows.
        "example.com/foo+530d903a+BOkyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530d903a+AukyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
    ],
)
def test_other_vkeys_are_refused(text: str) -> None:
    with pytest.raises(BadInput):
        VerifierKey.parse(text)


@pytest.mark.parametrize(
    "name", ["", "a b", "a+b", "a\nb", "a\u00a0b", "a\u3000", "\x00", "\udce9"]
)
def test_bad_names(name: str) -> None:
    with pytest.raises(BadInput):
        Signer(name, bytes(32))
    with pytest.raises(BadInput):
        VerifierKey(name, VerifierKey.parse(GO_VKEY).public)


def test_secrets_do_not_show() -> None:
    signer = Signer.parse(GO_SKEY)
    assert signer.seed.hex() not in repr(signer) and repr(signer.seed) not in repr(signer)
    secret = GO_SKEY.split("+", 4)[4]
    for changed in (GO_SKEY + "A", GO_SKEY.replace("c74f", "c74e"), GO_SKEY[:-1], secret):
        with pytest.raises(BadInput) as caught:
            Signer.parse(changed)
        assert secret[4:20] not in f"{caught.value} {caught.value.hint}"


def test_generated_keys_differ() -> None:
    one, two = Signer.generate("a"), Signer.generate("a")
    assert one.seed != two.seed and len(one.seed) == 32
    assert one.verifier.verifies(b"x", one.sign(b"x"))
    assert not two.verifier.verifies(b"x", one.sign(b"x"))
    with pytest.raises(BadInput):
        Signer("a", bytes(31))


def edwards_add(p: tuple[int, int], q: tuple[int, int]) -> tuple[int, int]:
    """RFC 8032, section 5.1.4, in affine coordinates."""
    d = -121665 * pow(121666, -1, FIELD) % FIELD
    (x1, y1), (x2, y2) = p, q
    product = d * x1 * x2 * y1 * y2 % FIELD
    x = (x1 * y2 + x2 * y1) * pow(1 + product, -1, FIELD) % FIELD
    y = (y1 * y2 + x1 * x2) * pow(1 - product, -1, FIELD) % FIELD
    return x, y


def point_of(y: int) -> tuple[int, int]:
    """RFC 8032, section 5.1.3: the point with this y, either x."""
    d = -121665 * pow(121666, -1, FIELD) % FIELD
    square = (y * y - 1) * pow(d * y * y + 1, -1, FIELD) % FIELD
    x = pow(square, (FIELD + 3) // 8, FIELD)
    if (x * x - square) % FIELD:
        x = x * pow(2, (FIELD - 1) // 4, FIELD) % FIELD
    assert (x * x - square) % FIELD == 0
    return x, y


def test_keys_of_small_order_are_refused() -> None:
    points = set()
    for y in _SMALL_ORDER:
        x, _ = point_of(y)
        for point in ((x, y), (-x % FIELD, y)):
            points.add(point)
            eightfold = point
            for _ in range(3):
                eightfold = edwards_add(eightfold, eightfold)
            assert eightfold == (0, 1)
        for encoded in (y, y | 1 << 255):
            with pytest.raises(BadInput):
                VerifierKey("a", encoded.to_bytes(32, "little"))
    # The curve has cofactor 8 (RFC 8032, section 5.1), so these are all the points there are.
    assert len(points) == 8
    # The same points written with y + p, where that fits into 255 bits.
    for y in (0, 1):
        with pytest.raises(BadInput):
            VerifierKey("a", (y + FIELD).to_bytes(32, "little"))
