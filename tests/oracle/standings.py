"""How do members stand: dues, cards, discipline; and those who lead them? One item for each thing counted.

The definitions say nothing of these; the sentences quoted here stand in
`docs/decisions/0031-figures-behind-indicators.md`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from tests.oracle.branches import heads
from tests.oracle.figure import Figure, History, Item, month_of, months
from tests.oracle.membership import memberships, same_person
from tests.oracle.standing import Fact, Reference

DISCIPLINE = ("discipline-decided", "member-expelled")
ONE_DAY = dt.timedelta(days=1)


def once(items: list[Item], *keys: str) -> Figure:
    """Different things: how many of them count, out of how many; none, where nothing counts below the line."""
    above = {tuple(item.keys[key] for key in keys) for item in items if item.numerator}
    below = {tuple(item.keys[key] for key in keys) for item in items if item.denominator}
    events = frozenset(reference for item in items for reference in item.events)
    return Figure(len(above), len(below) or None, events)


# ── Dues and cards ───────────────────────────────────────────────────────────────────────────────────────────────


def dues_items(history: History, start: dt.date, end: dt.date) -> Iterator[Item]:
    """An item for each month owed, and one for each that is exempted, which counts nowhere."""
    # «dues» "whoever is on the book on the last day of a month owes that month in each branch, unless exempted; paid
    # or exempted is what a fact of the same line says of the person and that whole month, whenever it was said"
    for first, last in months(start, end):
        paid, exempted = (list(_settling(history, name, first, last)) for name in ("dues-paid", "dues-exempted"))
        for stay in memberships(history, last):
            line = history.tree.owner(stay.seat, last)
            keys = {
                "person": stay.person,
                "branch": history.tree.branch_above(stay.seat, last),
                "organisation": line,
                "month": month_of(last),
            }
            free = [events for whose, events in exempted if whose == (stay.person, line)]
            if free:
                yield Item(stay.seat, last, 0, None, frozenset().union(*free), keys)
                continue
            settled = [events for whose, events in paid if whose == (stay.person, line)]
            yield Item(stay.seat, last, int(bool(settled)), 1, stay.events.union(*settled), keys)


def _settling(
    history: History, name: str, first: dt.date, last: dt.date
) -> Iterator[tuple[tuple[str, str], frozenset[Reference]]]:
    """(person, line) and facts of each payment, or exemption, that covers a month."""
    for fact in history.named(name):
        start, end = (dt.date.fromisoformat(fact.body["period"][side]) for side in ("start", "end"))
        if start <= first and last < end:
            person, merges = same_person(history, fact.subject)
            yield (person, history.tree.owner(fact.body["branch"], last)), merges | {fact.reference}


def card_items(history: History, day: dt.date) -> Iterator[Item]:
    """An item for each member on the day."""
    # «card» "a member holds a card if the last word in the line by the day, under any of the person's ids, is that
    # one was issued; out of the members"
    words: dict[tuple[str, str], tuple[Fact, frozenset[Reference]]] = {}
    for fact in history.named("card-issued", "card-withdrawn"):
        if fact.day <= day:
            person, merges = same_person(history, fact.subject)
            words[person, history.tree.owner(fact.body["branch"], day)] = fact, merges
    for stay in memberships(history, day):
        line = history.tree.owner(stay.seat, day)
        keys = {
            "person": stay.person,
            "branch": history.tree.branch_above(stay.seat, day),
            "organisation": line,
        }
        events, held = stay.events, 0
        if (word := words.get((stay.person, line))) is not None:
            events |= word[1] | {word[0].reference}
            held = int(word[0].name == "card-issued")
        yield Item(stay.seat, day, held, 1, events, keys)


# ── Discipline ───────────────────────────────────────────────────────────────────────────────────────────────────


def discipline_items(history: History, start: dt.date, end: dt.date) -> Iterator[Item]:
    """An item for each discipline decided in the period."""
    # «disciplined» "persons of whom a discipline, expulsion among them, was decided in the period, each once; lifted
    # or not"
    for fact in history.during(start, end, *DISCIPLINE):
        person, merges = same_person(history, fact.subject)
        keys = {
            "person": person,
            "level": fact.body.get("level", "expulsion"),
            "organisation": history.tree.owner(fact.body["branch"], fact.day),
        }
        yield Item(fact.body["branch"], fact.day, 1, None, merges | {fact.reference}, keys)


def leader_items(history: History, start: dt.date, end: dt.date) -> Iterator[Item]:
    """An item for each office held on some day of the period, and one for each discipline of its holder meanwhile."""
    # «leaders disciplined» "holders of a post, or heads of branches, in the period, each once; counted above the line
    # where disciplined in the period while in that office"
    for unit, holder, since, until, opened in _held(history):
        person, merges = same_person(history, holder)
        if since < end and (until is None or until > start):
            yield Item(unit, max(since, start), 0, 1, merges | {opened}, {"person": person})
        for item in discipline_items(history, start, end):
            if item.keys["person"] == person and since <= item.day and (until is None or item.day < until):
                yield Item(unit, item.day, 1, 1, item.events, {"person": person})


def _held(history: History) -> Iterator[tuple[str, str, dt.date, dt.date | None, Reference]]:
    """Unit, holder, first day, first day no longer, and the fact of each time in an office."""
    words: dict[tuple[str, str, str], list[Fact]] = {}
    for fact in history.named("officer-elected", "officer-left", "branch-head-took-office", "branch-head-left-office"):
        # Whoever heads a branch does so under one title; every other post stands for itself.
        words.setdefault((fact.subject, fact.body["person"], fact.body.get("post", "")), []).append(fact)
    for (unit, holder, _), told in words.items():
        for fact, after in zip(told, [*told[1:], None], strict=True):
            until = None if after is None else after.day
            if fact.name in ("officer-elected", "branch-head-took-office") and until != fact.day:
                yield unit, holder, fact.day, until, fact.reference


def head_items(history: History, day: dt.date) -> Iterator[Item]:
    """An item for each head of a living branch on the day."""
    for fact in heads(history, day):
        person, merges = same_person(history, fact.body["person"])
        keys = {"unit": fact.body["branch"], "person": person}
        yield Item(fact.body["branch"], day, 0, 1, merges | {fact.reference}, keys)


def disciplined_head_items(history: History, start: dt.date, end: dt.date) -> Iterator[Item]:
    """The same, and whether the head was disciplined in the period."""
    # «head disciplined» "heads in office on the last day, out of them those disciplined in the period, wherever"
    said = list(discipline_items(history, start, end))
    for item in head_items(history, end - ONE_DAY):
        yield item
        for each in said:
            if each.keys["person"] == item.keys["person"]:
                yield Item(item.unit, item.day, 1, 1, each.events, item.keys)


def planning_head_items(history: History, day: dt.date) -> Iterator[Item]:
    """The same, and whether the head has registered a plan."""
    # «plan registered» "heads in office on the last day, out of them those who by then registered the plan of that
    # day's year in that branch"
    for item in head_items(history, day):
        yield item
        for fact in history.named("plan-registered"):
            person, merges = same_person(history, fact.subject)
            said = (fact.body["unit"], person, fact.body["year"])
            if said == (item.unit, item.keys["person"], day.year) and fact.day <= day:
                yield Item(item.unit, day, 1, 1, merges | {fact.reference}, item.keys)
