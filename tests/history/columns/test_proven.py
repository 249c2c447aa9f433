"""Do the files say what the exact bytes say, proved and unfolded by the thousand? And is every other byte found out?"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from random import Random
from uuid import UUID

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.ratings.projections import FIGURES
from shared.contracts import meetings
from shared.contracts.cloudevent import from_cloudevent, to_cloudevent
from shared.contracts.corrections import FactCorrected, FactVoided
from shared.contracts.envelope import Content, Document, Recorded
from shared.contracts.event import Event, registered
from shared.contracts.membership import Level, MembershipLogClosed, TerritoryDeclared, UnitMerged
from shared.eventsourcing.errors import ChainBroken, Unreadable
from shared.eventsourcing.views import Declaration
from shared.history.columns import proven as proven_module
from shared.history.columns.columns import Columns
from shared.history.columns.manifest import Folder, Manifest
from shared.history.columns.proven import proven
from shared.history.columns.proving import Prover
from shared.history.columns.shape import ColumnFacts
from shared.history.columns.trusted import disagreements, trusting_nothing
from shared.history.columns.writer import fill, folder_of
from tests.history.columns.test_lean import spelt
from tests.ratings.projections.questions import questions
from tests.ratings.projections.ratings_views import DECLARATION
from tests.support.any_fact import histories
from tests.support.logs import Logs
from tests.support.posts import Post
from tests.support.sayings import history
from tests.support.tale import id_of, land

UNCOVERED = {"specversion", "source", "time", "datacontenttype"}
"""Attributes that follow from others, and that nobody looks at here."""
CONTRACTS = [cls for cls in registered().values() if not issubclass(cls, FactCorrected | FactVoided)]

WOMEN = id_of("women")
DAY = dt.date(2014, 1, 1)


@dataclass
class Piecewise:
    """One service's chains, in pieces of any length."""

    service: str
    pieces: Sequence[tuple[UUID, Sequence[bytes]]]

    def lines(self) -> Iterator[tuple[UUID, Sequence[bytes]]]:
        """As the archive gives them."""
        yield from self.pieces


def sources(logs: Logs, chance: Random | None = None) -> list[Piecewise]:
    """Every log as lines; with `chance`, cut and mixed in any way that keeps each chain's order."""
    found: dict[str, list[tuple[UUID, Sequence[bytes]]]] = {}
    for service, events in logs.batches(chance):
        piece = (events[0].envelope.organisation, [to_cloudevent(each) for each in events])
        found.setdefault(service, []).append(piece)
    return [Piecewise(*each) for each in found.items()]


def filed(place: Path, declaration: Declaration, logs: Logs) -> tuple[Folder, Manifest]:
    """The same logs as the files have them."""
    facts = ColumnFacts(declaration.listens, declaration.kept)
    manifest = fill(place, facts, [(service, [list(events)]) for service, events in logs.batches()])
    return folder_of(place, facts), manifest


