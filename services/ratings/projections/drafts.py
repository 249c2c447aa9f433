"""Whom would a draft move? Past years put to it and to the rules in force, one by one, before it is adopted.

Nothing is recorded. A unit *moves* where the draft proposes another grade than the rules in force did, or one where
they proposed none. By which criterion: those whose points came out otherwise, most of all first; then the conditions
and vetoes of the draft that bar a grade; and the thresholds, where nothing else explains it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple
from uuid import UUID

from services.ratings.domain.rules import Evaluation, Line, State
from services.ratings.projections.bulk import Bulk, Rated
from services.ratings.projections.capped import Capped, Rates, capped
from services.ratings.projections.carried import Carried, carried
from services.ratings.projections.explaining import Adopted
from services.ratings.projections.holding import labels
from services.ratings.projections.proposals import Views, in_force
from services.ratings.projections.weighed import Scales, Weighed
from shared.contracts.fields import Grade
from shared.contracts.ratings import RatedPerson, RuleDocument, RuleSetAdopted, rated_id
from shared.eventsourcing.errors import Refused
from shared.history.figures import Question
from shared.units.standing_in import STANDINGS

UNITS: Final = 100_000
"""Units of one year that are put to a draft at once."""


class TooManyUnits(Refused):
    """More units than a draft is tried on at once: ask for a smaller unit."""

    vi = "Quá nhiều đơn vị cho một lần chạy thử; hãy hỏi đơn vị nhỏ hơn."


class Draft(NamedTuple):
    """Rules that nobody has adopted, and the kind of units that they rate."""

    rules: RuleDocument
    subject_kind: str


@dataclass(frozen=True, slots=True)
class Moved:
    """A unit, or a person in it, that the draft would grade otherwise."""

    unit: UUID
    year: int
    was: Grade | None
    would: Grade | None
    points: tuple[int, int] | None
    """Before, where rules were in force, and under the draft; the least of what is open."""
    by: tuple[Mapping[str, Any], ...]
    decided: str | None = None
    """The label that holds by decision in the unit's line, as changed since; none: not decided, or cancelled."""
    person: RatedPerson | None = None
    """Who is rated in the unit; none: the unit itself."""

    @property
    def subject(self) -> UUID:
        """The subject of the facts on its rating."""
        return rated_id(self.unit, self.person)

    def told(self) -> dict[str, Any]:
        """As the answer has it."""
        return {
            "unit": str(self.unit),
            "person": None if self.person is None else str(self.person.person),
            "year": self.year,
            "from": _grade(self.was),
            "to": _grade(self.would),
            "points": None if self.points is None else {"from": self.points[0], "to": self.points[1]},
            "by": list(self.by),
            "decided": self.decided,
        }


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of a draft in one year."""

    year: int
    units: int
    """How many were rated: units of the kind, or persons."""
    against: Adopted | None
    """None: no rules were in force."""
    shifts: Mapping[tuple[str | None, str | None], int]
    """How many went from which label to which, those that stayed among them."""
    moved: Sequence[Moved]
    caps: Sequence[Capped]
    """The draft's caps, held against the grades that it proposes."""
    taken: Carried
    """What people said under the other rules, as far as the draft asks for it too."""

    def told(self) -> dict[str, Any]:
        """As the answer has it, without the units."""
        by = Counter(str(each["code"]) for moved in self.moved for each in moved.by[:1])
        return {
            "year": self.year,
            "units": self.units,
            "against": None if self.against is None else self.against.told(),
            "moved": len(self.moved),
            "shifts": [
                {"from": was, "to": would, "units": number}
                for (was, would), number in sorted(self.shifts.items(), key=lambda each: (-each[1], str(each[0])))
            ],
            "by": [{"code": code, "units": number} for code, number in by.most_common()],
            "caps": [each.told() for each in self.caps],
            "people": self.taken.told(),
        }


Within = Callable[[UUID], bool]
"""Whether the caller may count in a unit for the whole period."""


