"""What stands in the registers of a unit? Plans of its officers, inspections, support; and the directives of all."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Table, select

from services.membership.projections.asking import Reading, Row
from shared.contracts.membership import DirectiveIssued, PledgeSigned, SupportGranted
from shared.units.lasting import lasting

IN_ORDER, REMEDIED, OPEN, OVERDUE = "in-order", "remedied", "open", "overdue"
"""How an inspection stands on a day. Where nothing is due, nothing is open."""


def plans(reading: Reading, unit: UUID, year: int, day: dt.date) -> Row:
    """Who owes a plan of the year, by a post under the unit on the day; who registered one, and how it was assessed."""
    office, plan = reading.tables["office"], reading.tables["plan"]
    due = reading.rows(_under(reading, office, unit, day).where(lasting(office, day)))
    registered = reading.rows(_under(reading, plan, unit, day).where(plan.c.year == year, plan.c.registered_day <= day))
    posts: dict[tuple[UUID, UUID], list[str]] = defaultdict(list)
    for row in due:
        posts[row["unit"], reading.whom(row["person"])].append(row["post"])
    kept = {(row["unit"], reading.whom(row["person"])): row for row in registered}
    owed = sorted(posts, key=str)
    known = [kept[each] for each in owed if each in kept]
    return {
        "due": len(owed),
        "registered": _share(len(known), len(owed)),
        "self_assessed": _share(sum(_by(row["self_day"], day) for row in known), len(owed)),
        "superior_assessed": _share(sum(_by(row["superior_day"], day) for row in known), len(owed)),
        "registered_out_of_office": len(kept.keys() - posts.keys()),
        "rows": [_plan(each, sorted(posts[each]), kept.get(each)) for each in owed],
    }


def _share(numerator: int, denominator: int) -> Row:
    """Without anybody who owes one there is no rate."""
    return {"numerator": numerator, "denominator": denominator or None}


def _by(assessed: dt.date | None, day: dt.date) -> bool:
    return assessed is not None and assessed <= day


def _plan(officer: tuple[UUID, UUID], posts: list[str], plan: Row | None) -> Row:
    said = ("registered_day", "self_day", "self_result", "superior_day", "superior_result")
    row = {name: None if plan is None else plan[name] for name in said}
    return {"unit": officer[0], "person": officer[1], "posts": posts, **row}


def inspections(reading: Reading, unit: UUID, day: dt.date) -> Row:
    """The inspections held under a unit by a day, each as it stood then."""
    table = reading.tables["inspection"]
    found = reading.rows(reading.counted_in(unit, table, "unit").where(table.c.day <= day))
    rows = [{**row, "status": _status(row, day)} for row in sorted(found, key=lambda row: (row["day"], str(row["id"])))]
    counts = {each: sum(row["status"] == each for row in rows) for each in (IN_ORDER, REMEDIED, OPEN, OVERDUE)}
    return {"held": len(rows), "counts": counts, "rows": rows}


def _status(inspection: Row, day: dt.date) -> str:
    remedied, due = inspection["remedied_day"], inspection["remedy_due"]
    if remedied is not None and remedied <= day:
        return REMEDIED
    if due is None:
        return IN_ORDER
    return OVERDUE if due < day else OPEN


def support(reading: Reading, unit: UUID, start: dt.date, end: dt.date) -> Row:
    """Support granted under a unit from one day to before another, by kind and source."""
    facts = reading.standing(SupportGranted)
    query = reading.counted_in(unit, facts, "unit").where(facts.c.day >= start, facts.c.day < end)
    rows = sorted(reading.rows(query), key=lambda row: (row["day"], str(row["organisation"]), row["sequence"]))
    groups: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        groups[row["kind"], row["source"]].append(row)
    return {
        "grants": len(rows),
        "amount": _amount(rows),
        "by": [
            {"kind": kind, "source": source, "grants": len(group), "amount": _amount(group)}
            for (kind, source), group in sorted(groups.items())
        ],
        "rows": [
            {name: row[name] for name in ("subject", "unit", "person", "kind", "amount", "source", "day")}
            for row in rows
        ],
    }


def _amount(grants: Collection[Row]) -> int | None:
    """The đồng that are known; none where no grant was in money."""
    known = [row["amount"] for row in grants if row["amount"] is not None]
    return sum(known) if known else None


def directives(reading: Reading, books: Collection[UUID] | None) -> list[Row]:
    """The register as these organisations keep it (none: all), one entry a paper, the newest first."""
    facts, pledges = reading.standing(DirectiveIssued), reading.standing(PledgeSigned)
    known, following = select(facts), select(pledges).where(pledges.c.directive.is_not(None))
    if books is not None:
        known = known.where(facts.c.organisation.in_(sorted(books)))
        following = following.where(pledges.c.organisation.in_(sorted(books)))
    entries: dict[UUID, dict[str, Any]] = {}
    for row in sorted(reading.rows(known), key=lambda row: (row["recorded"], str(row["organisation"]))):
        entry = entries.setdefault(row["subject"], _entry(row))
        entry["registered_by"].append(row["organisation"])
        entry["title"] = entry["title"] or row["title"]
        entry["replaces"] = entry["replaces"] or row["replaces"]
    for entry in entries.values():
        if entry["replaces"] in entries:
            entries[entry["replaces"]]["replaced_by"].append(entry["id"])
    for row in reading.rows(following):
        if row["directive"] in entries:
            entries[row["directive"]]["pledges"].append(
                {"pledge": row["subject"], "matter": row["matter"], "day": row["day"]}
            )
    return sorted(entries.values(), key=lambda entry: (entry["issued"], str(entry["id"])), reverse=True)


def _entry(row: Row) -> dict[str, Any]:
    return {
        "id": row["subject"],
        **{name: row[name] for name in ("number", "issuer", "issued", "title", "replaces")},
        "registered_by": [],
        "replaced_by": [],
        "pledges": [],
    }


def _under(reading: Reading, table: Table, unit: UUID, day: dt.date) -> Select[Any]:
    """The rows of a table whose unit counts in the asked one on a day."""
    above = reading.tables["unit_above"].alias()
    held = above.c.unit == table.c.unit
    return select(table).join(above, held).where(above.c.above == unit, lasting(above, day))
