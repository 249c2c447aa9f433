"""What has been said so far, as tables? One typed table for each event type that a service listens to.

Corrections and voidings are a small table of their own: a version *stands* when nothing (known by then) replaces it.
State projections read standing facts back from here, so that late facts, corrections, voidings and any interleaving of
logs give the same rows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    CompoundSelect,
    Connection,
    Index,
    MetaData,
    Select,
    Table,
    Text,
    Uuid,
    and_,
    bindparam,
    exists,
    insert,
    literal,
    select,
    tuple_,
    union_all,
)

from shared.contracts.corrections import FactCorrected, FactVoided
from shared.contracts.envelope import Recorded
from shared.contracts.event import Event, decode
from shared.eventsourcing.chunks import chunks
from shared.eventsourcing.decider import Said
from shared.eventsourcing.fact_table import FactTable, Version

FEW: Final = 3
"""So many types are asked for one by one."""


class Facts:
    """The fact tables of a service, and its corrections."""

    def __init__(self, metadata: MetaData, listened: Iterable[type[Event]], kept: Iterable[type[Event]]) -> None:
        keep = frozenset(kept)
        self.tables = {
            cls: FactTable(cls, metadata, kept=cls in keep)
            for cls in sorted({*listened, *keep}, key=lambda each: each.name)
            if not issubclass(cls, (FactCorrected, FactVoided))
        }
        self.correction = Table(
            "correction",
            metadata,
            Column("poster", Uuid, primary_key=True),
            Column("poster_sequence", BigInteger, primary_key=True, autoincrement=False),
            Column("event_id", Uuid, nullable=False),
            Column("organisation", Uuid, nullable=False),
            Column("root_id", Uuid, nullable=False),
            Column("replaces_id", Uuid, nullable=False),
            Column("type", Text, primary_key=True),
            Column("voids", Boolean, nullable=False),
            Column("recorded", BigInteger, nullable=False),
        )
        Index("correction_replaces", self.correction.c.replaces_id)
        self._left_out: dict[str, list[tuple[UUID, UUID]]] = {}
        self._without: dict[str, Facts] = {}
        self._whole: Facts | None = None
        self._any: dict[tuple[str, ...], CompoundSelect[Any]] = {}
        self._kept = {cls: self._read_back(cls) for cls, table in self.tables.items() if table.kept}
        """What rules read back, all and about some subjects; built once, for building costs more than asking."""

    def _read_back(self, cls: type[Event]) -> tuple[Select[Any], Select[Any]]:
        table = self.tables[cls].table.c
        every = self.standing(cls).where(table.sequence.is_not(None))
        return every, every.where(table.subject.in_(bindparam("subjects", expanding=True)))

    def leave_out(self, events: Mapping[str, Iterable[tuple[str, UUID, UUID]]]) -> None:
        """To these projections, events (service, poster, event id) are from now on as if they had never come."""
        without: dict[str, Facts] = {}
        for projection, left_out in events.items():
            facts = without[projection] = copy(self)
            facts._left_out = defaultdict(list)  # noqa: SLF001 — a copy of itself
            for service, poster, event in sorted(left_out):
                facts._left_out[service].append((poster, event))  # noqa: SLF001
            facts._kept = {cls: facts._read_back(cls) for cls in self._kept}  # noqa: SLF001
            facts._without = without  # noqa: SLF001 — from there one asks for another projection's too
            facts._whole = self._whole or self  # noqa: SLF001
        self._without = without

    def of(self, projection: str) -> Facts:
        """These facts as a projection is given them: without what was left out of it."""
        return self._without.get(projection) or self._whole or self

    def standing(self, cls: type[Event], *, known: int | None = None) -> Select[Any]:
        """The versions of a type that stand, or stood by what was recorded up to `known` (microseconds)."""
        table, correction = self.tables[cls].table, self.correction
        replaced = and_(
            correction.c.replaces_id == table.c.event_id,
            correction.c.root_id == table.c.root_id,
            correction.c.organisation == table.c.organisation,
            correction.c.type == cls.name,
        )
        query = select(table)
        if known is not None:
            replaced = and_(replaced, correction.c.recorded <= known)
            query = query.where(table.c.recorded <= known)
        if left_out := self._left_out.get(cls.service):
            replaced = and_(replaced, tuple_(correction.c.poster, correction.c.event_id).not_in(left_out))
            query = query.where(tuple_(table.c.poster, table.c.event_id).not_in(left_out))
        return query.where(~exists().where(replaced))

    def versions(self, cls: type[Event], root: UUID) -> Select[Any]:
        """Every version of one root fact, standing or not, in the order in which they were recorded."""
        table = self.tables[cls].table
        return select(table).where(table.c.root_id == root).order_by(table.c.recorded, table.c.poster_sequence)

    def said(
        self,
        connection: Connection,
        listened: Iterable[type[Event]],
        *,
        subjects: Iterable[UUID] | None = None,
    ) -> list[Said]:
        """Standing facts of kept types, read back for rules: all, or those about some subjects."""
        wanted = None if subjects is None else sorted(set(subjects))
        found: list[Said] = []
        for cls in self._ever_said(connection, listened):
            every, about = self._kept[cls]
            if wanted is None:
                found += _as_said(cls, connection.execute(every))
                continue
            for chunk in chunks(wanted):
                found += _as_said(cls, connection.execute(about, {"subjects": chunk}))
        return found

    def _ever_said(self, connection: Connection, listened: Iterable[type[Event]]) -> list[type[Event]]:
        """Those of these types of which anything was ever said.

        A projection listens to dozens of types, and most services hear of a few: one question spares one for each.
        """
        wanted = sorted(listened, key=lambda each: each.name)
        if len(wanted) <= FEW:
            return wanted
        names = tuple(cls.name for cls in wanted)
        if names not in self._any:
            tables = [(cls.name, self.tables[cls].table) for cls in wanted]
            self._any[names] = union_all(
                *(select(literal(name)).where(exists(select(table.c.poster))) for name, table in tables)
            )
        there = set(connection.execute(self._any[names]).scalars())
        return [cls for cls in wanted if cls.name in there]

    def insert(self, connection: Connection, versions: Sequence[Version]) -> None:
        """Write versions of any listened types in bulk."""
        by_type: dict[type[Event], list[Version]] = defaultdict(list)
        for version in versions:
            by_type[type(version.fact)].append(version)
        for cls, rows in by_type.items():
            self.tables[cls].insert(connection, rows)

    def insert_correction(self, connection: Connection, recorded: Recorded, type_name: str, *, voids: bool) -> None:
        """Remember that an event replaces another."""
        envelope, corrects = recorded.envelope, recorded.envelope.content.corrects
        if corrects is None:
            message = "a correction without what it corrects"
            raise ValueError(message)
        connection.execute(
            insert(self.correction).values(
                poster=envelope.organisation,
                poster_sequence=envelope.sequence,
                event_id=envelope.id,
                organisation=corrects.organisation,
                root_id=corrects.root,
                replaces_id=corrects.replaces,
                type=type_name,
                voids=voids,
                recorded=envelope.recorded,
            )
        )

    def root_sequence(self, connection: Connection, cls: type[Event], organisation: UUID, root: UUID) -> int | None:
        """The sequence of a root fact that has been seen."""
        table = self.tables[cls].table
        return connection.execute(
            select(table.c.poster_sequence)
            .where(table.c.root_id == root)
            .where(table.c.event_id == root)
            .where(table.c.poster == organisation)
        ).scalar_one_or_none()

    def adopt(self, connection: Connection, roots: Iterable[Version]) -> Iterator[tuple[Version, Said]]:
        """Give versions that came before these roots their places; those that rules read back are told with the root.

        Who corrects a fact in another log may be heard before it; then the version waits, and counts from here on.
        """
        by_type: dict[type[Event], list[Version]] = defaultdict(list)
        for root in roots:
            by_type[type(root.fact)].append(root)
        for cls, versions in by_type.items():
            waiting = {(row.organisation, row.root_id) for row in connection.execute(self.tables[cls].waiting)}
            for root in versions:
                if (root.organisation, root.root) in waiting:
                    yield from ((root, said) for said in self._adopt(connection, cls, root))

    def _adopt(self, connection: Connection, cls: type[Event], root: Version) -> Iterable[Said]:
        table = self.tables[cls].table
        of_root = (table.c.root_id == root.root, table.c.organisation == root.organisation)
        waits = (*of_root, table.c.sequence.is_(None))
        events = connection.execute(select(table.c.event_id).where(*waits)).scalars().all()
        connection.execute(table.update().where(*waits).values(sequence=root.sequence))
        if not self.tables[cls].kept:
            return ()
        return _as_said(cls, connection.execute(select(table).where(*of_root, table.c.event_id.in_(events))).all())

    def before_their_roots(self, connection: Connection, listened: Iterable[type[Event]]) -> bool:
        """Whether such a fact of another log was put right or voided here, and has not been seen itself."""
        names = {cls.name: cls for cls in listened}
        correction = self.correction
        across = select(correction).where(
            correction.c.poster != correction.c.organisation, correction.c.type.in_(sorted(names))
        )
        return any(
            self.root_sequence(connection, names[row.type], row.organisation, row.root_id) is None
            for row in connection.execute(across).all()
        )

    def replaced(self, connection: Connection, cls: type[Event], recorded: Recorded) -> list[Said]:
        """The version that a correction takes the place of, where its type is kept and it has been seen."""
        corrects = recorded.envelope.content.corrects
        table = self.tables[cls]
        if corrects is None or not table.kept:
            return []
        rows = connection.execute(
            select(table.table)
            .where(table.table.c.root_id == corrects.root)
            .where(table.table.c.organisation == corrects.organisation)
            .where(table.table.c.event_id == corrects.replaces)
            .where(table.table.c.sequence.is_not(None))
        )
        return list(_as_said(cls, rows))


def _as_said(cls: type[Event], rows: Iterable[Any]) -> Iterator[Said]:
    return (
        Said(decode(cls, bytes(row.fact)), row.subject, row.organisation, row.root_id, row.sequence, row.day)
        for row in rows
    )
