"""What would a list change? Each row is held against who is known: add, change, the same, or refused with a reason."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Literal, NamedTuple
from uuid import UUID

import msgspec

from services.membership.imports.branches import Branches
from services.membership.imports.facts import (
    Line,
    Standing,
    arrival,
    correction,
    departure,
    description,
    id_of,
)
from services.membership.imports.knowing import Acquaintance, Candidates
from services.membership.imports.marks import Marks
from services.membership.imports.register import Job
from services.membership.imports.rows import Row, Sheet
from shared.contracts.envelope import Recorded
from shared.contracts.membership import MemberEntered, MemberJoined
from shared.eventsourcing.decider import Said, in_order
from shared.eventsourcing.log import Log
from shared.eventsourcing.stream import Stream, shape_of
from shared.units.heritage import OnBook, inherited
from shared.units.roster import ROSTER_FACTS, standing
from shared.units.tree import Tree

FORGOTTEN: Final = "vn.nennep.membership.person-forgotten.v1"
AT_ONCE: Final = 500
"""Persons whose facts are read at a time."""

Action = Literal["add", "change", "same", "refuse"]


class Step(msgspec.Struct, kw_only=True):
    """What is to be done for one row."""

    sheet: int
    place: int
    action: Action
    person: UUID | None = None
    lines: list[Line] = []
    errors: list[str] = []
    marks: list[bytes] = []
    details: bytes = b""


class _Life(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of somebody who was met before."""

    branches: tuple[UUID, ...]
    """Where the person is a member on the day of the list."""
    left: dict[UUID, dt.date]
    """The day on which the membership in a branch last ended."""
    entry: Standing | None
    joined: dt.date | None
    forgotten: bool
    handed_over: frozenset[UUID] = frozenset()
    """The closed organisations whose knowledge of the person is this one's by now."""


class _People(NamedTuple):
    """Whom the rows of a list may mean, and what is known of each."""

    known: Acquaintance
    lives: Mapping[UUID, _Life]
    details: Mapping[UUID, tuple[UUID, bytes]]


