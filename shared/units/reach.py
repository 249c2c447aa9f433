"""How far does a reader see? Organisations, units on days, and facts, as the credential's roots and role allow.

Posting is judged by `scope`; this is the same question for reading. A key without roots reads its organisation's whole
line and book. A key with roots reads what stood under them on the day that counts: for a fact its own day, for a
figure every day of the period. So who lost a unit keeps the time before, and who gained it has the time after.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from shared.contracts.envelope import Content, Recorded
from shared.contracts.event import Event
from shared.contracts.fields import named
from shared.contracts.membership import Role
from shared.eventsourcing.draft import Poster
from shared.eventsourcing.errors import Refused, Unreadable
from shared.eventsourcing.stream import fact_of, is_voiding
from shared.units.knowledge import Knowledge
from shared.units.rights import SENSITIVE_FACTS, Right, rights_of

DAY: Final = dt.timedelta(days=1)
PLACED: Final = frozenset({"unit", "scope"})
"""Kinds of ids that say of which unit a fact is."""

Find = Callable[[UUID, UUID], Recorded | None]
"""The event of an organisation with an id: what a voiding voids."""


class OutOfReach(Refused):
    """What is asked for lies outside the key's scope, or does not exist: nobody is told which."""

    status = 403
    vi = "Nội dung cần xem không có, hoặc nằm ngoài phạm vi của khóa."


@dataclass(frozen=True, slots=True)
class Reach:
    """What one caller may read today."""

    poster: Poster
    knowledge: Knowledge
    today: dt.date

    def has(self, right: Right) -> bool:
        """Whether the caller's role has a right."""
        return right in rights_of(self.poster.role)

    @property
    def everything(self) -> bool:
        """Whether all organisations lie open: to the operator, and to auditors of the operator's own organisation."""
        role, organisation = self.poster.role, self.poster.organisation
        return role == Role.OPERATOR or (role == Role.AUDITOR and self.knowledge.directory.is_operator(organisation))

    @property
    def by_territory(self) -> bool:
        """Whether places, not a line, say what is seen."""
        return self.poster.role == Role.TERRITORIAL_READER

    # ── Books ────────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def books(self) -> list[UUID] | None:
        """The organisations whose events, heads and proofs the caller may ask for; none: all.

        Beside the own one, those that went on in it.
        """
        if self.everything:
            return None
        if not self.has(Right.PROOFS):
            return []
        own = self.poster.organisation
        return [own, *sorted(self.knowledge.tree.predecessors(own))]

    def opens(self, organisation: UUID) -> bool:
        """Whether a book lies within reach."""
        books = self.books
        return books is None or organisation in books

    # ── Figures ──────────────────────────────────────────────────────────────────────────────────────────────────

    def require_figure(self, unit: UUID, start: dt.date, end: dt.date, tree_on: dt.date | None = None) -> None:
        """Raise OutOfReach unless the unit is the caller's to count on every day from `start` to before `end`.

        Under the tree of a date that day counts instead. Keys with roots may then not name a day to come, nor one
        before the period is over: an older tree would still count in what has left since.
        """
        if self.everything:
            return
        if not self._has_line(unit, start, end):
            raise OutOfReach("unit")
        if tree_on is None:
            if not all(self._under(unit, day) for day in self._changes(unit, start, end)):
                raise OutOfReach("unit")
            return
        if self._narrow and not min(end - DAY, self.today) <= tree_on <= self.today:
            raise OutOfReach("tree")
        if not self._under(unit, tree_on):
            raise OutOfReach("unit")

    @property
    def _narrow(self) -> bool:
        return bool(self.poster.roots) or self.by_territory

    def _has_line(self, unit: UUID, start: dt.date, end: dt.date) -> bool:
        """A unit of an own book, or the organisation as a whole; for a territorial reader any known one.

        Who has gone on in others goes on reading the time in which the unit was its own, and no day after it.
        """
        tree = self.knowledge.tree
        if self.by_territory:
            return tree.known(unit)
        if unit == self.poster.organisation:
            return not self.poster.roots
        tenures = tree.tenures(unit)
        if not tenures:
            return False
        ends = [*(each.start for each in tenures[1:]), dt.date.max]
        lasting = [each for each, until in zip(tenures, ends, strict=True) if each.start < end and start < until]
        return not tree.is_place(unit) and bool(lasting) and all(self.opens(each.organisation) for each in lasting)

    def _under(self, unit: UUID, day: dt.date) -> bool:
        tree, roots = self.knowledge.tree, self.poster.roots
        if self.by_territory:
            return any(tree.is_place(root) and tree.under(unit, root, day) for root in roots)
        return not roots or any(tree.under(unit, root, day) for root in roots)

    def _changes(self, unit: UUID, start: dt.date, end: dt.date) -> Iterator[dt.date]:
        """A day of each stretch of the period, as far as it has come, in which nothing above the unit changes."""
        if not self._narrow:
            return
        founding = self.knowledge.tree.founding(unit)
        first = start if founding is None else max(start, founding.day)
        last = max(first, min(end - DAY, self.today))
        for span in self.knowledge.tree.spans(unit):
            if span.start <= last and (span.end is None or span.end > first):
                yield max(first, span.start)

    # ── Facts ────────────────────────────────────────────────────────────────────────────────────────────────────

    def sees(self, recorded: Recorded, find: Find) -> bool:
        """Whether an event may be shown; one that voids another, where that one may."""
        return self.sees_content(recorded.envelope.organisation, recorded.envelope.content, find)

    def sees_content(self, organisation: UUID, content: Content, find: Find) -> bool:
        """The same of what an event says."""
        if self.everything:
            return True
        if not self.has(Right.EVENTS) or not self.opens(organisation):
            return False
        if not self.poster.roots and self.has(Right.SENSITIVE):
            return True
        if is_voiding(content.type):
            corrects = content.corrects
            voided = None if corrects is None else find(corrects.organisation, corrects.replaces)
            return voided is not None and self.sees(voided, find)
        try:
            fact = fact_of(content)
        except Unreadable:
            return False
        return self.sees_fact(organisation, fact, content.subject, fact.effect_day(content.occurred))

    def sees_fact(self, organisation: UUID, fact: Event, subject: UUID, day: dt.date) -> bool:
        """Whether a fact of that day may be shown. To a key with roots: one that names a unit under them that day."""
        if self.everything:
            return True
        if not self.has(Right.EVENTS) or not self.opens(organisation):
            return False
        if type(fact) in SENSITIVE_FACTS and not self.has(Right.SENSITIVE):
            return False
        if not self.poster.roots:
            return True
        units = {each for _, kind, each in named(fact) if kind in PLACED}
        if self.knowledge.tree.known(subject):
            units.add(subject)
        return any(self._has_line(unit, day, day + DAY) and self._under(unit, day) for unit in units)
