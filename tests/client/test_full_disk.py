"""What does an outbox do on a full disk? It says so, keeps what it had taken, and goes on once there is room."""

from __future__ import annotations

import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from shared.client import Outbox
from tests.client.test_outbox import fact, ids, stands


@contextmanager
def full_at(size: int) -> Iterator[None]:
    """No file of this process grows beyond so many bytes: what fits is written, then the kernel refuses."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    former = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, former)


def test_a_full_disk_is_told_keeps_what_was_taken_and_takes_more_once_there_is_room(tmp_path: Path) -> None:
    path = tmp_path / "outbox"
    outbox = Outbox(path)
    outbox.put([fact(1)])
    taken = path.stat().st_size
    for room in (0, 1, 7, 60):
        with full_at(taken + room):
            with pytest.raises(OSError, match="large"):
                outbox.put([fact(2), fact(3)])
            with pytest.raises(OSError, match="large"):
                outbox.settle([stands(outbox.waiting[0], 1)])
        assert ids(outbox) == ids(Outbox(path)) == [fact(1)["id"]], room
        assert Outbox(path).receipts == {}, room
    with full_at(taken - 20), pytest.raises(OSError, match="large"):
        outbox.compact(least=0)
    assert outbox.put([fact(2), fact(3)]) == 2
    outbox.settle([stands(outbox.waiting[0], 1)])
    assert ids(Outbox(path)) == [fact(2)["id"], fact(3)["id"]]
    assert list(Outbox(path).receipts) == [fact(1)["id"]]
