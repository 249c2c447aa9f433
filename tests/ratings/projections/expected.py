"""What does the independent recount answer? Every figure by its name, from nothing but the events."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from services.ratings.projections import FIGURES
from shared.history.figures import Question
from tests.oracle import (
    Figure,
    History,
    Item,
    branches,
    coverage,
    meetings,
    membership,
    models,
    ratings,
    standings,
    tasks,
    visits,
)
from tests.oracle.figure import month_of
from tests.oracle.standing import Fact
from tests.ratings.projections.asked import Answer, Answering, Asked, each, items


def expected(history: History, name: str, question: Question) -> Answer:
    """The recount's answer to a question about a figure."""
    return ANSWERS[name](Asked.of(history, FIGURES[name], question))


# ── Members ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _stays(asked: Asked) -> Iterator[Item]:
    """One item for each stay in a book: who is in a sub-branch and in its branch is in both books, as one member."""
    tree = asked.history.tree
    for stay in membership.memberships(asked.history, asked.on):
        keys = {
            "person": stay.person,
            "branch": tree.branch_above(stay.seat, asked.on),
            "organisation": tree.owner(stay.seat, asked.on),
        }
        yield Item(stay.seat, asked.on, events=stay.events, keys=keys)


def _different(*keys: str) -> Callable[[list[Item]], Figure]:
    """Each combination of keys counts once."""
    return lambda group: Figure(
        len({tuple(item.keys[key] for key in keys) for item in group}),
        None,
        frozenset(reference for item in group for reference in item.events),
    )


_members = _different("person", "branch")


def _facts(name: str) -> Answering:
    def told(asked: Asked) -> Iterator[Item]:
        for fact in asked.history.during(asked.start, asked.end, name):
            keys = {"organisation": asked.history.tree.owner(fact.body["branch"], fact.day)}
            yield Item(fact.body["branch"], fact.day, events=frozenset({fact.reference}), keys=keys)

    return items(told)


def _gathering(asked: Asked, organisation: str | None = None) -> Figure:
    stays = asked.history.within(asked.unit, _stays(asked))
    part = _members([stay for stay in stays if organisation in (None, stay.keys["organisation"])])
    whole = coverage.people(asked.history, asked.unit, coverage.ELIGIBLE, asked.on, organisation=organisation)
    return Figure(part.numerator, whole.numerator if whole.events else None, part.events | whole.events)


def _recruiting(find: Callable[..., Figure]) -> Callable[..., Figure]:
    def of(asked: Asked, organisation: str | None = None) -> Figure:
        return find(asked.history, asked.unit, asked.start, asked.end, organisation=organisation)

    return of


def _people(asked: Asked, group: str, organisation: str | None = None) -> Figure:
    return coverage.people(asked.history, asked.unit, group, asked.on, organisation=organisation)


def _households(asked: Asked, organisation: str | None = None) -> Figure:
    return coverage.exemplary_households(asked.history, asked.unit, asked.on, organisation=organisation)


# ── How members stand, and their leaders ─────────────────────────────────────────────────────────────────────────


def _once(find: Callable[[Asked], Iterable[Item]], *keys: str, own: str = "unit") -> Answering:
    """Different things, of the asked unit itself where that is asked for."""

    def told(asked: Asked) -> Iterator[Item]:
        for item in find(asked):
            named = {"unit": item.unit, **item.keys}
            if not asked.own or named[own] == asked.unit:
                yield dataclasses.replace(item, keys=named)

    return items(told, lambda group: standings.once(group, *keys))


def _disciplined_heads(asked: Asked) -> Iterable[Item]:
    return standings.disciplined_head_items(asked.history, asked.start, asked.end)


def _tasks(which: str) -> Answering:
    return _once(lambda asked: tasks.task_items(asked.history, which, asked.start, asked.end), "task", own="branch")


# ── Meetings and visits ──────────────────────────────────────────────────────────────────────────────────────────


def _attending(asked: Asked) -> Figure:
    return meetings.attending_regularly(asked.history, asked.unit, asked.start, asked.end, asked.threshold)


def _sittings(asked: Asked, tier: str | None = None) -> Figure:
    return visits.sittings(asked.history, asked.unit, asked.start, asked.end, tier=tier)


