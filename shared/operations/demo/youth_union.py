"""Who belonged to the Youth Union of Bình Thuận, who headed a branch, who joined, left, or went on to the Party?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from functools import cached_property
from itertools import chain

from shared.contracts.event import Event
from shared.contracts.membership import (
    BenefitGranted,
    BranchEquipped,
    BranchHeadLeftOffice,
    BranchHeadTookOffice,
    MemberDied,
    MemberExpelled,
    MemberMatured,
    MemberResigned,
    MemberStruckOff,
    TransferIntroduced,
    TransferReceived,
)
from shared.operations.demo.ids import shares
from shared.operations.demo.members import entered, joined, to_party
from shared.operations.demo.scribe import Posted, day_between
from shared.operations.demo.world import Unit, World
from shared.operations.demo.youth_units import YouthUnits

IN_OFFICE, CHANGED = dt.date(2021, 1, 15), dt.date(2021, 9, 10)
SPRING, LATER = (dt.date(2022, 1, 4), dt.date(2022, 3, 31)), (dt.date(2022, 4, 1), dt.date(2022, 12, 24))
CEREMONIES = [dt.date(2022, month, day) for month, day in ((1, 9), (3, 26), (5, 19), (9, 2), (11, 20))]
"""The days on which schools admit."""
Member = tuple[str, str]
"""A person and the branch, both as ids."""


class YouthUnion:
    """The book of one organisation from 2020 to January 2023."""

    def __init__(self, world: World) -> None:
        self.ids, self.units = world.ids, YouthUnits(world)
        self.shape, self.scribe, self.opened = self.units.shape, self.units.scribe, self.units.opened

    @property
    def branches(self) -> list[Unit]:
        """The branches of the hamlets and quarters: those that the article speaks of."""
        return self.units.branches

    def facts(self) -> Iterator[Posted]:
        """The whole book in posting order."""
        yield from self.units.facts()
        yield from self._opening()
        yield from self._heads()
        yield from self._joining()
        yield from self._party()
        yield from self._cards_and_handbooks()
        yield from self._departures()
        yield from self._transfers()
        yield from self._late_and_wrong()

    # ── Members at the opening, and heads of branches ────────────────────────────────────────────────────────────

    def _heads_at_first(self) -> list[Member]:
        return [(self.ids(f"person:{branch.path}/head"), self.ids(f"unit:{branch.path}")) for branch in self.branches]

    @cached_property
    def _others(self) -> list[list[Member]]:
        """The members at the opening who do not head a branch, by branch."""
        counts = shares(self.shape.entered - len(self.branches), len(self.branches))
        return [
            [(self.ids(f"person:{branch.path}/old/{n}"), self.ids(f"unit:{branch.path}")) for n in range(count)]
            for branch, count in zip(self.branches, counts, strict=True)
        ]

    @cached_property
    def _successors(self) -> dict[int, Member]:
        """Branches whose head changed in 2021, by index, and the new head."""
        chance = self.ids.chance("binh-thuan/successors")
        changed = chance.sample(range(len(self.branches)), self.shape.head_changes)
        return {index: self._others[index][0] for index in sorted(changed)}

    @cached_property
    def _rest(self) -> list[Member]:
        """Members at the opening who never head a branch, shuffled: each is used for one later fact at most."""
        new_heads = set(self._successors.values())
        rest = [member for member in chain.from_iterable(self._others) if member not in new_heads]
        self.ids.chance("binh-thuan/rest").shuffle(rest)
        return rest

    def _opening(self) -> Iterator[Posted]:
        chance = self.ids.chance("binh-thuan/opening")
        for person, branch in chain(self._heads_at_first(), *self._others):
            yield entered(self.scribe, person, branch, self.opened, chance)
        for unit in self.units.small:
            for n in range(4):
                person = self.ids(f"person:{unit.path}/{n}")
                yield entered(self.scribe, person, self.ids(f"unit:{unit.path}"), self.opened, chance)

    def _heads(self) -> Iterator[Posted]:
        for index, (person, branch) in enumerate(self._heads_at_first()):
            fact = {"branch": branch, "person": person}
            yield self.scribe.says(BranchHeadTookOffice, branch, IN_OFFICE, {**fact, "title": "secretary"})
            if index in self._successors:
                yield self.scribe.says(BranchHeadLeftOffice, branch, CHANGED, fact)
                new = {"branch": branch, "person": self._successors[index][0], "title": "secretary"}
                yield self.scribe.says(BranchHeadTookOffice, branch, CHANGED, new)

    # ── Admissions ───────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def _early(self) -> int:
        """So many of the year's new hamlet members go on to the Party in the same year."""
        return self.shape.to_party_2022 - self.shape.to_party_entered

    def _new(self, number: int) -> Member:
        branch = self.branches[number % len(self.branches)]
        return self.ids(f"person:{branch.path}/new/{number}"), self.ids(f"unit:{branch.path}")

    def _joining(self) -> Iterator[Posted]:
        """Hamlets: the later Party members by March, the others after; schools on their ceremonies."""
        chance, shape = self.ids.chance("binh-thuan/joining"), self.shape
        for n in range(shape.joined_2021):
            person, branch = self._new(-1 - n)
            yield joined(self.scribe, person, branch, day_between(chance, dt.date(2021, 12, 2), dt.date(2021, 12, 31)))
        for n in range(shape.joined_in_hamlets - shape.late - shape.corrected):
            season = SPRING if n < self._early else LATER
            yield joined(self.scribe, *self._new(n), day_between(chance, *season))
        schools = [unit.path for unit in self.units.school_branches]
        for n in range(shape.joined_2022 - shape.joined_in_hamlets):
            path = schools[n % len(schools)]
            day = CEREMONIES[n // len(schools) % len(CEREMONIES)]
            yield joined(self.scribe, self.ids(f"person:{path}/{n}"), self.ids(f"unit:{path}"), day)

    def _party(self) -> Iterator[Posted]:
        """Heads first, then other members of long standing, then those who joined in spring."""
        chance, shape = self.ids.chance("binh-thuan/party"), self.shape
        leaving = self._leaving + shape.transfers
        old = [*self._heads_at_first(), *self._rest[leaving:]][: shape.to_party_entered]
        for person, branch in (*old, *(self._new(n) for n in range(self._early))):
            yield to_party(self.scribe, person, branch, day_between(chance, dt.date(2022, 6, 1), dt.date(2022, 12, 28)))
        outside = self._rest[leaving + len(old) - len(self.branches) :]
        for n, (person, branch) in enumerate(outside[: shape.to_party_2021 + shape.to_party_2023]):
            day = dt.date(2021, 11, 7 + n) if n < shape.to_party_2021 else dt.date(2023, 1, 3 + n)
            yield to_party(self.scribe, person, branch, day)

    # ── Cards and handbooks ──────────────────────────────────────────────────────────────────────────────────────

    def _cards_and_handbooks(self) -> Iterator[Posted]:
        chance, shape = self.ids.chance("binh-thuan/cards"), self.shape
        heads = [self._successors.get(index, head) for index, head in enumerate(self._heads_at_first())]
        for person, branch in chance.sample(heads, shape.cards):
            fact = {"branch": branch, "person": person, "benefit": "health-insurance-card"}
            day = day_between(chance, dt.date(2022, 1, 10), dt.date(2022, 6, 30))
            yield self.scribe.says(BenefitGranted, self.ids(f"benefit:card/{person}"), day, fact)
        for _, branch in chance.sample(heads, shape.handbooks):
            fact = {"branch": branch, "equipment": "secretary-handbook"}
            day = day_between(chance, dt.date(2022, 2, 10), dt.date(2022, 4, 30))
            yield self.scribe.says(BranchEquipped, self.ids(f"equipment:handbook/{branch}"), day, fact)
        person, branch = heads[0]
        twice = {"branch": branch, "person": person, "benefit": "health-insurance-card"}
        event = self.scribe.says(BenefitGranted, self.ids("benefit:card/twice"), dt.date(2022, 7, 5), twice)
        yield event
        yield self.scribe.voids(event, event, "posted-twice")

    # ── Departures, transfers, late and wrong facts ──────────────────────────────────────────────────────────────

    @property
    def _leaving(self) -> int:
        shape = self.shape
        return shape.matured + shape.struck_off + shape.resigned + shape.expelled + shape.died

    def _departures(self) -> Iterator[Posted]:
        chance, shape = self.ids.chance("binh-thuan/departures"), self.shape
        ways: list[tuple[type[Event], str | None]] = [
            *[(MemberMatured, None)] * shape.matured,
            *[(MemberStruckOff, "not-attending")] * shape.struck_off,
            *[(MemberResigned, None)] * shape.resigned,
            *[(MemberExpelled, "discipline")] * shape.expelled,
            *[(MemberDied, None)] * shape.died,
        ]
        for (contract, cause), (person, branch) in zip(ways, self._rest, strict=False):
            fact = {"branch": branch} | ({"cause": cause} if cause else {})
            day = day_between(chance, dt.date(2022, 1, 10), dt.date(2022, 12, 20))
            yield self.scribe.says(contract, person, day, fact)

    def _transfers(self) -> Iterator[Posted]:
        """Introduced by the old branch, received by the new one ten days later; the last is still on the way."""
        chance = self.ids.chance("binh-thuan/transfers")
        for n, (person, branch) in enumerate(self._rest[self._leaving : self._leaving + self.shape.transfers]):
            new = self.ids(f"unit:{chance.choice(self.branches).path}")
            day = day_between(chance, dt.date(2022, 2, 1), dt.date(2022, 11, 30))
            if new == branch:
                continue
            yield self.scribe.says(TransferIntroduced, person, day, {"branch": branch, "destination": new})
            if n < self.shape.transfers - 1:
                received = {"branch": new, "origin": branch}
                yield self.scribe.says(TransferReceived, person, day + dt.timedelta(days=10), received)

    def _late_and_wrong(self) -> Iterator[Posted]:
        """Admissions of last spring that arrive at the end; some posted for the wrong branch; some that never were."""
        chance, shape = self.ids.chance("binh-thuan/late"), self.shape
        end = shape.joined_in_hamlets
        for n in range(end - shape.late - shape.corrected, end - shape.corrected):
            yield joined(self.scribe, *self._new(n), day_between(chance, dt.date(2022, 4, 1), dt.date(2022, 5, 31)))
        for n in range(end - shape.corrected, end):
            person, branch = self._new(n)
            _, wrong = self._new(n + 1)
            event = joined(self.scribe, person, wrong, dt.date(2022, 10, 15))
            yield event
            yield self.scribe.corrects(event, event, {"branch": branch}, "wrong-branch")
        for n in range(shape.voided):
            person, branch = self._new(end + 100 + n)
            event = joined(self.scribe, person, branch, dt.date(2022, 8, 19))
            yield event
            yield self.scribe.voids(event, event, "posted-by-mistake")
        for n in range(shape.joined_2023):
            yield joined(self.scribe, *self._new(end + 200 + n), dt.date(2023, 1, 9 + n))
