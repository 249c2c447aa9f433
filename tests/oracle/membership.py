"""Who is a member of which branch on a day, and how many were admitted, referred, taken into the Party?"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from tests.oracle.figure import Figure, History, Item
from tests.oracle.standing import Fact, Reference

OPENS = ("member-entered", "member-joined", "member-readmitted")
LEAVES = ("member-matured", "member-struck-off", "member-resigned", "member-expelled")
# «away» "still a member": no fact of being away, or of being introduced elsewhere, ends a membership.
LIFE = (*OPENS, *LEAVES, "transfer-introduced", "transfer-received", "member-died")

ADMISSION = "member-joined"
READMISSION = "member-readmitted"
REFERRAL = "member-referred-to-party"
PARTY_ADMISSION = "member-admitted-to-party"


@dataclass(frozen=True)
class Membership:
    """A person stands in a branch's book: since which fact, and in which branch on the day asked."""

    person: str
    seat: str
    opened: Fact
    merges: frozenset[Reference]
    """The facts by which the person's id means another one."""

    @property
    def events(self) -> frozenset[Reference]:
        """The facts behind it."""
        return self.merges | {self.opened.reference}


def memberships(history: History, day: dt.date) -> list[Membership]:
    """Every standing membership on the day."""
    return [membership for life in lives(history).values() for membership in standing_in(history, life, day)]


def lives(history: History) -> dict[str, list[Fact]]:
    """Person -> what happened to the person's memberships, in the order of the fold."""
    told: dict[str, list[Fact]] = defaultdict(list)
    for fact in history.named(*LIFE):
        told[fact.subject].append(fact)
    return told


def standing_in(history: History, life: list[Fact], day: dt.date) -> list[Membership]:
    """One person's memberships on the day."""
    # «member» "a (person, branch) pair: entered or joined, not left"
    books = _open(history, [fact for fact in life if fact.day <= day])
    found = []
    for branch, fact in books.items():
        person, merges = same_person(history, fact.subject)
        found.append(Membership(person, history.tree.seat(branch, day), fact, merges))
    return found


def same_person(history: History, person: str) -> tuple[str, frozenset[Reference]]:
    """Whom an id means, whatever day is asked, and by which merges; ids that mean each other mean the smallest."""
    into: dict[str, Fact] = {}
    for fact in history.named("persons-merged", "persons-unmerged"):
        if fact.name == "persons-merged":
            into[fact.subject] = fact
        elif fact.subject in into and into[fact.subject].body["into"] == fact.body["into"]:
            del into[fact.subject]
    path, merges = [person], set()
    while path[-1] in into:
        merge = into[path[-1]]
        merges.add(merge.reference)
        path.append(merge.body["into"])
        if path[-1] in path[:-1]:
            return min(path[path.index(path[-1]) :]), frozenset(merges)
    return path[-1], frozenset(merges)


def _open(history: History, life: list[Fact]) -> Mapping[str, Fact]:
    """One person's open memberships: branch as it was named -> the fact that opened it."""
    books: dict[str, Fact] = {}
    introduced: list[Fact] = []
    for fact in life:
        here = _in(history, books, fact.body["branch"], fact.day)
        closed: set[str] = set()
        match fact.name:
            case "transfer-introduced":
                # «transfer» "member of the old branch until the day of reception"
                introduced.append(fact)
            case "transfer-received":
                closed = _left_behind(history, books, introduced, fact) - here
            case "member-died":
                # «death» "ends all memberships in the poster's organisation, not in others"
                # «owner of a unit»: the poster's are the branches that it founded, and those that it has taken over
                closed = {book for book in books if fact.organisation in _owners(history, book, fact.day)}
            case name if name in LEAVES:
                closed = here
        books = {book: opened for book, opened in books.items() if book not in closed}
        # «opening» "member-entered counts as member from its day, never as admission; a person may be entered in two
        # branches of one organisation"
        if fact.name in (*OPENS, "transfer-received") and not here:
            books[fact.body["branch"]] = fact
        introduced = [old for old in introduced if _in(history, books, old.body["branch"], fact.day)]
    return books


