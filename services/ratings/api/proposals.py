"""Which points and grade does a rule set give a branch for a year? A computed proposal, with its explanation."""

from __future__ import annotations

import datetime as dt
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from services.ratings.api.asked import Axis, Known, Person, moment_of, require_sensitive, told
from services.ratings.domain.raters import VERTICAL
from services.ratings.projections.explaining import adopted
from services.ratings.projections.freezing import Freezing
from services.ratings.projections.judging import Cited
from services.ratings.projections.proposals import Views
from shared.contracts.envelope import recorded_text
from shared.eventsourcing.runner import Runner
from shared.history.figures import Question
from shared.units.projection import titles
from shared.units.rights import Right
from shared.web.access import Needs, Reached
from shared.web.problem import TurnedAway
from shared.web.producer import Producer
from shared.web.upkeep import positions_within


def proposals_router(runner: Runner, producer: Producer) -> APIRouter:
    """`/v1/proposals`: points and grade that a rule set gives a branch for a year, with the explanation."""
    door = [Depends(producer.access), Depends(Needs(Right.EVENTS)), Depends(producer.after)]
    router = APIRouter(prefix="/v1/proposals", tags=["proposals"], dependencies=door)
    views = Views(runner)

    @router.get("", summary="Đề xuất xếp loại, có giải thích · A computed proposal, explained")
    def proposal(  # noqa: PLR0913, PLR0917 — one parameter a query parameter
        branch: UUID,
        year: Annotated[int, Query(ge=1930, le=9997)],
        rule_set: UUID,
        reach: Reached,
        person: Person,
        known: Known = None,
        axis: Axis = VERTICAL,
    ) -> Response:
        then = None if known is None else moment_of("known", known)
        asked = Question(branch, dt.date(year, 1, 1), dt.date(year + 1, 1, 1), known=then)
        reach.require_figure(asked.unit, asked.start, asked.end)
        named = adopted(views, Cited(rule_set, axis, person), then)
        if named is None:
            raise TurnedAway(404, "unknown-rule-set", "rule_set")
        require_sensitive(named, reach)
        proposed, basis = Freezing(views, reach.knowledge.tree).proposed(named, asked)
        return told(
            {
                "branch": str(branch),
                "branch_title": titles(runner, {branch}).get(str(branch)),
                "year": year,
                "known": None if then is None else recorded_text(then),
                "axis": axis,
                "person": None if person is None else person.model_dump(mode="json"),
                "rule_set": {
                    "id": str(rule_set),
                    "title": named.rules.title,
                    "legal_reference": named.rules.legal_reference,
                },
                **proposed,
                "basis": basis,
                "position": positions_within(reach, runner.position()),
            }
        )

    return router
