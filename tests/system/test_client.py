"""What does a sender lose when it is killed, and its line is cut, in the middle of thousands of posts? Nothing.

A process puts the facts of a file into its outbox and sends them through a proxy that breaks connections; it is killed
at any moment and started again, as after a reboot. `make test` kills ten times, `make battery` two hundred.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from random import Random
from typing import Final

import pytest

from shared.client import Outbox
from tests.support.cutting import CuttingProxy
from tests.support.sources import ROOT
from tests.support.waiting import until
from tests.system.conftest import Tally
from tests.system.ledger import Attempt, Ledger, digest_of
from tests.system.lines import Line, as_line, meeting
from tests.system.reached import PATIENCE
from tests.system.typed import environment

PAGE: Final = 6
"""Facts in one post: many posts, so that kills and cuts find every place."""
MOST_BYTES: Final = 25_000
"""That a connection bears at most, some six posts."""
ENDLESS: Final = 10_000.0


def started(outbox: Path, file: Path, url: str, key: str) -> subprocess.Popen[bytes]:
    words = [sys.executable, "-m", "shared.client", str(outbox), str(file), f"meetings={url}"]
    settings = {"NENNEP_KEY": key, "NENNEP_PAGE": str(PAGE)}
    return subprocess.Popen(words, cwd=ROOT, env=environment(settings), stdout=subprocess.DEVNULL)


def killed(process: subprocess.Popen[bytes], outbox: Path, grown: int) -> bool:
    """Kill it once the outbox has grown by so many bytes; False when it ended before by itself."""
    size = outbox.stat().st_size if outbox.exists() else 0

    def is_time() -> bool:
        return process.poll() is not None or (outbox.exists() and outbox.stat().st_size >= size + grown)

    until(is_time, PATIENCE)
    process.kill()
    return process.wait(PATIENCE) < 0


def sent_through_harm(
    line: Line, folder: Path, chance: Random, *, posts: int, kills: int
) -> tuple[Ledger, Outbox, int, int]:
    """What was to be posted, the outbox at the end, how often the sender was killed, how often its line was cut."""
    file, path = folder / "facts.ndjson", folder / "outbox"
    ledger, lines = Ledger(), list[str]()

    def write_down(more: int) -> None:
        lines.extend(as_line(meeting(line.branches[0], chance.randint(0, 30))) for _ in range(more))
        file.write_text("\n".join(lines), encoding="utf-8")

    write_down(posts)
    died = 0
    with CuttingProxy(line.deployment.url("meetings", ""), chance, MOST_BYTES) as proxy:
        # A record of what stands is some 400 bytes: so the kills fall along the whole way.
        along = 400 * posts // (kills + 1)
        while died < kills:
            process = started(path, file, proxy.url, line.key)
            if killed(process, path, chance.randint(0, along)):
                died += 1
            else:
                # It was done before its turn came, on a machine that let it run and this one wait.
                write_down(posts // kills)
        while started(path, file, proxy.url, line.key).wait(ENDLESS) or proxy.cuts < kills:
            if proxy.cuts < kills:
                # Where the kills came first, its lines were seldom cut: they are used until they were, as often.
                write_down(posts // kills)
    outbox = Outbox(path)
    for text in lines:
        attempt = Attempt("meetings", line.organisation, line.key, text, digest_of(text))
        ledger.attempts["meetings", (id := id_of(text))] = attempt
        attempt.answer = outbox.receipts[id].as_json() if id in outbox.receipts else None
    return ledger, outbox, died, proxy.cuts


def id_of(line: str) -> str:
    return str(json.loads(line)["id"])


def held(line: Line, folder: Path, tally: Tally, *, seed: int, posts: int, kills: int) -> None:
    """Every fact stands exactly once, in the place and with the hash that its receipt names."""
    ledger, outbox, died, cuts = sent_through_harm(line, folder, Random(seed), posts=posts, kills=kills)
    posts, found = len(ledger.attempts), ledger.faults(line.deployment)
    found += [f"{fact.id}: no receipt" for fact in outbox.waiting] + [f"{id}: refused" for id in outbox.refused]
    stands = len(line.deployment.log("meetings", line.organisation))
    tally("R-28", died, len(found), seed)
    assert (found, stands, len(outbox.receipts)) == ([], posts, posts)
    assert died == kills
    assert cuts >= kills


def test_a_sender_killed_and_cut_off_loses_and_doubles_nothing(line: Line, tmp_path: Path, tally: Tally) -> None:
    held(line, tmp_path, tally, seed=4, posts=300, kills=10)


@pytest.mark.battery
@pytest.mark.parametrize("seed", [1])
def test_two_hundred_kills_and_cuts_in_ten_thousand_posts(line: Line, tmp_path: Path, tally: Tally, seed: int) -> None:
    held(line, tmp_path, tally, seed=seed, posts=10_000, kills=200)