def _in(history: History, books: Mapping[str, Fact], branch: str, day: dt.date) -> set[str]:
    """The books that on the day are those of the branch."""
    seat = history.tree.seat
    return {book for book in books if seat(book, day) == seat(branch, day)}


def _owners(history: History, branch: str, day: dt.date) -> set[str]:
    return {owner for owner, _ in history.tree.owners(history.tree.seat(branch, day))}


def _owner(history: History, branch: str, day: dt.date) -> str:
    return history.tree.owner(history.tree.seat(branch, day), day)


def _left_behind(history: History, books: Mapping[str, Fact], introduced: list[Fact], received: Fact) -> set[str]:
    """The membership that a reception ends."""
    # «transfer» "also across organisations, where the receiver's fact alone ends the old membership"
    day, branch = received.day, received.body["branch"]
    if origin := received.body.get("origin"):
        return _in(history, books, origin, day)
    # The reception names no origin: then the branch that introduced is left; and where none did, the one other branch
    # of the receiving organisation, if there is just one.
    seat = history.tree.seat
    pending: set[str] = set()
    for fact in introduced:
        destination = fact.body.get("destination") or branch
        if seat(destination, day) == seat(branch, day):
            pending |= _in(history, books, fact.body["branch"], day)
    if pending:
        return pending
    own = {book for book in books if _owner(history, book, day) == _owner(history, branch, day)}
    own -= _in(history, books, branch, day)
    return own if len(own) == 1 else set()


def members(history: History, unit: str, day: dt.date, *, organisation: str | None = None) -> Figure:
    """Members on the day; behind it the facts that opened the memberships."""
    return history.figure(unit, member_items(history, day, organisation=organisation))


def persons(history: History, unit: str, day: dt.date, *, organisation: str | None = None) -> Figure:
    """Persons on the day; behind it the facts that opened their memberships."""
    # «member» "*persons* counts each person once per unit"
    here = history.within(unit, member_items(history, day, organisation=organisation))
    return Figure(
        len({item.keys["person"] for item in here}),
        None,
        frozenset(reference for item in here for reference in item.events),
    )


def member_items(history: History, day: dt.date, *, organisation: str | None = None) -> list[Item]:
    """One item for each member on the day; of one organisation, or of all."""
    pairs: dict[tuple[str, str], list[Membership]] = defaultdict(list)
    for membership in memberships(history, day):
        if organisation in (None, history.tree.owner(membership.seat, day)):
            # «sub-branch» "may hold members …; counts in the branch above it"
            # «merge of branches» "a person in both once"
            branch = history.tree.branch_above(membership.seat, day)
            pairs[membership.person, branch].append(membership)
    items = []
    for (person, branch), same in pairs.items():
        seats = {membership.seat for membership in same}
        items.append(
            Item(
                # «as it was then» "(members: on the day asked)"
                unit=seats.pop() if len(seats) == 1 else branch,
                day=day,
                events=frozenset(reference for membership in same for reference in membership.events),
                keys={"person": person, "branch": branch},
            )
        )
    return items


def counted(
    history: History, name: str, unit: str, start: dt.date, end: dt.date, *, organisation: str | None = None
) -> Figure:
    """How many were admitted (`ADMISSION`), referred (`REFERRAL`), taken into the Party (`PARTY_ADMISSION`)."""
    return history.figure(unit, fact_items(history, name, start, end, organisation=organisation))


def fact_items(
    history: History, name: str, start: dt.date, end: dt.date, *, organisation: str | None = None
) -> list[Item]:
    """One item for each fact of a name that names a branch; of one organisation's branches, or of all."""
    # «admission, referral, Party admission» "number of standing facts by own day and the branch named in the fact"
    return [
        Item(fact.body["branch"], fact.day, events=frozenset({fact.reference}))
        for fact in history.during(start, end, name)
        if organisation in (None, _owner(history, fact.body["branch"], fact.day))
    ]
