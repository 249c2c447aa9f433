"""Is a unit's book open, and since when? Before it is, its member figures come from the opening only."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from msgspec.json import encode
from sqlalchemy import select

from shared.contracts.membership import BookOpened
from shared.eventsourcing.runner import Runner
from shared.units.books import on_book
from shared.units.openings import openness
from shared.units.rights import Right
from shared.units.tree import Tree
from shared.web.access import Needs, Reached
from shared.web.days import plausible_day
from shared.web.producer import Producer


def openings_router(runner: Runner, producer: Producer) -> APIRouter:
    """`/v1/openings/{unit}`."""
    door = [Depends(producer.access), Depends(Needs(Right.FIGURES)), Depends(producer.after)]
    router = APIRouter(prefix="/v1/openings", tags=["openings"], dependencies=door)

    @router.get("/{unit}", summary="Sổ của một đơn vị đã mở chưa · Is a unit's book open, with how many members")
    def one(unit: UUID, reach: Reached, day: dt.date | None = None) -> Response:
        on = plausible_day(day or reach.today, "day")
        reach.require_figure(unit, on, on + dt.timedelta(days=1))
        return Response(encode(book(runner, reach.knowledge.tree, unit, on)), media_type="application/json")

    return router


def book(runner: Runner, tree: Tree, unit: UUID, day: dt.date) -> dict[str, Any]:
    """How many members stand in it on a day, by which openings, and what must be said beside the number."""
    facts = runner.facts.standing(BookOpened).subquery()
    with runner.generation.store.read() as connection:
        openings = [row for row in connection.execute(select(facts)) if tree.known(row.unit)]
    opened = [
        row
        for row in openings
        if row.day <= day and (tree.under(unit, row.unit, row.day) or tree.under(row.unit, unit, row.day))
    ]
    open_now = openness(runner, tree, unit, day)
    return {
        "unit": str(unit),
        "day": day.isoformat(),
        "members": on_book(runner, tree, unit, day),
        "branches": open_now.branches,
        "branches_opened": open_now.opened,
        "marks": open_now.marks,
        "openings": [
            {
                "unit": str(row.unit),
                "opened_on": row.day.isoformat(),
                "members": row.members,
                "organisation": str(row.organisation),
                "event": str(row.root_id),
            }
            for row in sorted(opened, key=lambda row: (row.day, row.unit))
        ],
    }
