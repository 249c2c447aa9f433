"""Do the import rules hold what they promise? Each is broken once in a small tree, and must be found there.

That the product itself keeps them is what `make check` asks with the same rules.
"""

from __future__ import annotations

import ast
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from tests.support.sources import ROOT, modules, parsed

SHARED = ("contracts", "sheets", "client", "eventsourcing", "personal", "units", "history", "web", "operations")
SERVICES = ("alpha", "beta")
INSIDE = ("app", "api", "domain/thing", "projections/view")
PLANTED = {
    "a service imports another": ("services/alpha/app", "import services.beta.api"),
    "a new service is covered without a change": ("services/gamma/app", "import services.beta.api"),
    "the kit imports a service": ("shared/eventsourcing/log", "import services.alpha.domain.thing"),
    "the api imports the composition": ("services/alpha/api", "import services.alpha.app"),
    "a projection imports the api": ("services/alpha/projections/view", "import services.alpha.api"),
    "the domain imports a projection": ("services/alpha/domain/thing", "import services.alpha.projections.view"),
    "the domain imports a store": ("services/beta/domain/thing", "import sqlalchemy"),
    "the domain imports a store by a detour": ("services/beta/domain/thing", "import shared.eventsourcing.log"),
    "contracts import the kit": ("shared/contracts/event", "import shared.eventsourcing.log"),
    "the kit imports the units": ("shared/eventsourcing/log", "import shared.units.tree"),
    "personal data import the units": ("shared/personal/keys", "import shared.units.tree"),
    "units import the history": ("shared/units/tree", "import shared.history.figures"),
    "history imports the web": ("shared/history/figures", "import shared.web.access"),
    "sheets import the kit": ("shared/sheets/reader", "import shared.eventsourcing.log"),
    "the client imports contracts": ("shared/client/outbox", "import shared.contracts.event"),
    "the web imports operations": ("shared/web/access", "import shared.operations.settings"),
}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A small product that keeps every rule, under the rules of the real one."""
    leaves = [f"shared/{part}/__init__" for part in SHARED]
    leaves += [f"services/{service}/{leaf}" for service in SERVICES for leaf in INSIDE]
    for leaf in leaves:
        plant(tmp_path, leaf, "")
    plant(tmp_path, "shared/eventsourcing/log", "import sqlalchemy")
    for leaf in ("units/tree", "history/figures", "web/access", "operations/settings"):
        plant(tmp_path, f"shared/{leaf}", "import shared.contracts")
    rules = (ROOT / "pyproject.toml").read_text(encoding="utf-8").partition("[tool.importlinter]")[2]
    (tmp_path / "pyproject.toml").write_text(f"[tool.importlinter]{rules}", encoding="utf-8")
    return tmp_path


def plant(root: Path, leaf: str, line: str) -> None:
    file = root / f"{leaf}.py"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"{line}\n")
    for folder in file.relative_to(root).parents[:-1]:
        (root / folder / "__init__.py").touch()


def judged(root: Path) -> subprocess.CompletedProcess[str]:
    program = Path(sysconfig.get_path("scripts")) / "lint-imports"
    words = [str(program), "--no-cache", "--no-logo"]
    return subprocess.run(words, check=False, capture_output=True, text=True, cwd=root)


def test_a_tree_that_keeps_the_rules_passes(tree: Path) -> None:
    answer = judged(tree)
    assert answer.returncode == 0, answer.stdout


@pytest.mark.parametrize("breach", PLANTED)
def test_a_breach_is_found(tree: Path, breach: str) -> None:
    leaf, line = PLANTED[breach]
    plant(tree, leaf, line)
    answer = judged(tree)
    assert answer.returncode == 1, answer.stdout
    assert "BROKEN" in answer.stdout


def test_contracts_rest_on_pydantic_msgspec_and_the_standard_library_alone() -> None:
    allowed = {"pydantic", "msgspec", *sys.stdlib_module_names}
    for file in modules("shared"):
        if file.parts[1] == "contracts":
            for name in imported(parsed(file)):
                assert name.startswith("shared.contracts") or name.partition(".")[0] in allowed, f"{file}: {name}"


def imported(tree: ast.Module) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
    return names
