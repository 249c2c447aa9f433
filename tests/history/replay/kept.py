"""Where does a replay's history lie in a test? In exported files, in SQLite logs, in PostgreSQL: the same events."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from uuid import UUID

from shared.contracts.cloudevent import to_cloudevent
from shared.contracts.envelope import Recorded
from shared.contracts.fields import Grade
from shared.contracts.ratings import Criterion, RuleDocument, RuleSetAdopted, Threshold
from shared.eventsourcing.log import Log
from shared.eventsourcing.store import open_store
from tests.support.happenings import COMMITTEE, Happenings
from tests.support.logs import Logs
from tests.support.sayings import history
from tests.support.tale import id_of

RULES = id_of("rules")
MANY = 500


def told(seed: int) -> Happenings:
    """A random history in which a committee has adopted rules for branches, and changed them."""
    happenings = history(seed)
    adopt(happenings.logs, RULES, "2021-01-01")
    adopt(happenings.logs, id_of("later rules"), "2022-01-01", supersedes=RULES)
    return happenings


def adopt(logs: Logs, subject: UUID, effective: str, *, supersedes: UUID | None = None, by: UUID = COMMITTEE) -> None:
    """Rules by which branches are graded for meetings and attendance."""
    grades = tuple(Grade(scale="strength", rank=rank, label=f"loại {rank}") for rank in (1, 2))
    criteria = (
        Criterion(code="meetings", title="Sinh hoạt đúng kỳ", clause="1a", points=6_000, indicator="meetings-held"),
        Criterion(code="attendance", title="Chuyên cần", clause="1b", points=4_000, indicator="attendance"),
    )
    fact = RuleSetAdopted(
        title=f"Hướng dẫn xếp loại {effective}",
        subject_kind="branch",
        issuer="Ban Dân vận",
        legal_reference="12-HD/BDV",
        issued=dt.date.fromisoformat(effective),
        effective_from=dt.date.fromisoformat(effective),
        supersedes=supersedes,
        rules=RuleDocument(
            schema_version=1,
            grades=grades,
            criteria=criteria,
            thresholds=(Threshold(at_least=8_000, rank=1), Threshold(at_least=0, rank=2)),
        ),
    )
    assert logs.tell(fact, subject, effective, by) is not None


def exported(logs: Logs, folder: Path, *, parts: int = 1) -> list[Path]:
    """A file for each log, or several, cut at sequences of their own."""
    folder.mkdir(parents=True, exist_ok=True)
    files: list[Path] = []
    for number, ((service, organisation), chain) in enumerate(sorted(logs.chains.items())):
        size = max(1, -(-len(chain) // parts))
        for start in range(0, len(chain), size):
            files.append(folder / f"{number}-{service}-{organisation.hex[-4:]}-{start}.jsonl")
            files[-1].write_bytes(lines(chain[start : start + size]))
    return files


def lines(chain: Iterable[Recorded]) -> bytes:
    """As `log export` writes them."""
    return b"".join(to_cloudevent(each) + b"\n" for each in chain)


def stored(logs: Logs, url: str) -> None:
    """The logs of every service in stores of their own; `{service}` in the URL stands for its name."""
    by_service: dict[str, list[list[Recorded]]] = defaultdict(list)
    for (service, _), chain in logs.chains.items():
        by_service[service].append(chain)
    for service, chains in by_service.items():
        store = open_store(url.replace("{service}", service))
        log = Log(service, store)
        for chain in chains:
            for start in range(0, len(chain), MANY):
                batch = chain[start : start + MANY]
                with store.write() as connection:
                    log.write(connection, [(each, each.envelope.content.digest()) for each in batch])
        store.close()
