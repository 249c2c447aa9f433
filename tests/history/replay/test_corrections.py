"""What may put what right, and what does it leave as it was? Chains that can be followed, and reports that stay."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from services.ratings.projections.replay import REPLAYED
from shared.contracts.corrections import FactCorrected
from shared.contracts.envelope import Correction
from shared.contracts.event import Event
from shared.contracts.meetings import MeetingHeld, MeetingKind, MeetingsFactCorrected, MeetingsFactVoided, Roll
from shared.contracts.membership import MembershipFactCorrected, MembershipFactVoided, UnitFounded
from shared.eventsourcing.draft import Draft
from shared.eventsourcing.errors import Answered
from shared.eventsourcing.intake import Intake
from shared.eventsourcing.log import Log
from shared.eventsourcing.store import open_store
from shared.eventsourcing.submission import Receipt
from shared.history.replay.report import Replay
from shared.history.replay.sources import Kept
from tests.support.grounds import OpenGround, correcting, draft, poster, voiding
from tests.support.tale import day, id_of

ONE, OTHER = id_of("one"), id_of("other")
BRANCH = id_of("branch")
ROOM = ("2022-01-15", "2022-12-31", "2023-01-01", "2021-12-31", "2022-06-30", "2022-07-01")
"""Days of the meeting: within the reported year, on its edges, outside."""
KINDS = (
    *("correct", "correct-twice", "correct-thrice", "void", "correct-then-void"),
    *("replaced-already", "after-voiding", "itself", "another-organisation", "another-type"),
)
"""What is tried; the last five are refused."""


def met(present: int, branch: UUID = BRANCH) -> MeetingHeld:
    """A meeting with so many of ten."""
    return MeetingHeld(
        branch=branch, kind=MeetingKind.REGULAR, roll=Roll(expected=10, present=present, absent=10 - present)
    )


@dataclass
class Book:
    """The logs of two services, written by real intakes; a clock that says when they were."""

    folder: Path
    intakes: dict[str, Intake] = field(default_factory=dict)
    logs: dict[str, Log] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for service in ("membership", "meetings"):
            self.logs[service] = Log(service, open_store(f"sqlite:///{self.folder / service}.sqlite"))
            self.intakes[service] = Intake(self.logs[service], OpenGround(), after_commit=lambda: None)
            self.intakes[service].start()
        founded = UnitFounded(title="Chi hội 1", kind="branch", effective=day("2020-01-01"))
        self.say("membership", draft(founded, BRANCH, id_of("founding"), occurred="2020-01-01"))

    def say(self, service: str, what: Draft, by: UUID = ONE) -> Receipt | Answered:
        """Post, and what is answered."""
        outcome = self.intakes[service].submit(poster(by), [what], lenient=True).result(90)[0]
        assert isinstance(outcome, Receipt | Answered)
        return outcome

    def known(self) -> int:
        """The moment of the last event of the meetings' log."""
        log = self.logs["meetings"]
        ends = log.heads()
        return max(log.slice(each, end.sequence - 1, 1)[0].envelope.recorded for each, end in ends.items())

    def replay(self) -> Replay:
        """History as it stands now."""
        return Replay(REPLAYED, lambda: [Kept(service, log) for service, log in self.logs.items()])

    def close(self) -> None:
        """End."""
        for intake in self.intakes.values():
            intake.stop()
        for log in self.logs.values():
            log.store.close()


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    """Two logs."""
    book = Book(tmp_path)
    yield book
    book.close()


def corrected(root: UUID, replaces: UUID, name: str, present: int, on: str, by: UUID = ONE) -> Draft:
    """A correction under an id of its own."""
    link = Correction(by, root, replaces)
    return correcting(MeetingsFactCorrected, met(present), id_of("meeting"), id_of(name), link, occurred=on)


