"""Which SQL makes the log on PostgreSQL before any service starts? Printed, to be kept as `deploy/postgres/log.sql`."""

from __future__ import annotations

import sys

from shared.eventsourcing.log_rows import chain_table, event_table
from shared.eventsourcing.wall import script

HEAD = """\
-- Which tables hold the log, and who may do what to them? Made by `python -m shared.operations.log_script`.
-- They belong to a role that nobody logs in as: the service appends and reads, and cannot alter, empty or drop them.
"""


def log_script() -> str:
    """The whole file."""
    return HEAD + "".join(f"\n{statement.rstrip(';')};\n" for statement in script((chain_table, event_table)))


if __name__ == "__main__":
    sys.stdout.write(log_script())
