"""How does every failure leave the house? As `application/problem+json`, from one place, without the input."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec
import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from shared.eventsourcing.errors import Answered, Busy
from shared.eventsourcing.store import is_away
from shared.personal.master import MasterKeyMissing
from shared.web.facts import code_of
from shared.web.problem import NOTHING, TRY_AGAIN, Problem, TurnedAway, problem_of

MEDIA: Final = "application/problem+json"
_CODES: Final = {
    404: "not-found",
    405: "method-not-allowed",
    408: "too-slow",
    413: "body-too-large",
    415: "unknown-media-type",
    429: "busy",
    503: "busy",
}
"""Ours for what the framework itself answers."""

_encode = msgspec.json.Encoder().encode
_log = structlog.get_logger(__name__)


def answer(problem: Problem, headers: Mapping[str, str] = NOTHING) -> Response:
    """The response of a problem; one worth repeating says after how many seconds."""
    more = {"Retry-After": "1"} if problem.status in TRY_AGAIN else {}
    return Response(
        _encode(problem.details()), status_code=problem.status, media_type=MEDIA, headers={**more, **headers}
    )


def install_problem_handlers(app: FastAPI) -> None:
    """Replace every answer of the framework that would echo or differ in shape."""
    for kind in (Answered, TurnedAway, RequestValidationError, HTTPException, ClientDisconnect):
        app.add_exception_handler(kind, _answer_error)
    app.add_exception_handler(SQLAlchemyError, _answer_away)
    app.add_exception_handler(MasterKeyMissing, _answer_away)


async def _answer_away(_: Request, error: Exception) -> Response:
    """While a store is away, or the key that opens it, whoever asks comes again; any other fault is one of ours."""
    if isinstance(error, SQLAlchemyError) and not is_away(error):
        raise error
    _log.warning("store is away", error=type(error).__name__)
    return answer(problem_of(Busy()))


async def _answer_error(_: Request, error: Exception) -> Response:
    match error:
        case Answered():
            return answer(problem_of(error))
        case TurnedAway():
            return answer(error.problem, error.headers)
        case RequestValidationError():
            return answer(_parameter(error))
        case HTTPException():
            permitted = (error.headers or {}).get("Allow")
            code = _CODES.get(error.status_code, "refused")
            return answer(Problem(status=error.status_code, code=code), {"Allow": permitted} if permitted else NOTHING)
        case ClientDisconnect():
            return answer(Problem(status=400, code="cut-off"))
        case _:
            return answer(Problem(status=500, code="fault"))


def _parameter(error: RequestValidationError) -> Problem:
    """A parameter that does not fit its declaration: named by its declared name, an unknown one not at all."""
    finding = error.errors()[0]
    if finding["type"] == "extra_forbidden":
        return Problem(status=422, code="unknown-parameter")
    names = [str(step) for step in finding["loc"][1:2]]
    return Problem(status=422, code=code_of(finding["type"]), field=names[0] if names else None)
