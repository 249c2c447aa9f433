"""Has every code its sentence, and every failure the same shape?"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import APIRouter, HTTPException
from sqlalchemy.exc import IntegrityError, OperationalError

from shared.eventsourcing import acceptance, rebuild
from shared.eventsourcing.errors import Answered, Conflict, Refused
from shared.personal.master import MasterKeyMissing
from shared.sheets.errors import REASONS
from shared.units import scope
from shared.web.application import Parts, create_app
from shared.web.health import About
from shared.web.problem import Problem, problem_of
from shared.web.titles import BY_A_RULE, TITLES
from tests.support.sources import modules, parsed
from tests.web.conftest import Journal
from tests.web.door import Door, meeting

RULES_OF_THE_KIT = (acceptance, rebuild, scope)
"""Imported so that their refusals are known here."""
SENTENCES = {Path("shared", "web", "titles.py"), Path("shared", "sheets", "errors.py")}
"""Where the sentences stand: a code that is written nowhere else is given by nobody."""
CODE = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


def codes_written() -> Iterator[str]:
    """Every text that is given where a code is expected, and every value of a table of codes."""
    for file in modules("shared", "services"):
        for node in ast.walk(parsed(file)):
            yield from codes_given(node)
            if file.parts[:2] == ("shared", "web"):
                yield from codes_found(node)


def codes_given(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Call(func=ast.Name(id="TurnedAway"), args=[_, ast.Constant(value=str(code)), *_]):
            yield code


def codes_found(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Call(func=ast.Name(id="odd"), args=[ast.Constant(value=str(code))]):
            yield code
        case ast.Call(func=ast.Name(id="Malformed"), args=[_, ast.Constant(value=str(code)), *_]):
            yield code
        case ast.Return(value=ast.Constant(value=str(code))) if CODE.fullmatch(code):
            yield code
        case ast.Yield(value=ast.Tuple(elts=[ast.Constant(value=str(code)), _])):
            yield code
        case ast.keyword(arg="code", value=ast.Constant(value=str(code))):
            yield code
        case ast.AnnAssign(target=ast.Name(id="_CODES" | "_OWN_RULES"), value=ast.Dict(values=values)):
            yield from (
                value.value for value in values if isinstance(value, ast.Constant) and isinstance(value.value, str)
            )


def texts(tree: ast.AST) -> Iterator[str]:
    return (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str))


def answers(cls: type[Answered] = Answered) -> Iterator[type[Answered]]:
    for subclass in cls.__subclasses__():
        yield subclass
        yield from answers(subclass)


def test_every_code_of_the_web_has_a_sentence() -> None:
    found = set(codes_written())
    assert len(found) > 40
    assert sorted(found - TITLES.keys()) == []


def test_every_answer_of_the_kit_has_a_sentence() -> None:
    kit = {each for each in answers() if each.__module__.startswith("shared.") and each is not Conflict}
    assert {each.code for each in kit} >= {"id-taken", "stale-version", "unknown-unit", "no-mandate", "not-yours"}
    assert sorted(each.code for each in kit if each.code not in TITLES and not each.vi) == []


def test_no_sentence_is_left_without_its_code() -> None:
    written = {text for file in modules("shared", "services") if file not in SENTENCES for text in texts(parsed(file))}
    written |= {f"sheet-{reason}" for reason in REASONS.keys() & written}
    assert sorted(TITLES.keys() - written - {each.code for each in answers()}) == []


@pytest.mark.parametrize("code", TITLES)
def test_a_sentence_is_short_and_in_two_languages(code: str) -> None:
    title = TITLES[code]
    assert CODE.fullmatch(code)
    assert title.vietnamese.endswith(".")
    assert title.english.endswith(".")
    assert title.english.isascii()
    assert not title.vietnamese.isascii()
    assert len(title.vietnamese) <= 100


def test_a_services_own_refusal_falls_back_to_a_general_sentence_beside_its_code() -> None:
    class RollOfStrangers(Refused):
        """A rule of some service."""

    details = problem_of(RollOfStrangers("roll.named.present.0")).details()
    assert details["code"] == "roll-of-strangers"
    assert details["title"] == BY_A_RULE.vietnamese
    assert details["title_en"] == "A rule of some service."
    assert details["field"] == "roll.named.present.0"


def test_what_a_rule_adds_never_replaces_a_member() -> None:
    details = Problem(status=409, code="id-taken", values={"digest": "ab", "status": "200", "code": "x"}).details()
    assert (details["status"], details["code"], details["digest"]) == (409, "id-taken", "ab")


async def test_every_failure_of_the_framework_has_the_same_shape() -> None:
    router = APIRouter()

    async def number(year: int) -> int:
        return year

    async def teapot() -> None:
        raise HTTPException(418, "short and stout")

    async def fault() -> None:
        message = "secret words"
        raise RuntimeError(message)

    router.add_api_route("/number", number)
    router.add_api_route("/teapot", teapot)
    router.add_api_route("/fault", fault)
    app = create_app(About("meetings", "Sinh hoạt", "1.0"), Parts(routers=(router,)))
    expected = {
        "/v1/nothing": (404, "not-found", None),
        "/number": (422, "required", "year"),
        "/number?year=x": (422, "bad-format", "year"),
        "/number?year=1&year=2": (422, "repeated-parameter", "year"),
        "/number?year=1&month=2": (422, "unknown-parameter", None),
        "/livez?x=1": (422, "unknown-parameter", None),
        "/number/": (404, "not-found", None),
        "/teapot": (418, "refused", None),
        "/fault": (500, "fault", None),
    }
    async with Door().client(app) as client:
        for path, (status, code, field) in expected.items():
            response = await client.get(path)
            assert response.headers["content-type"] == "application/problem+json", path
            problem = response.json()
            assert (response.status_code, problem["status"], problem["code"]) == (status, status, code)
            assert problem.get("field") == field
            assert "secret" not in response.text
            assert "stout" not in response.text
        wrong = await client.delete("/livez")
        assert (wrong.status_code, wrong.json()["code"], wrong.headers["allow"]) == (405, "method-not-allowed", "GET")


async def test_a_fault_is_logged_under_the_number_that_the_answer_bears(journal: Journal) -> None:
    door = Door()

    def broken(*_: object, **__: object) -> None:
        message = "secret words"
        raise RuntimeError(message)

    door.submit = broken  # type: ignore[assignment]  # the log fails
    response = await door.post(meeting())
    assert response.status_code == 500
    assert "secret" not in response.text
    (record,) = [each for each in journal.records if each["event"] == "request failed"]
    assert response.json()["instance"] == f"urn:uuid:{record['incident']}"


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (OperationalError("SELECT 'secret'", None, ConnectionError("secret words")), 503),
        (MasterKeyMissing("secret"), 503),
        (IntegrityError("INSERT 'secret'", None, ValueError("secret words")), 500),
    ],
    ids=lambda each: type(each).__name__ if isinstance(each, Exception) else str(each),
)
async def test_while_a_store_is_away_whoever_asks_comes_again_and_any_other_fault_of_it_is_one(
    error: Exception, status: int
) -> None:
    door = Door()

    def broken(*_: object, **__: object) -> None:
        raise error

    door.submit = broken  # type: ignore[assignment]  # the log fails
    response = await door.post(meeting())
    said = (response.status_code, response.json()["code"], response.headers.get("retry-after"))
    assert said == ((503, "busy", "1") if status == 503 else (500, "fault", None))
    assert "secret" not in response.text
