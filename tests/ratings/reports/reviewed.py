"""What has happened where reports are tested? Three years of two districts, two scales, a late change of rules."""

from __future__ import annotations

import datetime as dt
from random import Random
from typing import Any, Final
from uuid import UUID

from shared.contracts.fields import EventReference, Grade, Period, Qualifier
from shared.contracts.meetings import Every
from shared.contracts.membership import DirectiveIssued
from shared.contracts.membership.records import directive_id
from shared.contracts.ratings import FigureReported, RatingCancelled, RatingChanged, RatingDecided
from shared.contracts.ratings.acts import Signer
from shared.contracts.ratings.reports import ReportedOf
from tests.history.replay.kept import adopt
from tests.support.logs import Told
from tests.support.tale import Tale, id_of, land, year

STRENGTH: Final = {1: "Mạnh", 2: "Khá", 3: "Trung bình"}
COMPLETION: Final = {1: "Hoàn thành xuất sắc nhiệm vụ", 2: "Hoàn thành tốt nhiệm vụ"}
BRANCHES: Final = ("x", "y", "z", "w")
ISSUED: Final = dt.date(2018, 2, 8)
DIRECTIVE: Final = directive_id("96-KL/TU", "Ban Thường vụ Tỉnh ủy", ISSUED)
OLD, NEW = id_of("old rules"), id_of("new rules")


def reviewed() -> Tale:
    """2020 and 2021 on the old scale (under two rule sets), 2022 on the new one; one branch is new in 2021."""
    tale = land()
    adopt(tale.logs, OLD, "2019-01-01", by=id_of("women"))
    adopt(tale.logs, NEW, "2021-01-01", by=id_of("women"))
    fact = DirectiveIssued(number="96-KL/TU", issuer="Ban Thường vụ Tỉnh ủy", issued=ISSUED)
    tale.logs.tell(fact, DIRECTIVE, str(ISSUED), id_of("women"))
    tale.every("branch", Every.QUARTER, "2019-01-01")
    for month in range(1, 13, 2):
        for number, branch in enumerate(BRANCHES):
            tale.met(branch, f"2021-{month:02}-15", present=month + number, absent=number)
    for number in range(23):
        tale.joined(f"member {number}", BRANCHES[number % 4], f"{2020 + number % 3}-03-{1 + number:02}")
    for unit, rank in (("x", 2), ("y", 2), ("z", 1)):
        decided(tale, unit, rank, 2020, OLD)
    for unit, rank in (("x", 1), ("y", 2), ("z", 2), ("w", 3)):
        decided(tale, unit, rank, 2021, NEW)
    for unit, rank in (("x", 1), ("y", 2), ("z", 2), ("w", 2)):
        decided(tale, unit, rank, 2022, None, completion=True)
    for unit in ("b1", "b2", "b3"):
        decided(tale, unit, 1, 2022, None, completion=True, rater="root")
    reports(tale, "admissions", 9, scope_said="toàn huyện", document="12-BC/HPN", received_by="Huyện ủy")
    reports(tale, "admissions", 8, qualifier=Qualifier.NEARLY)
    line = (ReportedOf(key="level", value="branch"), ReportedOf(key="rank", value="1"))
    reports(tale, "grades", 1, 4, split=line, period=year(2022))
    return tale


def decided(
    tale: Tale,
    unit: str,
    rank: int,
    of: int,
    rules: UUID | None,
    *,
    completion: bool = False,
    rater: str = "",
    axis: str = "vertical",
    confirms: Told | None = None,
) -> Told:
    """The body above rates a unit for a year, some weeks after its end."""
    labels, scale = (COMPLETION, "completion") if completion else (STRENGTH, "strength")
    above = rater or ("u2" if unit in {"w", "b3"} else "u1")
    fact = RatingDecided(
        unit=id_of(unit),
        rater=id_of(above),
        axis=axis,
        period=year(of),
        rule_set=rules,
        grade=Grade(scale=scale, rank=rank, label=labels[rank]),
        confirms=None if confirms is None else _named(confirms),
    )
    return tale.say(fact, unit, f"{of + 1}-01-20")


def _named(told: Told) -> EventReference:
    return EventReference(organisation=told.by, event=told.root.envelope.id)


def settled(tale: Tale, decision: Told, chance: Random) -> None:
    """After an objection another grade holds, perhaps twice; or none does."""
    said = decision.fact
    assert isinstance(said, RatingDecided)
    about: dict[str, Any] = {
        "unit": said.unit,
        "axis": said.axis,
        "period": said.period,
        "decision": _named(decision),
        "body": said.rater,
        "signer": Signer(office="chair"),
    }
    labels = COMPLETION if said.grade.scale == "completion" else STRENGTH
    grades = [Grade(scale=said.grade.scale, rank=rank, label=label) for rank, label in labels.items()]
    for month in (3, 6):
        if chance.random() < 0.5:
            on = f"{said.period.end.year}-{month:02}-01"
            tale.logs.tell(RatingChanged(**about, grade=chance.choice(grades)), said.unit, on, decision.by)
    if chance.random() < 0.3:
        tale.logs.tell(RatingCancelled(**about), said.unit, f"{said.period.end.year}-09-01", decision.by)


def reports(tale: Tale, indicator: str, numerator: int, denominator: int | None = None, **more: Any) -> None:
    """A newspaper prints a figure of 2020."""
    period: Period = more.pop("period", year(2020))
    fact = FigureReported(
        indicator=indicator,
        scope=id_of("root"),
        period=period,
        numerator=numerator,
        denominator=denominator,
        source="Báo Đồng Tháp",
        **more,
    )
    tale.new(fact, "2023-02-01")


def drawn(seed: int) -> Tale:
    """Any decisions: every branch and base unit, three years, two axes, both scales, some twice."""
    chance, tale = Random(seed), land()
    for unit in (*BRANCHES, "b1", "b2", "b3"):
        for of in (2020, 2021, 2022):
            for axis in ("vertical", "party-committee"):
                if chance.random() < 0.8:
                    new = chance.random() < 0.3
                    rules = chance.choice([None, OLD, NEW])
                    rater = chance.choice(["root", "u1", "u2"])
                    one = decided(tale, unit, chance.randint(1, 2), of, rules, completion=new, rater=rater, axis=axis)
                    if chance.random() < 0.3:
                        settled(tale, one, chance)
                    if chance.random() < 0.2:
                        decided(tale, unit, 1, of, None, rater=rater, axis=axis, confirms=one)
    return tale
