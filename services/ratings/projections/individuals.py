"""What do facts say of one person who is rated in a unit? Of what figures count, that which is this person's own.

Where a figure counts persons, or what they did, under the unit, the person's part of it is taken. What follows a person
wherever it was (a discipline, a referral, a commendation) is read only of those who belong to the unit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import ColumnElement, Date, Select, Uuid, and_, literal, select, union_all

from services.ratings.projections import (
    attendance,
    cards,
    disciplines,
    dues,
    leaders,
    meetings,
    party,
    plans,
    support,
    tasks,
    visits,
)
from services.ratings.projections.belonging import (
    BELONGING,
    OFFICERS,
    WHO,
    here,
    in_charge,
    its_own,
    known_here,
    meant,
)
from services.ratings.projections.disciplines import disciplined
from services.ratings.projections.heads import Heads
from services.ratings.projections.leaders import offices
from services.ratings.projections.own import Rows, own
from services.ratings.projections.parts import behind, counts, last_day, merge_behind, same_person
from shared.contracts.event import Event
from shared.contracts.meetings import VisitCompleted
from shared.contracts.membership import (
    CommendationAwarded,
    MemberAdmittedToParty,
    MemberReferredToParty,
    PlanRegistered,
    TaskAssigned,
    TaskCompleted,
)
from shared.history.figures import Distinct, Figure, Relations
from shared.history.measures import SUM, Measure
from shared.units.identities import Identities
from shared.units.lasting import lasting
from shared.units.on_duty import Charges
from shared.units.projection import Units

ONCE: Final = Distinct(("person",))
CADRES: Final = (Units, Identities, Charges)


def _mine(rows: Rows) -> Rows:
    """Of these rows those of the asked person; each again for each merge by which the asked id means that one."""

    def mine(relations: Relations) -> Select[Any]:
        told, merges = rows(relations).cte("of_everybody"), relations.tables["identity"]
        theirs, leads = told.c.person == meant(relations), merges.c.person == literal(relations.question.person, Uuid)
        # A merge counts nothing itself, and gives no denominator where there is none.
        instead = {"numerator": told.c.numerator * 0, "denominator": told.c.denominator * 0}
        instead |= {"log": merges.c.merged_in, "root": merges.c.merged_by}
        again = select(*(instead.get(each.name, each).label(each.name) for each in told.c))
        merged = again.join_from(told, merges, leads).where(theirs)
        return select(union_all(select(told).where(theirs), merged).subquery())

    return mine


# ── What follows a person ────────────────────────────────────────────────────────────────────────────────────────


def _disciplined(relations: Relations) -> Select[Any]:
    return _below_and_above(relations, disciplined(relations))


def _referred(relations: Relations) -> Select[Any]:
    return _below_and_above(relations, _said(relations, MemberReferredToParty, "subject"))


def _admitted_to_party(relations: Relations) -> Select[Any]:
    return _below_and_above(relations, _said(relations, MemberAdmittedToParty, "subject"))


def _commended(relations: Relations) -> Select[Any]:
    """Each commendation of whoever belongs here."""
    known, words, told = _joined(relations, _said(relations, CommendationAwarded, "person"))
    return select(*(known.c[name] for name in WHO), words.c.said, *counts(1), words.c.log, words.c.root).select_from(
        told
    )


def _below_and_above(relations: Relations, said: Select[Any]) -> Select[Any]:
    """Below the line that the person belongs here; above it what was said of the person in the period, wherever."""
    known, words, told = _joined(relations, said)
    who = [known.c[name] for name in WHO]
    below = select(*who, *counts(0, 1), known.c.log, known.c.root)
    above = select(*who, *counts(1, 1), words.c.log, words.c.root).select_from(told)
    return select(union_all(below, above).subquery())


def _joined(relations: Relations, said: Select[Any]) -> tuple[Any, Any, Any]:
    known, words, question = here(relations), said.subquery(), relations.question
    period = (words.c.day >= literal(question.start, Date), words.c.day < literal(question.end, Date))
    return known, words, known.join(words, and_(words.c.person == known.c.person, *period))


def _said(relations: Relations, cls: type[Event], person: str) -> Select[Any]:
    """Facts of a type with the person of whom they speak; a row more for each merge of the id."""
    facts = relations.standing(cls)
    same = same_person(relations, facts, facts.c[person])
    about = (facts.c.day, same.person.label("person"), facts.c.root_id.label("said"))
    arms = ((same.joined, behind(facts)), (same.merged, merge_behind(same.merges)))
    return select(union_all(*(select(*about, *root).select_from(source) for source, root in arms)).subquery())


# ── What officers and cadres do ──────────────────────────────────────────────────────────────────────────────────


def _with_plan(relations: Relations) -> Select[Any]:
    """Below the line the offices of the last day; above it the plan that was registered there for that day's year."""
    office, plan, day = offices(relations), relations.standing(PlanRegistered), last_day(relations)
    of_the_year = and_(plan.c.year == relations.question.last_day.year, plan.c.day <= day)
    held = _for_day(relations, office, (office.c.unit, office.c.person), (0, 1), (office.c.log, office.c.root))
    registered = _for_day(relations, plan, (plan.c.unit, plan.c.subject), (1, 1), behind(plan))
    arms = [*(each.where(lasting(office, day)) for each in held), *(each.where(of_the_year) for each in registered)]
    return select(union_all(*arms).subquery())


