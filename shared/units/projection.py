"""Which units stand where, and who is a member of which branch? The views of membership's facts that services mount.

`unit_above` is the closure of the dated tree: a row says that from `start_day` to before `end_day` what happens in one
unit or place counts in another. A unit counts in itself while it lives; once it has ended, where it was carried; before
it was founded, nowhere. Figures are rolled up by joining it on a fact's unit and day.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any, ClassVar, Final
from uuid import UUID

from sqlalchemy import Boolean, Column, Date, Index, MetaData, Select, Table, Text, Uuid, bindparam, select

from shared.contracts.event import Event
from shared.contracts.fields import Names
from shared.contracts.membership import (
    MemberDied,
    MembershipLogClosed,
    OrganisationRegistered,
    TerritoryDeclared,
    TransferReceived,
    UnitDissolved,
    UnitFounded,
    UnitMerged,
    UnitMoved,
    UnitSplit,
)
from shared.eventsourcing.chunks import chunks
from shared.eventsourcing.decider import Said
from shared.eventsourcing.fact_table import CONTRACT
from shared.eventsourcing.projection import Projection, Views
from shared.eventsourcing.rows import found_by, rewrite
from shared.eventsourcing.runner import Runner
from shared.units.carrying import Carrying
from shared.units.knowledge import UNIT_FACTS
from shared.units.life import spoken_of
from shared.units.roster import ROSTER_FACTS
from shared.units.stays import stays
from shared.units.tree import Span, Tree
from shared.units.trees import Trees

SUB_BRANCH: Final = "sub-branch"
"""The kind of unit that counts in the branch above it (tổ hội, phân hội, phân đoàn)."""
PLACED: Final = frozenset({"unit", "place", "scope"})
"""Kinds of ids that name a unit or a place."""
BRANCH_FACTS: Final[frozenset[type[Event]]] = frozenset(
    {UnitFounded, TerritoryDeclared, UnitMoved, UnitMerged, UnitSplit, UnitDissolved, MembershipLogClosed}
)
"""The facts that say where members go on, and whose a branch is. Names are nothing to a roster."""
FOR_THE_LINE: Final = (MemberDied, TransferReceived)
"""What may end memberships that the poster's organisation took over."""


class Units(Projection):
    """Units and places, the closure of their dated tree, whose they are. Keys: units, and organisations that closed."""

    name = "units"
    version = 4
    listens = UNIT_FACTS

    def declare(self, metadata: MetaData) -> Iterable[Table]:
        """`unit`, `unit_above` and what `carrying` says of older trees, `sub_branch`, `tenure` of what was taken over.

        Facts are found by their units.
        """
        _find_by_unit(metadata)
        self._trees = Trees.of(metadata)
        self._unit = Table(
            "unit",
            metadata,
            Column("id", Uuid, primary_key=True),
            Column("organisation", Uuid, nullable=False),
            Column("kind", Text, nullable=False),
            Column("level", Text),
            Column("title", Text, nullable=False),
            Column("start_day", Date, nullable=False),
            Column("end_day", Date),
            Column("founded_in", Uuid, nullable=False),
            Column("founded_by", Uuid, nullable=False),
        )
        self._above = Table(
            "unit_above",
            metadata,
            Column("unit", Uuid, primary_key=True),
            Column("above", Uuid, primary_key=True),
            Column("start_day", Date, primary_key=True),
            Column("end_day", Date),
        )
        Index("unit_above_above", self._above.c.above)
        self._sub_branch = Table(
            "sub_branch",
            metadata,
            Column("unit", Uuid, primary_key=True),
            Column("start_day", Date, primary_key=True),
            Column("end_day", Date),
            Column("branch", Uuid, nullable=False),
        )
        Index("sub_branch_branch", self._sub_branch.c.branch)
        self._tenure = Table(
            "tenure",
            metadata,
            Column("unit", Uuid, primary_key=True),
            Column("start_day", Date, primary_key=True),
            Column("end_day", Date),
            Column("organisation", Uuid, nullable=False),
        )
        self._carrying = Carrying(metadata)
        return self._unit, self._above, *self._carrying.tables, self._sub_branch, self._tenure

    def keys(self, views: Views, said: Said) -> Iterable[UUID]:
        """Every unit of whose life the fact is part; the organisation that closed its log."""
        del views
        return spoken_of(said)

    def recompute(self, views: Views, keys: frozenset[UUID]) -> None:
        """Rewrite these units and all whose place rests on them."""
        tree = self._trees.updated(views, keys)
        touched = tree.affected(keys)
        if closed := {key for key in keys if tree.closing(key) is not None}:
            touched |= tree.held_by(closed)
        known = sorted(unit for unit in touched if tree.known(unit))
        above = [row for unit in known for row in _above_rows(tree, unit)]
        branches = [row for unit in known for row in _branch_rows(tree, unit)]
        rewrite(views.connection, self._unit, self._unit.c.id, touched, [_unit_row(tree, unit) for unit in known])
        rewrite(views.connection, self._above, self._above.c.unit, touched, above)
        self._carrying.rewrite(views.connection, tree, touched)
        rewrite(views.connection, self._sub_branch, self._sub_branch.c.unit, touched, branches)
        tenures = [row for unit in known for row in _tenure_rows(tree, unit)]
        rewrite(views.connection, self._tenure, self._tenure.c.unit, touched, tenures)

    def forget(self) -> None:
        """Read the tree again."""
        self._trees.forget()


