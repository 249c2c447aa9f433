"""How far has a review come, and what does it propose? Findings beside the list, signed counts beside counted ones."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import or_, select

from services.membership.projections.asking import Reading, Row
from services.membership.projections.stays import Member, members
from shared.contracts.membership import Finding, MemberStruckOff
from shared.units.lasting import lasting

PROPOSED: Final = (Finding.NOT_ATTENDING.value, Finding.GONE.value)
"""Findings upon which people decide whether to strike off. Being away is a state, and no ground by itself."""


@dataclass(frozen=True, slots=True)
class Counted:
    """A signed number beside the one that the book counts on the same day; the two are never mixed."""

    signed: int | None
    counted: int
    day: dt.date

    def told(self) -> Row:
        """As an answer has it."""
        difference = None if self.signed is None else self.signed - self.counted
        return {
            "signed": self.signed,
            "counted": self.counted,
            "difference": difference,
            "day": self.day,
        }


def review_told(reading: Reading, review: UUID, today: dt.date) -> Row | None:
    """A review with progress and result, or nothing where none of that id was opened."""
    table = reading.tables["review"]
    found = reading.rows(select(table).where(table.c.id == review))
    return _told(reading, found[0], today) if found else None


def reviews_of(reading: Reading, unit: UUID) -> list[Row]:
    """The reviews that took in a unit: its own and those opened for what stood above it, the last one first."""
    review, above = reading.tables["review"], reading.tables["unit_above"]
    around = select(above.c.above).where(above.c.unit == unit, lasting(above, review.c.opened_day))
    query = select(review).where(or_(review.c.unit == unit, review.c.unit.in_(around)))
    return reading.rows(query.order_by(review.c.opened_day.desc(), review.c.id))


def _told(reading: Reading, review: Row, today: dt.date) -> Row:
    unit, opened, last = review["unit"], review["opened_day"], review["closed_day"] or max(today, review["opened_day"])
    listed, remaining = members(reading, unit, opened), members(reading, unit, last)
    findings = _findings(reading, review["id"])
    reviewed = {Member(row["person"], row["branch"]) for row in findings}
    proposals = list(_proposals(reading, findings, remaining))
    return {
        "review": review["id"],
        "unit": unit,
        "organisation": review["organisation"],
        "opened": opened,
        "period": {"start": review["period_start"], "end": review["period_end"]},
        "closed": review["closed_day"],
        "overdue": review["closed_day"] is None and review["period_end"] <= today,
        "progress": {
            "numerator": len(listed & reviewed),
            "denominator": len(listed) or None,
            "not_reviewed": len(listed - reviewed),
            "reviewed_off_the_opening_list": len(reviewed - listed),
        },
        "findings": {each.value: Counter(row["finding"] for row in findings)[each.value] for each in Finding},
        "before": Counted(review["before"], len(listed), opened).told(),
        "after": Counted(review["after"], len(remaining), last).told(),
        "proposals": proposals,
        "to_decide": sum(row["decided"] is None and row["on_the_list"] for row in proposals),
    }


def _findings(reading: Reading, review: UUID) -> list[Row]:
    """The last finding of each member, in the branch in which it counts."""
    finding, sub = reading.tables["review_finding"], reading.tables["sub_branch"]
    rows = reading.rows(select(finding).where(finding.c.review == review).order_by(finding.c.day, finding.c.sequence))
    branches = {row["branch"] for row in rows}
    spans = reading.rows(select(sub).where(sub.c.unit.in_(sorted(branches)))) if branches else []
    last: dict[Member, dict[str, Any]] = {}
    for row in rows:
        counts = (
            span["branch"]
            for span in spans
            if span["unit"] == row["branch"]
            and span["start_day"] <= row["day"]
            and (span["end_day"] is None or row["day"] < span["end_day"])
        )
        member = Member(reading.whom(row["person"]), next(counts, row["branch"]))
        last[member] = {**row, **member._asdict()}
    return list(last.values())


def _proposals(reading: Reading, findings: list[Row], remaining: set[Member]) -> Iterator[Row]:
    """Whom the review proposes to strike off, with what people decided since."""
    proposed = [row for row in findings if row["finding"] in PROPOSED]
    struck = _struck(reading, {row["person"] for row in proposed})
    for row in proposed:
        decided = (day for day in struck.get(row["person"], ()) if day >= row["day"])
        yield {
            "person": row["person"],
            "branch": row["branch"],
            "finding": row["finding"],
            "day": row["day"],
            "decided": min(decided, default=None),
            "on_the_list": Member(row["person"], row["branch"]) in remaining,
        }


def _struck(reading: Reading, persons: set[UUID]) -> dict[UUID, list[dt.date]]:
    found: dict[UUID, list[dt.date]] = {}
    if persons:
        facts = reading.standing(MemberStruckOff)
        query = select(facts.c.subject, facts.c.day).where(facts.c.subject.in_(reading.ids(persons)))
        for row in reading.rows(query):
            found.setdefault(reading.whom(row["subject"]), []).append(row["day"])
    return found
