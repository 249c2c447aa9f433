"""Is what is sealed put away once, whole, and never believed when a byte of it has changed?"""

from __future__ import annotations

import datetime as dt
import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from uuid import UUID

import pytest
import zstandard
from sqlalchemy import Connection

from shared.contracts.cloudevent import to_cloudevent
from shared.contracts.envelope import Recorded
from shared.eventsourcing.errors import Busy, ChainBroken
from shared.eventsourcing.lease import LeaseLost
from shared.eventsourcing.log import Log
from shared.eventsourcing.log_rows import event_table
from shared.eventsourcing.store import open_store
from shared.history.archive.archive import Archive
from shared.history.archive.depot import Depot, FolderDepot, Missing, open_depot
from shared.history.archive.seal import Seal, name_of
from shared.history.archive.sealer import ArchiveAhead, Sealer
from shared.history.archive.segment import SegmentBroken
from shared.history.evidence.merkle import root_of
from tests.support.couriers import ORGANISATIONS, HeldLease, all_of, grow
from tests.support.spoiling import spoil

A, B, C = ORGANISATIONS[:3]
SERVICE = "membership"
EPOCH_DAY = dt.datetime(1970, 1, 1, 12, tzinfo=dt.UTC)
"""The events of these tests are recorded microseconds after 1970 began."""
MONTH_LATER = dt.datetime(1970, 2, 1, 0, tzinfo=dt.UTC)


@pytest.fixture
def log(store: str) -> Iterator[Log]:
    opened = Log(SERVICE, open_store(store))
    yield opened
    opened.store.close()


@pytest.fixture(params=["folder", "object store"])
def depot(request: pytest.FixtureRequest, tmp_path: Path) -> Depot:
    place = str(tmp_path / "archive") if request.param == "folder" else f"memory://{tmp_path.name}/archive"
    return open_depot(place)


def sealer_of(log: Log, depot: Depot, *, most: int = 10, now: dt.datetime = EPOCH_DAY) -> Sealer:
    return Sealer(log, depot, HeldLease(), most=most, now=lambda: now)


def read(depot: Depot, after: dict[UUID, int] | None = None) -> list[Recorded]:
    return [each for batch in Archive(depot, SERVICE).read(after or {}) for each in batch]


def by_place(events: list[Recorded]) -> list[Recorded]:
    return sorted(events, key=lambda each: (each.envelope.organisation, each.envelope.sequence))


# ── What is sealed ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_segment_is_cut_when_it_is_full_and_the_rest_waits(log: Log, depot: Depot) -> None:
    grow(log, A, 25)
    grow(log, B, 9)
    assert sealer_of(log, depot).seal_due() == 2
    assert {org: head.sealed for org, head in log.heads().items()} == {A: 20, B: 0}
    assert [(each.organisation, each.first, each.last) for each in Archive(depot, SERVICE).seals()] == [
        (A, 1, 10),
        (A, 11, 20),
    ]


def test_a_segment_is_cut_by_its_bytes_too(log: Log, depot: Depot) -> None:
    grow(log, A, 20, size=900_000)
    sealer_of(log, depot, most=1_000).seal_due()
    assert [each.last - each.first + 1 for each in Archive(depot, SERVICE).seals()] == [10, 10]


def test_what_was_recorded_in_a_month_that_is_over_is_sealed(log: Log, depot: Depot) -> None:
    grow(log, A, 3)
    assert sealer_of(log, depot).seal_due() == 0
    assert sealer_of(log, depot, now=MONTH_LATER).seal_due() == 1
    assert log.heads()[A].sealed == 3


def test_a_month_ends_by_the_local_day(log: Log, depot: Depot) -> None:
    grow(log, A, 1)
    assert sealer_of(log, depot, now=dt.datetime(1970, 1, 31, 16, 59, 59, tzinfo=dt.UTC)).seal_due() == 0
    assert sealer_of(log, depot, now=dt.datetime(1970, 1, 31, 17, 0, tzinfo=dt.UTC)).seal_due() == 1


def test_asked_for_everything_is_sealed_and_nothing_twice(log: Log, depot: Depot) -> None:
    grow(log, A, 12)
    grow(log, B, 1)
    sealer = sealer_of(log, depot)
    assert [sealer.seal_all(), sealer.seal_all()] == [3, 0]
    grow(log, A, 1)
    assert sealer.seal_all() == 1
    assert by_place(read(depot)) == by_place(all_of(log))