@dataclass(frozen=True, slots=True)
class Drafting:
    """Tries drafts on what was recorded."""

    bulk: Bulk

    def tried(self, draft: Draft, question: Question, against: UUID | None, within: Within, rates: Rates) -> Tried:
        """One year, of all units of the kind under the asked one that lie within reach, or of such persons in them.

        TooManyUnits, TooManyPersons.

        A draft asks for figures, age and the grades of the units below. Under it people have said nothing yet; what
        they said of the same criteria under the rules that it is held against is taken for it.
        """
        of_persons = draft.subject_kind in STANDINGS
        there = self.bulk.units(question, None if of_persons else draft.subject_kind)
        units = [unit for unit in there if within(unit.id)]
        if len(units) > UNITS:
            raise TooManyUnits("unit")
        held, ids = self._against(draft, question, against, units), [unit.id for unit in units]
        taken = carried(None if held is None else held.rules.rules, draft.rules)
        scales = Scales(self.bulk, draft.rules, held, taken)
        shifts, moved = Counter[tuple[str | None, str | None]](), list[Moved]()
        grades, places = dict[UUID, Grade | None](), dict[UUID, UUID]()
        for each in scales.persons(question, draft.subject_kind, ids) if of_persons else scales.units(question, ids):
            before, after = None if each.was is None else each.was.grade, each.would.grade
            grades[each.subject], places[each.subject] = after, each.unit
            shifts[_label(before), _label(after)] += 1
            if _otherwise(before, after):
                moved.append(_moved(each, question))
        labelled = labels(self.bulk.runner, question, [each.subject for each in moved])
        moved = [replace(each, decided=labelled.get(each.subject)) for each in moved]
        caps = list(capped(draft.rules, grades, lambda subject: rates(places[subject])))
        return Tried(question.start.year, len(grades), held, shifts, moved, caps, taken)

    def _against(
        self, draft: Draft, question: Question, against: UUID | None, units: Sequence[Rated]
    ) -> Adopted | None:
        """The rule set that was named; else of those in force for the kind at the end of the year the last begun."""
        views = Views(self.bulk.runner)
        if against is not None:
            said = views.rule_set_said(against, question.known)
            return Adopted(said, said.fact) if said is not None and isinstance(said.fact, RuleSetAdopted) else None
        lines, own = views.lines(), {unit.organisation for unit in units}
        held = [
            Adopted(said, rules)
            for said, rules in in_force(views.rule_sets(), question.last_day)
            if rules.subject_kind == draft.subject_kind and (said.organisation in own or said.organisation not in lines)
        ]
        return held[-1] if held else None


def _moved(weighed: Weighed, question: Question) -> Moved:
    unit, person, was, would = weighed
    return Moved(
        unit,
        question.start.year,
        None if was is None else was.grade,
        would.grade,
        None if was is None else (was.least, would.least),
        tuple(_by(was, would)),
        person=person,
    )


def _by(was: Evaluation | None, would: Evaluation) -> Iterator[dict[str, Any]]:
    """What came out otherwise, and weighs most first."""
    before = {} if was is None else {line.code: line for line in was.lines}
    differ = [line for line in would.lines if was is not None and _differs(before.get(line.code), line)]
    gone = [line for code, line in before.items() if code not in {line.code for line in would.lines}]
    changes = [
        *(_change("criterion", line, before.get(line.code), line) for line in differ),
        *(_change("criterion", line, line, None) for line in gone),
    ]
    yield from sorted(changes, key=lambda each: -abs((each["to"] or 0) - (each["from"] or 0)))
    held = set() if was is None else {(each.title, each.when) for each in was.conditions}
    for condition in would.conditions:
        if condition.state is not State.MET and (condition.title, condition.when) not in held:
            yield {"kind": "condition", "code": f"rank-{condition.rank}", "title": condition.title} | {
                "clause": condition.clause,
                "state": condition.state.value,
            }
    for veto in would.vetoes:
        if veto.state is State.MET and (was is None or veto.when not in {each.when for each in was.vetoes}):
            yield {"kind": "veto", "code": veto.code, "title": veto.title, "clause": veto.clause, "state": "met"}
    if was is not None and not changes:
        yield {"kind": "thresholds", "code": "thresholds", "title": "", "clause": ""}


def _differs(was: Line | None, would: Line) -> bool:
    return was is None or (was.points, was.of) != (would.points, would.of)


def _change(kind: str, line: Line, was: Line | None, would: Line | None) -> dict[str, Any]:
    return {
        "kind": kind,
        "code": line.code,
        "title": line.title,
        "clause": line.clause,
        "numerator": line.numerator,
        "denominator": line.denominator,
        "from": None if was is None else was.points,
        "from_of": None if was is None else was.of,
        "to": None if would is None else would.points,
        "to_of": None if would is None else would.of,
    }


def _otherwise(was: Grade | None, would: Grade | None) -> bool:
    return (None if was is None else (was.scale, was.rank)) != (None if would is None else (would.scale, would.rank))


def _label(grade: Grade | None) -> str | None:
    return None if grade is None else grade.label


def _grade(grade: Grade | None) -> dict[str, Any] | None:
    return None if grade is None else {"scale": grade.scale, "rank": grade.rank, "label": grade.label}
