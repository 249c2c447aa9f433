"""How is a small history told in a test of figures? In names that stand for ids, one line a fact.

`land()` is told by most of them: province p, district d1 with communes c1 (hamlets h1, h2) and c2 (h3), district d2
with c3 (h4). The women's line is the same: root, u1 and u2, base units b1, b2, b3; branches x and y under b1, z under
b2, w under b3; s is a sub-branch of x.
"""

from __future__ import annotations

import datetime as dt
from uuid import NAMESPACE_URL, UUID, uuid5

from shared.contracts import meetings, membership
from shared.contracts.event import Event
from shared.contracts.fields import MeetingReference, Period
from shared.contracts.membership import Body, Level
from tests.support.logs import Logs, Told

LONG_AGO = "2010-01-01"


def id_of(name: str) -> UUID:
    """The same id for the same name."""
    return uuid5(NAMESPACE_URL, name)


def text(*names: str) -> tuple[str, ...]:
    """The ids of these names as an answer carries them."""
    return tuple(str(id_of(name)) for name in names)


def day(said: str) -> dt.date:
    """The day `2022-05-31`."""
    return dt.date.fromisoformat(said)


def year(number: int) -> Period:
    """A calendar year."""
    return Period(start=dt.date(number, 1, 1), end=dt.date(number + 1, 1, 1))


class Tale:
    """Facts told into logs. Every telling gives back what was told, to be put right or voided."""

    def __init__(self) -> None:
        self.logs = Logs()

    def say(self, fact: Event, subject: str, on: str, by: str = "women") -> Told:
        """An organisation posts a fact."""
        told = self.logs.tell(fact, id_of(subject), on, id_of(by))
        assert told is not None, "said before"
        return told

    def new(self, fact: Event, on: str, by: str = "women") -> Told:
        """A fact about a thing of its own."""
        return self.say(fact, f"thing {self.logs.clock}", on, by)

    def organisation(self, name: str, province: str = "p", body: Body = Body.ORGANISATION) -> Told:
        """The operator registers an organisation."""
        fact = membership.OrganisationRegistered(title=name, kind="union", body=body, province=id_of(province))
        return self.say(fact, name, LONG_AGO, "operator")

    def place(self, name: str, level: Level, parent: str | None = None, on: str = LONG_AGO) -> Told:
        """The operator declares a place."""
        above = None if parent is None else id_of(parent)
        fact = membership.TerritoryDeclared(title=name, level=level, kind="xa", parent=above, effective=day(on))
        return self.say(fact, name, on, "operator")

    def unit(
        self,
        name: str,
        kind: str,
        parent: str | None,
        territory: str | None,
        on: str = LONG_AGO,
        by: str = "women",
    ) -> Told:
        """A unit is founded."""
        above, around = (None if each is None else id_of(each) for each in (parent, territory))
        fact = membership.UnitFounded(title=name, kind=kind, parent=above, territory=around, effective=day(on))
        return self.say(fact, name, on, by)

    def merge(self, target: str, *sources: str, on: str, by: str = "women") -> Told:
        """The sources go on in the target."""
        fact = membership.UnitMerged(sources=tuple(map(id_of, sources)), effective=day(on))
        return self.say(fact, target, on, by)

    def split(self, whole: str, *parts: str, on: str, by: str = "women") -> Told:
        """A unit or place ends and is divided."""
        fact = membership.UnitSplit(parts=tuple(map(id_of, parts)), whole=True, effective=day(on))
        return self.say(fact, whole, on, by)

    def dissolve(self, unit: str, on: str) -> Told:
        """A unit ends."""
        return self.say(membership.UnitDissolved(effective=day(on)), unit, on)

    def joined(self, person: str, branch: str, on: str) -> Told:
        """A branch admits a member."""
        return self.say(membership.MemberJoined(branch=id_of(branch)), person, on)

    def met(
        self,
        branch: str,
        on: str,
        present: int = 0,
        absent: int = 0,
        kind: meetings.MeetingKind = meetings.MeetingKind.REGULAR,
    ) -> Told:
        """A branch meets; nobody is excused, five guests are there."""
        roll = meetings.Roll(expected=present + absent, present=present, absent=absent, guests=5)
        return self.new(meetings.MeetingHeld(branch=id_of(branch), kind=kind, roll=roll), on)

    def roll(self, branch: str, on: str, present: str, absent: str = "") -> Told:
        """A branch meets; persons are named by words."""
        came, missed = (tuple(map(id_of, names.split())) for names in (present, absent))
        named = meetings.NamedRoll(present=came, absent=missed)
        roll = meetings.Roll(expected=len(came + missed), present=len(came), absent=len(missed), named=named)
        return self.new(meetings.MeetingHeld(branch=id_of(branch), kind=meetings.MeetingKind.REGULAR, roll=roll), on)

    def every(self, unit_kind: str, every: meetings.Every, starts: str) -> Told:
        """Units of a kind owe a meeting each month or quarter from a day on."""
        fact = meetings.PeriodicitySet(unit_kind=unit_kind, every=every, starts=day(starts))
        return self.say(fact, "women", starts)

    def visited(self, cadre: str, unit: str, on: str, meeting: str, tier: str = "district") -> Told:
        """A cadre attends a sitting."""
        reference = MeetingReference(organisation=id_of("women"), meeting=id_of(meeting))
        fact = meetings.VisitCompleted(cadre=id_of(cadre), tier=tier, unit=id_of(unit), meeting=reference)
        return self.new(fact, on)


def land() -> Tale:
    """The country of the module's docstring."""
    tale = Tale()
    tale.place("p", Level.PROVINCE)
    for district, communes in {"d1": ("c1", "c2"), "d2": ("c3",)}.items():
        tale.place(district, Level.DISTRICT, "p")
        for commune in communes:
            tale.place(commune, Level.COMMUNE, district)
    for hamlet, commune in {"h1": "c1", "h2": "c1", "h3": "c2", "h4": "c3"}.items():
        tale.place(hamlet, Level.LOCALITY, commune)
    tale.organisation("women")
    tale.unit("root", "province-body", None, "p")
    for unit, (parent, place) in {"u1": ("root", "d1"), "u2": ("root", "d2")}.items():
        tale.unit(unit, "district-body", parent, place)
    for unit, (parent, place) in {"b1": ("u1", "c1"), "b2": ("u1", "c2"), "b3": ("u2", "c3")}.items():
        tale.unit(unit, "base-unit", parent, place)
    for unit, (parent, place) in {"x": ("b1", "h1"), "y": ("b1", "h2"), "z": ("b2", "h3"), "w": ("b3", "h4")}.items():
        tale.unit(unit, "branch", parent, place)
    tale.unit("s", "sub-branch", "x", "h1")
    return tale


def roots(*told: Told) -> frozenset[tuple[str, str]]:
    """These facts, as the events behind an answer."""
    return frozenset((str(each.by), str(each.root.envelope.id)) for each in told)
