"""What do the registers answer? A review with its result, directives, and a unit's plans, inspections, support."""

from __future__ import annotations

import datetime as dt
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Response

from services.membership.api.answering import ONE_DAY, On, Year, answer, day_of, require_unit, router_behind
from services.membership.projections.asking import Row, reading
from services.membership.projections.registers import directives, inspections, plans, support
from services.membership.projections.reviewing import review_told
from shared.eventsourcing.runner import Runner
from shared.units.reach import OutOfReach, Reach
from shared.web.access import Reached
from shared.web.producer import Producer, today


def _seen(review: Row | None, reach: Reach) -> Row:
    if review is None:
        raise OutOfReach("review")
    reach.require_figure(review["unit"], review["opened"], review["after"]["day"] + ONE_DAY)
    return review


def _books_citing(directive: Row) -> list[str]:
    """Where the facts stand that name the paper as their document: this address, asked of each service's own log."""
    number = quote(directive["number"], safe="")
    return [f"/v1/log/{each}/events?document={number}" for each in directive["registered_by"]]


def registers_router(runner: Runner, producer: Producer) -> APIRouter:
    """`/v1/reviews/{review}`, `/v1/directives`, `/v1/units/{unit}/plans|inspections|support`."""
    router = router_behind(producer)

    @router.get("/v1/reviews/{review}", summary="Đợt rà soát: tiến độ, kết quả, đề nghị xóa tên · A review")
    def one_review(review: UUID, reach: Reached) -> Response:
        with reading(runner) as views:
            told = review_told(views, review, today())
        try:
            seen = _seen(told, reach)
        except OutOfReach as outside:
            # Nobody is told whether a review exists that he may not read.
            raise OutOfReach("review") from outside
        return answer(runner, reach, seen, [seen["unit"], *(row["branch"] for row in seen["proposals"])])

    @router.get("/v1/directives", summary="Sổ văn bản chỉ đạo · The register of directives")
    def register(reach: Reached) -> Response:
        with reading(runner) as views:
            entries = [{**entry, "cited_in": _books_citing(entry)} for entry in directives(views, reach.books)]
        units = [organisation for entry in entries for organisation in entry["registered_by"]]
        return answer(runner, reach, {"directives": entries}, units)

    @router.get("/v1/units/{unit}/plans", summary="Kế hoạch tu dưỡng, rèn luyện của cán bộ · Plans of officers")
    def officers_plans(unit: UUID, year: Year, reach: Reached, on: On = None) -> Response:
        day = day_of(on) if on is not None else min(today(), dt.date(year, 12, 31))
        with reading(runner) as views:
            require_unit(views, unit, reach, day, day + ONE_DAY)
            told = plans(views, unit, year, day)
        return answer(
            runner,
            reach,
            {"unit": unit, "year": year, "on": day, **told},
            [unit, *(row["unit"] for row in told["rows"])],
        )

    @router.get("/v1/units/{unit}/inspections", summary="Kiểm tra, giám sát và khắc phục · Inspections and remedies")
    def held_inspections(unit: UUID, reach: Reached, on: On = None) -> Response:
        day = day_of(on)
        with reading(runner) as views:
            founded = require_unit(views, unit, reach, day, day + ONE_DAY)["start_day"]
            reach.require_figure(unit, min(founded, day), day + ONE_DAY)
            told = inspections(views, unit, day)
        units = [unit, *(row[name] for row in told["rows"] for name in ("unit", "inspector"))]
        return answer(runner, reach, {"unit": unit, "on": day, **told}, units)

    @router.get("/v1/units/{unit}/support", summary="Hỗ trợ theo loại và nguồn · Support by kind and source")
    def granted_support(unit: UUID, year: Year, reach: Reached) -> Response:
        start, end = dt.date(year, 1, 1), dt.date(year + 1, 1, 1)
        with reading(runner) as views:
            require_unit(views, unit, reach, start, end)
            told = support(views, unit, start, end)
        return answer(
            runner, reach, {"unit": unit, "year": year, **told}, [unit, *(row["unit"] for row in told["rows"])]
        )

    return router
