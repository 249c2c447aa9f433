"""Do book, reviews and registers say what an independent recount says? For random branches, years and days."""

from __future__ import annotations

import datetime as dt
from random import Random
from uuid import UUID

from services.membership.domain.alike import overlap
from services.membership.projections.asking import Reading, Row, reading
from services.membership.projections.book import Asked, book
from services.membership.projections.owners import on_books
from services.membership.projections.registers import directives, inspections, plans, support
from services.membership.projections.reviewing import review_told
from services.membership.projections.stays import members
from tests.oracle import History, books, recount
from tests.support.happenings import BRANCH_KINDS, Happenings
from tests.support.views import Views

LISTED = {
    "arrived": ("member-joined", "member-readmitted", "transfer-received"),
    "cards": ("card-issued", "card-withdrawn"),
    "dues": ("dues-paid", "dues-exempted"),
    "introduced-to-residence": ("affiliation-introduced",),
    "maturity": ("member-matured", "maturity-deferred"),
    "received-at-residence": ("affiliation-received",),
    "training": ("training-completed",),
    "struck-off": ("member-struck-off",),
    "transferred-out": ("transfer-introduced",),
}
"""Tables that are lists of facts."""
TODAY = dt.date(2023, 2, 1)


def agree(views: Views, told: Happenings, chance: Random) -> int:
    """Compare; how many lines were compared."""
    history, compared = recount(told.logs.relayed()), 0
    branches, wider = told.country.every(*BRANCH_KINDS), told.country.every("base-unit", "province-body", "branch")
    with reading(views.runner) as found:
        for branch in chance.sample(branches, min(6, len(branches))):
            for year in (2021, 2022):
                compared += _book(found, history, branch, year, chance)
        for unit in chance.sample(wider, min(6, len(wider))):
            compared += _registers(found, history, unit, told.day())
        for place in (*chance.sample(wider, min(3, len(wider))), *told.country.every("province")):
            compared += _on_books(found, history, place, told.day())
        for review in told.models[:3]:
            compared += _review(found, history, review)
        compared += _directives(found, history)
    return compared


def _book(found: Reading, history: History, branch: UUID, year: int, chance: Random) -> int:
    tables = {each.table.name: each.rows for each in book(found, branch, year)}
    for name, facts in LISTED.items():
        expected = [
            (fact.name, books.whom(history, fact.subject), fact.day, fact.body["branch"], fact.root)
            for fact in books.lines(history, str(branch), year, *facts)
            if fact.body.get("kind", "residence") == "residence"
        ]
        assert sorted(map(_line, tables[name] or ())) == sorted(expected), name
    for row in tables["transferred-out"] or ():
        introduced = next(fact for fact in history.named("transfer-introduced") if fact.root == str(row["event"]))
        assert row["received"] == books.received(history, introduced)
    for _ in range(4):
        day = dt.date(year, chance.randint(1, 12), chance.randint(1, 28))
        on_the_list = books.on_the_list(history, str(branch), day)
        stand = [row for row in tables["members"] or () if _lasts(row, day)]
        assert sorted(str(row["person"]) for row in stand) == sorted({person for person, _ in on_the_list})
        assert {(str(each.person), str(each.branch)) for each in members(found, branch, day)} == on_the_list
        held = {each for each in books.offices(history, day) if history.has(str(branch), each.unit, day)}
        asked = Asked.of(found, branch, year)
        in_office = [row for row in tables["committee"] or () if _lasts(row, day) and asked.counts(row["unit"], day)]
        assert {
            books.Office(str(row["unit"]), str(row["person"]), row["post"], row["head"]) for row in in_office
        } == held
    return sum(len(rows or ()) for rows in tables.values())


def _on_books(found: Reading, history: History, unit: UUID, day: dt.date) -> int:
    """Whose books somebody stands on, and how many stand on those of the same organisations."""
    stand = on_books(found, unit, day, 10_000)
    assert {(str(each.kept), str(each.organisation)) for each in stand} == books.on_books(history, str(unit), day)
    marks = [(each.kept.bytes, each.organisation) for each in stand]
    counted = {frozenset(map(str, organisations)): count for organisations, count in overlap(marks).items()}
    assert counted == books.overlap(history, str(unit), day)
    return len(stand)


def _line(row: Row) -> tuple[str, str, dt.date, str, str]:
    return row["what"], str(row["person"]), row["day"], str(row["unit"]), str(row["event"])


def _lasts(row: Row, day: dt.date) -> bool:
    start: dt.date = row["day"]
    return start <= day and (row["until"] is None or day < row["until"])


def _registers(found: Reading, history: History, unit: UUID, day: dt.date) -> int:
    told = plans(found, unit, day.year, day)
    counted = (told["due"], *(told[each]["numerator"] for each in ("registered", "self_assessed", "superior_assessed")))
    assert counted == books.plans(history, str(unit), day.year, day)
    assert told["registered"]["denominator"] == (told["due"] or None)
    held = inspections(found, unit, day)
    assert {str(row["id"]): row["status"] for row in held["rows"]} == books.inspections(history, str(unit), day)
    start, end = dt.date(day.year, 1, 1), dt.date(day.year + 1, 1, 1)
    given = support(found, unit, start, end)
    assert {(row["kind"], row["source"]): (row["grants"], row["amount"]) for row in given["by"]} == books.support(
        history, str(unit), start, end
    )
    return int(told["due"]) + int(held["held"]) + int(given["grants"])


def _review(found: Reading, history: History, review: UUID) -> int:
    told, expected = review_told(found, review, TODAY), books.review(history, str(review), TODAY)
    if told is None or expected is None:
        assert told is None
        assert expected is None
        return 0
    assert (str(told["unit"]), told["before"]["counted"]) == (expected.unit, expected.listed)
    assert (told["progress"]["numerator"], told["after"]["counted"]) == (expected.reviewed, expected.remaining)
    assert {each: many for each, many in told["findings"].items() if many} == expected.findings
    proposed = {(str(row["person"]), str(row["branch"]), row["decided"]) for row in told["proposals"]}
    assert proposed == expected.proposed
    return len(told["proposals"]) + 1


def _directives(found: Reading, history: History) -> int:
    told = directives(found, None)
    assert {
        str(entry["id"]): (
            {str(each) for each in entry["registered_by"]},
            {str(pledge["pledge"]) for pledge in entry["pledges"]},
        )
        for entry in told
    } == {id: (by, pledges) for id, (by, _, pledges) in books.directives(history).items()}
    return len(told)
