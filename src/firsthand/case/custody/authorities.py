"""Who is asked for time stamps: entries of the policy, with the certificates they are judged by."""

from __future__ import annotations

import dataclasses

from cryptography import x509

from firsthand.case.batch import Batch
from firsthand.case.case import Case
from firsthand.case.custody.objects import keep_bytes
from firsthand.case.custody.stamp_records import policy_of
from firsthand.egress.address import target_of
from firsthand.model.custody import Authority, Policy
from firsthand.model.errors import BadInput, NotFound
from firsthand.model.nouns import content_id
from firsthand.model.values import Digest
from firsthand.model.vocabulary import StampKind


def set_authority(
    case: Case,
    name: str,
    kind: StampKind,
    *,
    url: str | None,
    roots: bytes | None = None,
    need: int | None = None,
    why: str | None = None,
    by: str | None = None,
) -> Policy:
    """Name an authority in the policy, in place of one of the same name.

    ``need``: stamps of how many authorities the policy asks for, by default as many as before.

    Raises
    ------
    BadInput
        When the address is none, the certificates cannot be read, an RFC 3161 authority comes
        without any, or more stamps are needed than authorities are named.
    """
    if not name.strip() or len(name) > 100 or not name.isprintable():
        raise BadInput("that is no name for an authority", hint="a short word, such as its company")
    if url is not None:
        target_of(url)
    if kind is StampKind.RFC3161:
        _check_roots(roots)
    elif roots is not None:
        raise BadInput("OpenTimestamps has no root certificates", hint="leave --roots out")
    with case.batch(by=by) as batch:
        old = policy_of(case)
        kept: Digest | None = None if roots is None else keep_bytes(batch, roots)
        mine = Authority(name=name, kind=kind, url=url, roots=kept)
        others = tuple(each for each in old.authorities if each.name != name)
        return _put(batch, old, (*others, mine), old.stamps if need is None else need, why)


def remove_authority(
    case: Case, name: str, *, why: str | None = None, by: str | None = None
) -> Policy:
    """Ask an authority no more; what it gave stays.

    Raises
    ------
    NotFound
        When the policy does not name it.
    """
    with case.batch(by=by) as batch:
        old = policy_of(case)
        others = tuple(each for each in old.authorities if each.name != name)
        if others == old.authorities:
            known = ", ".join(each.name for each in others) or "none"
            raise NotFound(f"the policy names no authority {name}", why=f"it names: {known}")
        return _put(batch, old, others, min(old.stamps, len(others)), why)


def _put(
    batch: Batch, old: Policy, authorities: tuple[Authority, ...], need: int, why: str | None
) -> Policy:
    if not 0 <= need <= len(authorities):
        raise BadInput(
            "the policy cannot be met",
            why=f"stamps of {need} authorities are asked for, and {len(authorities)} are named",
            hint="name the others first",
        )
    new = dataclasses.replace(
        old, id="", authorities=authorities, stamps=need, why=why, after=old.id or None
    )
    if (new.authorities, new.stamps) == (old.authorities, old.stamps):
        return old
    new = dataclasses.replace(new, id=content_id("policy", new))
    named = dict.fromkeys(each.roots for each in authorities if each.roots is not None)
    batch.noun("policy", new, objects=list(named))
    return new


def _check_roots(roots: bytes | None) -> None:
    try:
        found = x509.load_pem_x509_certificates(roots or b"")
    except ValueError as error:
        raise BadInput(
            "the authority cannot be judged without its root certificates",
            why="none were given" if roots is None else str(error)[:200],
            hint="get them (PEM) from the authority's own site or the system's store: --roots FILE",
        ) from error
    for each in found:
        if each.not_valid_before_utc > each.not_valid_after_utc:
            raise BadInput("a root certificate is never valid")
