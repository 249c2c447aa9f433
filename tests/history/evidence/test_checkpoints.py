"""Does a checkpoint cover every event and every sealing record, and can each be proved under it? On both stores."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import delete, update

from shared.eventsourcing.errors import ChainBroken
from shared.eventsourcing.lease import LeaseLost
from shared.eventsourcing.log_rows import chain_table, event_table
from shared.eventsourcing.sealed import seal_table
from shared.history.archive.archive import Archive
from shared.history.archive.depot import FolderDepot
from shared.history.evidence import growth
from shared.history.evidence.checkpoint import Checkpoint, NoCheckpoint, decode_ends, encode_ends, read_note
from shared.history.evidence.ledger import NotCovered, Published
from shared.history.evidence.merkle import EMPTY, root_of
from shared.history.evidence.note import Note
from shared.history.evidence.proof import check_receipt
from tests.history.evidence.house import HOUR, NOON, ORIGIN, SERVICE, A, B, C, House, house_in, micros
from tests.support.spoiling import spoil


@pytest.fixture
def either(store: str, tmp_path: Path) -> Iterator[House]:
    """A house on each kind of store."""
    with house_in(tmp_path / "house", store) as opened:
        yield opened


def says_what_stands(house: House, published: Published) -> bool:
    """Whether it covers just what the log and the archive have now, reckoned the plain way."""
    checkpoint = published.checkpoint
    seals = Archive(FolderDepot(house.folder / "archive"), SERVICE).seals()
    chains = {each: house.hashes(each) for each in house.log.heads()}
    ends = {end.organisation: (end.size, end.root) for end in published.ends}
    leaves = [end.leaf(ORIGIN) for end in sorted(published.ends, key=lambda end: str(end.organisation))]
    return (
        (checkpoint.size, checkpoint.root) == (len(seals), root_of(seal.leaf() for seal in seals))
        and ends == {each: (len(hashes), root_of(hashes)) for each, hashes in chains.items()}
        and (checkpoint.chains, checkpoint.chains_root) == (len(leaves), root_of(leaves))
    )


def test_a_checkpoint_covers_all_that_is_sealed_and_all_that_is_not_yet(either: House) -> None:
    first = either.published(a=25, b=3)
    assert says_what_stands(either, first)
    assert (first.checkpoint.size, first.checkpoint.root, first.events) == (0, EMPTY, 28)
    either.sealer.seal_all()
    second = either.published("sealed", c=4)
    assert says_what_stands(either, second)
    assert (second.checkpoint.size, second.checkpoint.number, second.checkpoint.why) == (4, 2, "sealed")
    assert second.checkpoint.previous == first.checkpoint.digest
    assert first.checkpoint.previous == hashlib.sha256().digest()
    assert [each.note for each in either.checkpoints.all()] == [first.note, second.note]
    assert either.checkpoints.latest() == second
    for published in (first, second):
        either.keys.judge(*read_note(str(published.note)))


def test_nothing_is_published_before_there_is_anything_or_when_nothing_is_new(either: House) -> None:
    assert either.checkpoints.publish("daily") is None
    assert either.checkpoints.latest() is None
    first = either.published(a=1)
    assert either.published("daily") == first
    assert either.published("period") == first
    either.sealer.seal_all()
    assert either.published("sealed").checkpoint.number == 2


def test_who_asks_is_answered_with_the_time_of_asking_however_quiet_the_log_is(either: House) -> None:
    assert either.checkpoints.publish("asked") is None
    first = either.published("daily", a=3, b=1)
    second = either.published()
    assert second.checkpoint.published == micros(either.now) > first.checkpoint.published
    assert (second.checkpoint.number, second.checkpoint.why, second.ends) == (2, "asked", first.ends)
    assert second.checkpoint.previous == first.checkpoint.digest
    assert either.checkpoints.latest() == second
    either.keys.judge(*read_note(str(second.note)))
    assert says_what_stands(either, second)


def test_a_quiet_log_that_lost_something_answers_nobody(house: House) -> None:
    first = house.published(a=3)
    with house.store.write() as connection:
        spoil(connection, delete(event_table).where(event_table.c.sequence == 3))
        spoil(connection, update(chain_table).values(sequence=2))
    with pytest.raises(ChainBroken):
        house.checkpoints.publish("asked")
    assert house.checkpoints.latest() == first


def test_a_checkpoint_never_bears_a_later_time_than_what_it_covers(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the chains are taken in, others post on: what comes then is not covered, and later than its time."""
    house.published(a=1)
    asked, grow = house.now + HOUR, growth.Trees.grow

    def slowly(trees: growth.Trees) -> None:
        grow(trees)
        house.now += HOUR
        house.grow(A, 1)

    monkeypatch.setattr(growth.Trees, "grow", slowly)
    published = house.published()
    assert published.checkpoint.published == micros(asked)
    assert published.end(A).size == 1


