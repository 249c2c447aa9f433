"""Where may a test kill the process? At points with names; `NENNEP_FAULT=relay.published:3` kills at the third time.

The process dies by SIGKILL, as in a power cut: nothing is flushed, closed or said. Without the variable a point costs
one comparison. A name that is not listed here stops the program at its start, so that no kill test passes unkilled.
"""

from __future__ import annotations

import os
import signal
from typing import Final, Literal, get_args

Point = Literal[
    "intake.before-commit",  # the group is written, its transaction still open
    "intake.after-commit",  # the facts stand in the log, nobody has been answered
    "relay.published",  # the batch stands in the Redis stream, the mark has not moved
    "relay.marked",  # the marks are saved
    "subscription.delivered",  # a batch was read from Redis, nothing of it is stored
    "subscription.taken",  # rows, positions and entry id are committed, nothing is acknowledged
    "projection.before-commit",  # the rows are written, the position is not
    "sealer.put",  # the segment's bytes are put away, no record names them
    "sealer.sealed",  # the log says that it is sealed, the record is not in the depot
    "rebuild.filled",  # a batch stands in the shadow, its position with it
    "rebuild.before-switch",  # old and new stand at one position, the old still serves
    "rebuild.after-switch",  # the control row says that the new one serves, nobody has it open
]

VARIABLE: Final = "NENNEP_FAULT"


def _armed(setting: str | None) -> tuple[str, int] | None:
    """The point to die at, and at which time; ValueError for an unknown point or a time below 1."""
    if not setting:
        return None
    point, _, times = setting.partition(":")
    if point not in get_args(Point) or int(times or 1) < 1:
        message = f"{VARIABLE} names no point: {setting}"
        raise ValueError(message)
    return point, int(times or 1)


_fault = _armed(os.environ.get(VARIABLE))
_reached = 0


def reach(point: Point) -> None:
    """Pass a point; the process ends here if the environment says so."""
    if _fault is not None:
        _die_at(point, *_fault)


def _die_at(point: Point, fatal: str, times: int) -> None:
    global _reached  # noqa: PLW0603 — one process, one fault, one count
    if point != fatal:
        return
    _reached += 1
    if _reached == times:
        os.kill(os.getpid(), signal.SIGKILL)
