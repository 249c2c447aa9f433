"""How does a program post facts to a service, and ask it something? Over HTTP, with the same ids when in doubt."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain
from types import TracebackType
from typing import Any, Final, Self

import httpx

from shared.client.answers import TRY_AGAIN, Posted, Problem, Receipt, Unreachable
from shared.client.facts import as_line
from shared.client.patience import Patience, asked_for

ONE: Final = "application/cloudevents+json"
BATCH: Final = "application/cloudevents-batch+json"
LINES: Final = "application/x-ndjson"
_SECONDS: Final = 90.0
"""For one answer."""

Event = Mapping[str, Any] | str
"""A fact to be posted: a CloudEvent as values, or as JSON text whose bytes are to be kept."""
Outcome = Posted | Problem


class Client:
    """One service, spoken to with one key. Not for several threads at once."""

    def __init__(
        self,
        url: str,
        key: str,
        *,
        patience: Patience | None = None,
        http: httpx.Client | None = None,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        """`url` without path; `http`: a client of one's own, for a proxy or a certificate of the house.

        ValueError for a key that cannot be one.
        """
        if not key.isascii() or not key.isprintable():
            message = "khóa có ký tự lạ / no key looks like this"
            raise ValueError(message)
        self.url = url.rstrip("/")
        self._key = key
        self._patience = patience or Patience()
        self._own = None if http is not None else httpx.Client(timeout=_SECONDS, trust_env=False)
        self._http = http or self._own or httpx.Client()
        self._pause = pause

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the connections back."""
        if self._own is not None:
            self._own.close()

    # ── Posting ──────────────────────────────────────────────────────────────────────────────────────────────────

    def post(self, event: Event, *, after: Iterable[Receipt] = ()) -> Posted:
        """Post one fact. A kind of Refused when it is not taken, Unreachable when no answer comes.

        `after`: receipts of other facts that the service must have seen first.
        """
        answer = self._sent("POST", "/v1/events", as_line(event).encode(), _headers(ONE, after))
        return _posted(_content(answer))

    def batch(self, events: Sequence[Event], *, after: Iterable[Receipt] = ()) -> list[Posted]:
        """Post several facts, all or nothing. The first problem that is not about another line is raised."""
        body = f"[{','.join(map(as_line, events))}]".encode()
        found = self._outcomes(body, len(events), _headers(BATCH, after))
        if blamed := [each for each in found if isinstance(each, Problem)]:
            raise next((each for each in blamed if not each.passes), blamed[0]).error()
        return [each for each in found if isinstance(each, Posted)]

    def lines(self, events: Sequence[Event], *, after: Iterable[Receipt] = ()) -> list[Outcome]:
        """Post several facts, each judged for itself: a receipt or a problem for each, in their order."""
        body = "\n".join(map(as_line, events)).encode()
        return self._outcomes(body, len(events), _headers(LINES, after) | {"Prefer": "handling=lenient"})

    def _outcomes(self, body: bytes, count: int, headers: Mapping[str, str]) -> list[Outcome]:
        """One outcome a line. An answer about all of them together is raised as its error."""
        answer = self._sent("POST", "/v1/events", body, headers, many=True)
        said = _content(answer).get("outcomes")
        if not isinstance(said, list) or len(said) != count:
            raise Unreachable(_STRANGE)
        return list(map(_outcome, said))

    # ── Asking ───────────────────────────────────────────────────────────────────────────────────────────────────

    def get(self, path: str, *, after: Iterable[Receipt] = (), **asked: str | int) -> Any:  # noqa: ANN401 — JSON
        """What the service answers to a question, as values."""
        address = str(httpx.URL(path, params=asked)) if asked else path
        return _content(self._sent("GET", address, None, _after(after)))

    # ── Sending ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _sent(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str], *, many: bool = False
    ) -> httpx.Response:
        """The answer, after as many attempts as patience has. Again, Unreachable or another Refused when there is none.

        With `many`, an answer that speaks of each line is an answer, whatever its status.
        """
        last: Exception = Unreachable()
        for pause in chain(self._patience.pauses(), (None,)):
            wanted = 0.0
            try:
                answer = self._http.request(
                    method, self.url + path, content=body, headers={"Authorization": f"Bearer {self._key}", **headers}
                )
            except httpx.RequestError as error:
                last = Unreachable(f"không có trả lời / no answer: {type(error).__name__}")
            else:
                if answer.is_success:
                    return answer
                said = _read(answer)
                if many and isinstance(said, dict) and "outcomes" in said and answer.status_code not in TRY_AGAIN:
                    return answer
                problem = _problem(said, answer.status_code)
                if not problem.passes:
                    raise problem.error()
                last = problem.error()
                wanted = asked_for(answer.headers.get("retry-after"), dt.datetime.now(dt.UTC))
            if pause is not None:
                self._pause(max(pause, wanted))
        raise last


_STRANGE: Final = "câu trả lời không đúng dạng / an answer of another form"


def _headers(media: str, after: Iterable[Receipt]) -> dict[str, str]:
    return {"Content-Type": media, **_after(after)}


def _after(receipts: Iterable[Receipt]) -> dict[str, str]:
    said = ", ".join(receipt.after for receipt in receipts)
    return {"Nennep-After": said} if said else {}


def _read(answer: httpx.Response) -> object:
    """The body as JSON; nothing of one that is none, as gateways send them."""
    try:
        return answer.json()
    except ValueError:
        return None


def _content(answer: httpx.Response) -> Any:  # noqa: ANN401 — JSON
    said = _read(answer)
    if not isinstance(said, dict):
        raise Unreachable(_STRANGE)
    return said


def _problem(said: object, status: int) -> Problem:
    """The problem of a request; of lines together the first that will not pass, else the first."""
    if isinstance(said, dict) and isinstance(said.get("outcomes"), list):
        told = [each["problem"] for each in said["outcomes"] if isinstance(each, dict) and "problem" in each]
        problems = [Problem.of(each, status) for each in told]
        return next((each for each in problems if not each.passes), problems[0]) if problems else Problem.of(None, 503)
    return Problem.of(said, status)


def _outcome(said: object) -> Outcome:
    match said:
        case {"problem": problem, "status": int(status)}:
            return Problem.of(problem, status)
        case _:
            return _posted(said)


def _posted(said: Any) -> Posted:  # noqa: ANN401 — JSON
    try:
        return Posted(str(said["id"]), Receipt.of(said["receipt"]), said["status"] == httpx.codes.OK)
    except (KeyError, TypeError, ValueError):
        raise Unreachable(_STRANGE) from None
