"""Recording a person's judgement: what is meant by the target, and what may be done to it."""

from __future__ import annotations

from firsthand.case import Case, View
from firsthand.model.canonical import Json, digest_of
from firsthand.model.errors import BadInput, NotFound
from firsthand.model.nouns import Assessment, content_id
from firsthand.model.vocabulary import Verdict
from firsthand.report.identify import identify
from firsthand.run import Analysis, Registry

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
        _check_claim(case, verdict, value)
    elif found.kind == "finding":
        key, judged = found.data["key"], _current(case, registry, found.data)
        if verdict in (Verdict.SPLIT, Verdict.MERGE):
            raise BadInput(
                f"a finding of kind {found.data['kind']} cannot be {verdict}",
                hint="split and merge work on claims; correct the finding instead",
            )
        if verdict == Verdict.CORRECT and type(value) is not type(judged):
            raise BadInput(
                "the correction has another shape than the finding's value",
                hint="`firsthand show` prints the value to start from",
            )
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


def _check_claim(case: Case, verdict: str, value: Json) -> None:
    if verdict == Verdict.CORRECT and not isinstance(value, dict):
        raise BadInput("the corrected value of a claim is an object")
    if verdict == Verdict.SPLIT and not (
        isinstance(value, list) and len(value) > 1 and all(isinstance(v, dict) for v in value)
    ):
        raise BadInput("split needs a list of two or more values")
    if verdict == Verdict.MERGE:
        into = value.get("into") if isinstance(value, dict) else None
        if not into or case.catalog.noun("claim", str(into)) is None:
            raise BadInput('merge needs {"into": full id of another claim}')
