"""How does a test type a command? In a process of its own, as its user does, or in this one, which is much cheaper."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import pytest

from shared.operations.command_line import main
from tests.support.sources import ROOT

LONGEST = 600.0
"""Seconds for a command on a machine that others use too."""


@dataclass(frozen=True)
class Told:
    """What a command answered."""

    returncode: int
    stdout: str
    stderr: str

    @property
    def is_one_line(self) -> bool:
        """Whether it said nothing but one line to its user."""
        return self.stderr.count("\n") == 1 and "Traceback" not in self.stderr and self.stdout == ""


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """The environment without any setting of the product but these."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("NENNEP_")}
    return {**kept, "PYTHONPATH": str(ROOT), "COLUMNS": "160", **settings}


def ran(*words: str, cwd: Path = ROOT, settings: Mapping[str, str] | None = None) -> Told:
    """`nennep …` in a process, to its end."""
    command = [sys.executable, "-m", "services", *words]
    ended = subprocess.run(
        command,
        check=False,
        capture_output=True,
        text=True,
        cwd=cwd,
        env=environment(settings or {}),
        timeout=LONGEST,
    )
    return Told(ended.returncode, ended.stdout, ended.stderr)


def typed(*words: str, settings: Mapping[str, str] | None = None) -> Told:
    """`nennep …` in this process: the same words, the same answer, no second Python."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
    code: object = 0
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setattr(sys, "argv", ["nennep", *words])
        for name in [name for name in os.environ if name.startswith("NENNEP_")]:
            patch.delenv(name)
        for name, value in {"COLUMNS": "160", **(settings or {})}.items():
            patch.setenv(name, value)
        try:
            main()
        except SystemExit as ended:
            code = ended.code
    return Told(code if isinstance(code, int) else 0 if code is None else 1, _text(out), _text(err))


def _text(file: io.TextIOWrapper) -> str:
    file.flush()
    file.seek(0)
    return file.read()
