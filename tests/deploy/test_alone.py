"""Does each service stand on its own? What goes into its image is put into an empty folder and imported there."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from shared.operations.serving import discovered
from tests.support.deployment import copied

ALONE = """
import importlib, pathlib, sys
folder, packages, service = sys.argv[1:]
sys.path[:0] = [folder, packages]
from shared.operations.serving import discovered
assert discovered() == (service,), discovered()
importlib.import_module(f"services.{service}.app")
for name, module in list(sys.modules.items()):
    if name.partition(".")[0] in {"services", "shared"}:
        assert pathlib.Path(module.__file__).is_relative_to(folder), module
"""


@pytest.mark.parametrize("service", discovered())
def test_a_service_imports_with_only_the_shared_kit_beside_it(service: str, tmp_path: Path) -> None:
    copied(service, tmp_path)
    assert {place.name for place in (tmp_path / "services").iterdir()} == {"__init__.py", "__main__.py", service}
    packages = sysconfig.get_path("purelib")
    subprocess.run(
        [sys.executable, "-I", "-S", "-c", ALONE, str(tmp_path), packages, service], check=True, cwd=tmp_path
    )
