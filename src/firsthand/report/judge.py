"""Recording a person's judgement: what is meant by the target, and what may be done to it."""

from __future__ import annotations

from collections.abc import Mapping

from firsthand.case import Case, View
from firsthand.match.near import TRANSFORMS
from firsthand.model.canonical import Json, digest_of
from firsthand.model.claim_values import check_value
from firsthand.model.errors import BadInput, NotFound
from firsthand.model.nouns import Assessment, content_id
from firsthand.model.vocabulary import Question, Verdict
from firsthand.report.identify import identify
from firsthand.run import Analysis, Registry

CLOSED: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "match.group": {"relation": ("identical", "copy")},
    "match.link": {
        "relation": ("identical", "copy", "burst", "same_scene", "shared_overlay"),
        "derived": ("a_from_b", "b_from_a", "undetermined"),
        "transform": TRANSFORMS,
    },
}
"""Fields of findings in which other rooms and the report know these words only."""

PAST = {"accept": "accepted", "reject": "rejected", "correct": "corrected"}


def judge(
    case: Case,
    registry: Registry,
    target: str,
    verdict: str,
    value: Json,
    why: str,
    *,
    by: str | None = None,
) -> Assessment:
    """Append an assessment and return it.

    Raises
    ------
    NotFound
        When nothing current has that id.
    BadInput
        When the value does not fit the verdict, or the verdict does not fit what is judged.
    """
    found = identify(case, target)
    if found.kind == "claim":
        key, judged = found.id, found.data["value"]
        value = _claim_value(case, found.data, verdict, value)
    elif found.kind == "finding":
        key, judged = found.data["key"], _current(case, registry, found.data)
        if verdict in (Verdict.SPLIT, Verdict.MERGE):
            raise BadInput(
                f"a finding of kind {found.data['kind']} cannot be {verdict}",
                hint="split and merge work on claims; correct the finding instead",
            )
        if verdict == Verdict.CORRECT and value is not None and not same_shape(judged, value):
            raise BadInput(
                "the correction has another shape than the finding's value",
                hint="`firsthand show` prints the value to start from",
            )
        if verdict == Verdict.CORRECT and value is not None:
            _check_words(found.data["kind"], value)
    else:
        raise BadInput(
            f"{found.kind} {found.id} cannot be judged", hint="judge a finding or a claim"
        )
    if verdict in (Verdict.ACCEPT, Verdict.REJECT) and value is not None:
        raise BadInput(f"{verdict} takes no --value")
    if verdict not in (Verdict.ACCEPT, Verdict.REJECT) and value is None:
        raise BadInput(f"{verdict} needs --value JSON")
    if not why.strip():
        raise BadInput("a judgement needs a reason", hint="say it with --why")
    with case.batch(by=by) as batch:
        earlier = [act for act in View(case).assessments if act.target == key]
        act = Assessment(
            id="",
            target=key,
            value_digest=digest_of(judged),
            verdict=verdict,
            why=why,
            value=value,
            after=earlier[-1].id if earlier else None,
        )
        act = Assessment(**{**_fields(act), "id": content_id("assessment", act)})
        batch.noun("assessment", act)
    return act


def _check_words(kind: str, value: Json) -> None:
    for name, words in CLOSED.get(kind, {}).items():
        if value[name] not in words:
            known = ", ".join(words)
            raise BadInput(f"{name}: {value[name]!r} is not known", hint=f"one of: {known}")


def same_shape(old: Json, new: Json) -> bool:
    """Tell whether a corrected value can stand where the old one stood.

    The same keys, and the same type wherever both give something; a null may be filled.

    >>> same_shape({"a": 1, "b": []}, {"a": 2, "b": ["x"]}), same_shape({"a": 1}, {"a": "x"})
    (True, False)
    """
    if old is None or new is None:
        return True
    if isinstance(old, dict) and isinstance(new, dict):
        return old.keys() == new.keys() and all(same_shape(old[k], new[k]) for k in old)
    if isinstance(old, list) and isinstance(new, list):
        return not old or all(any(same_shape(each, item) for each in old) for item in new)
    return type(old) is type(new)


def _fields(act: Assessment) -> dict[str, Json]:
    return {name: getattr(act, name) for name in act.__dataclass_fields__}


def _current(case: Case, registry: Registry, finding: Json) -> Json:
    """Return the value that the finding's key has now; judging an old one changes nothing."""
    resolved = Analysis(View(case), registry, record=False).run()
    for current in resolved.findings:
        if current["key"] == finding["key"]:
            if current["value"] != finding["value"]:
                raise BadInput(
                    "that finding is an older result",
                    why=f"the current one is {current['id']}",
                    hint="look at it with `firsthand show`, then judge it",
                )
            return current["value"]
    raise NotFound("that finding is of an older run and has no successor")


def _claim_value(case: Case, claim: Json, verdict: str, value: Json) -> Json:
    """Return the value of an act on a claim after checking it against the closed vocabularies."""
    question = Question(claim["question"])
    if verdict == Verdict.CORRECT and value is not None:
        check_value(question, value)
    if verdict == Verdict.SPLIT and value is not None:
        if not isinstance(value, list) or len(value) < 2:
            raise BadInput("split needs a list of two or more values")
        for part in value:
            check_value(question, part)
    if verdict == Verdict.MERGE and value is not None:
        into = value.get("into") if isinstance(value, dict) else None
        other = identify(case, str(into)) if into else None
        if other is None or other.kind != "claim" or other.id == claim["id"]:
            raise BadInput('merge needs {"into": another claim}')
        return {"into": other.id}
    return value
