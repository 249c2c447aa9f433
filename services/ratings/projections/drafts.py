"""Whom would a draft move? Past years put to it and to the rules in force, unit by unit, before it is adopted.

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

from services.ratings.domain.raters import VERTICAL
from services.ratings.domain.rules import Evaluation, Evidence, Line, State, evaluate
from services.ratings.projections.ages import lives_of
from services.ratings.projections.below import asks_children, children_of_each
from services.ratings.projections.bulk import Bulk, Rated
from services.ratings.projections.capped import Capped, Rates, capped
from services.ratings.projections.carried import Carried, carried
from services.ratings.projections.explaining import Adopted
from services.ratings.projections.holding import labels
from services.ratings.projections.judging import Judged, judged_of_each
from services.ratings.projections.proposals import Views, asks_age, in_force
from shared.contracts.fields import Grade
from shared.contracts.ratings import RuleDocument, RuleSetAdopted
from shared.eventsourcing.errors import Refused
from shared.history.figures import Question

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
    """A unit that the draft would grade otherwise."""

    unit: UUID
    year: int
    was: Grade | None
    would: Grade | None
    points: tuple[int, int] | None
    """Before, where rules were in force, and under the draft; the least of what is open."""
    by: tuple[Mapping[str, Any], ...]
    decided: str | None = None
    """The label that holds by decision in the unit's line, as changed since; none: not decided, or cancelled."""

    def told(self) -> dict[str, Any]:
        """As the answer has it."""
        return {
            "unit": str(self.unit),
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
    against: Adopted | None
    """None: no rules were in force."""
    shifts: Mapping[tuple[str | None, str | None], int]
    """How many units went from which label to which, those that stayed among them."""
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
        """One year, of all units of the kind under the asked one that lie within reach. TooManyUnits.

        A draft asks for figures, age and the grades of the units below. Under it people have said nothing yet; what
        they said of the same criteria under the rules that it is held against is taken for it.
        """
        units = [unit for unit in self.bulk.units(question, draft.subject_kind) if within(unit.id)]
        if len(units) > UNITS:
            raise TooManyUnits("unit")
        held = self._against(draft, question, against, units)
        documents = [draft.rules, *([] if held is None else [held.rules.rules])]
        shifts, moved = Counter[tuple[str | None, str | None]](), list[Moved]()
        grades, ids, runner = dict[UUID, Grade | None](), [unit.id for unit in units], self.bulk.runner
        lives = lives_of(runner, question, ids) if any(map(asks_age, documents)) else {}
        below = children_of_each(runner, VERTICAL, question, ids) if any(map(asks_children, documents)) else {}
        said = {} if held is None else judged_of_each(runner, held.rules.rules, held.cited, question, ids)
        taken = carried(None if held is None else held.rules.rules, draft.rules)
        for unit, measured in self.bulk.measured(documents, ids, question):
            evidence, people = Evidence(measured, life=lives.get(unit), children=below.get(unit)), said.get(unit)
            would = evaluate(draft.rules, evidence if people is None else taken.beside(evidence, people))
            was = None if held is None else evaluate(held.rules.rules, _with(evidence, people))
            before, grades[unit] = None if was is None else was.grade, would.grade
            shifts[_label(before), _label(would.grade)] += 1
            if _otherwise(before, would.grade):
                moved.append(_moved(unit, question, was, would))
        labelled = labels(runner, question, [each.unit for each in moved])
        moved = [replace(each, decided=labelled.get(each.unit)) for each in moved]
        caps = list(capped(draft.rules, grades, rates))
        return Tried(question.start.year, len(units), held, shifts, moved, caps, taken)

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


def _with(evidence: Evidence, people: Judged | None) -> Evidence:
    if people is None:
        return evidence
    return replace(evidence, scores=people.scores, scored=people.scored, votes=people.votes)


def _moved(unit: UUID, question: Question, was: Evaluation | None, would: Evaluation) -> Moved:
    return Moved(
        unit,
        question.start.year,
        None if was is None else was.grade,
        would.grade,
        None if was is None else (was.least, would.least),
        tuple(_by(was, would)),
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
