"""How does a branch stand on a day? Its head and officers, members, equipment, last review: the branch's card."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, select

from services.membership.domain.states import Kind
from services.membership.projections.asking import Reading, Row
from services.membership.projections.reviewing import reviews_of
from services.membership.projections.stays import members
from shared.contracts.membership import BranchEquipped
from shared.units.lasting import lasting


def card(reading: Reading, unit: Row, day: dt.date, least: int | None) -> dict[str, Any]:
    """The card of a branch. Figures are counted in one place only, by ratings, whose addresses it gives.

    `least`: the members without whom the organisation's rules call a branch not viable; none: no bound is known.
    """
    branch: UUID = unit["id"]
    known = [review for review in reviews_of(reading, branch) if review["opened_day"] <= day]
    on_the_list = members(reading, branch, day)
    return {
        "branch": branch,
        "title": unit["title"],
        "kind": unit["kind"],
        "organisation": unit["organisation"],
        "founded": unit["start_day"],
        "ended": unit["end_day"],
        "on": day,
        "above": _above(reading, branch, day),
        "sub_branches": _sub_branches(reading, branch, day),
        "members": len(on_the_list),
        "persons": len({member.person for member in on_the_list}),
        "states": _states(reading, branch, day),
        "viability": {"least_members": least, "viable": None if least is None else len(on_the_list) >= least},
        "officers": _officers(reading, branch, day),
        "equipment": _equipment(reading, branch, day),
        "last_review": known[0] if known else None,
        "elsewhere": _elsewhere(branch, day),
    }


def _above(reading: Reading, branch: UUID, day: dt.date) -> list[UUID]:
    above = reading.tables["unit_above"]
    query = select(above.c.above).where(above.c.unit == branch, above.c.above != branch, lasting(above, day))
    return sorted(reading.connection.execute(query).scalars())


def _sub_branches(reading: Reading, branch: UUID, day: dt.date) -> list[UUID]:
    sub = reading.tables["sub_branch"]
    query = select(sub.c.unit).where(sub.c.branch == branch, lasting(sub, day))
    return sorted(reading.connection.execute(query).scalars())


def _states(reading: Reading, branch: UUID, day: dt.date) -> dict[str, int]:
    """How many persons of the branch are in each state; discipline is sensitive and stands in no count of so few."""
    state, above = reading.tables["member_state"], reading.tables["unit_above"]
    query = (
        select(state.c.kind, state.c.person)
        .join(above, and_(above.c.unit == state.c.branch, lasting(above, day)))
        .where(above.c.above == branch, lasting(state, day))
    )
    persons: dict[str, set[UUID]] = {kind.value: set() for kind in Kind if kind is not Kind.DISCIPLINED}
    for row in reading.connection.execute(query):
        persons.get(row.kind, set()).add(reading.whom(row.person))
    return {kind: len(found) for kind, found in persons.items()}


def _officers(reading: Reading, branch: UUID, day: dt.date) -> list[Row]:
    """Who holds a post of the branch itself, its head first."""
    office = reading.tables["office"]
    query = select(office).where(office.c.unit == branch, lasting(office, day))
    query = query.order_by(office.c.head.desc(), office.c.post, office.c.person)
    said = ("person", "post", "head", "start_day", "term_start", "term_end", "full_time")
    return [{name: row[name] for name in said} for row in reading.rows(query)]


def _equipment(reading: Reading, branch: UUID, day: dt.date) -> list[Row]:
    facts = reading.standing(BranchEquipped)
    query = (
        select(facts.c.equipment, func.count().label("times"), func.max(facts.c.day).label("last"))
        .where(facts.c.branch == branch, facts.c.day <= day)
        .group_by(facts.c.equipment)
        .order_by(facts.c.equipment)
    )
    return reading.rows(query)


def _elsewhere(branch: UUID, day: dt.date) -> dict[str, str]:
    """What the ratings service answers of the branch, and under which address."""
    year = f"start={day.year:04}-01-01&end={day.year + 1:04}-01-01"
    return {
        "gathering": f"/v1/figures/gathering-rate?unit={branch}&on={day}",
        "growth": f"/v1/figures/recruiting-rate?unit={branch}&{year}",
        "targets": f"/v1/figures/admissions-of-target?unit={branch}&{year}",
        "meetings": f"/v1/figures/meetings-met?unit={branch}&{year}",
        "attendance": f"/v1/figures/attendance?unit={branch}&{year}",
        "grades": f"/v1/figures/grades?unit={branch}&{year}",
        "reported": f"/v1/figures/figures-reported?unit={branch}&{year}",
    }