def test_every_receipt_is_proved_under_the_next_checkpoint_and_under_every_later_one(either: House) -> None:
    first = either.published(a=13, b=1)
    either.sealer.seal_all()
    second = either.published(a=8, c=300)
    for organisation in (A, B, C):
        for receipt in either.receipts(organisation):
            for under in (first, second):
                sequence, number = receipt.sequence, under.checkpoint.number
                if all(end.organisation != organisation or end.size < sequence for end in under.ends):
                    with pytest.raises(NotCovered):
                        either.checkpoints.inclusion(organisation, sequence, number)
                elif sequence % 7 in {0, 1} or sequence < 30:
                    proof = either.checkpoints.inclusion(organisation, sequence, number)
                    assert check_receipt(proof, either.keys, kept=receipt).checkpoint == under.checkpoint


def test_what_no_checkpoint_covers_is_not_proved(either: House) -> None:
    with pytest.raises(NotCovered):
        either.checkpoints.inclusion(A, 1)
    either.published(a=2)
    either.grow(A, 1)
    for organisation, sequence, number in ((A, 3, None), (A, 0, None), (B, 1, None), (A, 1, 2), (A, 1, 0)):
        with pytest.raises(NotCovered):
            either.checkpoints.inclusion(organisation, sequence, number)
    for old, new in ((0, 3), (2, 1), (-1, 2)):
        with pytest.raises(NotCovered):
            either.checkpoints.consistency(A, old, new)
    with pytest.raises(NotCovered):
        either.checkpoints.sealing(0, 1)


