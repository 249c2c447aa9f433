"""What was attempted, and what stands? Written down before each send, held against the logs when all has settled."""

from __future__ import annotations

import hashlib
import json
import threading
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import httpx

from tests.contracts import verifier
from tests.system.lines import LINES
from tests.system.reached import Json, Reached

REPEATABLE: Final = frozenset({401, 408, 424, 429, 502, 503, 504})
"""Answers that leave a line as it was: nothing of it is stored, and it may come again."""
PAGE: Final = 200
"""Unknown lines that are repeated at once."""


@dataclass
class Attempt:
    """One posted event: who, which bytes, and what was answered."""

    service: str
    organisation: str
    key: str
    line: str
    digest: str
    answer: Json | str | None = None
    """The receipt; the code of a refusal; nothing while it is unknown."""


class Ledger:
    """Every attempt of a run. Any thread may write."""

    def __init__(self) -> None:
        self.attempts: dict[tuple[str, str], Attempt] = {}
        self.recorded = 0
        """How many attempts have a receipt."""
        self.contradictions: list[str] = []
        """What was answered otherwise than before."""
        self._turn = threading.Lock()

    def send(
        self, client: httpx.Client, url: str, lines: Sequence[str], *, service: str, organisation: str, **headers: str
    ) -> httpx.Response | None:
        """Write the attempts down, post the lines, write down what came back; nothing came: they stay unknown."""
        key = client.headers["Authorization"]
        ids = [self._attempt(Attempt(service, organisation, key, line, digest_of(line))) for line in lines]
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            answer = client.post(url, content="\n".join(lines).encode(), headers={**LINES, **more})
        except httpx.TransportError:
            return None
        outcomes = answer.json().get("outcomes")
        for number, event in enumerate(ids):
            self._answered((service, event), outcomes[number] if outcomes else {"problem": answer.json()})
        return answer

    def _attempt(self, attempt: Attempt) -> str:
        event: str = json.loads(attempt.line)["id"]
        with self._turn:
            known = self.attempts.setdefault((attempt.service, event), attempt)
        if known.digest != attempt.digest:
            message = f"{event} was written down with other content"
            raise ValueError(message)
        return event

    def _answered(self, key: tuple[str, str], outcome: Json) -> None:
        problem = outcome.get("problem")
        now: Json | str = outcome["receipt"] if problem is None else problem["code"]
        if problem is not None and problem["status"] in REPEATABLE:
            return
        with self._turn:
            attempt = self.attempts[key]
            if attempt.answer not in (None, now):
                self.contradictions.append(f"{key}: {attempt.answer}, then {now}")
            self.recorded += problem is None and attempt.answer is None
            attempt.answer = now

    @property
    def unknown(self) -> list[Attempt]:
        """Attempts of which nobody knows what became."""
        with self._turn:
            return [attempt for attempt in self.attempts.values() if attempt.answer is None]

    def repeat_unknown(self, deployment: Reached) -> int:
        """Post every unknown attempt again, byte for byte; how many they were."""
        senders = defaultdict(list)
        for attempt in self.unknown:
            senders[attempt.service, attempt.organisation, attempt.key].append(attempt.line)
        for (service, organisation, key), lines in senders.items():
            client, url = deployment.client(key.removeprefix("Bearer ")), deployment.url(service, "/v1/events")
            for start in range(0, len(lines), PAGE):
                page = lines[start : start + PAGE]
                self.send(client, url, page, service=service, organisation=organisation, Prefer="handling=lenient")
        return sum(map(len, senders.values()))

    def faults(self, deployment: Reached, before: Iterable[tuple[str, str, int]] = ()) -> list[str]:
        """Everything in which logs and ledger differ. `before`: (service, organisation, events that stood there).

        Each receipt's event is in the log once, in its place, with its digest and hash; each refused one is absent;
        an unknown one stands there or not; nothing else does; the chain verifies.
        """
        stood = {(service, organisation): count for service, organisation, count in before}
        found = list(self.contradictions)
        for service, organisation in sorted({(each.service, each.organisation) for each in self.attempts.values()}):
            lines = deployment.log(service, organisation)
            try:
                end = verifier.verify(lines, service, organisation)
            except verifier.Wrong as wrong:
                found.append(f"{service}/{organisation}: chain broken at {wrong}")
                continue
            if deployment.heads(service).get(organisation, (0, end[1])) != end:
                found.append(f"{service}/{organisation}: the head is not the end of the chain")
            kept = [verifier.Line(line) for line in lines][stood.get((service, organisation), 0) :]
            found += self._compared(service, organisation, kept)
        return found

    def _compared(self, service: str, organisation: str, kept: Sequence[verifier.Line]) -> list[str]:
        attempts = {
            event: attempt
            for (of, event), attempt in self.attempts.items()
            if (of, attempt.organisation) == (service, organisation)
        }
        counts = Counter(line.attributes["id"] for line in kept)
        found = [f"{event}: stands {count} times" for event, count in counts.items() if count > 1]
        found += [f"{event}: nobody posted it" for event in counts.keys() - attempts.keys()]
        standing = {line.attributes["id"]: line for line in kept}
        for event, attempt in attempts.items():
            found += _differences(event, attempt, standing.get(event))
        return found


def _differences(event: str, attempt: Attempt, line: verifier.Line | None) -> list[str]:
    if attempt.answer is None:
        return []
    if isinstance(attempt.answer, str):
        return [f"{event}: refused ({attempt.answer}) and yet recorded"] if line is not None else []
    if line is None:
        return [f"{event}: lost, it had {attempt.answer['sequence']}"]
    place = (str(attempt.answer["sequence"]), attempt.answer["hash"])
    if (line.attributes["sequence"], line.attributes["hash"]) != place:
        return [f"{event}: moved from {place[0]} to {line.attributes['sequence']}"]
    return [] if hashlib.sha256(line.content()).hexdigest() == attempt.digest else [f"{event}: other content"]


def digest_of(line: str) -> str:
    """SHA-256 over the content of a posted or exported event, by the hash format's own page."""
    return hashlib.sha256(verifier.Line(line).content()).hexdigest()