class Rosters(Projection):
    """Who is a member of which branch from when to when, and by which facts. Keys: persons."""

    name = "rosters"
    version = 5
    about: ClassVar[frozenset[type[Event]]] = ROSTER_FACTS
    """The facts about persons that it folds."""
    listens: ClassVar[frozenset[type[Event]]] = ROSTER_FACTS | BRANCH_FACTS

    def declare(self, metadata: MetaData) -> Iterable[Table]:
        """`roster`: a row a stay, mergers of branches applied; a membership may rest on more than one."""
        self._trees = Trees.of(metadata)
        self._roster = Table(
            "roster",
            metadata,
            Column("person", Uuid, primary_key=True),
            Column("branch", Uuid, primary_key=True),
            Column("start_day", Date, primary_key=True),
            Column("opened_by", Uuid, primary_key=True),
            Column("opened_in", Uuid, nullable=False),
            Column("end_day", Date),
            Column("organisation", Uuid, nullable=False),
            Column("entered", Boolean, nullable=False),
        )
        Index("roster_branch", self._roster.c.branch)
        self._follow(metadata)
        return [self._roster]

    def _follow(self, metadata: MetaData) -> None:
        """Prepare to find the persons whom a fact about branches or organisations touches."""
        self._naming = list(_naming(metadata, self.about))
        self._for_the_line = list(_for_the_line(metadata))

    def keys(self, views: Views, said: Said) -> Iterable[UUID]:
        """The person; of a fact about branches, everybody whose facts name one that mergers join to them.

        A membership may show none of the branches that the person's facts name: what they name had merged by then.
        """
        if type(said.fact) in self.about:
            return [said.subject]
        tree = self._trees.current(views)
        if isinstance(said.fact, MembershipLogClosed):
            line = sorted(tree.followers(said.subject) | tree.predecessors(said.subject))
            told = (views.connection.execute(query, {"line": line}).scalars() for query in self._for_the_line)
            return {person for persons in told for person in persons}
        named = {said.subject, *(said.fact.sources if isinstance(said.fact, UnitMerged) else ())}
        if all(tree.is_place(each) for each in named):
            return ()  # Nobody is a member of a place.
        # Mergers that this batch has taken away join them no longer, but each of these names its own branches here.
        joined = tree.merged_with(named)
        touched = joined if len(joined) > 1 else frozenset[UUID]()
        return self._named_in(views, touched | _taken_over(tree, named, said))

    def _named_in(self, views: Views, branches: Iterable[UUID]) -> set[UUID]:
        """Everybody of whom a fact names one of these branches."""
        persons: set[UUID] = set()
        for chunk in chunks(sorted(branches)):
            for naming in self._naming:
                persons.update(views.connection.execute(naming, {"branches": chunk}).scalars())
        return persons

    def recompute(self, views: Views, keys: frozenset[UUID]) -> None:
        """Fold these persons' facts again."""
        tree = self._trees.current(views)
        lives: dict[UUID, list[Said]] = defaultdict(list)
        for said in views.facts.said(views.connection, ROSTER_FACTS, subjects=keys):
            lives[said.subject].append(said)
        rows = [row for person, facts in lives.items() for row in _roster_rows(person, facts, tree)]
        rewrite(views.connection, self._roster, self._roster.c.person, keys, rows)

    def forget(self) -> None:
        """Read the tree again."""
        self._trees.forget()


def titles(runner: Runner, units: Iterable[UUID]) -> dict[str, str]:
    """The names of units, places and organisations as they are now; those unknown are left out."""
    unit = runner.generation.metadata.tables["unit"]
    organisation = runner.facts.standing(OrganisationRegistered).subquery()
    found: dict[str, str] = {}
    with runner.generation.store.read() as connection:
        for chunk in chunks(sorted(units)):
            for id, title in ((unit.c.id, unit.c.title), (organisation.c.subject, organisation.c.title)):
                rows = connection.execute(select(id, title).where(id.in_(chunk)))
                found |= {str(named): text for named, text in rows}
    return found


def _find_by_unit(metadata: MetaData) -> None:
    """Facts of all types but those of the tree are found by each unit and place that they name."""
    contracts = {table.info[CONTRACT] for table in metadata.tables.values() if CONTRACT in table.info}
    for contract in contracts - UNIT_FACTS:
        for field, info in contract.model_fields.items():
            if any(isinstance(mark, Names) and mark.kind in PLACED for mark in info.metadata):
                found_by(metadata, contract, field, "day")


