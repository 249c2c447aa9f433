"""Is a report the same bytes everywhere? Under any hash seed, locale, zone, load, store, order of files and Python."""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from random import Random

import pytest
from sqlalchemy import create_engine, text

from services.ratings.projections import FIGURES
from tests.history.replay.kept import exported, stored, told
from tests.support.happenings import Happenings
from tests.support.sources import ROOT

SEED = 41
PARTS = 3
OTHER_PYTHONS = (os.environ.get("NENNEP_OTHER_PYTHON", "python3"), "python3.12", "python3.13", "python3.14")
"""The first of these that is another minor and has all that the program needs; else that run is *not run*."""


@dataclass(frozen=True)
class Run:
    """How the command is run."""

    hash_seed: int
    locale: str
    zone: str
    store: str
    scratch: str = "sqlite"
    python: str = sys.executable


LOCALES = ("C", "vi_VN.UTF-8", "tr_TR.UTF-8")
ZONES = ("UTC", "Asia/Ho_Chi_Minh", "Pacific/Kiritimati", "America/St_Johns")
STORES = ("files", "sqlite", "shuffled")
RUNS = [
    Run(number, locale, zone, store)
    for number, (locale, zone, store) in zip(
        range(18), itertools.cycle(itertools.product(LOCALES, ZONES, STORES)), strict=False
    )
]
SAMPLE = (RUNS[7], RUNS[17])
"""Beside the first."""


@cache
def happenings() -> Happenings:
    """The one history of these tests."""
    return told(SEED)


def question() -> list[str]:
    """Every figure, as known before the last event, under a tree of a date; and the ratings by rules of a day."""
    history = happenings()
    unit = history.country.every("province")[0]
    known = f"1970-01-01T00:00:00.{history.logs.clock - 1:06}Z"
    return ["--unit", str(unit), "--start", "2021-01-01", "--end", "2023-01-01", "--known", known, "--json"]


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Run], list[str]]]:
    """Where each run finds the history: options of the command."""
    logs, tmp_path = happenings().logs, tmp_path_factory.mktemp("places")
    files = exported(logs, tmp_path / "files")
    cut = exported(logs, tmp_path / "cut", parts=PARTS)
    for service in {service for service, _ in logs.chains}:
        (tmp_path / "data" / service).mkdir(parents=True)
    stored(logs, f"sqlite:///{tmp_path}/data/{{service}}/log.sqlite")

    def found(run: Run) -> list[str]:
        if run.store == "sqlite":
            return ["--data", str(tmp_path / "data")]
        named = list(files) if run.store == "files" else list(cut)
        Random(run.hash_seed).shuffle(named)
        return [word for file in named for word in ("--from", str(file))]

    yield found
    shutil.rmtree(tmp_path / "data")


def answered(run: Run, words: Sequence[str]) -> bytes:
    """What the command writes."""
    environment = {
        name: value for name, value in os.environ.items() if name != "LANG" and not name.startswith(("LC_", "NENNEP_"))
    }
    environment |= {"PYTHONHASHSEED": str(run.hash_seed), "LC_ALL": run.locale, "TZ": run.zone}
    command = [run.python, "-m", "services", "replay", *words]
    done = subprocess.run(command, check=False, capture_output=True, cwd=ROOT, env=environment, timeout=300)
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    return done.stdout


def both(run: Run, where: Sequence[str]) -> bytes:
    """All figures, and the report that rests on rules."""
    figures = answered(run, [*FIGURES, *question(), "--tree", "2022-06-01", *where])
    return figures + answered(run, ["ratings", *question(), "--rules", "2022-01-01", *where])


@pytest.fixture(scope="module")
def plain(places: Callable[[Run], list[str]]) -> bytes:
    """What the first of the runs says; all others are held against it."""
    found = both(RUNS[0], places(RUNS[0]))
    assert b'"proposals":[{' in found
    return found


def different(runs: Sequence[Run], plain: bytes, where: Callable[[Run], list[str]], workers: int) -> int:
    """How many of the runs give other bytes."""
    with ThreadPoolExecutor(workers) as pool:
        return sum(found != plain for found in pool.map(lambda run: both(run, where(run)), runs))


def test_a_report_is_the_same_bytes_however_it_is_run(
    plain: bytes, places: Callable[[Run], list[str]], tally: Callable[..., None]
) -> None:
    assert different(SAMPLE, plain, places, workers=2) == 0
    tally("A-10", 1 + len(SAMPLE), 0, SEED)


def test_a_report_is_the_same_bytes_from_postgresql_and_in_it(
    plain: bytes, postgres_url: str, tally: Callable[..., None]
) -> None:
    url = f"{postgres_url}&options=-csearch_path%3D{{service}}"
    engine = create_engine(postgres_url)
    with engine.begin() as connection:
        for service in ("membership", "meetings", "ratings"):
            connection.execute(text(f"CREATE SCHEMA {service}"))
    engine.dispose()
    stored(happenings().logs, url)
    assert both(RUNS[1], ["--database", url, "--scratch", postgres_url]) == plain
    tally("A-10", 1, 0, SEED)


@pytest.mark.battery
@pytest.mark.timeout(1200)
def test_a_report_is_the_same_bytes_in_twenty_runs(
    plain: bytes, places: Callable[[Run], list[str]], tally: Callable[..., None]
) -> None:
    other = next((found for name in OTHER_PYTHONS if (found := runnable(name)) is not None), None)
    runs = [*RUNS, Run(99, "C", "UTC", "files", python=other or sys.executable)]
    failures = different(runs[1:10], plain, places, workers=8) + different(runs[10:], plain, places, workers=1)
    tally("A-10", len(runs) if other else len(runs) - 1, failures, SEED)
    assert failures == 0


def runnable(name: str) -> str | None:
    """Another Python that has all that the program needs, if this machine has one."""
    found = shutil.which(name)
    if found is None:
        return None
    other = f"import sys, services.ratings.app; sys.exit(sys.version_info[:2] == {sys.version_info[:2]})"
    done = subprocess.run([found, "-c", other], check=False, capture_output=True, cwd=ROOT)
    return found if done.returncode == 0 else None
