"""What happened in Trà Vinh (article 002)? Branch meetings of five organisations, and the cadres who came to them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from functools import cached_property, partial
from itertools import islice
from random import Random

from shared.contracts.meetings import (
    CadreAssigned,
    CadreExcused,
    MeetingHeld,
    PeriodicitySet,
    VisitCompleted,
    VisitDutySet,
)
from shared.contracts.membership import UnitFounded
from shared.contracts.ratings import RuleSetAdopted
from shared.operations.demo.calibration import Organisation
from shared.operations.demo.cycle import POOL, Cycle, rule_set_of
from shared.operations.demo.members import entered, joined
from shared.operations.demo.posting import Posting, units_of
from shared.operations.demo.rolls import JOINED, NamedRolls
from shared.operations.demo.scribe import Paper, Posted, Scribe
from shared.operations.demo.sittings import PROVINCE, TIERS, Sitting, Sittings, Visit
from shared.operations.demo.world import World

NAMED = "tra-vinh/womens-union"
LATE = "tra-vinh/youth-union"
ORDER = Paper("243-CV/TU", "Tỉnh ủy Trà Vinh", dt.date(2012, 8, 17))


class TraVinh:
    """The history of one province of meetings and visits."""

    def __init__(self, world: World) -> None:
        self.world, self.ids = world, world.ids
        self.sittings = Sittings(world)
        self.cycle = Cycle(world)

    def postings(self) -> list[Posting]:
        """Every sender needs the units of all: its cadres join the sittings of others."""
        founded = tuple(units_of(organisation.key) for organisation in self.sittings.senders)
        people = f"{NAMED}/membership/tra-vinh"
        return [
            Posting(NAMED, "membership", "tra-vinh", self._people, after=(units_of(NAMED),)),
            *(
                Posting(
                    o.key,
                    "meetings",
                    "tra-vinh",
                    partial(self._meetings, o),
                    after=(*founded, people) if o.key == NAMED else founded,
                )
                for o in self.sittings.senders
            ),
            Posting(NAMED, "ratings", "tra-vinh", self._rules, after=(units_of(NAMED),)),
            *self.cycle.postings(),
        ]

    @cached_property
    def _named(self) -> NamedRolls:
        return NamedRolls(self.sittings, NAMED)

    @cached_property
    def _slips(self) -> list[str]:
        """The first sittings with names: their rolls are posted wrong, and corrected."""
        return list(islice(self._named.rolls, self.sittings.shape.corrected_rolls))

    # ── Membership ───────────────────────────────────────────────────────────────────────────────────────────────

    def _people(self) -> Iterator[Posted]:
        """The members whose rolls bear names, and two women's groups (sub-branches) below a branch."""
        scribe, chance = Scribe(self.ids, NAMED), self.ids.chance("tra-vinh/people")
        opened = self.world.province(self.world.organisation(NAMED)).opened
        for branch in self.world.units(self.world.organisation(NAMED), PROVINCE, 3)[-2:]:
            fact = {
                "title": f"Tổ phụ nữ số 1, {branch.title}",
                "kind": "sub-branch",
                "parent": self.ids(f"unit:{branch.path}"),
                "territory": self.ids(f"place:{branch.place}"),
                "effective": opened,
            }
            yield scribe.says(UnitFounded, self.ids(f"unit:{branch.path}/to-1"), opened, fact)
        newcomers = []
        for person in self._named.people():
            branch_id = self.ids(f"unit:{person.branch.path}")
            if person.newcomer:
                newcomers.append(joined(scribe, person.id, branch_id, JOINED))
            else:
                yield entered(scribe, person.id, branch_id, opened, chance)
        yield from newcomers

    # ── Meetings and visits ──────────────────────────────────────────────────────────────────────────────────────

    def _meetings(self, organisation: Organisation) -> Iterator[Posted]:
        scribe = Scribe(self.ids, organisation.key)
        yield from self._duties(scribe, organisation)
        late: list[Posted] = []
        for month, plan in self.sittings.plans.items():
            chance = self.ids.chance(f"tra-vinh/rolls/{organisation.key}/{month}")
            for sitting in plan.sittings:
                if sitting.organisation != organisation.key:
                    continue
                if organisation.key == LATE and month.month == 6 and len(late) < self.sittings.shape.late_meetings:  # noqa: PLR2004 — the minutes of some June meetings come at the very end
                    late.append(self._held(scribe, sitting, chance))
                else:
                    yield from self._meeting(scribe, sitting, chance)
            for visit in plan.visits:
                if visit.cadre.organisation == organisation.key:
                    yield from self._visited(scribe, visit)
        yield from late
        yield from self._sub_branches(scribe)

    def _duties(self, scribe: Scribe, organisation: Organisation) -> Iterator[Posted]:
        shape = self.sittings.shape
        if organisation in self.sittings.hosts:
            opened = self.world.province(organisation).opened
            fact = {
                "unit_kind": self.world.calibration.kind[organisation.kind].hamlet_unit,
                "every": "month" if self.sittings.is_monthly(organisation) else "quarter",
                "starts": opened,
            }
            yield scribe.says(PeriodicitySet, scribe.id, opened, fact)
        for number, tier in enumerate(TIERS):
            duty = {"tier": tier, "at_least": 1, "starts": shape.visits_from["province"]}
            yield scribe.says(VisitDutySet, scribe.id, ORDER.day, duty, again=number, paper=ORDER)
        for cadre in self.sittings.cadres:
            if cadre.organisation != organisation.key:
                continue
            starts = shape.assigned_from[cadre.tier]
            person = self.ids(f"person:{cadre.path}")
            assigned = {"tier": cadre.tier, "area": self.ids(f"place:{cadre.area}"), "starts": starts}
            yield scribe.says(CadreAssigned, person, starts, assigned)
            if month := self.sittings.excused.get(cadre):
                period = {"start": month, "end": month + dt.timedelta(days=21)}
                yield scribe.says(CadreExcused, person, month, {"period": period, "cause": "training"})

    def _meeting(self, scribe: Scribe, sitting: Sitting, chance: Random) -> Iterator[Posted]:
        right = self._held(scribe, sitting, chance)
        if sitting.path not in self._slips:
            yield right
            return
        wrong = self._all_present(scribe, sitting)
        yield wrong
        latest = wrong
        if sitting.path == self._slips[0]:
            latest = scribe.corrects(wrong, wrong, self._fact(sitting, self._counted(sitting, chance)), "names-missing")
            yield latest
        yield scribe.corrects(wrong, latest, right["data"]["fact"], "wrong-roll")

    def _held(self, scribe: Scribe, sitting: Sitting, chance: Random) -> Posted:
        names = self._named.rolls.get(sitting.path) if scribe.organisation == NAMED else None
        roll = self._counted(sitting, chance) if names is None else self._by_names(sitting, names)
        return self._says(scribe, sitting, self._fact(sitting, roll))

    def _all_present(self, scribe: Scribe, sitting: Sitting) -> Posted:
        """The slip: a roll on which everybody was present."""
        names = self._named.rolls[sitting.path]
        everybody = {"present": [*names["present"], *names["excused"], *names["absent"]], "excused": [], "absent": []}
        return self._says(scribe, sitting, self._fact(sitting, self._by_names(sitting, everybody)))

    def _says(self, scribe: Scribe, sitting: Sitting, fact: dict[str, object]) -> Posted:
        return scribe.says(MeetingHeld, self.ids(f"meeting:{sitting.path}"), sitting.day, fact)

    def _fact(self, sitting: Sitting, roll: dict[str, object]) -> dict[str, object]:
        return {"branch": self.ids(f"unit:{sitting.branch.path}"), "kind": "regular", "roll": roll}

    def _by_names(self, sitting: Sitting, names: dict[str, list[str]]) -> dict[str, object]:
        counts = {mark: len(persons) for mark, persons in names.items()}
        guests = self.sittings.guests[sitting.path]
        return {"expected": sum(counts.values()), **counts, "guests": guests, "named": names}

    def _counted(self, sitting: Sitting, chance: Random) -> dict[str, object]:
        """A roll by counts; a Front board has 9 to 15 people, a branch some more."""
        low, high = (9, 15) if sitting.branch.kind == "front-board" else (18, 42)
        expected = chance.randint(low, high)
        present = expected * chance.randint(58, 88) // 100
        excused = (expected - present) * chance.randint(30, 70) // 100
        absent = expected - present - excused
        guests = self.sittings.guests[sitting.path]
        return {"expected": expected, "present": present, "excused": excused, "absent": absent, "guests": guests}

    def _visited(self, scribe: Scribe, visit: Visit) -> Iterator[Posted]:
        cadre, sitting = visit.cadre, visit.sitting
        fact = {
            "cadre": self.ids(f"person:{cadre.path}"),
            "tier": cadre.tier,
            "unit": self.ids(f"unit:{sitting.branch.path}"),
            "meeting": {
                "organisation": self.ids(f"organisation:{sitting.organisation}"),
                "meeting": self.ids(f"meeting:{sitting.path}"),
            },
        }
        event = scribe.says(VisitCompleted, self.ids(f"visit:{cadre.path}/{sitting.path}"), sitting.day, fact)
        yield event
        if visit.mistaken:
            yield scribe.voids(event, event, "never-visited")

    def _sub_branches(self, scribe: Scribe) -> Iterator[Posted]:
        """The two women's groups meet on a theme: no regular meeting, hence in no rate."""
        if scribe.organisation != NAMED:
            return
        for branch in self.world.units(self.world.organisation(NAMED), PROVINCE, 3)[-2:]:
            path = f"{branch.path}/to-1"
            roll = {"expected": 11, "present": 9, "excused": 1, "absent": 1}
            fact = {"branch": self.ids(f"unit:{path}"), "kind": "thematic", "roll": roll}
            yield scribe.says(MeetingHeld, self.ids(f"meeting:{path}/2015-03"), dt.date(2015, 3, 8), fact)

    # ── A rule set, so that a rating can be proposed from what was counted ───────────────────────────────────────

    def _rules(self) -> Iterator[Posted]:
        scribe, labels = Scribe(self.ids, NAMED), self.world.calibration.scale["strength"]
        grades = [{"scale": "strength", "rank": rank, "label": label} for rank, label in enumerate(labels, start=1)]
        computed = (
            ("sinh-hoat", "Sinh hoạt định kỳ đúng điều lệ", "Mục 1", 4000, "meetings-held", 10000),
            ("tham-gia", "Tỷ lệ hội viên tham gia sinh hoạt", "Mục 2", 4000, "attendance", 8000),
        )
        criteria: list[dict[str, object]] = [
            {"code": code, "title": title, "clause": clause, "points": points, "indicator": figure, "full_at": full}
            for code, title, clause, points, figure, full in computed
        ]
        human = {"code": "noi-dung", "title": "Chất lượng nội dung sinh hoạt", "clause": "Mục 3", "points": 2000}
        fact = {
            "title": "Quy định xếp loại chi hội phụ nữ (mô phỏng)",
            "subject_kind": "branch",
            "issuer": self.world.line(self.world.organisation(NAMED))[0].title,
            "legal_reference": "Hướng dẫn mô phỏng, không có thật",
            "issued": dt.date(2013, 1, 10),
            "effective_from": dt.date(2013, 1, 1),
            "rules": {
                "schema_version": 2,
                "grades": grades,
                "criteria": [*criteria, human],
                "thresholds": [
                    {"at_least": 9000, "rank": 1},
                    {"at_least": 7000, "rank": 2},
                    {"at_least": 5000, "rank": 3},
                    {"at_least": 0, "rank": 4},
                ],
                "pools": [{"code": POOL, "title": "Cùng cấp", "clause": "Mục 4", "same": ["rater", "period", "peers"]}],
                "caps": [
                    {
                        "pool": POOL,
                        "rank": 1,
                        "below": 2,
                        "share": 2000,
                        "of": "all",
                        "rounding": "down",
                        "clause": "Mục 4",
                    }
                ],
            },
        }
        yield scribe.says(RuleSetAdopted, rule_set_of(self.ids), dt.date(2013, 1, 10), fact)
        yield from self.cycle.rules()
