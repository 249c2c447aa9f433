"""Is every line of the definitions counted by hand somewhere?"""

from __future__ import annotations

import ast
import sys
from pathlib import Path

LINES = (
    "day",
    "what counts",
    "order within a day",
    "same id again",
    "already",
    "voiding",
    "correction's day",
    "member",
    "opening",
    "sub-branch",
    "transfer",
    "away",
    "death",
    "merge of branches",
    "admission, referral, Party admission",
    "unit on a day",
    "as it was then",
    "tree of a date, forward",
    "tree of a date, backward",
    "not comparable",
    "waiting unit",
    "no unit",
    "owner of a unit",
    "root of a closed organisation",
    "held",
    "due",
    "met",
    "attendance",
    "named roll",
    "attending regularly",
    "lượt, cuộc",
    "below duty",
    "hamlet without a branch",
    "hamlet without a model",
    "models",
    "grades",
)
OURS = (
    "dues",
    "card",
    "disciplined",
    "leaders disciplined",
    "head disciplined",
    "plan registered",
    "exemplary households",
    "tasks",
    "units disciplined",
)
"""Lines of which the definitions say nothing: `docs/decisions/0031-figures-behind-indicators.md` does."""


def test_every_line_of_the_definitions_has_a_case_and_every_case_a_line() -> None:
    told = set()
    for path in Path(__file__).parent.glob("test_oracle_*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.FunctionDef)
                and node.name.startswith("test_")
                and (text := ast.get_docstring(node))
            ):
                told.add(text.split(":")[0].lower())
    assert told == {line.lower() for line in (*LINES, *OURS)}


def test_the_oracle_knows_nothing_of_the_product() -> None:
    modules = set()
    for path in Path(__file__).parent.glob("*.py"):
        if not path.name.startswith("test_"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Import):
                    modules |= {alias.name.split(".")[0] for alias in node.names}
                elif isinstance(node, ast.ImportFrom):
                    modules.add(str(node.module).split(".")[0])
    assert modules & {"shared", "services"} == set()
    assert modules - {"tests"} <= sys.stdlib_module_names