def _for_day(
    relations: Relations,
    rows: Any,  # noqa: ANN401 — facts or a table of spans
    about: tuple[ColumnElement[Any], ColumnElement[Any]],
    numbers: tuple[int, int],
    root: tuple[ColumnElement[Any], ...],
) -> list[Select[Any]]:
    unit, person = about
    same = same_person(relations, rows, person)
    who = (unit.label("unit"), last_day(relations).label("day"), same.person.label("person"), *counts(*numbers))
    arms = ((same.joined, root), (same.merged, merge_behind(same.merges)))
    return [select(*who, *each).select_from(source) for source, each in arms]


def _visits(relations: Relations) -> Select[Any]:
    """Each visit of a cadre that the unit's organisation records, wherever it was made."""
    visit, unit = relations.standing(VisitCompleted), relations.tables["unit"]
    same = same_person(relations, its_own(relations, visit, visit.c.organisation), visit.c.cadre)
    who = (unit.c.id.label("unit"), visit.c.day, same.person.label("person"))
    made = select(*who, *counts(1), *behind(visit)).select_from(same.joined)
    merged = select(*who, *counts(0), *merge_behind(same.merges)).select_from(same.merged)
    return select(union_all(made, merged).subquery())


# ── By indicator ─────────────────────────────────────────────────────────────────────────────────────────────────


def _named(question: Any, name: str) -> Figure:  # noqa: ANN401 — a module of this package
    found: Figure = next(each for each in question.FIGURES if each.name == name)
    return found


def _of_one(figure: Figure, rows: Rows | None = None, measure: Measure | None = None, **other: Any) -> Figure:  # noqa: ANN401 — fields of a figure
    """A figure asked of one person, under the name and in the words of what it counts of everybody."""
    return replace(
        figure,
        rows=_mine(rows or figure.rows),
        measure=measure or figure.measure,
        keys=(),
        apart=(),
        everywhere=None,
        **other,
    )


_ATTENDING: Final = _named(attendance, "attending-regularly")
_ATTENDANCE: Final = _named(meetings, "attendance")
_DISCIPLINE: Final = _of_one(
    _named(disciplines, "disciplines"), _disciplined, ONCE, listens=disciplines.SAID | OFFICERS, state=BELONGING
)
OF_PERSONS: Final[Mapping[str, Figure]] = {
    # Each regular meeting whose roll names the person, and whether the person came.
    "attendance": _of_one(_ATTENDANCE, attendance.on_rolls, Distinct(("log", "root")), state=_ATTENDING.state),
    "members-attending": _of_one(_ATTENDING),
    "dues-paid": _of_one(_named(dues, "dues-paid")),
    "cards-held": _of_one(_named(cards, "cards-held")),
    "disciplines": _DISCIPLINE,
    "own-disciplines": _DISCIPLINE,
    "leaders-disciplined": _of_one(_named(leaders, "leaders-disciplined")),
    "referrals": _of_one(
        _named(party, "referrals"), _referred, ONCE, listens=OFFICERS | {MemberReferredToParty}, state=BELONGING
    ),
    "party-admissions": _of_one(
        _named(party, "party-admissions"),
        _admitted_to_party,
        ONCE,
        listens=OFFICERS | {MemberAdmittedToParty},
        state=BELONGING,
    ),
    "commendations": _of_one(
        _named(support, "commendations"),
        _commended,
        Distinct(("said",)),
        listens=OFFICERS | {CommendationAwarded},
        state=BELONGING,
    ),
    "plan-registered": _of_one(
        _named(plans, "heads-with-plan"),
        own(_with_plan),
        ONCE,
        listens=OFFICERS | {PlanRegistered},
        state=(Units, Identities, Heads),
    ),
    "visits": _of_one(_named(visits, "visits"), _visits, SUM, state=(Units, Identities)),
    **{
        name: _of_one(
            _named(tasks, name),
            tasks.tasks_of_persons(which),
            listens=OFFICERS | {TaskAssigned, TaskCompleted},
            state=(Units, Identities, Heads),
        )
        for name, which in tasks.WHICH.items()
    },
}
"""Indicator → the figure that measures it of one person. No other indicator is one of a person."""

KEPT_OF_PERSONS: Final[Mapping[str, Figure]] = {
    "commendations": _of_one(OF_PERSONS["commendations"], known_here, ONCE, listens=OFFICERS),
    "visits": _of_one(OF_PERSONS["visits"], in_charge, ONCE, listens=frozenset(), state=CADRES),
}
"""Of a plain number: what shows that nought means none."""
