"""May this poster name these units? The own line, subtrees, mandates, places, and what only the operator does."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

import pytest

from shared.contracts.envelope import Content
from shared.contracts.event import Event, contract
from shared.contracts.fields import EventReference, Grade, MeetingReference, Period
from shared.contracts.meetings import (
    CadreAssigned,
    CommunityModelLaunched,
    Every,
    MeetingHeld,
    MeetingKind,
    PeriodicitySet,
    Roll,
    VisitCompleted,
)
from shared.contracts.membership import (
    Act,
    Body,
    CredentialIssued,
    CredentialRevoked,
    Level,
    MandateGranted,
    MandateWithdrawn,
    MemberJoined,
    MemberStruckOff,
    OrganisationRegistered,
    PeopleCounted,
    Role,
    TerritoryDeclared,
    TransferReceived,
    UnitDissolved,
    UnitFounded,
    UnitMerged,
    UnitMoved,
    UnitRenamed,
)
from shared.contracts.ratings import RatingDecided, RatingPublished, Signer
from shared.eventsourcing.decider import Said
from shared.eventsourcing.draft import Draft, Poster
from shared.eventsourcing.errors import Refused
from shared.units.directory import Directory, RoleMayNot
from shared.units.scope import NoMandate, OutsideScope, UnknownMandate, UnknownUnit, check_replaced, check_scope
from tests.units.story import Story, named

DAY = dt.date(2024, 6, 1)
UNION, COMMITTEE, OPERATOR = (named(each) for each in ("union", "committee", "operator"))
MANDATE = named("mandate")

territory, line, others = Story("operator"), Story("union"), Story("committee")
PROVINCE = territory.place("province", level=Level.PROVINCE)
EAST, WEST = (territory.place(name, PROVINCE) for name in ("east", "west"))
HAMLET = territory.place("hamlet", EAST, level=Level.LOCALITY)
TOP = line.unit("top", kind="province-body", territory=PROVINCE)
BASE, OTHER_BASE = line.unit("base", TOP, territory=EAST), line.unit("other base", TOP, territory=WEST)
BRANCH, OTHER_BRANCH = line.unit("branch", BASE, territory=HAMLET), line.unit("other branch", OTHER_BASE)
COMMITTEE_TOP = others.unit("committee top", kind="committee", territory=EAST)
line.move(line.unit("moving", BASE), OTHER_BASE, dt.date(2024, 7, 1))
TREE = territory.tree.with_facts([*line.facts, *others.facts])


def poster(organisation: UUID = UNION, *roots: UUID, role: Role = Role.RECORDER) -> Poster:
    return Poster(organisation=organisation, credential=named("key"), role=role, roots=roots)


WHOLE, OPERATING = poster(), poster(OPERATOR, role=Role.OPERATOR)
COMMITTEE_POSTER = poster(COMMITTEE)


def told(fact: Event, subject: UUID, *, organisation: UUID = OPERATOR) -> Said:
    return Said(fact, subject, organisation, named(f"{subject} {type(fact).__name__}"), 1, DAY)


def granted(subtree: UUID, *acts: Act, by: UUID = UNION) -> Said:
    fact = MandateGranted(grantee=COMMITTEE, acts=acts, subtree=subtree, valid_from=dt.date(2024, 1, 1))
    return told(fact, MANDATE, organisation=by)


def judged(
    who: Poster, fact: Event, subject: UUID | None = None, *, day: dt.date = DAY, known: tuple[Said, ...] = ()
) -> tuple[type[Refused], str | None] | None:
    """The refusal and its field, or nothing."""
    content = Content(type=fact.name, subject=subject or named("subject"), occurred=day.isoformat(), fact=b"{}")
    draft = Draft(id=named("event"), content=content, fact=fact)
    try:
        check_scope(who, draft, day, TREE, Directory().with_facts(known))
    except Refused as refusal:
        return type(refusal), refusal.field
    return None


def held(branch: UUID) -> MeetingHeld:
    return MeetingHeld(branch=branch, kind=MeetingKind.REGULAR, roll=Roll(expected=0, present=0))


def visited(unit: UUID) -> VisitCompleted:
    meeting = MeetingReference(organisation=UNION, meeting=named("meeting"))
    return VisitCompleted(cadre=named("cadre"), tier="commune", unit=unit, meeting=meeting)


def rated(unit: UUID, rater: UUID) -> RatingDecided:
    return RatingDecided(
        unit=unit,
        rater=rater,
        axis="party-committee",
        period=Period(start=dt.date(2023, 1, 1), end=dt.date(2024, 1, 1)),
        grade=Grade(scale="four", rank=1, label="Mạnh"),
        confirms=EventReference(organisation=UNION, event=named("reported")),
    )


def published(unit: UUID, body: UUID) -> RatingPublished:
    return RatingPublished(
        unit=unit,
        axis="vertical",
        period=Period(start=dt.date(2023, 1, 1), end=dt.date(2024, 1, 1)),
        decision=EventReference(organisation=UNION, event=named("decided")),
        body=body,
        signer=Signer(office="chair"),
    )


# ── The own line ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_unit_of_the_own_organisation_may_be_named() -> None:
    assert judged(WHOLE, held(BRANCH)) is None


def test_an_unknown_unit_is_refused_by_its_field_and_may_come_later() -> None:
    assert judged(WHOLE, held(named("nobody"))) == (UnknownUnit, "branch")
    assert UnknownUnit.foreign
    assert NoMandate.foreign


def test_a_place_is_no_unit_and_a_unit_is_no_place() -> None:
    assert judged(WHOLE, held(HAMLET)) == (UnknownUnit, "branch")
    model = CommunityModelLaunched(title="Tổ tự quản", type="self-managed", place=BRANCH, in_charge=(UNION,))
    assert judged(WHOLE, model) == (UnknownUnit, "place")


def test_another_organisations_unit_may_not_be_named() -> None:
    assert judged(COMMITTEE_POSTER, held(BRANCH)) == (OutsideScope, "branch")
    assert judged(OPERATING, held(BRANCH)) == (OutsideScope, "branch")


def test_with_roots_only_their_subtrees_may_be_named() -> None:
    east = poster(UNION, BASE)
    assert judged(east, held(BRANCH)) is None
    assert judged(east, held(BASE)) is None
    assert judged(east, held(OTHER_BRANCH)) == (OutsideScope, "branch")
    assert judged(east, held(TOP)) == (OutsideScope, "branch")


def test_the_subtree_is_that_of_the_facts_own_day() -> None:
    east, west = poster(UNION, BASE), poster(UNION, OTHER_BASE)
    before, after = dt.date(2024, 6, 30), dt.date(2024, 7, 1)
    moving = named("moving")
    assert judged(east, held(moving), day=before) is None
    assert judged(east, held(moving), day=after) == (OutsideScope, "branch")
    assert judged(west, held(moving), day=before) == (OutsideScope, "branch")
    assert judged(west, held(moving), day=after) is None


def test_a_root_that_is_a_place_holds_the_own_units_in_it_and_no_others() -> None:
    assert judged(poster(UNION, EAST), held(BRANCH)) is None
    assert judged(poster(UNION, EAST), held(OTHER_BRANCH)) == (OutsideScope, "branch")
    assert judged(poster(COMMITTEE, EAST), held(BRANCH)) == (OutsideScope, "branch")


def test_an_id_that_only_begins_alike_opens_nothing() -> None:
    near = UUID(int=BASE.int ^ 1)
    assert judged(poster(UNION, near), held(BASE)) == (OutsideScope, "branch")
    assert judged(poster(UNION, near), held(BRANCH)) == (OutsideScope, "branch")


def test_who_only_reads_may_post_nothing() -> None:
    for role in (Role.READER, Role.AUDITOR):
        assert judged(poster(UNION, role=role), held(BRANCH)) == (RoleMayNot, None)
    assert RoleMayNot.status == 403


def test_an_unmarked_id_is_not_looked_at() -> None:
    assert judged(WHOLE, TransferReceived(branch=BRANCH, origin=named("elsewhere"))) is None


# ── Places and subtrees ──────────────────────────────────────────────────────────────────────────────────────────


def test_everybody_may_name_a_place() -> None:
    model = CommunityModelLaunched(
        title="Tổ tự quản", type="self-managed", place=EAST, hamlets=(HAMLET,), in_charge=(UNION, COMMITTEE)
    )
    assert judged(COMMITTEE_POSTER, model) is None
    unknown = model.model_copy(update={"hamlets": (HAMLET, named("nowhere"))})
    assert judged(COMMITTEE_POSTER, unknown) == (UnknownUnit, "hamlets.1")


def test_a_subtree_is_a_place_or_a_unit_of_the_own_line() -> None:
    def counted(scope: UUID) -> PeopleCounted:
        return PeopleCounted(scope=scope, group="youth", count=1, source="Sổ", counted_on=DAY)

    assert judged(COMMITTEE_POSTER, counted(EAST)) is None
    assert judged(WHOLE, counted(BASE)) is None
    assert judged(COMMITTEE_POSTER, counted(BASE)) == (OutsideScope, "scope")
    assert judged(WHOLE, counted(named("nowhere"))) == (UnknownUnit, "scope")


# ── Mandates ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_mandate_opens_its_subtree_for_its_acts() -> None:
    known = (granted(BASE, Act.VISIT),)
    assert judged(COMMITTEE_POSTER, visited(BRANCH)) == (NoMandate, "unit")
    assert judged(COMMITTEE_POSTER, visited(BRANCH), known=known) is None
    assert judged(COMMITTEE_POSTER, visited(OTHER_BRANCH), known=known) == (NoMandate, "unit")
    assert judged(COMMITTEE_POSTER, rated(BRANCH, COMMITTEE_TOP), known=known) == (NoMandate, "unit")
    assert judged(COMMITTEE_POSTER, held(BRANCH), known=known) == (OutsideScope, "branch")
    assert judged(COMMITTEE_POSTER, visited(BRANCH), known=known, day=dt.date(2023, 12, 31)) == (NoMandate, "unit")


def test_a_mandate_for_a_place_opens_the_units_that_work_in_it() -> None:
    known = (granted(EAST, Act.VISIT, by=OPERATOR),)
    assert judged(COMMITTEE_POSTER, visited(BRANCH), known=known) is None
    assert judged(COMMITTEE_POSTER, visited(BASE), known=known) is None
    assert judged(COMMITTEE_POSTER, visited(OTHER_BRANCH), known=known) == (NoMandate, "unit")
    assigned = CadreAssigned(tier="commune", area=BRANCH, starts=DAY)
    assert judged(COMMITTEE_POSTER, assigned, known=known) is None


def test_a_mandate_is_for_its_grantee_alone() -> None:
    stranger = poster(named("stranger"))
    assert judged(stranger, visited(BRANCH), known=(granted(BASE, Act.VISIT),)) == (NoMandate, "unit")


def test_nobody_rates_in_another_bodys_name() -> None:
    known = (granted(TOP, Act.RATE),)
    assert judged(COMMITTEE_POSTER, rated(BRANCH, COMMITTEE_TOP), known=known) is None
    assert judged(COMMITTEE_POSTER, rated(BRANCH, BASE), known=known) == (OutsideScope, "rater")


def test_the_subjects_own_organisation_may_tell_of_another_bodys_act_and_a_part_of_it_of_its_own_units() -> None:
    assert judged(WHOLE, rated(BRANCH, COMMITTEE_TOP)) is None
    assert judged(poster(UNION, BASE), rated(BRANCH, COMMITTEE_TOP)) is None
    assert judged(poster(UNION, BASE), rated(OTHER_BRANCH, COMMITTEE_TOP)) == (NoMandate, "unit")
    assert judged(poster(UNION, BASE), rated(BRANCH, TOP)) == (OutsideScope, "rater")
    assert judged(WHOLE, rated(BRANCH, named("nobody"))) == (UnknownUnit, "rater")
    assert judged(poster(named("stranger")), rated(BRANCH, COMMITTEE_TOP)) == (NoMandate, "unit")


def grant(subtree: UUID) -> MandateGranted:
    return MandateGranted(grantee=COMMITTEE, acts=(Act.RATE,), subtree=subtree, valid_from=DAY)


def test_a_mandate_is_granted_by_the_owner_of_the_subtree_or_the_operator() -> None:
    assert judged(WHOLE, grant(BASE)) is None
    assert judged(OPERATING, grant(BASE)) is None
    assert judged(OPERATING, grant(EAST)) is None
    assert judged(COMMITTEE_POSTER, grant(BASE)) == (OutsideScope, "subtree")
    assert judged(WHOLE, grant(EAST)) == (OutsideScope, "subtree")
    assert judged(poster(UNION, OTHER_BASE), grant(BASE)) == (OutsideScope, "subtree")
    assert judged(OPERATING, grant(named("nowhere"))) == (UnknownUnit, "subtree")


def test_a_mandate_is_withdrawn_by_who_granted_it_or_the_operator() -> None:
    withdrawn, known = MandateWithdrawn(effective=DAY), (granted(BASE, Act.RATE),)
    assert judged(WHOLE, withdrawn, MANDATE, known=known) is None
    assert judged(poster(UNION, BASE), withdrawn, MANDATE, known=known) is None
    assert judged(OPERATING, withdrawn, MANDATE, known=known) is None
    assert judged(COMMITTEE_POSTER, withdrawn, MANDATE, known=known) == (OutsideScope, "subject")
    assert judged(poster(UNION, OTHER_BASE), withdrawn, MANDATE, known=known) == (OutsideScope, "subject")
    assert judged(WHOLE, withdrawn, MANDATE) == (UnknownMandate, "subject")


# ── The tree itself ──────────────────────────────────────────────────────────────────────────────────────────────


def founded(parent: UUID | None) -> UnitFounded:
    return UnitFounded(title="Chi đoàn", kind="branch", parent=parent, effective=DAY)


def test_a_unit_is_founded_under_a_unit_of_the_own_subtrees() -> None:
    new = named("new")
    assert judged(WHOLE, founded(BASE), new) is None
    assert judged(poster(UNION, BASE), founded(BASE), new) is None
    assert judged(poster(UNION, BASE), founded(OTHER_BASE), new) == (OutsideScope, "parent")
    assert judged(COMMITTEE_POSTER, founded(BASE), new) == (OutsideScope, "parent")
    assert judged(WHOLE, founded(named("nobody")), new) == (UnknownUnit, "parent")


def test_under_nothing_only_the_first_unit_of_an_organisation_is_founded() -> None:
    assert judged(poster(named("newcomer")), founded(None), named("new")) is None
    assert judged(WHOLE, founded(None), named("new")) == (OutsideScope, "parent")
    assert judged(WHOLE, founded(None), TOP) is None
    assert judged(poster(named("newcomer"), BASE), founded(None), named("new")) == (OutsideScope, "parent")
    assert judged(OPERATING, founded(None), named("new")) is None


def test_nobody_founds_what_another_has_founded() -> None:
    assert judged(COMMITTEE_POSTER, founded(COMMITTEE_TOP), BRANCH) == (OutsideScope, "subject")
    assert judged(WHOLE, founded(BASE), HAMLET) == (OutsideScope, "subject")
    declared = TerritoryDeclared(title="Ấp", level=Level.LOCALITY, kind="ap", parent=EAST, effective=DAY)
    assert judged(OPERATING, declared, BRANCH) == (OutsideScope, "subject")


def test_whoever_changes_a_unit_must_have_it_in_scope() -> None:
    facts: list[Event] = [
        UnitRenamed(title="Chi đoàn 2", effective=DAY),
        UnitMoved(parent=BASE, effective=DAY),
        UnitMerged(sources=(BASE,), effective=DAY),
        UnitDissolved(effective=DAY),
    ]
    for fact in facts:
        assert judged(WHOLE, fact, BRANCH) is None
        assert judged(poster(UNION, OTHER_BASE), fact, BRANCH) == (OutsideScope, "subject")
        assert judged(COMMITTEE_POSTER, fact, BRANCH) == (OutsideScope, "subject")
        assert judged(WHOLE, fact, named("nobody")) == (UnknownUnit, "subject")
        assert judged(WHOLE, fact, HAMLET) == (OutsideScope, "subject")


def test_every_source_of_a_merger_must_be_in_scope() -> None:
    assert judged(WHOLE, UnitMerged(sources=(BRANCH, COMMITTEE_TOP), effective=DAY), BASE) == (
        OutsideScope,
        "sources.1",
    )
    assert judged(WHOLE, UnitMerged(sources=(BRANCH, HAMLET), effective=DAY), BASE) == (OutsideScope, "sources.1")
    assert judged(OPERATING, UnitMerged(sources=(WEST,), effective=DAY), EAST) is None


def test_territory_organisations_and_keys_are_the_operators() -> None:
    facts: list[tuple[Event, UUID]] = [
        (TerritoryDeclared(title="Ấp", level=Level.LOCALITY, kind="ap", parent=EAST, effective=DAY), named("ap")),
        (OrganisationRegistered(title="Hội", kind="veterans", body=Body.ORGANISATION, province=PROVINCE), named("x")),
        (CredentialRevoked(), named("key")),
        (credential(), named("new key")),
    ]
    for fact, subject in facts:
        assert judged(OPERATING, fact, subject) is None
        assert judged(WHOLE, fact, subject) == (RoleMayNot, None)


def credential(*roots: UUID, role: Role = Role.RECORDER, organisation: UUID = UNION) -> CredentialIssued:
    return CredentialIssued(organisation=organisation, role=role, roots=roots, key_hash="ab" * 32, valid_from=DAY)


def test_a_key_is_issued_for_subtrees_of_its_organisation_or_places() -> None:
    assert judged(OPERATING, credential(BASE, EAST)) is None
    assert judged(OPERATING, credential(COMMITTEE_TOP)) == (OutsideScope, "roots.0")
    assert judged(OPERATING, credential(BASE, named("nowhere"))) == (UnknownUnit, "roots.1")


def test_an_operators_key_is_issued_to_the_operator_alone() -> None:
    operator = told(OrganisationRegistered(title="Vận hành", kind="operator", body=Body.OPERATOR), OPERATOR)
    own = credential(role=Role.OPERATOR, organisation=OPERATOR)
    assert judged(OPERATING, own, known=(operator,)) is None
    assert judged(OPERATING, credential(role=Role.OPERATOR), known=(operator,)) == (RoleMayNot, "role")


def test_what_an_organisation_sets_for_itself_bears_its_own_id() -> None:
    fact = PeriodicitySet(unit_kind="branch", every=Every.MONTH, starts=DAY)
    assert judged(WHOLE, fact, UNION) is None
    assert judged(WHOLE, fact, COMMITTEE) == (OutsideScope, "subject")
    assert judged(poster(UNION, BASE), fact, UNION) == (OutsideScope, "subject")


# ── Corrections ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_correction_is_judged_by_the_new_fact_inside_it() -> None:
    cls = contract("vn.nennep.meetings.fact-corrected.v1")
    assert cls is not None
    correction = cls.model_validate({"type": MeetingHeld.name, "fact": {}})
    content = Content(type=correction.name, subject=named("meeting"), occurred="2024-06-01", fact=b"{}")
    draft = Draft(id=named("event"), content=content, fact=correction, inner=held(OTHER_BRANCH))
    with pytest.raises(OutsideScope) as refused:
        check_scope(poster(UNION, BASE), draft, DAY, TREE, Directory())
    assert refused.value.field == "branch"


def test_who_may_not_say_a_fact_may_not_correct_or_void_it() -> None:
    old = told(MemberJoined(branch=BRANCH), named("person"), organisation=UNION)
    check_replaced(poster(UNION, BASE), old, TREE, Directory())
    check_replaced(WHOLE, old, TREE, Directory())
    with pytest.raises(OutsideScope) as refused:
        check_replaced(poster(UNION, OTHER_BASE), old, TREE, Directory())
    assert refused.value.field == "corrects"
    with pytest.raises(RoleMayNot):
        check_replaced(poster(UNION, role=Role.READER), old, TREE, Directory())


def test_the_founding_of_the_first_unit_may_be_corrected() -> None:
    old = next(said for said in line.facts if said.subject == TOP)
    check_replaced(WHOLE, old, TREE, Directory())


# ── Who decides ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_decider_posts_decisions_and_nothing_else() -> None:
    decider = poster(role=Role.DECIDER)
    assert judged(decider, MemberStruckOff(branch=BRANCH, cause="not-attending")) is None
    assert judged(decider, held(BRANCH)) == (RoleMayNot, None)
    assert judged(decider, published(BRANCH, BASE)) is None
    assert judged(decider, rated(BRANCH, BASE)) is None
    assert judged(poster(role=Role.TERRITORIAL_READER), held(BRANCH)) == (RoleMayNot, None)
