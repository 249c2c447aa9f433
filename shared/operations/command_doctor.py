"""Which command looks the machine over? `doctor`: can the product run here, and is every event accounted for?"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import typer

from shared.operations.doctor import examine
from shared.operations.options import Data, Json, Key


def doctor(*, data: Data = Path("var"), key: Key = None, as_json: Json = False) -> None:
    """Exit code 1 when anything is not as it must be."""
    findings = examine(data, key)
    if as_json:
        print(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False))
    else:
        for finding in findings:
            print(f"{'✓' if finding.good else '✗'} {finding.name}: {finding.said}")
    raise typer.Exit(0 if all(finding.good for finding in findings) else 1)
