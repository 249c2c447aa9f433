"""Is the product whole as a package? Built, installed into an empty folder, and a service begun with nothing else."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.support.deployment import ROOT
from tests.system.deployment import Deployment
from tests.system.newcomer import Newcomer, filled_in, product
from tests.system.test_newcomer import joins

SOURCES = ("shared", "services", "requirements", "docs/formats", "pyproject.toml", "README.md")
WHERE = """
import shared, services, sys
from shared.history.pack.packer import PAGES
from shared.operations.discovery import discovered
print(shared.__file__, services.__file__, PAGES, len(list(PAGES.glob("*.md"))), *discovered(), sep="|")
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package, built from a copy of what the checkout holds."""
    folder = tmp_path_factory.mktemp("wheel")
    for source in SOURCES:
        place = folder / "source" / source
        place.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, place, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / source, place)
    flags = ("--quiet", "--disable-pip-version-check", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder))
    subprocess.run([sys.executable, "-m", "pip", "wheel", *flags, str(folder / "source")], check=True, cwd=folder)
    (built,) = folder.glob("nennep-*.whl")
    return built


@pytest.fixture(scope="module")
def site(wheel: Path) -> Path:
    """The package installed into a folder of its own; what it needs is there already."""
    folder = wheel.parent / "site"
    flags = ("--quiet", "--disable-pip-version-check", "--no-deps", "--no-index", "--target", str(folder))
    subprocess.run([sys.executable, "-m", "pip", "install", *flags, str(wheel)], check=True, cwd=wheel.parent)
    return folder


def typed(*words: str, cwd: Path, site: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """A Python that finds the product in the package alone."""
    environment = {**os.environ, "PYTHONPATH": str(site), **more}
    return subprocess.run(
        [sys.executable, *words], check=False, capture_output=True, text=True, cwd=cwd, env=environment
    )


def test_it_holds_every_file_that_the_checkout_holds(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as opened:
        packed = set(opened.namelist())
    there = {
        path.relative_to(ROOT).as_posix()
        for top in ("shared", "services")
        for path in (ROOT / top).rglob("*")
        if path.is_file() and path.suffix not in {".pyc", ".md"}
    }
    assert there - packed == set()
    assert not [name for name in packed if name.startswith("tests/")]


def test_an_empty_folder_elsewhere_is_enough_for_a_service(site: Path, tmp_path: Path) -> None:
    shared, services, pages, count, *found = typed("-c", WHERE, cwd=tmp_path, site=site).stdout.strip().split("|")
    assert all(Path(place).is_relative_to(site) for place in (shared, services, pages))
    assert int(count) == len(list((ROOT / "docs" / "formats").glob("*.md")))
    assert {"membership", "meetings", "ratings"} <= set(found)
    made = typed("-m", "services", *("new-service", "probe"), cwd=tmp_path, site=site)
    assert made.returncode == 0, made.stderr
    tests = typed("-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/test_held.py", cwd=tmp_path, site=site)
    assert (tests.returncode, "3 passed" in tests.stdout) == (0, True), tests.stdout


@pytest.mark.battery
def test_with_the_package_alone_it_runs_beside_the_product_that_it_brings(site: Path, tmp_path: Path) -> None:
    made = typed("-m", "services", *("new-service", "probe"), cwd=tmp_path, site=site)
    assert made.returncode == 0, made.stderr
    here = {"NENNEP_SERVICES": str(tmp_path)}
    tests = typed("-m", "pytest", "-q", "-p", "no:cacheprovider", "tests", cwd=tmp_path, site=site, **here)
    assert (tests.returncode, "5 passed" in tests.stdout) == (0, True), tests.stdout


@pytest.mark.battery
def test_from_the_package_a_service_joins_a_running_product(
    site: Path, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    filled_in(tmp_path)
    with Deployment(tmp_path_factory.mktemp("deployment")) as deployment:
        settings = {"NENNEP_SERVICES": str(tmp_path), "PYTHONPATH": str(site)}
        joins(deployment, Newcomer(deployment, product(), settings, tmp_path), 2_000, 13)
