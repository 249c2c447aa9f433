"""How is a stranger's file opened without harm? In a process with limits, given bytes and giving back text."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Final

import msgspec

from shared.sheets.errors import SheetRefused
from shared.sheets.tables import Book, Content, Form, Refusal, Table

PATIENCE: Final = 60
"""Seconds of waiting for either process, whatever else the machine does."""
_ROOT: Final = Path(__file__).parents[2]
_decode = msgspec.msgpack.Decoder[Content | Refusal](Content | Refusal).decode
_encode = msgspec.msgpack.Encoder().encode


class CannotWrite(Exception):
    """The process that writes did not end well."""


def read_tables(data: bytes) -> list[Table]:
    """The tables of a file, as text. SheetRefused says why there are none."""
    done = _run("shared.sheets.reader", data)
    if done.returncode in {-signal.SIGXCPU, -signal.SIGKILL}:
        raise SheetRefused("too-long")
    if done.returncode != 0:
        # The reader died: an allocation that was refused ends it before it can say so.
        raise SheetRefused("too-much-memory")
    answer = _decode(done.stdout)
    if isinstance(answer, Refusal):
        raise SheetRefused(answer.reason)
    return list(answer.tables)


def write_book(book: Book, form: Form = "xlsx") -> bytes:
    """The workbook as bytes; as CSV its first page alone. CannotWrite when the process that writes failed."""
    done = _run("shared.sheets.writer", form.encode() + b"\n" + _encode(book))
    if done.returncode != 0:
        raise CannotWrite(done.returncode)
    return done.stdout


def _run(module: str, data: bytes) -> subprocess.CompletedProcess[bytes]:
    """Run one of the two, with nothing of this process's environment but the way to the code."""
    try:
        return subprocess.run(  # noqa: S603 — our own module, no shell, nothing of the sender in the words
            [sys.executable, "-X", "utf8", "-B", "-m", module],
            input=data,
            capture_output=True,
            check=False,
            timeout=PATIENCE,
            cwd=_ROOT,
            env={"PYTHONPATH": str(_ROOT), "PATH": os.defpath, "LC_ALL": "C.UTF-8", "MALLOC_ARENA_MAX": "2"},
        )
    except subprocess.TimeoutExpired:
        raise SheetRefused("too-long") from None
