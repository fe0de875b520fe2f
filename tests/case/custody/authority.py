"""Time-stamping authorities made for tests: by ``openssl ts``, and by hand where openssl is honest.

``Authority.reply`` lets openssl answer a request. ``forge`` signs a token of any content with the
same keys, so that each thing that can be wrong is wrong alone.
"""

from __future__ import annotations

import datetime
import hashlib
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from firsthand.tlog import der, rfc3161

DAY = datetime.timedelta(days=1)
NOW = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
POLICY = "1.2.3.4.1"

CONFIG = """\
[tsa]
default_tsa = one
[one]
dir = {folder}
serial = $dir/serial
crypto_device = builtin
signer_digest = {digest}
default_policy = 1.2.3.4.1
other_policies = 1.2.3.4.5
digests = sha256, sha512
accuracy = secs:1, millisecs:500
ordering = no
tsa_name = no
ess_cert_id_chain = no
ess_cert_id_alg = {ess}
"""


def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _pem(key: rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


@dataclass
class Authority:
    """An authority with its own root; files for openssl lie in its folder."""

    folder: Path
    name: str
    root_key: rsa.RSAPrivateKey = field(default_factory=_key)
    key: rsa.RSAPrivateKey = field(default_factory=_key)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True)
        self.root = self.certificate(f"{self.name} root", self.root_key, None, ca=True)
        self.signer = self.certificate(f"{self.name} signer", self.key, True)
        self.install(self.signer)

    def certificate(
        self,
        name: str,
        key: rsa.RSAPrivateKey,
        stamping: bool | None,
        *,
        ca: bool = False,
        start: datetime.datetime = NOW - 3650 * DAY,
        end: datetime.datetime = NOW + 3650 * DAY,
        critical: bool = True,
        more: tuple[x509.ObjectIdentifier, ...] = (),
    ) -> x509.Certificate:
        """Issue a certificate: for time stamps (True), for something else (False), or a root."""
        issuer = f"{self.name} root"
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
            .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(start)
            .not_valid_after(end)
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .add_extension(_usage(ca), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.root_key.public_key()),
                False,
            )
        )
        if stamping is not None:
            kinds = ExtendedKeyUsageOID.TIME_STAMPING if stamping else None
            usage = [kinds or ExtendedKeyUsageOID.CODE_SIGNING, *more]
            builder = builder.add_extension(x509.ExtendedKeyUsage(usage), critical=critical)
        return builder.sign(self.root_key, hashes.SHA256())

    @property
    def roots(self) -> bytes:
        return self.root.public_bytes(serialization.Encoding.PEM)

    def install(
        self, signer: x509.Certificate, digest: str = "sha256", ess: str = "sha256"
    ) -> None:
        (self.folder / "signer.pem").write_bytes(signer.public_bytes(serialization.Encoding.PEM))
        (self.folder / "key.pem").write_bytes(_pem(self.key))
        (self.folder / "root.pem").write_bytes(self.roots)
        (self.folder / "serial").write_text("01\n", encoding="ascii")
        config = CONFIG.format(folder=self.folder, digest=digest, ess=ess)
        (self.folder / "tsa.cnf").write_text(config, encoding="utf-8")

    def reply(self, request: bytes, *, chain: bool = False) -> bytes:
        """Let openssl answer."""
        (self.folder / "tsq").write_bytes(request)
        command = "openssl ts -reply -config tsa.cnf -queryfile tsq -signer signer.pem"
        command += " -inkey key.pem -out tsr" + (" -chain root.pem" if chain else "")
        subprocess.run(command.split(), cwd=self.folder, check=True, capture_output=True)
        return (self.folder / "tsr").read_bytes()

    # --- by hand --------------------------------------------------------------------------------

    def forge(
        self,
        request: bytes,
        *,
        time: datetime.datetime | str = NOW,
        nonce: int | None = None,
        imprint: bytes | None = None,
        policy: str = POLICY,
        status: int = 0,
        signer: x509.Certificate | None = None,
        named: x509.Certificate | None = None,
        digest: str = "sha256",
        accuracy: tuple[int, ...] | None = (1,),
        **_: Any,
    ) -> bytes:
        """Return a token that this authority's key signs, whatever it says."""
        asked = rfc3161.read_request(request)
        signer = signer or self.signer
        written = time if isinstance(time, str) else time.strftime("%Y%m%d%H%M%SZ")
        info = der.tlv(
            der.SEQUENCE,
            der.integer(1),
            der.oid(policy),
            _imprint(imprint or asked.imprint),
            der.integer(77),
            der.tlv(der.TIME, written.encode()),
            _accuracy(accuracy),
            der.integer(asked.nonce or 0 if nonce is None else nonce),
        )
        algorithm = der.tlv(der.SEQUENCE, der.oid(_HASH[digest]), b"\x05\x00")
        attributes = self._attributes(info, digest, named or signer)
        made = self.key.sign(
            der.tlv(der.SET, *attributes), padding.PKCS1v15(), getattr(hashes, digest.upper())()
        )
        encoded = signer.public_bytes(serialization.Encoding.DER)
        issuer = signer.issuer.public_bytes()
        signer_info = der.tlv(
            der.SEQUENCE,
            der.integer(1),
            der.tlv(der.SEQUENCE, issuer, der.integer(signer.serial_number)),
            algorithm,
            der.tlv(0xA0, *attributes),
            der.tlv(der.SEQUENCE, der.oid("1.2.840.113549.1.1.1"), b"\x05\x00"),
            der.tlv(der.OCTETS, made),
        )
        signed = der.tlv(
            der.SEQUENCE,
            der.integer(3),
            der.tlv(der.SET, algorithm),
            der.tlv(
                der.SEQUENCE, der.oid(rfc3161.TST_INFO), der.tlv(0xA0, der.tlv(der.OCTETS, info))
            ),
            der.tlv(0xA0, encoded),
            der.tlv(der.SET, signer_info),
        )
        token = der.tlv(der.SEQUENCE, der.oid(rfc3161.SIGNED_DATA), der.tlv(0xA0, signed))
        return der.tlv(der.SEQUENCE, der.tlv(der.SEQUENCE, der.integer(status)), token)

    def _attributes(self, info: bytes, digest: str, named: x509.Certificate) -> list[bytes]:
        encoded = named.public_bytes(serialization.Encoding.DER)
        certificate = der.tlv(der.OCTETS, hashlib.sha256(encoded).digest())
        values = {
            "1.2.840.113549.1.9.3": der.oid(rfc3161.TST_INFO),
            "1.2.840.113549.1.9.4": der.tlv(der.OCTETS, hashlib.new(digest, info).digest()),
            rfc3161.CERTIFICATE_V2: der.tlv(
                der.SEQUENCE, der.tlv(der.SEQUENCE, der.tlv(der.SEQUENCE, certificate))
            ),
        }
        made = [
            der.tlv(der.SEQUENCE, der.oid(kind), der.tlv(der.SET, value))
            for kind, value in values.items()
        ]
        return sorted(made)


_HASH = {name: oid for oid, name in rfc3161.HASHES.items()}


def _imprint(digest: bytes) -> bytes:
    algorithm = der.tlv(der.SEQUENCE, der.oid(rfc3161.SHA256), b"\x05\x00")
    return der.tlv(der.SEQUENCE, algorithm, der.tlv(der.OCTETS, digest))


def _accuracy(parts: tuple[int, ...] | None) -> bytes:
    """Write seconds, milliseconds, microseconds."""
    if parts is None:
        return b""
    tags = (der.INTEGER, 0x80, 0x81)
    found = zip(tags, parts, strict=False)
    return der.tlv(der.SEQUENCE, *(der.tlv(t, der.integer(n)[2:]) for t, n in found if n))


def _usage(ca: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not ca,
        content_commitment=not ca,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=ca,
        crl_sign=ca,
        encipher_only=False,
        decipher_only=False,
    )
