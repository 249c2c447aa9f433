"""What is answered to a post? One outcome a line, and one status for them all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

import msgspec
from fastapi import Response

from shared.contracts.event import Event
from shared.eventsourcing.draft import Draft
from shared.eventsourcing.errors import Answered
from shared.eventsourcing.submission import Outcome, Receipt
from shared.web.attributes import POSTED
from shared.web.posting import Line
from shared.web.problem import TRY_AGAIN, Problem, problem_of
from shared.web.problems import answer

_encode = msgspec.json.Encoder().encode
_NOT_STORED: Final = "not-stored-because-of-others"

Result = tuple[UUID, Receipt] | Problem
"""The posted id with its receipt, or what was wrong."""


def results(lines: Sequence[Line], outcomes: Iterable[Outcome], *, lenient: bool) -> list[Result]:
    """The result of each line, from the outcomes of its drafts in their order.

    Unless lenient, one problem means that nothing was stored: the others are told so.
    """
    judged = iter(outcomes)
    found: list[Result] = [line if isinstance(line, Problem) else _result(line, next(judged)) for line in lines]
    return found if lenient else _all_or_nothing(found)


def refused_unjudged(lines: Sequence[Line]) -> list[Result]:
    """The results when some lines could not even be read, so that none was judged."""
    return [line if isinstance(line, Problem) else _not_stored(line.id) for line in lines]


def one_answer(service: str, result: Result) -> Response:
    """The answer to a single event: its outcome, or the problem itself."""
    if isinstance(result, Problem):
        return answer(result)
    return _json(_outcome(service, result), 201 if result[1].recorded else 200)


def many_answers(service: str, found: Sequence[Result]) -> Response:
    """The answer to a batch or to lines."""
    return _json({"outcomes": [_outcome(service, result) for result in found]}, status_of(found))


def status_of(found: Sequence[Result]) -> int:
    """200 all there already, 201 recorded, 207 mixed; of problems alone: theirs, if several 400 unreadable or 422."""
    receipts = [result[1] for result in found if not isinstance(result, Problem)]
    problems = {result.status for result in found if isinstance(result, Problem) and result.code != _NOT_STORED}
    if not problems:
        return 201 if any(receipt.recorded for receipt in receipts) else 200
    if receipts:
        return 207
    if len(problems) == 1:
        return problems.pop()
    if problems <= TRY_AGAIN:
        return 503
    return 400 if HTTPStatus.BAD_REQUEST in problems else 422


def _result(draft: Draft, outcome: Outcome) -> Result:
    if isinstance(outcome, Answered):
        return problem_of(outcome, field=path_in_post(draft, outcome.field), event=draft.id)
    return draft.id, outcome


def _all_or_nothing(found: list[Result]) -> list[Result]:
    if not any(isinstance(result, Problem) for result in found):
        return found
    return [result if isinstance(result, Problem) else _not_stored(result[0]) for result in found]


def _not_stored(event: UUID) -> Problem:
    return Problem(status=424, code=_NOT_STORED, event=event)


def path_in_post(draft: Draft, field: str | None) -> str | None:
    """Where in the post a rule's field stands: rules know the fact only, an attribute is named by itself."""
    if field is None or field.startswith("data."):
        return field
    judged: Event = draft.inner or draft.fact
    step = field.partition(".")[0]
    if step in POSTED and step not in type(judged).model_fields:
        return field
    return f"data.fact.fact.{field}" if draft.inner is not None else f"data.fact.{field}"


def _outcome(service: str, result: Result) -> dict[str, Any]:
    if isinstance(result, Problem):
        known = {} if result.event is None else {"id": str(result.event)}
        return {**known, "status": result.status, "problem": result.details()}
    event, receipt = result
    return {
        "id": str(event),
        "status": 201 if receipt.recorded else 200,
        "receipt": {
            "service": service,
            "organisation": str(receipt.organisation),
            "sequence": receipt.sequence,
            "hash": receipt.hash.hex(),
        },
    }


def _json(content: dict[str, Any], status: int) -> Response:
    more = {"Retry-After": "1"} if status in TRY_AGAIN else {}
    return Response(_encode(content), status_code=status, media_type="application/json", headers=more)