def _naming(metadata: MetaData, about: frozenset[type[Event]]) -> Iterator[Select[Any]]:
    """Whose facts name some branches, as the one that the fact is about or as the one that the person came from."""
    for table in metadata.tables.values():
        for name in ("branch", "origin") if table.info.get(CONTRACT) in about else ():
            if name in table.c:
                yield select(table.c.subject).where(table.c[name].in_(bindparam("branches", expanding=True)))


def _taken_over(tree: Tree, units: Iterable[UUID], said: Said) -> frozenset[UUID]:
    """Of the units that a fact speaks of, with all that rest on them: those for which it may change who followed whom.

    A fact that was taken away is no longer in the tree, but it knows who said it.
    """
    lives = [life for unit in units if (life := tree.lives.get(unit)) is not None]
    speakers = {said.organisation, *(each.organisation for life in lives for each in life.facts)}
    closings = [closing for each in speakers if (closing := tree.closing(each)) is not None]
    if any(isinstance(each.fact, MembershipLogClosed) and each.fact.portions for each in closings):
        return tree.merged_with(tree.affected(units))
    return frozenset(units if closings else ())


def _for_the_line(metadata: MetaData) -> Iterator[Select[Any]]:
    """Of whom these organisations said what may end memberships in branches that they took over."""
    for table in metadata.tables.values():
        if table.info.get(CONTRACT) in FOR_THE_LINE:
            yield select(table.c.subject).where(table.c.organisation.in_(bindparam("line", expanding=True)))


def _tenure_rows(tree: Tree, unit: UUID) -> Iterator[dict[str, Any]]:
    """Whose it was from when to when, from before its founding on; nothing for what was never taken over."""
    tenures = tree.tenures(unit)
    for number, tenure in enumerate(tenures if len(tenures) > 1 else ()):
        end = tenures[number + 1].start if number + 1 < len(tenures) else None
        if end is None or tenure.start < end:
            yield {"unit": unit, "start_day": tenure.start, "end_day": end, "organisation": tenure.organisation}


def _unit_row(tree: Tree, unit: UUID) -> dict[str, Any]:
    founding, ending, level = tree.founding(unit), tree.ending(unit), tree.level(unit)
    if founding is None:
        raise LookupError
    return {
        "id": unit,
        "organisation": founding.organisation,
        "kind": tree.kind_on(unit, dt.date.max) or tree.kind(unit),
        "level": None if level is None else level.value,
        "title": tree.title(unit, dt.date.max) or "",
        "start_day": founding.day,
        "end_day": None if ending is None else ending.day,
        "founded_in": founding.organisation,
        "founded_by": founding.event,
    }


def _above_rows(tree: Tree, unit: UUID) -> Iterator[dict[str, Any]]:
    founding, ending = tree.founding(unit), tree.ending(unit)
    if founding is not None and (ending is None or founding.day < ending.day):
        end = None if ending is None else ending.day
        yield {"unit": unit, "above": unit, "start_day": founding.day, "end_day": end}
    for above, start, end in _lasting(_spans(tree, unit), lambda span: set(span.above)):
        yield {"unit": unit, "above": above, "start_day": start, "end_day": end}


def _branch_rows(tree: Tree, unit: UUID) -> Iterator[dict[str, Any]]:
    def holder(span: Span) -> Iterable[UUID]:
        line = (each for each in span.above if not tree.is_place(each) and tree.kind(each) != SUB_BRANCH)
        return [nearest] if (nearest := next(line, None)) is not None else []

    if tree.kind(unit) == SUB_BRANCH:
        for branch, start, end in _lasting(_spans(tree, unit), holder):
            yield {"unit": unit, "branch": branch, "start_day": start, "end_day": end}


def _spans(tree: Tree, unit: UUID) -> Iterator[Span]:
    """What stands above a unit, from its founding for good."""
    founding = tree.founding(unit)
    for span in tree.spans(unit):
        if founding is not None and (span.end is None or span.end > founding.day):
            yield replace(span, start=max(span.start, founding.day))


def _lasting(
    spans: Iterable[Span], found: Callable[[Span], Iterable[UUID]]
) -> Iterator[tuple[UUID, dt.date, dt.date | None]]:
    """What is found in spans, each with its first day and the first day no longer, spans without a gap put together."""
    lasting: dict[UUID, tuple[dt.date, dt.date | None]] = {}
    for span in spans:
        for each in found(span):
            start, end = lasting.get(each, (span.start, span.start))
            if end != span.start:
                yield each, start, end
                start = span.start
            lasting[each] = (start, span.end)
    for each, (start, end) in lasting.items():
        yield each, start, end


def _roster_rows(person: UUID, facts: Iterable[Said], tree: Tree) -> Iterator[dict[str, Any]]:
    facts = list(facts)
    posted_in = {said.event: said.organisation for said in facts}
    for stay in stays(facts, tree):
        yield {
            "person": person,
            "branch": stay.branch,
            "start_day": stay.start,
            "opened_by": stay.opened_by,
            "opened_in": posted_in[stay.opened_by],
            "end_day": stay.end,
            "organisation": stay.organisation,
            "entered": stay.entered,
        }