def _below(asked: Asked) -> Answer:
    """Owed by a cadre where any of the areas lies in the unit: an item in the first such area."""
    found = []
    for owed in visits.duties(asked.history, asked.start, asked.end):
        areas = [area for area in sorted(owed.areas) if asked.history.has(asked.unit, area, owed.month)]
        keys = {"tier": owed.tier, "cadre": owed.cadre, "organisation": owed.organisation}
        found += [Item(area, owed.month, int(owed.below), 1, owed.events, keys) for area in areas[:1]]
    return asked.grouped(found)


# ── What was given, and where nothing is ─────────────────────────────────────────────────────────────────────────


def _values(name: str, field: str) -> Callable[[Asked], Iterable[str]]:
    return lambda asked: sorted({fact.body[field] for fact in asked.history.named(name)})


def _granted(asked: Asked) -> Iterable[str]:
    return sorted({fact.body["benefit"] for fact in asked.history.named("benefit-granted") if fact.day <= asked.on})


def _benefits(asked: Asked, benefit: str) -> Figure:
    return branches.heads_with_benefit(asked.history, asked.unit, benefit, asked.on)


def _equipment(asked: Asked, equipment: str) -> Figure:
    return branches.equipped(asked.history, asked.unit, equipment, asked.start, asked.end)


def _participation(asked: Asked) -> Iterator[Item]:
    for fact in asked.history.during(asked.start, asked.end, "participation-counted"):
        keys = {"activity": fact.body["activity"], "qualifier": fact.body.get("qualifier", "exact")}
        yield Item(fact.body["scope"], fact.day, fact.body["count"], None, frozenset({fact.reference}), keys)


def _without_branch(asked: Asked, organisation: str) -> Figure:
    return models.hamlets_without_branch(asked.history, organisation, asked.unit, asked.on)


def _all_without_branch(asked: Asked) -> Answer:
    """Of every organisation that is no territorial body, and has not gone on in others by then."""
    find = each(_without_branch, organisation=_lines)
    split = find(Asked(asked.history, asked.unit, asked.start, asked.end, ("organisation",)))
    if asked.by:
        return split
    counted = list(split.rows.values())
    total = (sum(row[0] for row in counted), sum(row[1] or 0 for row in counted) if counted else None)
    return Answer({(): total}, split.events)


def _lines(asked: Asked) -> list[str]:
    registered = asked.history.named("organisation-registered")
    lines = [fact.subject for fact in registered if fact.body["body"] == "organisation"]
    closed = asked.history.closed
    return [line for line in lines if line not in closed or closed[line].day > asked.on]


# ── Grades ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _grades(asked: Asked) -> Answer:
    """Always asked by rank, the last key but for what always splits."""
    within = tuple(key for key in asked.by if key != "rank")
    found = ratings.grades(asked.history, asked.unit, asked.start, asked.end, by=within)
    rows = {
        tuple({**dict(zip((*within, "rank"), keys, strict=True))}[key] for key in asked.by): graded
        for keys, graded in found.items()
    }
    told = asked.told({keys: graded.figure for keys, graded in rows.items()})
    return Answer(told.rows, told.events, {keys: graded.counts for keys, graded in rows.items()})


def _rated(asked: Asked) -> list[Fact]:
    return list(asked.history.during(asked.start, asked.end, "rating-decided"))


