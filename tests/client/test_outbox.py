"""Does the outbox keep what it has taken? Through a power cut at every byte, through damage, beside others."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shared.client import (
    AnotherSender,
    Client,
    OtherContent,
    Outbox,
    OutboxDamaged,
    Patience,
    Posted,
    Problem,
    Receipt,
    Unreachable,
    event,
    records,
    send,
)
from shared.client.outbox import Waiting
from shared.client.records import Record, append
from tests.support.sources import ROOT

ORGANISATION = "5f1e0000-0000-4000-8000-000000000001"
NAME = "vn.nennep.meetings.meeting-held.v1"


def fact(number: int, title: str = "Sinh hoạt chi đoàn") -> dict[str, Any]:
    id = f"00000000-0000-4000-8000-{number:012}"
    return event(NAME, id, {"title": title}, occurred="2024-03-26", source="/thu", id=id)


def stands(fact: Waiting, sequence: int) -> tuple[Waiting, Posted]:
    return fact, Posted(fact.id, Receipt("meetings", ORGANISATION, sequence, f"{sequence:064}"), already=False)


def ids(outbox: Outbox) -> list[str]:
    return [each.id for each in outbox.waiting]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "hop-thu"


def test_what_was_put_in_is_there_in_its_order_for_whoever_opens_the_file(path: Path) -> None:
    outbox = Outbox(path)
    assert outbox.put(fact(n) for n in (3, 1, 2)) == 3
    assert outbox.put([fact(1), fact(4), fact(4)]) == 1
    assert [each[-1] for each in ids(Outbox(path))] == ["3", "1", "2", "4"]
    assert "Sinh hoạt chi đoàn" in Outbox(path).waiting[0].line


def test_text_keeps_its_bytes_on_one_line(path: Path) -> None:
    text = f'{{"id": "A0000000-0000-4000-8000-000000000001",\r\n "type": "{NAME}",  "data": {{"fact": {{"n": 1.50}}}}}}'
    Outbox(path).put([text])
    (waiting,) = Outbox(path).waiting
    assert waiting.line == text.replace("\r\n", "  ")
    assert waiting.id == "a0000000-0000-4000-8000-000000000001"


def test_an_id_keeps_its_content_while_it_waits_and_when_it_stands(path: Path) -> None:
    outbox = Outbox(path)
    outbox.put([fact(1)])
    with pytest.raises(OtherContent):
        outbox.put([fact(1, "khác")])
    outbox.settle([stands(outbox.waiting[0], 1)])
    with pytest.raises(OtherContent):
        Outbox(path).put([fact(1, "khác")])
    assert Outbox(path).put([fact(1)]) == 0
    with pytest.raises(OtherContent):
        outbox.put([fact(2), fact(2, "khác")])
    assert ids(Outbox(path)) == []


@pytest.mark.parametrize("bad", ["", "[]", "{", '{"id": "x"}', '{"id": 1, "type": "vn.nennep.a.b.v1"}', {"id": "x"}])
def test_what_is_no_event_is_not_taken(path: Path, bad: str | dict[str, str]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 — json's and our own are all of them
        Outbox(path).put([fact(1), bad])
    assert not path.exists()


def test_a_power_cut_at_any_byte_costs_at_most_what_nobody_was_told_of(path: Path) -> None:
    outbox, moments = Outbox(path), list[tuple[int, Any]]([(0, ([], {}, {}))])

    def told() -> None:
        moments.append((path.stat().st_size, (ids(outbox), outbox.receipts, dict(outbox.refused))))

    outbox.put([fact(1)])
    told()
    outbox.put([fact(2)])
    told()
    outbox.settle([stands(outbox.waiting[0], 1)])
    told()
    outbox.settle([(outbox.waiting[0], Problem(422, "unknown-unit"))])
    told()
    outbox.again([fact(2)["id"]])
    told()
    whole = path.read_bytes()
    for length in range(len(whole) + 1):
        for left in (b"", b"\0\0\0\0"):
            path.write_bytes(whole[:length] + left)
            opened = Outbox(path)
            at_least = max(moment for moment in moments if moment[0] <= length)
            assert (ids(opened), opened.receipts, dict(opened.refused)) == at_least[1], length
            if length % 41:
                continue
            opened.put([fact(9)])
            assert ids(Outbox(path)) == [*at_least[1][0], fact(9)["id"]]


def test_a_changed_byte_before_the_end_is_damage_and_nothing_is_sent_or_lost(path: Path) -> None:
    outbox = Outbox(path)
    for number in range(3):
        outbox.put([fact(number)])
    whole = path.read_bytes()
    second = whole.index(b"\n") + 10
    path.write_bytes(whole[:second] + b"#" + whole[second + 1 :])
    with pytest.raises(OutboxDamaged):
        Outbox(path)
    assert len(path.read_bytes()) == len(whole)


def test_a_record_of_a_later_version_is_not_guessed_at(path: Path) -> None:
    append(path, [{"format": 2, "generation": 0}], 0)
    with pytest.raises(OutboxDamaged):
        Outbox(path)


def test_compaction_keeps_receipts_what_waits_and_what_was_refused_and_another_opener_notices(path: Path) -> None:
    outbox, other = Outbox(path), Outbox(path)
    outbox.put(fact(n) for n in range(100))
    first = outbox.waiting
    outbox.settle(stands(each, n + 1) for n, each in enumerate(first[:98]))
    outbox.settle([(first[98], Problem(409, "id-conflict", field="id"))])
    other.refresh()
    size = path.stat().st_size
    before = (ids(outbox), outbox.receipts, outbox.refused)
    assert not outbox.compact()
    assert outbox.compact(least=0)
    assert path.stat().st_size < size * 0.7
    for each in (outbox, Outbox(path)):
        assert (ids(each), each.receipts, each.refused) == before
    assert other.put([fact(200)]) == 1
    assert ids(Outbox(path)) == [first[99].id, fact(200)["id"]]
    with pytest.raises(OtherContent):
        other.put([fact(0, "khác")])


def test_whoever_looks_while_another_compacts_sees_the_old_file_or_the_new_one(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the first record, which says how often the file was written anew, and the next that was not read yet."""
    other, real = Outbox(path), records.read
    other.put([fact(0)])
    one = Outbox(path)
    other.put(fact(n) for n in range(1, 9))
    other.settle(stands(each, n) for n, each in enumerate(other.waiting[:6], 1))

    def reading(*where: Any) -> Iterator[tuple[Record, int]]:
        for found in real(*where):
            if generations:
                monkeypatch.undo()
                assert other.compact(least=generations.pop())
            yield found

    generations = [0]
    monkeypatch.setattr("shared.client.outbox.read", reading)
    one.refresh()
    one.refresh()
    assert ids(one) == [fact(n)["id"] for n in (6, 7, 8)]
    assert len(one.receipts) == 6


