"""Is everything found in a log by its circumstances, page by page, on either store? And what followed from what?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from shared.contracts.envelope import Document, Envelope, Recorded
from shared.contracts.meetings import MeetingHeld, MeetingKind, Roll
from shared.eventsourcing.log import Log
from shared.eventsourcing.store import open_store
from shared.history.replay import browser as looking
from shared.history.replay.browser import Browser
from shared.history.replay.entries import Entry, Wanted
from shared.history.replay.timeline import timeline
from tests.support.history import Chronicle, meeting
from tests.support.tale import id_of

ONE, OTHER = id_of("one"), id_of("other")
X, Y = id_of("x"), id_of("y")
GROUP = id_of("group")


class Told(Chronicle):
    """Events with circumstances."""

    def told(self, by: UUID, subject: UUID, branch: UUID, occurred: str = "2022-05-31", **more: Any) -> Recorded:
        """A meeting; `more` goes into the envelope, `reason` and `document` into the content."""
        self.record(by, meeting(branch, 3), subject, occurred=occurred)
        chain = self.chains[by]
        plain = chain.pop()
        inner = {name: more.pop(name) for name in ("reason", "document") if name in more}
        content = type(plain.envelope.content)(
            **{name: getattr(plain.envelope.content, name) for name in plain.envelope.content.__struct_fields__} | inner
        )
        fields = {name: getattr(plain.envelope, name) for name in plain.envelope.__struct_fields__}
        envelope = Envelope(**fields | {"content": content} | more)
        chain.append(Recorded(envelope, envelope.hash()))
        return chain[-1]


@pytest.fixture
def told() -> Told:
    """A story: 1 causes 2, which causes 3 in another book; 4 corrects 1; 5 and 6 belong to one correlation."""
    story = Told()
    first = story.told(ONE, id_of("m1"), X, reason="late", document=Document(number="12-QĐ", issuer="Hội", date=DAY))
    second = story.told(ONE, id_of("m2"), X, "2022-05-31T17:00:00Z", causation=first.envelope.id)
    story.told(OTHER, id_of("m3"), Y, causation=second.envelope.id)
    story.correct(first, first, meeting(Y, 2))
    story.told(ONE, id_of("m5"), X, correlation=GROUP)
    story.told(ONE, id_of("m6"), Y, correlation=GROUP, causation=id_of("elsewhere"))
    return story


DAY = dt.date(2022, 5, 1)


@pytest.fixture
def log(told: Told, store: str) -> Iterator[Log]:
    """The story in a log, once on each kind of store."""
    opened = open_store(store)
    log = Log("meetings", opened)
    for chain in told.chains.values():
        with opened.write() as connection:
            log.write(connection, [(each, each.envelope.content.digest()) for each in chain])
    yield log
    opened.close()


def numbers(entries: Any) -> list[int]:
    """The numbers of the events, in the order of the story."""
    return [entry.row.recorded for entry in entries]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Wanted(), [1, 2, 4, 5, 6]),
        (Wanted(subject=id_of("m1")), [1, 4]),
        (Wanted(type="vn.nennep.meetings.fact-corrected.v1"), [4]),
        (Wanted(reason="late"), [1]),
        (Wanted(reason="la"), []),
        (Wanted(document="12-QĐ"), [1]),
        (Wanted(correlation=GROUP), [5, 6]),
        (Wanted(correlation=GROUP, causation=id_of("elsewhere")), [6]),
        (Wanted(recorded_from=2, recorded_to=5), [2, 4, 5]),
        (Wanted(occurred_from=dt.date(2022, 6, 1)), [2]),
        (Wanted(occurred_to=dt.date(2022, 5, 31), subject=id_of("m2")), []),
    ],
)
def test_events_are_found_by_their_circumstances(log: Log, wanted: Wanted, found: list[int]) -> None:
    page = Browser(log).find(ONE, wanted, 0, 100)
    assert (numbers(page.entries), page.following) == (found, None)


def test_pages_follow_each_other_without_gap_or_repetition(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking, "STRETCH", 2)
    for limit in (1, 2, 100):
        found, after = list[int](), 0
        for _ in range(20):
            page = Browser(log).find(ONE, Wanted(type=MeetingHeld.name), after, limit)
            found += numbers(page.entries)
            if page.following is None:
                break
            assert page.following > after
            after = page.following
        assert found == [1, 2, 5, 6], limit


def entry(log: Log, story: Told, by: UUID, place: int) -> Entry:
    """An event of the story."""
    found = Browser(log).one(by, story.chains[by][place].envelope.id)
    assert found is not None
    return found


def test_a_graph_shows_where_an_event_came_from_and_what_came_of_it(log: Log, told: Told) -> None:
    browser = Browser(log)
    first = browser.graph(entry(log, told, ONE, 0), None)
    assert (numbers(first.ancestors), numbers(first.descendants)) == ([], [2, 3, 4])
    third = browser.graph(entry(log, told, OTHER, 0), None)
    assert (numbers(third.ancestors), numbers(third.descendants)) == ([1, 2], [])
    last = browser.graph(entry(log, told, ONE, 4), None)
    assert (numbers(last.correlated), last.elsewhere) == ([5], [id_of("elsewhere")])


def test_a_graph_stays_within_the_books_that_may_be_read(log: Log, told: Told) -> None:
    browser = Browser(log)
    own = browser.graph(entry(log, told, ONE, 0), [ONE])
    assert numbers(own.descendants) == [2, 4]
    foreign = browser.graph(entry(log, told, OTHER, 0), [OTHER])
    assert (foreign.ancestors, foreign.elsewhere) == ([], [told.chains[ONE][1].envelope.id])


def test_the_state_is_what_stood_right_before_and_right_after(log: Log, told: Told) -> None:
    before, after = Browser(log).states(entry(log, told, ONE, 2), None)
    assert [each.fact.branch for each in (*before, *after) if isinstance(each.fact, MeetingHeld)] == [X, Y]
    none, one = Browser(log).states(entry(log, told, ONE, 0), None)
    assert (none, len(one)) == ([], 1)
    assert Browser(log).states(entry(log, told, ONE, 0), [OTHER]) == ([], [])


def nobody(_unit: UUID, _day: dt.date) -> str | None:
    """No names."""
    return None


def test_a_timeline_tells_what_is_about_a_thing_or_names_it_and_what_became_of_each(log: Log, told: Told) -> None:
    lines = [line.told() for line in timeline(log, X, None, nobody)]
    ids = [told.chains[ONE][place].envelope.id for place in (0, 2, 3, 1)]
    assert [line["event"] for line in lines] == list(map(str, ids))
    assert [line["standing"] for line in lines] == [False, True, True, True]
    assert lines[0]["vi"].endswith("(đã đính chính ngày 01/01/1970)")
    assert lines[0]["replaced_by"] == lines[1]["event"]
    assert lines[1]["vi"].startswith("Đính chính: ")
    assert lines[3]["day"] == "2022-06-01", "an instant is told on its Vietnamese day"


def test_a_timeline_of_a_meeting_tells_its_voiding_with_what_it_undoes(told: Told, tmp_path: Any) -> None:
    root = told.meet(ONE, X, id_of("m7"), 3)
    told.void(root, root)
    opened = open_store(f"sqlite:///{tmp_path / 'log.sqlite'}")
    log = Log("meetings", opened)
    with opened.write() as connection:
        log.write(connection, [(each, each.envelope.content.digest()) for each in told.chains[ONE]])
    first, second = (line.told() for line in timeline(log, id_of("m7"), [ONE], nobody))
    opened.close()
    assert first["vi"].endswith("(đã hủy ngày 01/01/1970)")
    assert second["vi"].startswith("Hủy: …")
    assert "có mặt 3/20" in second["vi"]
    assert second["en"].startswith("Voided: ")
    assert (first["standing"], second["standing"]) == (False, False)
    assert timeline(log, id_of("m7"), [OTHER], nobody) == []


def test_what_cannot_be_read_is_told_as_such(told: Told, tmp_path: Any) -> None:
    plain = told.meet(ONE, X, id_of("m8"), 3)
    content = type(plain.envelope.content)(
        type="vn.nennep.meetings.meeting-held.v9", subject=id_of("m8"), occurred="2022-01-01", fact=b"{}"
    )
    told.append(ONE, content)
    opened = open_store(f"sqlite:///{tmp_path / 'log.sqlite'}")
    log = Log("meetings", opened)
    with opened.write() as connection:
        log.write(connection, [(each, each.envelope.content.digest()) for each in told.chains[ONE]])
    assert timeline(log, id_of("m8"), None, nobody)[0].sentence.vi == "Chương trình này chưa đọc được sự việc này."
    opened.close()
    assert replace(Wanted(), reason="x").rare
    assert Roll(expected=0, present=0).guests == 0
    assert MeetingKind.REGULAR.value == "regular"