def test_every_size_is_proved_to_continue_every_smaller_one(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(growth, "BLOCK", 4)
    for count in (3, 1, 7, 13, 1):
        house.published(a=count)
    hashes = house.hashes(A)
    for new in range(len(hashes) + 1):
        for old in range(new + 1):
            grown = house.checkpoints.consistency(A, old, new)
            assert grown.proves()
            assert (grown.old_root, grown.new_root) == (root_of(hashes[:old]).hex(), root_of(hashes[:new]).hex())


def test_trees_are_grown_in_portions_that_are_each_safe(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(growth, "PORTION", 100)
    house.grow(B, 30)
    house.grow(A, 1_000)
    house.grow(C, 270)
    house.lease.losing_after(3)
    with pytest.raises(LeaseLost):
        house.checkpoints.publish("asked")
    assert house.checkpoints.latest() is None
    house.lease.held = True
    assert says_what_stands(house, house.published(a=1))
    check_receipt(house.checkpoints.inclusion(A, 500), house.keys, kept=house.receipts(A)[499])


def test_who_does_not_lead_publishes_nothing(either: House) -> None:
    first = either.published(a=1)
    either.grow(A, 1)
    either.lease.held = False
    with pytest.raises(LeaseLost):
        either.checkpoints.publish("asked")
    assert either.checkpoints.latest() == first
    either.lease.held = True
    either.lease.losing_after(1)
    with pytest.raises(LeaseLost):
        either.checkpoints.publish("asked")
    assert either.checkpoints.latest() == first


def test_a_clock_that_goes_back_moves_no_checkpoint_back(house: House) -> None:
    first = house.published(a=1)
    house.now = NOON.replace(year=2020)
    second = house.published(a=1)
    assert second.checkpoint.published == first.checkpoint.published + 1
    house.keys.judge(*read_note(str(second.note)))
    assert first.checkpoint.published >= micros(NOON)


def test_an_event_that_was_changed_under_a_checkpoint_is_never_proved(house: House) -> None:
    house.published(a=20)
    with house.store.write() as connection:
        spoil(connection, update(event_table).where(event_table.c.sequence == 7).values(hash=bytes(32)))
    with pytest.raises(ChainBroken, match="checkpoint 1"):
        house.checkpoints.inclusion(A, 7)
    with pytest.raises(ChainBroken):
        house.checkpoints.inclusion(A, 8)


def test_a_log_that_lost_what_was_covered_publishes_nothing(house: House) -> None:
    house.published(a=20)
    with house.store.write() as connection:
        spoil(connection, delete(event_table).where(event_table.c.sequence > 18))
        spoil(connection, update(chain_table).values(sequence=18))
    with pytest.raises(ChainBroken, match="shorter than the 20"):
        house.checkpoints.publish("asked")


def test_a_gap_in_the_log_is_never_covered(house: House) -> None:
    house.grow(A, 20)
    with house.store.write() as connection:
        spoil(connection, delete(event_table).where(event_table.c.sequence == 5))
    with pytest.raises(ChainBroken, match="lacks events"):
        house.checkpoints.publish("asked")
    assert house.checkpoints.latest() is None


def test_a_sealing_record_of_another_history_is_never_covered(house: House, tmp_path: Path) -> None:
    house.grow(A, 20)
    with house_in(tmp_path / "other", size=44) as other:
        other.grow(A, 20)
        other.sealer.seal_all()
        with other.store.read() as connection:
            foreign = [dict(row._mapping) for row in connection.execute(seal_table.select())]  # noqa: SLF001 — SQLAlchemy's own name
    with house.store.write() as connection:
        connection.execute(seal_table.insert(), foreign)
    with pytest.raises(ChainBroken, match="sealing record 1"):
        house.checkpoints.publish("sealed")


def test_the_trail_leads_from_the_latest_back_by_digests(house: House) -> None:
    for _ in range(4):
        house.published(a=1)
    trail = house.checkpoints.trail(2)
    assert [each.number for each in trail] == [4, 3, 2]
    assert [newer.previous for newer in trail[:-1]] == [older.digest for older in trail[1:]]


TEXT = (
    "nennep/thu/meetings\n2\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\nnumber 3\n"
    "published 2026-03-01T05:00:00.000000Z\nfor sealed\nchains 4 CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    "previous CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
)


def test_a_checkpoint_has_one_spelling() -> None:
    checkpoint = Checkpoint.parse(TEXT)
    assert checkpoint.text == TEXT
    assert (checkpoint.service, checkpoint.size, checkpoint.chains, checkpoint.number) == ("meetings", 2, 4, 3)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("\n2\n", "\n02\n"),
        ("\n2\n", "\n-2\n"),
        ("\n2\n", "\n٢\n"),
        ("q2I=\nnumber", "q2J=\nnumber"),
        ("05:00:00.000000Z", "05:00:00Z"),
        ("05:00:00.000000Z", "12:00:00.000000+07:00"),
        ("2026-03-01", "2026-02-30"),
        ("for sealed", "for fun"),
        ("number 3\n", ""),
        ("number 3", "number  3"),
        ("previous", "extra line\nprevious"),
        ("I=\n", "I="),
        ("nennep/thu/meetings\n", "\n"),
    ],
)
def test_any_other_spelling_is_no_checkpoint(old: str, new: str) -> None:
    assert old in TEXT
    with pytest.raises(NoCheckpoint):
        Checkpoint.parse(TEXT.replace(old, new))


def test_a_list_of_chains_has_one_spelling_and_one_order(house: House) -> None:
    ends = house.published(a=1, b=2, c=3).ends
    text = encode_ends(ends)
    assert decode_ends(text) == ends
    lines = text.splitlines(keepends=True)
    for spoilt in ("".join(reversed(lines)), text + lines[0], text + "\n", text[:-1], text.upper(), " " + text):
        with pytest.raises(NoCheckpoint):
            decode_ends(spoilt)


def test_a_note_with_another_text_is_no_checkpoint() -> None:
    with pytest.raises(NoCheckpoint):
        read_note(str(Note("text\n", ())))
    with pytest.raises(NoCheckpoint):
        read_note(TEXT)
