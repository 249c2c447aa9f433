"""Where does a rating stand, who rates whom, and what waits? Steps, raters, pools, work lists, what a grade opens."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from sqlalchemy import select

from services.ratings.api.asked import Axis, Person, told
from services.ratings.domain.authority import is_of, over
from services.ratings.domain.pool import last_of_each, tested
from services.ratings.domain.raters import VERTICAL, rater_of
from services.ratings.projections.freezing import Freezing
from services.ratings.projections.lives import Lives
from services.ratings.projections.proposals import Views
from services.ratings.projections.record import Record
from services.ratings.projections.worklist import WorkList
from shared.contracts.event import FIRST_DAY, plausible
from shared.contracts.fields import Period
from shared.contracts.membership import Act
from shared.contracts.ratings import (
    CapOf,
    RatingAuthoritySet,
    RatingPoolClosed,
    RuleDocument,
    RuleSetAdopted,
    authority_id,
    period_id,
    pool_id,
    rated_id,
)
from shared.eventsourcing.decider import Said
from shared.eventsourcing.log import Log
from shared.eventsourcing.runner import Runner
from shared.units.reach import OutOfReach, Reach
from shared.units.rights import Right
from shared.units.tree import Tree
from shared.web.access import Needs, Reached
from shared.web.problem import TurnedAway
from shared.web.producer import Producer, today
from shared.web.upkeep import positions_within

On = Annotated[dt.date | None, Query(description="Vào ngày; không nêu: hôm nay · On this day; none: today")]
Year = Annotated[int | None, Query(ge=1930, le=9997, description="Năm · A calendar year, in place of start and end")]
ONE_DAY = dt.timedelta(days=1)


def period_asked(year: Year = None, start: dt.date | None = None, end: dt.date | None = None) -> Period:
    """A year, or a first day and the first day after."""
    if year is not None and start is None and end is None:
        return Period(start=dt.date(year, 1, 1), end=dt.date(year + 1, 1, 1))
    if start is None or end is None or year is not None:
        raise TurnedAway(422, "period-missing", "start" if start is None else "end")
    for name, day in (("start", start), ("end", end)):
        _require_plausible(name, day)
    if start >= end:
        raise TurnedAway(422, "period-empty", "end")
    return Period(start=start, end=end)


def day_asked(day: On = None) -> dt.date:
    """The asked day, or today."""
    _require_plausible("day", day or FIRST_DAY)
    return day or today()


def _require_plausible(name: str, day: dt.date) -> None:
    try:
        plausible(day)
    except ValueError:
        raise TurnedAway(422, "year-out-of-range", name) from None


Wanted = Annotated[Period, Depends(period_asked)]
Day = Annotated[dt.date, Depends(day_asked)]


def ratings_router(runner: Runner, producer: Producer, log: Log) -> APIRouter:
    """`/v1/ratings/…`, `/v1/pools`, `/v1/rating-work`, `/v1/entitlements`."""
    door = [Depends(producer.access), Depends(Needs(Right.EVENTS)), Depends(producer.after)]
    router = APIRouter(tags=["ratings"], dependencies=door)
    record, views = Record(log), Views(runner)

    def lives(reach: Reach) -> Lives:
        tree = reach.knowledge.tree
        return Lives(record, tree, Freezing(views, tree), _sees(reach), reach.today, reach.has(Right.SENSITIVE))

    def answer(reach: Reach, content: dict[str, Any]) -> Response:
        return told({**content, "position": positions_within(reach, runner.position())})

    @router.get("/v1/ratings/{unit}", summary="Quá trình xếp loại của một đơn vị · How a unit's rating came about")
    def rating(unit: UUID, period: Wanted, reach: Reached, person: Person) -> Response:
        require_rated(reach, unit, period.start, period.end)
        return answer(reach, lives(reach).told(unit, period, person))

    @router.get("/v1/ratings/{unit}/rater", summary="Ai có thẩm quyền xếp loại · Who rates a unit on a day")
    def rater(unit: UUID, reach: Reached, day: Day, person: Person, axis: Axis = VERTICAL) -> Response:
        require_rated(reach, unit, day, day + ONE_DAY)
        rules, tree = record.rules(axis), reach.knowledge.tree
        found = rater_of(rules, tree, unit, axis, day, _raters(runner, rules, reach, unit, day), person=person)
        content = lives(reach).rater(found, day)
        return answer(reach, {"unit": str(unit), "axis": axis, "day": day.isoformat(), **content})

    @router.get("/v1/pools", summary="Nhóm xếp loại và tỷ lệ khống chế · A rater's pools, with their caps")
    def pools(rater: UUID, period: Wanted, reach: Reached, axis: Axis = VERTICAL) -> Response:
        reach.require_figure(rater, period.start, period.end)
        closed = [each.said for each in record.pools(pool_id(rater, axis, period))]
        tree = reach.knowledge.tree
        lists = [_pool(each, record, reach) for each in last_of_each(closed)]
        return answer(
            reach,
            {
                "rater": str(rater),
                "rater_title": tree.title(rater, reach.today),
                "axis": axis,
                "period": period.model_dump(mode="json"),
                "closed": len(closed),
                "pools": lists,
            },
        )

    @router.get("/v1/rating-work", summary="Việc xếp loại đang chờ một cơ quan · What waits for a body")
    def work(body: UUID, reach: Reached, day: Day) -> Response:
        reach.require_figure(body, day, day + ONE_DAY)
        found = list(WorkList(runner, reach.knowledge.tree).of(body, day, _sees_persons(reach, day)))
        return answer(reach, {"body": str(body), "day": day.isoformat(), "waiting": found, "total": len(found)})

    @router.get("/v1/entitlements", summary="Hệ quả của mức xếp loại · What its published grades open for a unit")
    def entitlements(unit: UUID, reach: Reached, day: Day, person: Person) -> Response:
        require_rated(reach, unit, day, day + ONE_DAY)
        found = lives(reach).entitlements(unit, day, person)
        return answer(reach, {"unit": str(unit), "day": day.isoformat(), "entitlements": found})

    @router.get("/v1/rating-subjects", summary="Mã chủ thể để ghi · The subjects under which facts are posted")
    def subjects(
        period: Wanted,
        reach: Reached,
        person: Person,
        rater: UUID | None = None,
        unit: UUID | None = None,
        axis: Axis = VERTICAL,
    ) -> Response:
        content = {"authority": str(authority_id(axis)), "period": str(period_id(axis, period))}
        content |= {} if unit is None else {"rating": str(rated_id(unit, person))}
        return answer(reach, content | ({} if rater is None else {"pool": str(pool_id(rater, axis, period))}))

    return router


def require_rated(reach: Reach, unit: UUID, start: dt.date, end: dt.date) -> None:
    """Raise OutOfReach unless the unit is the caller's to read, or the caller rates it under a mandate today."""
    try:
        reach.require_figure(unit, start, end)
    except OutOfReach:
        directory, tree = reach.knowledge.directory, reach.knowledge.tree
        mandates = directory.mandates(reach.poster.organisation, Act.RATE.value, reach.today)
        if not any(tree.under(unit, mandate.subtree, reach.today) for mandate in mandates):
            raise