def test_what_waits_is_not_read_again_at_every_look(log: Log, depot: Depot, monkeypatch: pytest.MonkeyPatch) -> None:
    read, slice_of = list[int](), log.slice

    def counted(organisation: UUID, after: int, count: int) -> list[Recorded]:
        events = slice_of(organisation, after, count)
        read.append(len(events))
        return events

    monkeypatch.setattr(log, "slice", counted)
    sealer = sealer_of(log, depot, most=1_000)
    for _ in range(100):
        grow(log, A, 10)
        sealer.seal_due()
        sealer.seal_due()
    assert log.heads()[A].sealed == 1_000
    assert sum(read) < 2 * 1_000


def test_a_process_that_does_not_lead_seals_nothing(log: Log, depot: Depot) -> None:
    grow(log, A, 1)
    sealer = Sealer(log, depot, HeldLease(), leading=lambda: False)
    with pytest.raises(Busy):
        sealer.seal_all()


class LostLease(HeldLease):
    """A lease that another process has taken."""

    def check(self, connection: Connection) -> None:  # noqa: ARG002 — the protocol's
        """Not held."""
        raise LeaseLost


def test_without_the_lease_nothing_is_said_to_be_sealed(log: Log, depot: Depot) -> None:
    grow(log, A, 1)
    with pytest.raises(LeaseLost):
        Sealer(log, depot, LostLease()).seal_all()
    assert log.heads()[A].sealed == 0
    assert Archive(depot, SERVICE).seals() == []


def test_the_archive_holds_the_exact_bytes(log: Log, depot: Depot) -> None:
    grow(log, A, 3)
    sealer_of(log, depot).seal_all()
    (seal,) = Archive(depot, SERVICE).seals()
    plain = zstandard.ZstdDecompressor().decompress(depot.get(seal.segment), max_output_size=seal.length)
    assert plain == b"".join(to_cloudevent(each) + b"\n" for each in all_of(log))


def test_a_record_tells_what_it_seals(log: Log, depot: Depot) -> None:
    grow(log, A, 12)
    sealer_of(log, depot).seal_all()
    events = all_of(log)
    second = json.loads(depot.get(name_of(SERVICE, 2)))
    assert (second["first"], second["last"], second["previous"]) == (11, 12, events[9].hash.hex())
    assert second["head"] == events[-1].hash.hex()
    assert second["root"] == root_of(each.hash for each in events).hex()
    assert second["types"] == {"vn.nennep.membership.thing-happened.v1": 2}
    assert second["recorded"] == ["1970-01-01T00:00:00.000011Z", "1970-01-01T00:00:00.000012Z"]


def test_sealed_segments_take_little_room(log: Log, tmp_path: Path) -> None:
    grow(log, A, 2_000, size=400)
    sealer_of(log, FolderDepot(tmp_path / "a"), most=10_000).seal_all()
    packed = sum(file.stat().st_size for file in (tmp_path / "a").rglob("*.zst"))
    assert packed < 0.15 * sum(len(to_cloudevent(each)) for each in all_of(log))


# ── What stops it on the way ─────────────────────────────────────────────────────────────────────────────────────────


class Dying:
    """A depot whose process dies at one of its puts: before it or after it."""

    def __init__(self, depot: Depot, at: int, *, after: bool) -> None:
        self._depot, self._at, self._after, self._puts = depot, at, after, 0

    def put(self, name: str, content: bytes) -> None:
        """Put, unless this is the one."""
        self._puts += 1
        if self._puts != self._at or self._after:
            self._depot.put(name, content)
        if self._puts == self._at:
            raise KeyboardInterrupt

    def get(self, name: str) -> bytes:
        """As the depot."""
        return self._depot.get(name)

    def names(self, folder: str) -> list[str]:
        """As the depot."""
        return self._depot.names(folder)


@pytest.mark.parametrize(("at", "after"), [*itertools.product(range(1, 7), [False, True])])
def test_killed_at_any_put_it_goes_on_and_seals_everything_once(
    log: Log, tmp_path: Path, at: int, *, after: bool
) -> None:
    depot = FolderDepot(tmp_path / "archive")
    grow(log, A, 25)
    with pytest.raises(KeyboardInterrupt):
        sealer_of(log, Dying(depot, at, after=after)).seal_all()
    grow(log, B, 3)
    sealer_of(log, depot).seal_all()
    assert by_place(read(depot)) == by_place(all_of(log))
    assert [each.number for each in Archive(depot, SERVICE).seals()] == [1, 2, 3, 4]


def test_a_broken_chain_is_never_sealed(log: Log, depot: Depot) -> None:
    grow(log, A, 5)
    with log.store.write() as connection:
        spoil(connection, event_table.update().where(event_table.c.sequence == 3).values(fact=b'{"n":"other"}'))
    with pytest.raises(ChainBroken, match="at 3"):
        sealer_of(log, depot).seal_all()
    assert Archive(depot, SERVICE).seals() == []


