"""How far has a rating come? The steps that stand by a day, and what has become of each decision since.

Everything is asked by day and counted, never by the order of posting: late facts take their own place, and on one day
the order does not matter.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias
from uuid import UUID

from services.ratings.domain.authority import over
from shared.contracts.event import Event
from shared.contracts.fields import EventReference, Grade, Period
from shared.contracts.ratings import (
    CriterionScored,
    ObjectionRaised,
    RatedPerson,
    RatingCancelled,
    RatingChanged,
    RatingDecided,
    RatingPeriodOpened,
    RatingProposed,
    RatingPublished,
    RatingReverified,
    RatingUpheld,
    RatingVerified,
    ReratingOrdered,
    Step,
    UnitSelfRated,
    VotesCounted,
)
from shared.eventsourcing.decider import Said, in_order
from shared.units.tree import Tree

Root: TypeAlias = tuple[UUID, UUID]
"""(organisation, event id) of a decision."""
Key: TypeAlias = tuple[str, Period]
"""Axis and period: what is one rating of a unit."""
After: TypeAlias = (
    RatingPublished
    | ObjectionRaised
    | ReratingOrdered
    | RatingReverified
    | RatingUpheld
    | RatingChanged
    | RatingCancelled
)
AFTER: Final = (
    *(RatingPublished, ObjectionRaised, ReratingOrdered, RatingReverified),
    *(RatingUpheld, RatingChanged, RatingCancelled),
)
"""What is said of a decision once it is made."""
COURSE_FACTS: Final[frozenset[type[Event]]] = frozenset(
    {UnitSelfRated, RatingProposed, RatingVerified, RatingDecided, *AFTER}
)
"""The steps that stand in the stream of a rated unit."""
SCORE_FACTS: Final[frozenset[type[Event]]] = frozenset({CriterionScored, VotesCounted})
"""What people say of single criteria, in the same stream."""
BEFORE: Final[Mapping[Step, type[Event]]] = {
    Step.SELF_RATED: UnitSelfRated,
    Step.PROPOSED: RatingProposed,
    Step.VERIFIED: RatingVerified,
}
"""The steps before a decision that stand in the unit's own stream."""


def keyed(said: Said) -> Key | None:
    """Which rating a fact is about."""
    match said.fact:
        case UnitSelfRated(axis=axis, period=period) | RatingVerified(axis=axis, period=period):
            return axis, period
        case RatingProposed(axis=axis, period=period) | RatingDecided(axis=axis, period=period):
            return axis, period
        case CriterionScored(axis=axis, period=period) | VotesCounted(axis=axis, period=period):
            return axis, period
        case fact if isinstance(fact, AFTER):
            return fact.axis, fact.period
        case _:
            return None


def by_day(facts: Iterable[Said], day: dt.date, key: Key | None = None) -> list[Said]:
    """The facts that stand by a day, in order; with `key`, of one rating."""
    return in_order(said for said in facts if said.day <= day and (key is None or keyed(said) == key))


def taken(step: Step, facts: Iterable[Said]) -> bool:
    """Whether a step that stands in the unit's own stream is among these facts."""
    return any(isinstance(said.fact, BEFORE[step]) for said in facts)


def opened(
    openings: Iterable[Said], unit: UUID, key: Key, tree: Tree, day: dt.date, *, person: RatedPerson | None = None
) -> Said | None:
    """By which fact the period was opened for a unit, or for such persons in it, by a day."""
    kind = tree.kind(unit) if person is None else person.kind
    for said in in_order(openings):
        fact = said.fact
        if (
            isinstance(fact, RatingPeriodOpened)
            and said.day <= day
            and (fact.axis, fact.period) == key
            and fact.subject_kind == kind
            and (tree.under(unit, fact.body, day) or over(fact.body, unit, tree, day))
        ):
            return said
    return None


# ── Decisions, and what became of them ───────────────────────────────────────────────────────────────────────────


def root_of(said: Said) -> Root:
    """What names a fact for good."""
    return said.organisation, said.event


def named(reference: EventReference) -> Root:
    """What a reference names."""
    return reference.organisation, reference.event


def reported(said: Said, body: UUID, tree: Tree) -> bool:
    """Whether a fact tells of another organisation's body: *reported by the subject* until that one confirms it."""
    return all(tenure.organisation != said.organisation for tenure in tree.tenures(body))


def same_decision(root: Root, facts: Iterable[Said]) -> frozenset[Root]:
    """The decision together with the report that it confirms, or with what confirms it."""
    pairs = [
        (root_of(said), named(said.fact.confirms))
        for said in facts
        if isinstance(said.fact, RatingDecided) and said.fact.confirms is not None
    ]
    return frozenset({root, *(b for a, b in pairs if a == root), *(a for a, b in pairs if b == root)})


@dataclass(frozen=True, slots=True)
class Aftermath:
    """What stands about one decision by a day."""

    decision: Said
    facts: tuple[Said, ...]
    """In order."""

    def of(self, *kinds: type[Event]) -> list[Said]:
        """Those of these kinds."""
        return [said for said in self.facts if isinstance(said.fact, kinds)]

    @property
    def raised(self) -> list[Said]:
        """Objections, and orders to rate again."""
        return self.of(ObjectionRaised, ReratingOrdered)

    @property
    def settled(self) -> list[Said]:
        """How they ended."""
        return self.of(RatingUpheld, RatingChanged, RatingCancelled)

    @property
    def open(self) -> int:
        """Objections and orders that nobody has settled."""
        return len(self.raised) - len(self.settled)

    @property
    def reverified(self) -> bool:
        """Whether the last that was raised was verified again."""
        raised = self.raised
        return bool(raised) and any(said.day >= raised[-1].day for said in self.of(RatingReverified))

    @property
    def cancelled(self) -> Said | None:
        """By what it was cancelled."""
        return next(iter(self.of(RatingCancelled)), None)

    @property
    def published(self) -> Said | None:
        """By what it was made known."""
        return next(iter(self.of(RatingPublished)), None)

    @property
    def grade(self) -> Grade | None:
        """The grade that holds; none once it was cancelled."""
        if self.cancelled is not None:
            return None
        held = [self.decision, *self.of(RatingChanged)][-1].fact
        return held.grade if isinstance(held, RatingDecided | RatingChanged) else None


def aftermath(decision: Said, facts: Iterable[Said], day: dt.date) -> Aftermath:
    """What has become of a decision by a day, of all that stands about the unit."""
    facts = list(facts)
    meant = same_decision(root_of(decision), facts)
    about = [
        said
        for said in facts
        if said.day <= day and isinstance(said.fact, AFTER) and named(said.fact.decision) in meant
    ]
    return Aftermath(decision, tuple(in_order(about)))


def decisions(facts: Iterable[Said], key: Key) -> list[Said]:
    """The decisions of one rating, in order."""
    return in_order(said for said in facts if isinstance(said.fact, RatingDecided) and keyed(said) == key)


def cancelled_by(decision: Said, facts: Iterable[Said], day: dt.date) -> bool:
    """Whether a decision no longer holds on a day."""
    return aftermath(decision, facts, day).cancelled is not None