def voided(root: UUID, replaces: UUID, name: str) -> Draft:
    """A voiding under an id of its own."""
    return voiding(MeetingsFactVoided, MeetingHeld.name, id_of("meeting"), id_of(name), Correction(ONE, root, replaces))


def tried(kind: str, root: UUID, on: str) -> list[tuple[Draft, UUID, bool]]:
    """What is posted, by whom, and whether it is allowed."""
    first, second = corrected(root, root, "first", 7, on), corrected(root, id_of("first"), "second", 6, on)
    match kind:
        case "correct":
            posts = [(first, ONE, True)]
        case "correct-twice":
            posts = [(first, ONE, True), (second, ONE, True)]
        case "correct-thrice":
            again = corrected(root, id_of("second"), "third", 5, on)
            posts = [(first, ONE, True), (second, ONE, True), (again, ONE, True)]
        case "void":
            posts = [(voided(root, root, "undone"), ONE, True)]
        case "correct-then-void":
            posts = [(first, ONE, True), (voided(root, id_of("first"), "undone"), ONE, True)]
        case "replaced-already":
            posts = [(first, ONE, True), (corrected(root, root, "late", 4, on), ONE, False)]
        case "after-voiding":
            posts = [(voided(root, root, "undone"), ONE, True), (first, ONE, False)]
        case "itself":
            posts = [(corrected(root, id_of("circle"), "circle", 4, on), ONE, False)]
        case "another-organisation":
            posts = [(corrected(root, root, "foreign", 4, on), OTHER, False)]
        case _:
            founded = UnitFounded(title="Chi hội 2", kind="branch", effective=day("2020-01-01"))
            link = Correction(ONE, root, root)
            posts = [(another_type(founded, link), ONE, False)]
    return posts


def another_type(fact: Event, link: Correction) -> Draft:
    """A correction that says something quite different of a meeting."""
    cls: type[FactCorrected] = MembershipFactCorrected
    assert MembershipFactVoided.service == cls.service
    return correcting(MeetingsFactCorrected, fact, id_of("meeting"), id_of("other type"), link)


@pytest.mark.parametrize("on", [ROOM[0], *(pytest.param(each, marks=pytest.mark.battery) for each in ROOM[1:])])
@pytest.mark.parametrize("kind", KINDS)
def test_a_correction_is_traceable_or_refused_and_a_sealed_report_stays(
    book: Book, kind: str, on: str, tally: Callable[..., None]
) -> None:
    root = id_of("root")
    assert isinstance(book.say("meetings", draft(met(8), id_of("meeting"), root, occurred=on)), Receipt)
    known = book.known()
    asked = REPLAYED.asked(["attendance"], BRANCH, day("2022-01-01"), day("2023-01-01"), known=known)
    sealed = book.replay().document(asked)
    recorded: list[UUID] = []
    for what, by, allowed in tried(kind, root, on):
        answer = book.say("meetings", what, by)
        assert isinstance(answer, Receipt) == allowed, (kind, answer)
        recorded += [what.id] if allowed else []
    standing = book.replay().standing(asked)
    assert standing.document.encode() == sealed.encode(), "what was reported then is what is reported of then"
    counts = on.startswith("2022")
    assert standing.superseded == (bool(recorded) and counts)
    expected = {"correct": 7, "correct-twice": 6, "correct-thrice": 5, "replaced-already": 7}.get(kind)
    row: dict[str, Any] = standing.now.output["figures"][0]["rows"][0]
    if counts:
        undone = kind in {"void", "correct-then-void", "after-voiding"}
        assert (row["numerator"], row["denominator"]) == ((0, None) if undone else (expected or 8, 10))
    stream = book.logs["meetings"].slice(ONE, 0, 100)
    assert [each.envelope.id for each in stream] == [root, *recorded], "all stay visible, in their order"
    links = [each.envelope.content.corrects for each in stream[1:]]
    assert [link.replaces for link in links if link] == [root, *recorded][:-1]
    tally("A-12", 1)
