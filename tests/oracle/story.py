"""How is a small history told in a test? Words as ids, one line a fact, recorded in the order of telling."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from tests.oracle.figure import Figure, History, recount
from tests.oracle.standing import Closing, Reference

SERVICES = {
    "meetings": (
        "periodicity-set",
        "meeting-held",
        "visit-duty-set",
        "cadre-assigned",
        "cadre-relieved",
        "cadre-excused",
        "visit-completed",
        "community-model-launched",
        "community-model-discontinued",
        "participation-counted",
    ),
    "ratings": ("rule-set-adopted", "rating-proposed", "rating-decided", "figure-reported"),
}
BEGINNING = "2010-01-01"


def date(text: str) -> dt.date:
    """The day `2022-05-31`."""
    return dt.date.fromisoformat(text)


class Story:
    """What was recorded so far, and what can be said next. Every saying gives back the id of its event."""

    def __init__(self) -> None:
        self.events: list[Mapping[str, Any]] = []
        self.closed: dict[str, Closing] = {}
        self._sequences: dict[tuple[str, str], int] = defaultdict(int)

    def say(self, name: str, subject: str, occurred: str = BEGINNING, *, by: str = "org", **fact: object) -> str:
        """The organisation `by` posts a fact."""
        service = next((service for service, names in SERVICES.items() if name in names), "membership")
        return self.record(f"vn.nennep.{service}.{name}.v1", subject, occurred, by, fact)

    def record(
        self,
        kind: str,
        subject: str,
        occurred: str,
        by: str,
        fact: Mapping[str, object],
        **attributes: str,
    ) -> str:
        """One more event in a log, with any further attributes (`id`, `corrects` …)."""
        log = (kind.split(".")[2], by)
        self._sequences[log] += 1
        event = {
            "id": f"{by}-{log[0]}-{self._sequences[log]}",
            "type": kind,
            "subject": subject,
            "occurred": occurred,
            "organisation": by,
            "sequence": str(self._sequences[log]),
            "data": {"fact": dict(fact)},
            **attributes,
        }
        self.events.append(event)
        return str(event["id"])

    def correct(self, root: str, replaces: str, occurred: str, *, by: str = "", **fact: object) -> str:
        """Replace a link of a root's chain by a whole new fact."""
        told = self.told(root)
        said = {"type": told["type"], "fact": fact}
        return self._replace("fact-corrected", root, replaces, occurred, by or told["organisation"], said)

    def void(self, root: str, replaces: str, *, by: str = "") -> str:
        """End a root's chain."""
        told = self.told(root)
        said = {"type": told["type"]}
        return self._replace("fact-voided", root, replaces, told["occurred"], by or told["organisation"], said)

    def told(self, event: str) -> Mapping[str, Any]:
        """The event of that id."""
        return next(told for told in self.events if told["id"] == event)

    def _replace(self, name: str, root: str, replaces: str, occurred: str, by: str, said: Mapping[str, object]) -> str:
        told = self.told(root)
        kind = f"vn.nennep.{told['type'].split('.')[2]}.{name}.v1"
        corrects = f"{told['organisation']}/{root}/{replaces}"
        return self.record(kind, told["subject"], occurred, by, said, corrects=corrects)

    def place(self, place: str, level: str, parent: str | None = None, on: str = BEGINNING) -> str:
        """A place exists; the operator declares it."""
        fact = {"title": place, "level": level, "kind": level, "parent": parent, "effective": on}
        return self.say("territory-declared", place, on, by="operator", **fact)

    def unit(
        self,
        unit: str,
        kind: str,
        parent: str | None = None,
        territory: str | None = None,
        on: str = BEGINNING,
        by: str = "org",
    ) -> str:
        """A unit is founded."""
        fact = {"title": unit, "kind": kind, "parent": parent, "territory": territory, "effective": on}
        return self.say("unit-founded", unit, on, by=by, **fact)

    def merge(self, target: str, sources: list[str], on: str, by: str = "org") -> str:
        """The sources end and go on in the target."""
        return self.say("unit-merged", target, on, by=by, sources=sources, effective=on)

    def split(
        self, unit: str, parts: list[str], on: str, sides: Mapping[str, str] | None = None, *, whole: bool = True
    ) -> str:
        """A unit is divided; `sides` says child -> part."""
        said = [{"child": child, "part": part} for child, part in (sides or {}).items()]
        return self.say("unit-split", unit, on, parts=parts, whole=whole, sides=said, effective=on)

    def met(self, branch: str, on: str, present: int = 0, excused: int = 0, absent: int = 0, **more: Any) -> str:
        """A branch holds a meeting, a regular one unless said otherwise; `named` gives the roll by names."""
        roll = {"expected": present + excused + absent, "present": present, "excused": excused, "absent": absent}
        roll |= {key: more.pop(key) for key in ("guests", "named") if key in more}
        fact = {"branch": branch, "kind": "regular", "roll": roll, **more}
        return self.say("meeting-held", f"meeting-{len(self.events)}", on, **fact)

    def visited(self, cadre: str, unit: str, on: str, tier: str = "district", **more: str) -> str:
        """A cadre attends a sitting; each its own meeting unless `meeting` says which."""
        by = more.pop("by", "org")
        reference = {"organisation": more.pop("host", "org"), "meeting": more.pop("meeting", f"m{len(self.events)}")}
        fact = {"cadre": cadre, "tier": tier, "unit": unit, "meeting": reference}
        return self.say("visit-completed", f"visit-{len(self.events)}", on, by=by, **fact)

    def recount(self) -> History:
        """The history so far."""
        return recount(self.events, closed=self.closed)


def land() -> Story:
    """A province with two districts; district d1 has communes c1 (hamlets h1, h2) and c2 (h3), d2 has c3 (h4).

    The organisation's line is the same: root, u1 and u2 at the districts, base units b1, b2 and b3 at the communes.
    """
    story = Story()
    story.place("p", "province")
    for district, communes in {"d1": ("c1", "c2"), "d2": ("c3",)}.items():
        story.place(district, "district", "p")
        for commune in communes:
            story.place(commune, "commune", district)
    for hamlet, commune in {"h1": "c1", "h2": "c1", "h3": "c2", "h4": "c3"}.items():
        story.place(hamlet, "locality", commune)
    story.say("organisation-registered", "org", by="operator", title="org", kind="womens-union", province="p")
    story.unit("root", "province-body", territory="p")
    for unit, (parent, territory) in {"u1": ("root", "d1"), "u2": ("root", "d2")}.items():
        story.unit(unit, "district-body", parent, territory)
    for unit, (parent, territory) in {"b1": ("u1", "c1"), "b2": ("u1", "c2"), "b3": ("u2", "c3")}.items():
        story.unit(unit, "base-unit", parent, territory)
    return story


def branches() -> Story:
    """`land` with the branches x in h1 and y in h2 under b1, and z in h3 under b2."""
    story = land()
    for branch, (parent, hamlet) in {"x": ("b1", "h1"), "y": ("b1", "h2"), "z": ("b2", "h3")}.items():
        story.unit(branch, "branch", parent, hamlet)
    return story


def refs(*events: str, by: str = "org") -> frozenset[Reference]:
    """References to events of one organisation."""
    return frozenset(Reference(by, event) for event in events)


def rate(figure: Figure) -> tuple[int, int | None]:
    """Numerator and denominator."""
    return figure.numerator, figure.denominator
