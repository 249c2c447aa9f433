"""Does each service stand on its own? What goes into its image is put into an empty folder, imported and used there."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from shared.operations.discovery import discovered
from tests.history.pack.editing import Members
from tests.history.pack.office import office_of
from tests.support.deployment import ROOT, copied
from tests.support.tale import land

ALONE = """
import importlib, pathlib, sys
folder, packages, service = sys.argv[1:]
sys.path[:0] = [folder, packages]
from shared.operations.discovery import discovered
assert discovered() == (service,), discovered()
importlib.import_module(f"services.{service}.app")
for name, module in list(sys.modules.items()):
    if name.partition(".")[0] in {"services", "shared"}:
        assert pathlib.Path(module.__file__).is_relative_to(folder), module
"""
PACKING = """
import runpy, sys
folder, packages, *words = sys.argv[1:]
sys.path[:0] = [folder, packages]
sys.argv[1:] = words
runpy.run_module("services", run_name="__main__")
"""


@pytest.mark.parametrize("service", discovered())
def test_a_service_imports_with_only_the_shared_kit_beside_it(service: str, tmp_path: Path) -> None:
    copied(service, tmp_path)
    assert {place.name for place in (tmp_path / "services").iterdir()} == {"__init__.py", "__main__.py", service}
    packages = sysconfig.get_path("purelib")
    subprocess.run(
        [sys.executable, "-I", "-S", "-c", ALONE, str(tmp_path), packages, service], check=True, cwd=tmp_path
    )


def test_what_an_auditor_carries_away_from_an_image_has_the_pages_with_it(tmp_path: Path) -> None:
    image, pack, data = tmp_path / "image", tmp_path / "pack.zip", tmp_path / "data"
    copied("ratings", image)
    tale = land()
    tale.met("x", "2022-01-05", 10, 2)
    office = office_of(data, tale.logs)
    office.desk("ratings")
    office.close()
    words = [str(image), sysconfig.get_path("purelib"), "audit", "pack", str(pack), "--data", str(data)]
    subprocess.run([sys.executable, "-I", "-S", "-c", PACKING, *words], check=True, cwd=tmp_path)
    content, pages = Members.of(pack).content, sorted((ROOT / "docs" / "formats").glob("*.md"))
    assert {name for name in content if name.startswith("formats/")} == {f"formats/{page.name}" for page in pages}
    assert all(content[f"formats/{page.name}"] == page.read_bytes() for page in pages)


def test_an_image_without_figures_says_so_on_one_line(tmp_path: Path) -> None:
    copied("membership", tmp_path / "image")
    words = [str(tmp_path / "image"), sysconfig.get_path("purelib"), "audit", "pack", str(tmp_path / "pack.zip")]
    found = subprocess.run(
        [sys.executable, "-I", "-S", "-c", PACKING, *words], check=False, cwd=tmp_path, capture_output=True, text=True
    )
    assert found.returncode == 2
    (line,) = found.stderr.splitlines()
    assert "membership" in line
