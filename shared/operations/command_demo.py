"""Which command shows the whole way once? `demo`, with synthetic facts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from shared.operations.demo.stage import run
from shared.operations.options import Data


def demo(
    *,
    data: Data = Path("var/demo"),
    once: Annotated[bool, typer.Option("--once", help="Kết thúc sau bảng. · End after the table.")] = False,
) -> None:
    """Exit code 1 when a figure differs from the published one."""
    raise typer.Exit(run(data, once=once))
