"""What does a service do that joined a supervisor, when that stops, dies, or has come back?"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shared.operations.beside import Watch, addresses, announced

MINE, OTHER = 4_001, 4_002


@contextmanager
def supervised(data: Path, pid: int | None) -> Iterator[None]:
    """A supervisor owns the folder; without a number it has not started everything yet."""
    descriptor = os.open(data / "lock", os.O_RDWR | os.O_CREAT)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    run = data / "run.json"
    if pid is None:
        run.unlink(missing_ok=True)
    else:
        run.write_text(json.dumps({"pid": pid}))
    try:
        yield
    finally:
        os.close(descriptor)


def test_it_goes_on_while_its_supervisor_runs_and_ends_with_it(tmp_path: Path) -> None:
    watch = Watch(tmp_path, MINE)
    with supervised(tmp_path, MINE):
        assert not watch.over()
        (tmp_path / "run.json").unlink()
        assert not watch.over(), "it is about to stop, or about to write the file"
    assert watch.over()
    assert not watch.again


def test_it_waits_for_one_that_died_and_begins_anew_under_the_next(tmp_path: Path) -> None:
    watch = Watch(tmp_path, MINE)
    with supervised(tmp_path, MINE):
        assert not watch.over()
    assert not watch.over(), "what is left of a supervisor that was killed is its file"
    with supervised(tmp_path, None):
        assert not watch.over(), "the next one has not started everything"
    with supervised(tmp_path, OTHER):
        assert watch.over()
        assert watch.again


def test_where_it_answers_stands_in_the_folder_only_while_it_answers(tmp_path: Path) -> None:
    with supervised(tmp_path, MINE), announced(tmp_path, "duty", "http://127.0.0.1:7999", MINE):
        assert addresses(tmp_path) == {"duty": "http://127.0.0.1:7999"}
    assert addresses(tmp_path) == {}