class Planner:
    """Plans one import. Reads the log; writes nothing."""

    def __init__(self, marks: Marks, log: Log, tree: Tree, branches: Branches, *, personal: bool) -> None:
        self._marks, self._log, self._tree, self._branches = marks, log, tree, branches
        self._personal = personal

    def plan(self, job: Job, sheets: Mapping[int, Sheet]) -> list[Step]:
        """A step for every row, in the order of the sheets."""
        rows = [row for number in sorted(sheets) for row in sheets[number].rows]
        known = Acquaintance(self._marks, self._tree, job.poster.organisation, job.day)
        marks = {id(row): known.marks(row) for row in rows}
        _refuse_repeated([row for row in rows if not row.errors], marks)
        candidates = known.candidates(row for row in rows if not row.errors)
        persons = {person for found in candidates.values() for persons in found for person in persons}
        lives = self._lives(job, known, persons)
        people = _People(known, lives, known.details(persons))
        met = {
            id(row): _met(candidates[id(row)], id_of(job.id, row, "person"), lives, job.poster.organisation)
            for row in rows
            if id(row) in candidates
        }
        return [self._step(job, row, marks[id(row)], met.get(id(row), set()), people) for row in rows]

    # ── What is known of them ────────────────────────────────────────────────────────────────────────────────────

    def _lives(self, job: Job, known: Acquaintance, persons: Iterable[UUID]) -> dict[UUID, _Life]:
        wanted, lives = sorted(persons), dict[UUID, _Life]()
        with self._log.store.read() as connection:
            for start in range(0, len(wanted), AT_ONCE):
                for person, history in self._log.streams(connection, wanted[start : start + AT_ONCE]).items():
                    lives[person] = self._life(job, known, person, history)
        return lives

    def _life(self, job: Job, known: Acquaintance, person: UUID, history: Sequence[Recorded]) -> _Life:
        stream, own, tree = Stream.of(person, history), job.poster.organisation, self._tree
        facts = [said for said in stream.standing() if type(said.fact) in ROSTER_FACTS]
        memberships = standing(facts, tree).memberships
        owned = [each for each in memberships if tree.owner(each.branch, job.day) == own]
        entries = [said for said in in_order(facts) if said.organisation in known.line]
        entry = next((said for said in reversed(entries) if isinstance(said.fact, MemberEntered | MemberJoined)), None)
        books = [OnBook(each.organisation, each.branch, each.end) for each in memberships]
        return _Life(
            branches=tuple(each.branch for each in owned if each.lasts(job.day)),
            left={each.branch: each.end for each in owned if each.end is not None},
            handed_over=frozenset(inherited(tree, own, books, job.day)) if len(known.line) > 1 else frozenset(),
            entry=None
            if entry is None or not isinstance(entry.fact, MemberEntered)
            else _entry(entry, stream, history),
            joined=entry.day if entry is not None and isinstance(entry.fact, MemberJoined) else None,
            forgotten=any(each.envelope.content.type == FORGOTTEN for each in history),
        )

    # ── What is to be done ───────────────────────────────────────────────────────────────────────────────────────

    def _step(
        self,
        job: Job,
        row: Row,
        marks: list[bytes],
        met: set[UUID],
        people: _People,
    ) -> Step:
        known, lives = people.known, people.lives
        alive = {person for person in met if not (person in lives and lives[person].forgotten)}
        if not row.errors and len(alive) > 1:
            row.errors.append(f"Trùng với {len(alive)} người đã có trong sổ; hãy ghi mã ngoài để phân biệt")
        if row.errors:
            return Step(sheet=row.sheet, place=row.place, action="refuse", errors=row.errors)
        person = next(iter(alive), id_of(job.id, row, "person"))
        step = Step(sheet=row.sheet, place=row.place, action="add", person=person, lines=[], errors=[])
        step.marks, step.details = marks, known.hashed(job.poster.organisation, row)
        life = lives.get(person)
        if life is None or not life.branches:
            self._arrive(job, row, step, life)
        elif row.branch not in life.branches:
            elsewhere = ", ".join(filter(None, map(self._branches.title, life.branches))) or "nơi khác"
            step.errors.append(f"Đang sinh hoạt ở {elsewhere}; chuyển sinh hoạt phải có giới thiệu và tiếp nhận")
        else:
            before = people.details.get(person)
            otherwise = before is not None and before[1] != known.hashed(before[0], row)
            self._change(job, row, step, life, otherwise=otherwise)
        if step.errors:
            return Step(sheet=row.sheet, place=row.place, action="refuse", errors=step.errors)
        return step

    def _arrive(self, job: Job, row: Row, step: Step, life: _Life | None) -> None:
        if row.left is not None:
            if life is not None and row.branch is not None and life.left.get(row.branch) == row.left:
                step.action = "same"
            else:
                step.errors.append("Người chưa có trong sổ thì không ghi thôi sinh hoạt")
        elif step.person is not None:
            step.lines.append(arrival(job, row, step.person, personal=self._personal))

    def _change(self, job: Job, row: Row, step: Step, life: _Life, *, otherwise: bool) -> None:
        """What the row says otherwise than the book; of the person's details, whether it does."""
        person = step.person or id_of(job.id, row, "person")
        if row.admitted is not None and life.joined is not None:
            if row.admitted not in {life.joined, life.joined.year}:
                step.errors.append(f"Sổ ghi kết nạp ngày {life.joined:%d/%m/%Y}; hãy đính chính việc kết nạp")
        elif row.admitted is not None and life.entry is not None and not _agrees(row.admitted, life.entry.fact):
            step.lines.append(correction(job, row, person, life.entry))
        if self._personal and otherwise:
            step.lines.append(description(job, row, person))
        if row.left is not None:
            step.lines.append(departure(job, row, person))
        step.action = "change" if step.lines else "same"


def _agrees(admitted: dt.date | int, fact: Mapping[str, Any]) -> bool:
    """Whether the book says the same; where it knows the day, the right year is no contradiction."""
    if isinstance(admitted, dt.date):
        return bool(fact.get("admitted_on") == admitted.isoformat())
    return admitted == fact.get("admitted_year") or str(fact.get("admitted_on", "")).startswith(str(admitted))


def _entry(said: Said, stream: Stream, history: Sequence[Recorded]) -> Standing:
    link = stream.links[said.organisation, said.event]
    content = next(each.envelope.content for each in history if each.envelope.id == link.last)
    return Standing(
        organisation=said.organisation,
        root=said.event,
        last=link.last,
        type=link.type,
        occurred=content.occurred,
        fact=msgspec.json.decode(shape_of(content)),
    )


def _met(candidates: Candidates, own: UUID, lives: Mapping[UUID, _Life], organisation: UUID) -> set[UUID]:
    """Whom the surest mark that anybody bears means. Whom this very import added is the row's own person.

    Whom a closed organisation knew is known if the person went on here.
    """
    for bearing in candidates:
        found = {
            person
            for person, knowing in bearing.items()
            if organisation in knowing or (person in lives and knowing & lives[person].handed_over)
        }
        if found:
            return {own} if own in found else found
    return set()


def _refuse_repeated(rows: Iterable[Row], marks: Mapping[int, list[bytes]]) -> None:
    """A person stands once in a list: who stands there again is refused, the first row goes on."""
    first: dict[bytes, Row] = {}
    again: dict[int, list[str]] = defaultdict(list)
    for row in rows:
        surest = marks[id(row)][:1]
        for mark in surest:
            other = first.setdefault(mark, row)
            if other is not row:
                again[id(row)].append(f"Trùng với dòng {other.place + 1} của danh sách")
        row.errors.extend(again.get(id(row), ()))