def agree(place: Path, seed: int, most: int | None) -> None:
    """Files, proved bytes and replayed events say the same, row by row; and of so many figures, now and then."""
    told, chance = history(seed), Random(seed)
    folder, manifest = filed(place, DECLARATION, told.logs)
    moments = (None, chance.randrange(told.logs.clock // 2, told.logs.clock))
    asked = [[*questions(told, Random(seed + each), moment)] for each, moment in enumerate(moments)]
    now, then = (
        [(FIGURES[name], question) for name, question in chance.sample(each, most or len(each))] for each in asked
    )
    batches = [(service, [list(events)]) for service, events in told.logs.batches()]
    with (
        closing(Columns(place, DECLARATION)) as columns,
        proven(DECLARATION, sources(told.logs, chance)) as found,
        trusting_nothing(DECLARATION, batches) as slowly,
    ):
        assert found.events == told.logs.clock
        assert list(found.differences(folder, manifest)) == []
        assert list(disagreements(columns, found, [*now, *then])) == []
        assert [slowly.ask(*each) for each in now] == [found.ask(*each) for each in now]


def test_a_random_history_agrees_row_by_row_and_figure_by_figure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proven_module, "RUN", 60)
    agree(tmp_path, 70, 4)


@pytest.mark.battery
@pytest.mark.parametrize("seed", range(700, 800))
def test_very_many_random_histories_agree(tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proven_module, "RUN", Random(seed).randint(5, 400))
    agree(tmp_path, seed, None)


@given(data=st.data())
@settings(max_examples=4, deadline=None)
def test_every_contract_is_unfolded_as_it_is_decoded(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """However its ids are spelt, whatever it leaves out, on a day or at an instant."""
    logs, some = Logs(), data.draw(st.lists(st.sampled_from(CONTRACTS), min_size=6, max_size=6, unique=True))
    declaration = Declaration("any", frozenset[type[Event]](some), (), frozenset(some[:2]))
    for cls in some:
        for post in data.draw(histories([cls])):
            for number, raw in enumerate(spelt(post, Random(len(post.on)))):
                occurred = post.on if number % 2 else f"{post.on}T18:30:00+09:00"
                logs._append(WOMEN, Content(type=cls.name, subject=UUID(int=7), occurred=occurred, fact=raw))  # noqa: SLF001
    folder, manifest = filed(tmp_path_factory.mktemp("any"), declaration, logs)
    assert manifest.unread == []
    with proven(declaration, sources(logs)) as found:
        assert list(found.differences(folder, manifest)) == []


@pytest.mark.parametrize(
    "fact",
    [
        TerritoryDeclared(
            title="Ấp", level=Level.LOCALITY, kind="ap", parent=id_of("xa"), effective=dt.date(2014, 1, 1)
        ),
        UnitMerged(sources=(id_of("x"), id_of("y")), effective=DAY),
        MembershipLogClosed(successors=(id_of("x"),), effective=DAY),
    ],
    ids=lambda fact: type(fact).__name__,
)
def test_an_id_in_another_spelling_is_not_taken_for_none(tmp_path: Path, fact: Event) -> None:
    """Also one that the fact need not name, and each of a list: an engine that cannot read it says nothing of it."""
    logs = Logs()
    for raw in spelt(Post(fact, id_of("any"), "2014-01-01", WOMEN), Random(1)):
        logs._append(WOMEN, Content(type=fact.name, subject=UUID(int=7), occurred="2014-01-01", fact=raw))  # noqa: SLF001
    declaration = Declaration("any", frozenset({type(fact)}), (), frozenset())
    folder, manifest = filed(tmp_path, declaration, logs)
    with proven(declaration, sources(logs)) as found:
        assert list(found.differences(folder, manifest)) == []


def test_what_comes_by_the_thousand_is_unfolded_at_once() -> None:
    """Else nothing here would be fast: only what happened at an instant is left to the contract."""
    _, lines = a_chain()
    declaration = Declaration("any", frozenset[type[Event]]({meetings.MeetingHeld}), ())
    with proven(declaration, [Piecewise("meetings", [(WOMEN, lines)])]) as found:
        assert (found.events, found.one_by_one) == (len(lines), 1)


# ── What is found out ────────────────────────────────────────────────────────────────────────────────────────────────


def a_chain() -> tuple[Logs, list[bytes]]:
    """A chain with every kind of attribute, as lines."""
    tale = land()
    held = [tale.met("x", f"2022-0{month}-05", 10, 2) for month in range(1, 5)]
    fact = held[0].fact.model_copy(update={"kind": meetings.MeetingKind.THEMATIC})
    tale.logs.correct(held[0], fact, "2022-01-05")
    tale.logs.void(held[1])
    papers = Document(number="01/BC-ĐTN", issuer="Đoàn xã", date=held[2].fact.effect_day("2022-03-05"))
    content = held[2].root.envelope.content
    more = Content(type=content.type, subject=UUID(int=9), occurred="2022-03-05T20:00:00+07:00", document=papers,
                   reason='Sổ giấy ghi “sót” \u2028 \\ "', fact=content.fact)  # fmt: skip
    tale.logs._append(WOMEN, more)  # noqa: SLF001 — content that no tale tells
    return tale.logs, [to_cloudevent(each) for each in tale.logs.chains["meetings", WOMEN]]


def proved(lines: Sequence[bytes]) -> None:
    """Prove these lines as the chain of meetings."""
    with proven(DECLARATION, [Piecewise("meetings", [(WOMEN, lines)])]):
        pass


def test_a_whole_chain_is_proved_with_all_its_attributes() -> None:
    _, lines = a_chain()
    proved(lines)


def test_a_value_is_proved_however_long_it_is() -> None:
    tale = land()
    met = tale.met("x", "2022-01-05", 10, 2).root.envelope.content
    for number, length in enumerate((1, 15, 16, 127, 128, 255, 256, 70_000)):
        letters = length // 3
        reason = "ớ" * letters + "x" * (length - len("ớ".encode()) * letters)
        more = Content(type=met.type, subject=UUID(int=number), occurred=met.occurred, reason=reason, fact=met.fact)
        tale.logs._append(WOMEN, more)  # noqa: SLF001 — content that no tale tells
    proved([to_cloudevent(each) for each in tale.logs.chains["meetings", WOMEN]])


def covered(line: bytes) -> dict[str, object]:
    """The attributes that the hash covers; the fact's bytes among them."""
    told: dict[str, object] = json.loads(line)
    return {
        name: value for name, value in told.items() if name not in {"specversion", "source", "time", "datacontenttype"}
    }


def test_whatever_is_changed_in_an_event_is_found_out_and_named() -> None:
    _, lines = a_chain()
    tried = set[str]()
    for place, line in reversed(list(enumerate(lines))):
        for name, value in covered(line).items() if place in {0, len(lines) - 1} else ():
            old = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
            assert line.count(b'"%s":' % name.encode() + old) == 1, name
            new = old.replace(b'"roll"', b'"rolI"') if name == "data" else _other(old)
            assert new != old, name
            tried.add(name)
            spoilt = line.replace(b'"%s":' % name.encode() + old, b'"%s":' % name.encode() + new)
            with duckdb.connect() as database, pytest.raises(ChainBroken):
                Prover(database, "meetings").prove([WOMEN], [*lines[:place], spoilt, *lines[place + 1 :]])
    assert {"data", "reason", "docnumber", "hash", "previoushash", "recorded", "actor"} <= tried


def _other(old: bytes) -> bytes:
    """Another text of the same length, which still is one."""
    plain = (each for each in range(len(old) - 2, 0, -1) if chr(old[each]).isalnum() and old[each - 1] != ord("\\"))
    place = next(plain)
    return old[:place] + (b"1" if old[place : place + 1] != b"1" else b"2") + old[place + 1 :]


def test_what_is_left_out_doubled_or_in_another_order_is_found_out() -> None:
    _, lines = a_chain()
    for spoilt in (
        lines[1:],
        [lines[0], *lines[2:]],
        [lines[0], *lines],
        [lines[1], lines[0], *lines[2:]],
        [*lines[:3], b"{}", *lines[3:]],
        [*lines[:3], b"\xff\xfe", *lines[3:]],
    ):
        with pytest.raises(ChainBroken):
            proved(spoilt)


def test_a_chain_of_another_service_is_no_chain_of_this_one() -> None:
    _, lines = a_chain()
    with pytest.raises(ChainBroken), proven(DECLARATION, [Piecewise("membership", [(WOMEN, lines)])]):
        pass


def test_files_that_were_tampered_with_are_found_out_row_by_row(tmp_path: Path) -> None:
    logs, _ = a_chain()
    folder, manifest = filed(tmp_path, DECLARATION, logs)
    name = "fact_meetings_meeting_held"
    file = folder.path / manifest.files(name)[0]
    with duckdb.connect() as database:
        forged = (
            database.read_parquet(str(file)).project("* REPLACE (roll_present + 1 AS roll_present)").to_arrow_table()
        )
        database.execute(f"COPY forged TO '{file}' (FORMAT parquet)")
    with proven(DECLARATION, sources(logs)) as found:
        (difference,) = found.differences(folder, manifest)
    assert difference.table == name
    assert difference.only_cached == difference.only_proven == forged.num_rows
    assert f"{WOMEN}/1" in difference.examples


def test_files_are_compared_as_far_as_they_claim_to_go(tmp_path: Path) -> None:
    logs, _ = a_chain()
    folder, manifest = filed(tmp_path, DECLARATION, logs)
    tale = logs.chains["meetings", WOMEN]
    meeting = from_cloudevent(to_cloudevent(tale[-1])).envelope.content
    later = Content(type=meeting.type, subject=UUID(int=11), occurred="2022-05-05", fact=meeting.fact)
    logs._append(WOMEN, later)  # noqa: SLF001 — a plain meeting more
    with proven(DECLARATION, sources(logs), manifest) as found:
        assert list(found.differences(folder, manifest)) == []
    manifest.positions["meetings"][WOMEN] += 2
    with pytest.raises(ChainBroken, match="ends at"), proven(DECLARATION, sources(logs), manifest):
        pass


def test_a_version_that_nobody_knows_yet_ends_it() -> None:
    logs = land().logs
    before: list[Recorded] = logs.chains["membership", next(iter(logs.chains))[1]]
    unknown = before[0].envelope.content.type.removesuffix("v1") + "v9"
    logs._append(WOMEN, Content(type=unknown, subject=UUID(int=3), occurred="2022-01-01", fact=b"{}"))  # noqa: SLF001
    with pytest.raises(Unreadable), proven(DECLARATION, sources(logs)):
        pass