def test_a_compaction_that_breaks_off_leaves_the_old_file(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outbox = Outbox(path)
    outbox.put([fact(1)])

    def cut(_path: Path, _target: Path) -> Path:
        raise OSError("cut")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", cut)
        with pytest.raises(OSError, match="cut"):
            outbox.compact(least=0)
    assert ids(Outbox(path)) == [fact(1)["id"]]
    assert Outbox(path).compact(least=0)


def test_what_was_refused_comes_again_as_it_is_or_as_it_should_have_been_or_not_at_all(path: Path) -> None:
    outbox = Outbox(path)
    outbox.put(fact(n) for n in range(3))
    outbox.settle((each, Problem(422, "unknown-unit", "Không có đơn vị này.")) for each in outbox.waiting)
    assert outbox.refused[fact(0)["id"]][1].title == "Không có đơn vị này."
    assert (outbox.again([fact(0)["id"], "nobody"]), outbox.drop([fact(1)["id"]])) == (1, 1)
    assert outbox.put([fact(2, "đúng"), fact(1, "khác")]) == 2
    assert ids(Outbox(path)) == [fact(0)["id"], fact(2)["id"], fact(1)["id"]]
    assert Outbox(path).refused == {}


PUTS = """
import sys
from shared.client import Outbox
from tests.client.test_outbox import fact
for n in range(int(sys.argv[2]), int(sys.argv[3])):
    Outbox(sys.argv[1]).put([fact(n)])
"""


def test_several_processes_put_side_by_side_and_nothing_is_lost(path: Path) -> None:
    def putting(start: int) -> subprocess.Popen[bytes]:
        words = [sys.executable, "-c", PUTS, str(path), str(start), str(start + 25)]
        return subprocess.Popen(words, cwd=ROOT, env={"PYTHONPATH": str(ROOT)})

    processes = [putting(start) for start in (0, 100)]
    assert [each.wait(90) for each in processes] == [0, 0]
    assert sorted(ids(Outbox(path))) == [fact(n)["id"] for n in (*range(25), *range(100, 125))]


def test_one_sends_at_a_time(path: Path) -> None:
    outbox = Outbox(path)
    outbox.put([fact(1)])
    with outbox.sender(), pytest.raises(AnotherSender):
        send(Outbox(path), {})
    with Client("http://127.0.0.1:1", "k", patience=Patience(times=0)) as nobody, pytest.raises(Unreachable):
        send(outbox, {"meetings": nobody})
    assert ids(Outbox(path)) == [fact(1)["id"]]
