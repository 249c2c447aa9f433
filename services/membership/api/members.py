"""What is asked about members over HTTP? One member's card, a branch's people on a day, and what waits for people."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from fastapi import APIRouter, Depends, Query, Response

from services.membership.api.answering import day_of
from services.membership.api.naming import NOT_STORED, Stated, look_up, same
from services.membership.domain.states import Kind
from services.membership.projections.asking import reading
from services.membership.projections.members import Listed, Members, Row
from services.membership.projections.work import Work, WorkLists
from shared.eventsourcing.runner import Runner
from shared.units.knowledge import Knowledge
from shared.units.member_rules import member_rules
from shared.units.projection import titles
from shared.units.reach import OutOfReach, Reach
from shared.units.rights import Right
from shared.units.world import BRANCH_KINDS
from shared.web.access import Needs, Reached
from shared.web.personal import Reader
from shared.web.problem import TurnedAway
from shared.web.producer import Producer
from shared.web.upkeep import positions_within

On = Annotated[dt.date | None, Query(description="Vào ngày; không nêu: hôm nay · On this day; none: today")]
ONE_DAY: Final = dt.timedelta(days=1)
MOST: Final = 1_000
_encode = msgspec.json.Encoder().encode


def window(skip: Annotated[int, Query(ge=0, le=10**6)] = 0, limit: Annotated[int, Query(ge=1, le=MOST)] = 100) -> slice:
    """A dependency of long lists: which part of one."""
    return slice(skip, skip + limit)


Window = Annotated[slice, Depends(window)]


def members_router(runner: Runner, producer: Producer, knowledge: Callable[[], Knowledge], reader: Reader) -> APIRouter:
    """`/v1/members/{person}`, `/v1/branches/{branch}/members`, `/v1/work/{list}`.

    Persons are opaque ids; whoever waits on a work list is named where a purpose is stated.
    """
    door = [Depends(producer.access), Depends(Needs(Right.EVENTS)), Depends(producer.after)]
    router = APIRouter(tags=["members"], dependencies=door)
    members = Members(runner)

    def answer(reach: Reach, content: Mapping[str, Any], units: Iterable[UUID]) -> Response:
        position = positions_within(reach, runner.position())
        whole = {**content, "titles": titles(runner, set(units)), "position": position}
        return Response(_encode(whole), media_type="application/json")

    @router.get("/v1/members/{person}", summary="Phiếu đoàn viên, hội viên · The card of a member")
    def member(person: UUID, reach: Reached, on: On = None) -> Response:
        day = day_of(on)
        card = members.card(person)
        stays = [each for each in card["memberships"] if _reads(reach, each)]
        states = [each for each in card["states"] if _reads(reach, each) and _shown(reach, each)]
        if not stays and not states:
            raise TurnedAway(404, "not-found", "person")
        paid = {each: through for each, through in members.paid_through(person).items() if reach.opens(each)}
        told = {
            "person": person,
            "day": day,
            "memberships": [_stay(each, day) for each in stays],
            "states": [_state(each, day) for each in states],
            "dues_settled_to": {str(organisation): through for organisation, through in paid.items()},
            "same_person": card["same_person"],
            "timeline": f"/v1/timeline/{person}",
        }
        return answer(reach, told, [each[name] for each in (*stays, *states) for name in ("branch", "organisation")])

    @router.get(
        "/v1/branches/{branch}/members", summary="Đoàn viên, hội viên của chi đoàn, chi hội · Who is in a branch"
    )
    def people(branch: UUID, reach: Reached, on: On = None) -> Response:
        day = day_of(on)
        reach.require_figure(branch, day, day + ONE_DAY)
        if knowledge().tree.kind(branch) not in BRANCH_KINDS:
            raise TurnedAway(404, "not-found", "branch")
        book = members.book(branch, day)
        told = {
            "branch": branch,
            "day": day,
            "members": len({(each.kept, each.branch) for each in book.members}),
            "persons": book.persons,
            "expected": book.expected,
            "guests": len({each.kept for each in book.guests}),
            "listed": [_listed(each, reach, day) for each in book.members],
            "listed_guests": [_listed(each, reach, day) for each in book.guests],
        }
        return answer(reach, told, {branch, *(each.branch for each in book.members)})

    @router.get("/v1/work/{work}", summary="Việc chờ giải quyết · What waits for people")
    def waiting(
        work: Work,
        unit: UUID,
        reach: Reached,
        why: Stated,
        window: Window,
        on: On = None,
    ) -> Response:
        day = day_of(on)
        reach.require_figure(unit, day, day + ONE_DAY)
        known = knowledge()
        rules = partial(member_rules, known.tree, known.directory)
        found = WorkLists(runner, rules).waiting(work, unit, day)
        page = found[window]
        told: dict[str, Any] = {"list": work.value, "unit": unit, "day": day, "waiting": page, "of": len(found)}
        units = {unit, *(each["branch"] for each in page)}
        if why is None:
            return answer(reach, told, units)
        with reading(runner) as views:
            persons = same(views, {each["person"] for each in page})
        named = look_up(reader, reach.poster, persons, why, (f"work-{work.value}", unit))
        told["persons"] = {str(person): each.shown() for person, each in named.items()}
        answered = answer(reach, told, units)
        answered.headers.update(NOT_STORED)
        return answered

    return router


def _reads(reach: Reach, row: Row) -> bool:
    """Whether a page lies within reach on its last day, or today."""
    day = reach.today if row["end_day"] is None else row["end_day"] - ONE_DAY
    try:
        reach.require_figure(row["branch"], day, day + ONE_DAY)
    except OutOfReach:
        return False
    return True


def _shown(reach: Reach, state: Row) -> bool:
    """Discipline is for those who may read what is sensitive."""
    return state["kind"] != Kind.DISCIPLINED or reach.has(Right.SENSITIVE)


def _lasts(row: Row, day: dt.date) -> bool:
    return bool(row["start_day"] <= day and (row["end_day"] is None or day < row["end_day"]))


def _stay(row: Row, day: dt.date) -> dict[str, Any]:
    names = ("branch", "organisation", "entered", "opened_by")
    return {**{name: row[name] for name in names}, **_span(row, day)}


def _state(row: Row, day: dt.date) -> dict[str, Any]:
    names = ("kind", "branch", "organisation", "detail", "reported", "opened_by")
    return {**{name: row[name] for name in names}, "since": row["since_day"], "due": row["due_day"], **_span(row, day)}


def _span(row: Row, day: dt.date) -> dict[str, Any]:
    return {"start": row["start_day"], "end": row["end_day"], "lasts": _lasts(row, day)}


def _listed(listed: Listed, reach: Reach, day: dt.date) -> dict[str, Any]:
    return {
        "person": listed.person,
        "kept": listed.kept,
        "branch": listed.branch,
        "since": listed.since,
        "entered": listed.entered,
        "states": [_state(each, day) for each in listed.states if _shown(reach, each)],
    }