def test_a_log_restored_from_an_older_copy_seals_nothing_over_what_was_sealed(
    log: Log, depot: Depot, tmp_path: Path
) -> None:
    grow(log, A, 5)
    sealer_of(log, depot).seal_all()
    before = depot.get(name_of(SERVICE, 1))
    older = Log(SERVICE, open_store(f"sqlite:///{tmp_path / 'older.sqlite'}"))
    grow(older, A, 2)
    with pytest.raises(ArchiveAhead, match="seal 1"):
        sealer_of(older, depot).seal_all()
    older.store.close()
    assert depot.get(name_of(SERVICE, 1)) == before


# ── How it is read ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_reader_goes_on_from_any_position(log: Log, depot: Depot) -> None:
    grow(log, A, 25)
    grow(log, B, 5)
    sealer_of(log, depot).seal_all()
    for a in range(26):
        found = read(depot, {A: a, C: 7})
        assert by_place(found) == [
            each for each in by_place(all_of(log)) if each.envelope.organisation == B or each.envelope.sequence > a
        ]


def test_a_reader_sees_what_is_sealed_later(log: Log, depot: Depot) -> None:
    archive, sealer = Archive(depot, SERVICE), sealer_of(log, depot)
    assert archive.ends() == {}
    grow(log, A, 3)
    sealer.seal_all()
    assert archive.ends()[A].last == 3
    grow(log, A, 3)
    sealer.seal_all()
    assert archive.ends()[A].last == 6


@pytest.fixture
def sealed(log: Log, tmp_path: Path) -> Path:
    """A small archive of two organisations."""
    grow(log, A, 12)
    grow(log, B, 4)
    sealer_of(log, FolderDepot(tmp_path / "archive")).seal_all()
    return tmp_path / "archive"


def files(folder: Path) -> list[Path]:
    return sorted(file for file in folder.rglob("*") if file.is_file())


def test_no_changed_byte_of_a_segment_is_believed(sealed: Path) -> None:
    depot, chance = FolderDepot(sealed), Random(20260302)
    for file in (each for each in files(sealed) if each.suffix == ".zst"):
        content = file.read_bytes()
        for place in chance.sample(range(len(content)), 40):
            damaged = bytearray(content)
            damaged[place] ^= 1 << chance.randrange(8)
            file.write_bytes(damaged)
            with pytest.raises(SegmentBroken, match="seal"):
                read(depot)
        file.write_bytes(content)
    assert len(read(depot)) == 16


def test_a_record_that_does_not_continue_its_chain_is_named(sealed: Path) -> None:
    depot = FolderDepot(sealed)
    record = Seal.decode(depot.get(name_of(SERVICE, 2)))
    for wrong in ({"first": 12}, {"previous": "00" * 32}, {"number": 3}, {"service": "meetings"}, {"format": 2}):
        changed = json.loads(record.encode()) | wrong
        depot.put(name_of(SERVICE, 2), json.dumps(changed).encode())
        with pytest.raises(SegmentBroken, match="seal"):
            read(depot)


def test_a_segment_that_says_otherwise_than_its_record_is_named_with_the_sequence(sealed: Path) -> None:
    """Somebody has made a new segment, with fitting digests, out of other events."""
    depot = FolderDepot(sealed)
    third, second = (Seal.decode(depot.get(name_of(SERVICE, number))) for number in (3, 2))
    assert third.organisation != second.organisation
    forged = json.loads(third.encode())
    depot.put(third.segment, depot.get(second.segment))
    for name in ("packed", "sha256", "length"):
        forged[name] = getattr(second, name)
    depot.put(name_of(SERVICE, 3), json.dumps(forged).encode())
    with pytest.raises(SegmentBroken, match="at 1"):
        read(depot)


def test_a_missing_segment_is_named(sealed: Path) -> None:
    next(each for each in files(sealed) if "segments" in str(each)).unlink()
    with pytest.raises(SegmentBroken, match="seal 1"):
        read(FolderDepot(sealed))


# ── Where it lies ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_depot_gives_back_what_was_put(depot: Depot) -> None:
    depot.put("a/b/two", b"2")
    depot.put("a/b/one", b"1")
    depot.put("a/b/one", b"eins")
    assert depot.get("a/b/one") == b"eins"
    assert depot.names("a/b") == ["a/b/one", "a/b/two"]
    assert depot.names("a/c") == []
    with pytest.raises(Missing):
        depot.get("a/b/three")


def test_a_file_under_way_is_nobodys(tmp_path: Path) -> None:
    depot = FolderDepot(tmp_path)
    depot.put("a/one", b"1")
    (tmp_path / "a" / ".two.17").write_bytes(b"half")
    assert depot.names("a") == ["a/one"]
