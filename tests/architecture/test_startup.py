"""Does a process load only what it needs? Told by its loaded libraries, which no load of the machine moves."""

from __future__ import annotations

import subprocess
import sys

import pytest

from shared.operations.discovery import discovered

TYPED = "import typer; from shared.operations.command_line import app; typer.main.get_command(app).commands['{}'];"
"""What typing a command loads before the command itself begins."""
KIT = {"sqlalchemy", "faststream", "fastapi", "uvicorn"}
COLUMNS = {"duckdb", "pyarrow"}
PRINTING = {"docx", "typst", "openpyxl", "matplotlib", "pandas"}
ASKED_OF_COLUMNS = {"ratings"}
"""The services that answer from columns, and hold them open."""


def loaded(program: str) -> set[str]:
    words = [sys.executable, "-c", f"{program} import sys; print(*sys.modules)"]
    return set(subprocess.run(words, check=True, capture_output=True, text=True).stdout.split())


@pytest.mark.parametrize("command", ["doctor", "serve", "post"])
def test_a_command_loads_neither_the_kit_nor_what_other_commands_need(command: str) -> None:
    assert not loaded(TYPED.format(command)) & (KIT | COLUMNS | PRINTING)


@pytest.mark.parametrize("service", discovered())
def test_a_service_loads_no_library_of_a_rare_task(service: str) -> None:
    rare = PRINTING if service in ASKED_OF_COLUMNS else PRINTING | COLUMNS
    serving = f"import shared.operations.serving, shared.operations.settings, services.{service}.app;"
    assert not loaded(TYPED.format("serve") + serving) & rare
