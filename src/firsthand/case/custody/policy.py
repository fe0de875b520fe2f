"""What a case asks of witnesses: whose cosignatures count, and how many it takes.

Authorities of the same policy are added in :mod:`firsthand.case.custody.authorities`. The policy is
the owner's choice; a verifier may trust others, or fewer.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from firsthand.case.case import Case
from firsthand.model.codec import from_json
from firsthand.model.custody import Policy
from firsthand.model.errors import BadInput, NotFound
from firsthand.model.nouns import content_id
from firsthand.tlog.cosignature import WitnessKey


def current(case: Case) -> Policy | None:
    """Return the newest policy of the case itself; None when it never set one."""
    merged = case.catalog.merged()
    found = [noun for noun in case.catalog.nouns("policy") if noun.entry not in merged]
    return from_json(Policy, found[-1].data) if found else None


def witness_keys(policy: Policy | None) -> tuple[WitnessKey, ...]:
    """Return the keys of a policy's witnesses, in order."""
    return tuple(WitnessKey.parse(vkey) for vkey in (policy.witnesses if policy else ()))


def set_policy(
    case: Case,
    *,
    by: str | None = None,
    why: str | None = None,
    add_witnesses: Sequence[str] = (),
    remove_witnesses: Sequence[str] = (),
    quorum: int | None = None,
    stamps: int | None = None,
) -> Policy:
    """Append a policy: the current one with these changes; without any change nothing happens.

    Witnesses are given as vkeys, and removed by vkey or name. ``stamps``: how many authorities it
    takes.

    Raises
    ------
    BadInput
        For a key that is no witness key, a name that is there twice, or a number that the policy
        cannot meet.
    NotFound
        When what shall be removed is not there.
    """
    with case.batch(by=by) as batch:
        old = current(case) or Policy(id="")
        witnesses = _without(old.witnesses, remove_witnesses)
        witnesses += tuple(vkey for vkey in add_witnesses if vkey not in witnesses)
        # Read for its errors; two keys of one name would be one witness counted twice.
        _once([WitnessKey.parse(vkey).name for vkey in witnesses])
        wanted = old.quorum if quorum is None else quorum
        if not 0 <= wanted <= len(witnesses):
            raise BadInput(
                "the policy cannot be met",
                why=f"{wanted} of {len(witnesses)} witnesses",
                hint="give --quorum K, with K at most the number of witnesses",
            )
        changed = dataclasses.replace(
            old,
            stamps=old.stamps if stamps is None else stamps,
            witnesses=witnesses,
            quorum=wanted,
        )
        if not 0 <= changed.stamps <= len(old.authorities):
            raise BadInput(
                "the policy cannot be met",
                why=f"{changed.stamps} of {len(old.authorities)} authorities",
            )
        if changed == old:
            return old
        new = dataclasses.replace(changed, id="", why=why, after=old.id or None)
        new = dataclasses.replace(new, id=content_id("policy", new))
        roots = [each.roots for each in old.authorities if each.roots is not None]
        batch.noun("policy", new, objects=roots)
    return new


def _without(known: tuple[str, ...], names: Sequence[str]) -> tuple[str, ...]:
    for name in names:
        if not any(name in (vkey, vkey.partition("+")[0]) for vkey in known):
            raise NotFound(f"the policy has no {name[:80]}", hint="`firsthand witness status CASE`")
    return tuple(v for v in known if v not in names and v.partition("+")[0] not in names)


def _once(names: Sequence[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise BadInput(f"the policy has the witness {name} twice", hint="remove the old one")
