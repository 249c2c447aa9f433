"""Is every file that means harm refused by name, within two seconds and 256 MB?"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable

import msgspec
import pytest

from shared.sheets.errors import REASONS, SheetRefused
from shared.sheets.process import read_tables
from tests.sheets.hostile import CASES, packed, parts
from tests.support.sources import ROOT

MEMORY = 256 * 2**10
"""In KiB, as the kernel counts."""
SECONDS = 2.0
PATIENCE = 120.0
"""On a machine that is busy with others, where only what this process spent itself is counted."""


@pytest.mark.parametrize(("build", "reason"), CASES.values(), ids=CASES)
def test_what_means_harm_is_refused_by_name(
    build: Callable[[], bytes], reason: str, record_property: Callable[[str, object], None]
) -> None:
    said, spent, held = read_alone(build())
    assert said == reason
    assert reason in REASONS
    assert spent <= SECONDS
    assert held <= MEMORY
    record_property("battery", ["S-12", 1, 0, ""])


def test_a_workbook_that_is_well_is_read() -> None:
    assert read_tables(packed(parts()))[0].rows == [["Họ và tên"]]


ALONE = (
    "import sys; from shared.sheets.reader import main; main(); sys.stdout.flush(); "
    "sys.stderr.write(open('/proc/self/status').read())"
)
"""The reader, and then what the kernel says of the memory that it held."""


def read_alone(data: bytes) -> tuple[str, float, int]:
    """What the reader answers, the seconds of processor time that it spent, and the most memory that it held."""
    environment = {"PYTHONPATH": str(ROOT), "PATH": os.defpath}
    words, pipe = [sys.executable, "-B", "-c", ALONE], subprocess.PIPE
    process = subprocess.Popen(words, env=environment, stdin=pipe, stdout=pipe, stderr=pipe)
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    begun = time.monotonic()
    process.stdin.write(data)
    process.stdin.close()
    said, status = process.stdout.read(), process.stderr.read().decode()
    process.stdout.close()
    process.stderr.close()
    _, ended, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(ended)
    assert time.monotonic() - begun < PATIENCE
    spent = used.ru_utime + used.ru_stime
    if process.returncode != 0:
        # An allocation beyond its limit was refused: it held less.
        return "too-much-memory", spent, 0
    held = int(re.search(r"VmHWM:\s+(\d+) kB", status)[1])  # type: ignore[index]  # the kernel says so always
    return str(msgspec.msgpack.decode(said)["reason"]), spent, held


def test_a_reader_that_dies_is_told_as_too_much() -> None:
    with pytest.raises(SheetRefused, match="too-much-memory"):
        read_tables(CASES["far corner"][0]())