def _sees_persons(reach: Reach, day: dt.date) -> Callable[[UUID], bool]:
    """Whether the caller reads of a unit which persons are meant: its own to read, or rated by it under a mandate."""

    def sees(unit: UUID) -> bool:
        try:
            require_rated(reach, unit, day, day + ONE_DAY)
        except OutOfReach:
            return False
        return True

    return sees


def _sees(reach: Reach) -> Any:  # noqa: ANN401 — a function
    def sees(said: Said) -> bool:
        return reach.sees_fact(said.organisation, said.fact, said.subject, said.day)

    return sees


def _raters(runner: Runner, rules: Iterable[Said], reach: Reach, unit: UUID, day: dt.date) -> list[UUID]:
    """The bodies of other organisations that a posted rule names and that stand around the unit's place."""
    tree, table = reach.knowledge.tree, runner.generation.metadata.tables["unit"]
    wanted = {(each.organisation, fact.decides) for each in rules if isinstance(fact := each.fact, RatingAuthoritySet)}
    with runner.generation.store.read() as connection:
        query = select(table.c.id).where(table.c.organisation.in_(sorted(_of_the_line(tree, wanted))))
        found = list(connection.execute(query.where(table.c.kind.in_(sorted({kind for _, kind in wanted})))).scalars())
    kinds = {kind for _, kind in wanted}
    return [
        body
        for body in found
        if tree.alive(body, day) and over(body, unit, tree, day) and any(is_of(kind, body, tree) for kind in kinds)
    ]


def _of_the_line(tree: Tree, wanted: Iterable[tuple[UUID, str]]) -> set[UUID]:
    """Who may have founded a body that a posted rule names: its organisation, those that went on in it, or it in."""
    named = {organisation for organisation, _ in wanted}
    return named.union(*(tree.predecessors(each) | tree.followers(each) for each in named))


def _pool(closed: RatingPoolClosed, record: Record, reach: Reach) -> dict[str, Any]:
    """A list with its counts: given, allowed, over; beside the rule set's own reading the other one."""
    tree, rules = reach.knowledge.tree, _rules(record.facts(closed.rule_set))
    caps = [] if rules is None else tested(closed, rules)
    return {
        "pool": closed.pool,
        "group": closed.group,
        "rule_set": str(closed.rule_set),
        "over_because": closed.over_because,
        "exceptional": closed.exceptional,
        "members": [
            {
                "unit": str(member.unit),
                "unit_title": tree.title(member.unit, reach.today),
                "person": None if member.person is None else member.person.model_dump(mode="json"),
                "grade": member.grade.model_dump(mode="json"),
            }
            for member in closed.members
        ],
        "caps": [
            {
                "rank": each.cap.rank,
                "clause": each.cap.clause,
                "of": each.cap.of.value,
                "pool": each.pool,
                "given": each.given,
                "allowed": each.allowed,
                "over": each.over,
                "readings": {of.value: each.read(of, exceptional=closed.exceptional) for of in CapOf},
            }
            for each in caps
        ],
    }


def _rules(facts: Iterable[Said]) -> RuleDocument | None:
    return next((each.fact.rules for each in facts if isinstance(each.fact, RuleSetAdopted)), None)
