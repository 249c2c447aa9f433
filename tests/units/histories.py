"""Which histories of units may happen? Sound ones, as the rules would accept them, and any nonsense at all."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from uuid import UUID

from hypothesis import strategies as st

from shared.contracts.membership import (
    Level,
    Side,
    TerritoryDeclared,
    UnitDissolved,
    UnitFounded,
    UnitMerged,
    UnitMoved,
    UnitSplit,
)
from shared.eventsourcing.decider import Said
from tests.units.daily import Picture
from tests.units.story import Story, named

FIRST = dt.date(2020, 1, 1)
DAYS = 8
HORIZON = [FIRST + dt.timedelta(days=number) for number in range(DAYS + 1)]


@st.composite
def sound_histories(draw: st.DrawFn, steps: int = 14) -> list[Said]:
    """Facts that do not contradict each other: everything named is alive, nothing is put under itself."""
    story = _SoundStory(draw)
    for title in ("tỉnh", "xã 1", "xã 2"):
        story.found(place=True, title=title)
    for title in ("hội tỉnh", "hội xã"):
        story.found(place=False, title=title)
    for _ in range(draw(st.integers(0, steps))):
        story.go_on()
    return story.facts


class _SoundStory(Story):
    """A story in which every step is chosen among what is possible by the clerk's picture."""

    def __init__(self, draw: st.DrawFn) -> None:
        super().__init__()
        self.draw = draw
        self.day = FIRST
        self.picture = Picture()

    def tell(self, fact: object, subject: UUID, day: dt.date) -> Said:
        """Keep the picture up with the story."""
        said = super().tell(fact, subject, day)  # type: ignore[arg-type] — what the base takes
        self.picture.apply(said)
        return said

    def go_on(self) -> None:
        """One more step, today or some days on."""
        today = self.day + dt.timedelta(days=self.draw(st.integers(0, 2)))
        self.day = min(today, HORIZON[-1])
        steps: list[Callable[[], object]] = [
            lambda: self.found(place=self.draw(st.booleans())),
            self._move,
            self._merge,
            self._split,
            self._dissolve,
        ]
        self.draw(st.sampled_from(steps))()

    def found(self, *, place: bool, title: str | None = None) -> UUID:
        """Found a unit or declare a place, under a living one or under nothing."""
        title = title or f"đơn vị {len(self.facts)}"
        parent = self.draw(st.sampled_from([None, *self._living(place=place)]))
        if place:
            return self.place(title, parent, self.day)
        territory = self.draw(st.sampled_from([None, *self._living(place=True)]))
        return self.unit(title, parent, self.day, territory=territory)

    def _living(self, *, place: bool) -> list[UUID]:
        return [unit for unit, card in self.picture.cards.items() if card.alive and card.place == place]

    def _pick(self) -> UUID:
        living = [*self._living(place=True), *self._living(place=False)]
        return self.draw(st.sampled_from(living)) if living else self.found(place=True)

    def _apart(self, unit: UUID) -> list[UUID]:
        """Living units of the same dimension that do not stand under a unit, waiting ones left out."""
        living = self._living(place=self.picture.cards[unit].place)
        return [each for each in living if each != unit and unit not in self._may_be_under(each)]

    def _may_be_under(self, unit: UUID) -> set[UUID]:
        return {*self.picture.line(unit), *self.picture.waits_between(unit)}

    def _move(self) -> None:
        unit = self._pick()
        place = self.picture.cards[unit].place
        if parents := self._apart(unit):
            territory = None if place else self.draw(st.sampled_from([None, *self._living(place=True)]))
            self.move(unit, self.draw(st.sampled_from(parents)), self.day, territory=territory)

    def _merge(self) -> None:
        target = self._pick()
        place = self.picture.cards[target].place
        above = self._may_be_under(target)
        sources = [each for each in self._living(place=place) if each != target and each not in above]
        if sources:
            self.merge(self.draw(st.lists(st.sampled_from(sources), min_size=1, max_size=2, unique=True)), target, self.day)

    def _split(self) -> None:
        unit = self._pick()
        parts = self._apart(unit)
        if not parts:
            return
        chosen = self.draw(st.lists(st.sampled_from(parts), min_size=1, max_size=3, unique=True))
        children = [each for each, card in self.picture.cards.items() if self._belongs(card.parent, card.territory, unit)]
        taken = self.draw(st.lists(st.sampled_from(children), unique=True, max_size=3)) if children else []
        free = [child for child in taken if not any(self._closes(child, part) for part in chosen)]
        sides = [(child, self.draw(st.sampled_from(chosen))) for child in free]
        self.split(unit, chosen, self.day, whole=self.draw(st.booleans()), sides=sides)

    def _belongs(self, parent: frozenset[UUID], territory: frozenset[UUID] | None, unit: UUID) -> bool:
        return parent == {unit} or territory == {unit}

    def _closes(self, child: UUID, part: UUID) -> bool:
        return child == part or child in self._may_be_under(part) or not self.picture.cards[child].alive

    def _dissolve(self) -> None:
        self.dissolve(self._pick(), self.day)


UNITS = [named(f"đơn vị {number}") for number in range(7)]
_some_unit = st.sampled_from(UNITS)
_maybe_unit = st.none() | _some_unit
_some_units = st.lists(_some_unit, min_size=1, max_size=3).map(tuple)


@st.composite
def any_history(draw: st.DrawFn, size: int = 16) -> list[Said]:
    """Facts of two organisations that may contradict each other in every way that contracts allow."""
    stories = [Story("một"), Story("hai")]
    for _ in range(draw(st.integers(0, size))):
        day = draw(st.sampled_from(HORIZON[:-1]))
        subject = draw(_some_unit)
        fact = draw(
            st.one_of(
                st.builds(
                    *(TerritoryDeclared,), title=st.just("x"), level=st.just(Level.COMMUNE), kind=st.just("xa"),
                    parent=_maybe_unit, effective=st.just(day),
                ),
                st.builds(
                    *(UnitFounded,), title=st.just("x"), kind=st.just("branch"), parent=_maybe_unit,
                    territory=_maybe_unit, effective=st.just(day), operating=st.none(),
                ),
                st.builds(
                    *(UnitMoved,), parent=_some_unit, territory=_maybe_unit, effective=st.just(day), operating=st.none(),
                ),
                st.builds(UnitMerged, sources=_some_units, effective=st.just(day), operating=st.none()),
                st.builds(
                    *(UnitSplit,), parts=_some_units, whole=st.booleans(), effective=st.just(day), operating=st.none(),
                    sides=st.lists(st.builds(Side, child=_some_unit, part=_some_unit), max_size=3).map(tuple),
                ),
                st.builds(UnitDissolved, effective=st.just(day)),
            )
        )
        draw(st.sampled_from(stories)).tell(fact, subject, day)
    return [said for story in stories for said in story.facts]