ANSWERS: Final[Mapping[str, Answering]] = {
    "members": items(_stays, _members),
    "persons": items(_stays, _different("person")),
    "admissions": _facts(membership.ADMISSION),
    "readmissions": _facts(membership.READMISSION),
    "referrals": _facts(membership.REFERRAL),
    "party-admissions": _facts(membership.PARTY_ADMISSION),
    "recruiting-rate": each(_recruiting(coverage.recruiting), organisation=Asked.organisations),
    "admissions-of-target": each(_recruiting(coverage.recruiting_of_target), organisation=Asked.organisations),
    "gathering-rate": each(_gathering, organisation=Asked.organisations),
    "exemplary-households": each(_households, organisation=Asked.organisations),
    "dues-paid": _once(
        lambda asked: standings.dues_items(asked.history, asked.start, asked.end), "person", "branch", "month"
    ),
    "cards-held": _once(lambda asked: standings.card_items(asked.history, asked.on), "person", "branch"),
    "disciplines": _once(lambda asked: standings.discipline_items(asked.history, asked.start, asked.end), "person"),
    "leaders-disciplined": _once(lambda asked: standings.leader_items(asked.history, asked.start, asked.end), "person"),
    "heads-disciplined": _once(_disciplined_heads, "unit", "person"),
    "heads-with-plan": _once(lambda asked: standings.planning_head_items(asked.history, asked.on), "unit", "person"),
    "units-disciplined": _once(
        lambda asked: tasks.disciplined_unit_items(asked.history, asked.start, asked.end), "whole"
    ),
    **{which: _tasks(which) for which in ("tasks-done", "tasks-on-time", "tasks-late", "tasks-exceeded")},
    "people": each(_people, group=_values("people-counted", "group"), organisation=Asked.organisations),
    "meetings-held": items(lambda asked: meetings.held_items(asked.history, asked.start, asked.end)),
    "meetings-met": items(lambda asked: meetings.met_items(asked.history, asked.start, asked.end)),
    "attendance": items(lambda asked: meetings.attendance_items(asked.history, asked.start, asked.end)),
    "attending-regularly": each(_attending),
    "visits": items(lambda asked: visits.visit_items(asked.history, asked.start, asked.end)),
    "sittings-visited": each(_sittings, tier=_values("visit-completed", "tier")),
    "cadres-below-duty": _below,
    "models-established": items(lambda asked: models.model_items(asked.history, asked.on, running=False)),
    "models-running": items(lambda asked: models.model_items(asked.history, asked.on, running=True)),
    "hamlets-without-model": each(lambda asked: models.hamlets_without_model(asked.history, asked.unit, asked.on)),
    "hamlets-without-mobilisation-model": each(
        lambda asked: models.hamlets_without_model(asked.history, asked.unit, asked.on, tied=True)
    ),
    "hamlets-without-branch": _all_without_branch,
    "benefits": each(_benefits, benefit=_granted),
    "equipment": each(_equipment, equipment=_values("branch-equipped", "equipment")),
    "commendations": items(lambda asked: branches.commendation_items(asked.history, asked.start, asked.end)),
    "participation": items(_participation),
    "grades": _grades,
}

SPLITS: Final[Mapping[str, tuple[tuple[str, ...], ...]]] = {
    "members": ((), ("branch",), ("organisation",), ("unit",)),
    "persons": ((), ("branch",), ("organisation", "unit")),
    **dict.fromkeys(
        ("admissions", "readmissions", "referrals", "party-admissions"), ((), ("organisation", "month"), ("unit",))
    ),
    **dict.fromkeys(("recruiting-rate", "admissions-of-target", "gathering-rate"), ((), ("organisation",))),
    "people": ((), ("organisation",)),
    "exemplary-households": ((), ("organisation",)),
    "dues-paid": ((), ("branch", "month"), ("organisation", "unit")),
    "cards-held": ((), ("branch",), ("organisation", "unit")),
    "disciplines": ((), ("level",), ("month", "organisation"), ("unit",)),
    **dict.fromkeys(("leaders-disciplined", "heads-disciplined", "heads-with-plan"), ((), ("unit",))),
    "units-disciplined": ((), ("unit",)),
    **dict.fromkeys(
        ("tasks-done", "tasks-on-time", "tasks-late", "tasks-exceeded"), ((), ("month",), ("organisation", "unit"))
    ),
    "meetings-held": ((), ("branch", "month"), ("unit",)),
    "meetings-met": ((), ("branch", "month"), ("unit",)),
    "attendance": ((), ("month",), ("unit",)),
    "visits": ((), ("tier", "month"), ("cadre",), ("organisation", "unit")),
    "sittings-visited": ((), ("tier",)),
    "cadres-below-duty": ((), ("month",), ("tier", "month"), ("cadre", "organisation")),
    "models-established": ((), ("type", "field"), ("unit",)),
    "models-running": ((), ("type",), ("field", "unit")),
    "hamlets-without-branch": ((), ("organisation",)),
    "equipment": (("equipment",),),
    "commendations": ((), ("kind", "recipient"), ("month", "organisation")),
    "participation": ((), ("qualifier",), ("activity", "month")),
    "grades": (
        ("rank",),
        ("level", "rank"),
        ("rater", "axis", "rank"),
        ("said_by", "level", "rank"),
        ("level", "rater", "axis", "period", "scale", "rank"),
    ),
}
"""The splits that the recount knows; () where nothing stands here."""

__all__ = ["ANSWERS", "SPLITS", "expected", "month_of"]
