"""What stands in a branch's book, a review and the registers? Read from the events one by one, day by day."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tests.oracle.figure import History
from tests.oracle.membership import memberships, same_person
from tests.oracle.standing import Fact

PROPOSED = ("not-attending", "gone")


def on_the_list(history: History, unit: str, day: dt.date) -> set[tuple[str, str]]:
    """(person, branch) of everybody on the list of what counts in the unit on the day."""
    # «sub-branch» "may hold members and meet; counts in the branch above it"
    return {
        (each.person, history.tree.branch_above(each.seat, day))
        for each in memberships(history, day)
        if history.has(unit, each.seat, day)
    }


def on_books(history: History, unit: str, day: dt.date) -> set[tuple[str, str]]:
    """(person, organisation) of all who stand on a book under a unit or place on a day."""
    # «owner of a unit» "founding organisation; from the closing day on its named successor"
    return {
        (each.person, history.tree.owner(each.seat, day))
        for each in memberships(history, day)
        if history.has(unit, each.seat, day)
    }


def overlap(history: History, unit: str, day: dt.date) -> dict[frozenset[str], int]:
    """How many persons stand on the books of just these organisations, of two at least."""
    books: dict[str, set[str]] = {}
    for person, organisation in on_books(history, unit, day):
        books.setdefault(person, set()).add(organisation)
    return Counter(frozenset(organisations) for organisations in books.values() if len(organisations) > 1)


def lines(history: History, unit: str, year: int, *names: str) -> list[Fact]:
    """The facts of these names that a book of the year lists."""
    start, end = dt.date(year, 1, 1), dt.date(year + 1, 1, 1)
    return [fact for fact in history.during(start, end, *names) if history.has(unit, fact.body["branch"], fact.day)]


def whom(history: History, id: str) -> str:
    """The person whom an id means."""
    return same_person(history, id)[0]


def received(history: History, introduced: Fact) -> dt.date | None:
    """When somebody received the member: the first reception from the day of the introduction on."""
    days = [
        fact.day
        for fact in history.named("transfer-received")
        if whom(history, fact.subject) == whom(history, introduced.subject) and fact.day >= introduced.day
    ]
    return min(days) if days else None


@dataclass(frozen=True)
class Office:
    """Somebody in a post of a unit."""

    unit: str
    person: str
    post: str
    head: bool


OFFICE = ("officer-elected", "officer-left", "branch-head-took-office", "branch-head-left-office")


def offices(history: History, day: dt.date) -> set[Office]:
    """Who holds which post of which unit on the day."""
    held: dict[tuple[str, str, str], Fact] = {}
    for fact in history.named(*OFFICE):
        if fact.day <= day:
            # Whoever heads a branch does so under one title; every other post stands for itself.
            post = fact.body.get("post", "")
            held[fact.subject, fact.body["person"], post] = fact
    return {
        Office(unit, whom(history, person), post or fact.body["title"], not post)
        for (unit, person, post), fact in held.items()
        if fact.name in ("officer-elected", "branch-head-took-office")
    }


def plans(history: History, unit: str, year: int, day: dt.date) -> tuple[int, int, int, int]:
    """How many officers owe a plan on the day, have registered one, assessed it, had it assessed by then."""
    owed = {(each.unit, each.person) for each in offices(history, day) if history.has(unit, each.unit, day)}
    said: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for fact in history.named("plan-registered", "plan-assessed"):
        if fact.body["year"] == year and fact.day <= day:
            said[fact.body.get("assessor", "registered")].add((fact.body["unit"], whom(history, fact.subject)))
    kept = owed & said["registered"]
    return len(owed), len(kept), len(kept & said["self"]), len(kept & said["superior"])


def inspections(history: History, unit: str, day: dt.date) -> dict[str, str]:
    """Each inspection held under the unit by the day, and how it stood then."""
    found: dict[str, str] = {}
    for inspection in {fact.subject for fact in history.named("inspection-held")}:
        told = [fact for fact in history.named("inspection-held", "finding-remedied") if fact.subject == inspection]
        held = [fact for fact in told if fact.name == "inspection-held"]
        last = held[-1]
        if last.day <= day and history.has(unit, last.body["unit"], last.day):
            put_right = [fact for fact in told[told.index(held[0]) :] if fact.name == "finding-remedied"]
            found[inspection] = _stood(last, put_right[:1], day)
    return found


def _stood(held: Fact, put_right: list[Fact], day: dt.date) -> str:
    if any(fact.day <= day for fact in put_right):
        return "remedied"
    due = held.body.get("remedy_due")
    if due is None:
        return "in-order"
    return "overdue" if dt.date.fromisoformat(due) < day else "open"


def support(history: History, unit: str, start: dt.date, end: dt.date) -> dict[tuple[str, str], tuple[int, int | None]]:
    """Grants and đồng by kind and source."""
    grants: dict[tuple[str, str], list[int | None]] = defaultdict(list)
    for fact in history.during(start, end, "support-granted"):
        if history.has(unit, fact.body["unit"], fact.day):
            grants[fact.body["kind"], fact.body["source"]].append(fact.body.get("amount"))
    return {key: (len(amounts), _sum(amounts)) for key, amounts in grants.items()}


def _sum(amounts: Iterable[int | None]) -> int | None:
    known = [amount for amount in amounts if amount is not None]
    return sum(known) if known else None


@dataclass(frozen=True)
class Review:
    """What a review comes to."""

    unit: str
    listed: int
    reviewed: int
    remaining: int
    findings: Mapping[str, int]
    proposed: frozenset[tuple[str, str, dt.date | None]]
    """Person, branch, and the day on which the striking off was decided."""


def review(history: History, id: str, today: dt.date) -> Review | None:
    """A review, if it was opened."""
    told = [fact for fact in history.named("review-opened", "member-reviewed", "review-closed") if fact.subject == id]
    opened = next((fact for fact in told if fact.name == "review-opened"), None)
    if opened is None:
        return None
    unit = opened.body["unit"]
    closed = [fact.day for fact in told if fact.name == "review-closed"]
    last = closed[-1] if closed else max(today, opened.day)
    listed, remaining = on_the_list(history, unit, opened.day), on_the_list(history, unit, last)
    found: dict[tuple[str, str], Fact] = {}
    for fact in told:
        if fact.name == "member-reviewed":
            found[whom(history, fact.body["person"]), history.tree.branch_above(fact.body["branch"], fact.day)] = fact
    proposed = {
        (person, branch, _struck(history, fact))
        for (person, branch), fact in found.items()
        if fact.body["finding"] in PROPOSED
    }
    return Review(
        unit,
        len(listed),
        len(listed & found.keys()),
        len(remaining),
        Counter(fact.body["finding"] for fact in found.values()),
        frozenset(proposed),
    )


def _struck(history: History, found: Fact) -> dt.date | None:
    days = [
        fact.day
        for fact in history.named("member-struck-off")
        if whom(history, fact.subject) == whom(history, found.body["person"]) and fact.day >= found.day
    ]
    return min(days) if days else None


def directives(history: History) -> dict[str, tuple[set[str], set[str], set[str]]]:
    """Each paper of the register: who registered it, what replaced it, which pledges follow it."""
    register: dict[str, tuple[set[str], set[str], set[str]]] = {}
    for fact in history.named("directive-issued"):
        register.setdefault(fact.subject, (set(), set(), set()))[0].add(fact.organisation)
    for fact in history.named("pledge-signed"):
        if fact.body.get("directive") in register:
            register[fact.body["directive"]][2].add(fact.subject)
    return register
