"""How far does a reader see? Own books, own subtrees on the day that counts, and of the rest nothing at all."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

import pytest

from shared.contracts.corrections import FactVoided
from shared.contracts.envelope import Content, Correction, Envelope, Recorded
from shared.contracts.event import Event
from shared.contracts.meetings import MeetingHeld, MeetingKind, MeetingsFactVoided, Roll
from shared.contracts.membership import Body, Level, MemberExpelled, OrganisationRegistered, Role
from shared.eventsourcing.decider import Said
from shared.eventsourcing.draft import Poster
from shared.units.directory import Directory
from shared.units.knowledge import Knowledge
from shared.units.reach import OutOfReach, Reach
from shared.units.rights import Right, rights_of
from tests.units.story import Story, named

UNION, OTHERS, OPERATOR = (named(each) for each in ("union", "others", "operator"))
TODAY, MOVED = dt.date(2024, 10, 1), dt.date(2024, 7, 1)
BEFORE, AFTER = (dt.date(2024, 1, 1), MOVED), (MOVED, dt.date(2025, 1, 1))
YEAR = (dt.date(2024, 1, 1), dt.date(2025, 1, 1))

territory, line, others = Story("operator"), Story("union"), Story("others")
PROVINCE, ELSEWHERE = (territory.place(name, level=Level.PROVINCE) for name in ("province", "elsewhere"))
EAST = territory.place("east", PROVINCE)
TOP = line.unit("top", kind="province-body", territory=PROVINCE)
BASE, OTHER_BASE = (line.unit(name, TOP, territory=EAST) for name in ("base", "other base"))
BRANCH, OTHER_BRANCH = line.unit("branch", BASE), line.unit("other branch", OTHER_BASE)
MOVING = line.unit("moving", BASE)
line.move(MOVING, OTHER_BASE, MOVED)
PLANNED = line.unit("planned", BASE)
line.move(PLANNED, OTHER_BASE, dt.date(2025, 3, 1))
FOREIGN = others.unit("foreign", territory=EAST)
FAR = others.unit("far", territory=ELSEWHERE)
OPERATING = Said(
    OrganisationRegistered(title="Vận hành", kind="operator", body=Body.OPERATOR),
    OPERATOR,
    OPERATOR,
    named("registered"),
    1,
    YEAR[0],
)
TREE = territory.tree.with_facts([*line.facts, *others.facts])
KNOWLEDGE = Knowledge(TREE, Directory().with_facts([OPERATING]))


def reach(role: Role, *roots: UUID, of: UUID = UNION) -> Reach:
    return Reach(Poster(organisation=of, credential=named("key"), role=role, roots=roots), KNOWLEDGE, TODAY)


def counts(who: Reach, unit: UUID, period: tuple[dt.date, dt.date] = YEAR, tree: dt.date | None = None) -> bool:
    try:
        who.require_figure(unit, *period, tree)
    except OutOfReach:
        return False
    return True


def recorded(fact: Event, day: str, organisation: UUID = UNION, corrects: Correction | None = None) -> Recorded:
    raw = fact.model_dump_json(exclude_none=True).encode()
    content = Content(type=fact.name, subject=named("subject"), occurred=day, fact=raw, corrects=corrects)
    envelope = Envelope(
        id=named(f"{day} {fact}"),
        organisation=organisation,
        sequence=1,
        version=1,
        recorded=0,
        actor="key",
        content=content,
        previous=bytes(32),
    )
    return Recorded(envelope, bytes(32))


def met(branch: UUID, day: str = "2024-02-01", organisation: UUID = UNION) -> Recorded:
    return recorded(
        MeetingHeld(branch=branch, kind=MeetingKind.REGULAR, roll=Roll(expected=0, present=0)), day, organisation
    )


def nothing(_organisation: UUID, _event: UUID) -> None:
    return None


IN_THE_LINE = (Role.RECORDER, Role.DECIDER, Role.READER, Role.AUDITOR)


@pytest.mark.parametrize("role", IN_THE_LINE)
def test_a_key_of_the_whole_line_counts_in_its_own_units_only(role: Role) -> None:
    who = reach(role)
    assert all(counts(who, unit) for unit in (TOP, BASE, BRANCH, MOVING, UNION))
    assert not any(counts(who, unit) for unit in (FOREIGN, FAR, OTHERS, PROVINCE, EAST, named("nobody")))


@pytest.mark.parametrize("role", IN_THE_LINE)
def test_a_key_with_roots_counts_below_them_and_nothing_above_or_beside(role: Role) -> None:
    who = reach(role, BASE)
    assert counts(who, BASE)
    assert counts(who, BRANCH)
    assert not any(counts(who, unit) for unit in (TOP, OTHER_BASE, OTHER_BRANCH, FOREIGN, UNION, EAST))


def test_who_lost_a_unit_keeps_the_time_before_and_who_gained_it_has_the_time_after() -> None:
    lost, gained = reach(Role.READER, BASE), reach(Role.READER, OTHER_BASE)
    assert [counts(lost, MOVING, period) for period in (BEFORE, AFTER, YEAR)] == [True, False, False]
    assert [counts(gained, MOVING, period) for period in (BEFORE, AFTER, YEAR)] == [False, True, False]
    day_before, day = (MOVED - dt.timedelta(days=1), MOVED), (MOVED, MOVED + dt.timedelta(days=1))
    assert [counts(lost, MOVING, each) for each in (day_before, day)] == [True, False]


def test_no_date_of_a_tree_brings_back_what_was_lost_or_forward_what_is_planned() -> None:
    lost, gained = reach(Role.READER, BASE), reach(Role.READER, OTHER_BASE)
    assert not counts(lost, MOVING, YEAR, BEFORE[0])
    assert not counts(lost, BASE, YEAR, BEFORE[0])
    assert counts(lost, BASE, YEAR, TODAY)
    assert counts(gained, MOVING, YEAR, TODAY)
    assert not counts(gained, PLANNED, YEAR, dt.date(2025, 4, 1))
    assert not counts(gained, PLANNED, (YEAR[0], dt.date(2026, 1, 1)))
    assert counts(lost, PLANNED, (YEAR[0], dt.date(2026, 1, 1)))
    assert counts(reach(Role.READER), TOP, YEAR, BEFORE[0])


def test_a_territorial_reader_counts_everybody_in_the_territory_and_reads_no_event() -> None:
    who = reach(Role.TERRITORIAL_READER, PROVINCE)
    assert all(counts(who, unit) for unit in (PROVINCE, EAST, TOP, BRANCH, FOREIGN))
    assert not any(counts(who, unit) for unit in (FAR, ELSEWHERE, UNION, named("nobody")))
    assert who.books == []
    assert not who.sees(met(BRANCH), nothing)
    assert not who.has(Right.EVENTS)
    assert not counts(reach(Role.TERRITORIAL_READER), PROVINCE)
    assert not counts(reach(Role.TERRITORIAL_READER, BASE), BRANCH)


def test_the_operator_and_auditors_of_the_whole_see_everything() -> None:
    for who in (reach(Role.OPERATOR, of=OPERATOR), reach(Role.AUDITOR, of=OPERATOR)):
        assert counts(who, FAR)
        assert who.books is None
        assert who.sees(met(FAR, organisation=OTHERS), nothing)
    assert reach(Role.READER, of=OPERATOR).books == [OPERATOR]


def test_a_book_is_read_by_its_own_organisation() -> None:
    for role in IN_THE_LINE:
        assert reach(role).sees(met(BRANCH), nothing)
        assert not reach(role).sees(met(BRANCH, organisation=OTHERS), nothing)


def test_events_are_seen_under_the_roots_of_their_own_day() -> None:
    lost, gained = reach(Role.AUDITOR, BASE), reach(Role.AUDITOR, OTHER_BASE)
    before, after = met(MOVING, "2024-06-30"), met(MOVING, "2024-07-01")
    assert [lost.sees(each, nothing) for each in (before, after)] == [True, False]
    assert [gained.sees(each, nothing) for each in (before, after)] == [False, True]
    founding = line.facts[0]
    assert not lost.sees_fact(UNION, founding.fact, TOP, founding.day)


def test_a_voiding_is_seen_where_the_voided_fact_is() -> None:
    root = met(BRANCH)
    corrects = Correction(UNION, root.envelope.id, root.envelope.id)
    voided: FactVoided = MeetingsFactVoided(type=MeetingHeld.name)
    void = recorded(voided, "2024-03-01", corrects=corrects)
    assert reach(Role.READER, BASE).sees(void, lambda _, __: root)
    assert not reach(Role.READER, OTHER_BASE).sees(void, lambda _, __: root)
    assert not reach(Role.READER, BASE).sees(void, nothing)


def test_discipline_and_party_matters_need_their_own_right() -> None:
    expelled = recorded(MemberExpelled(branch=BRANCH, cause="discipline"), "2024-02-01")
    assert not reach(Role.READER).sees(expelled, nothing)
    assert not reach(Role.READER, BASE).sees(expelled, nothing)
    for role in (Role.RECORDER, Role.DECIDER, Role.AUDITOR):
        assert reach(role).sees(expelled, nothing)


def test_every_role_has_its_rights_and_an_unknown_one_has_none() -> None:
    assert all(rights_of(role) for role in Role)
    assert rights_of("minister") == frozenset()
    assert {role for role in Role if Right.ADMINISTER in rights_of(role)} == {Role.OPERATOR}
    assert {role for role in Role if Right.PERSONAL in rights_of(role)} == {Role.RECORDER, Role.DECIDER}
    assert {role for role in Role if Right.POST in rights_of(role)} == {Role.OPERATOR, Role.RECORDER}
