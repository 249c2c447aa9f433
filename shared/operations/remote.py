"""How does a command reach the running services? By the addresses in the data folder, with the operator's key."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import httpx

from shared.operations.beside import addresses
from shared.operations.machine import CannotStart

BESIDE_THE_POINT: Final = 424
"""What a batch says of the lines that were not the reason for its refusal."""


class Refusal(Exception):
    """A service said no: the problem's code, its sentences and its field; of lines the first to blame."""

    def __init__(self, answer: httpx.Response, before: int = 0) -> None:
        """`before`: how many lines were sent before those that this answer is about."""
        self.status = answer.status_code
        self.line, self.problem = _first_problem(answer)
        self._answer = answer
        place = None if self.line is None else f"dòng / line {before + self.line}"
        words = (place, *(self.problem.get(name) for name in ("code", "title", "title_en", "field")))
        super().__init__(" · ".join(str(word) for word in (self.status, *words) if word))

    def past(self, before: int) -> Refusal:
        """The same, counting lines from the first that was ever sent."""
        return Refusal(self._answer, before)


def _first_problem(answer: httpx.Response) -> tuple[int | None, Mapping[str, Any]]:
    """The number of the line that was refused for its own sake, where there were several, and its problem."""
    try:
        content = answer.json()
    except ValueError:
        return None, {}
    problems = enumerate((each.get("problem", {}) for each in content.get("outcomes", ())), 1)
    return next(((n, each) for n, each in problems if each and each["status"] != BESIDE_THE_POINT), (None, content))


class Remote:
    """The services that run in a data folder."""

    def __init__(self, data: Path, key: str | None) -> None:
        """CannotStart when nothing runs there, or when there is no key to speak with."""
        try:
            running: Mapping[str, Any] = json.loads((data / "run.json").read_text())
            self.key = key or (data / "membership" / "operator.key").read_text()
        except OSError as error:
            message = f"không có dịch vụ nào chạy ở / nothing runs in: {data} ({error.strerror})"
            raise CannotStart(message) from error
        own = {name: each["url"] for name, each in running["services"].items()}
        self.urls: dict[str, str] = addresses(data) | own

    def url(self, service: str) -> str:
        """Where a service answers. CannotStart when there is none of that name."""
        if service not in self.urls:
            message = f"không có dịch vụ / no such service: {service} ({', '.join(sorted(self.urls))})"
            raise CannotStart(message)
        return self.urls[service]

    def get(self, service: str, path: str, **parameters: str | int) -> httpx.Response:
        """Ask. Refusal when the service says no."""
        return self._send("GET", service, path, params=parameters)

    def get_as(self, service: str, path: str, form: str, **parameters: str | int) -> httpx.Response:
        """Ask for an answer in a form, `text/plain` or `text/html`. Refusal when the service says no."""
        return self._send("GET", service, path, params=parameters, headers={"Accept": form})

    def post(self, service: str, path: str, **more: Any) -> httpx.Response:  # noqa: ANN401 — httpx's own arguments
        """Tell. Refusal when the service says no."""
        return self._send("POST", service, path, **more)

    def _send(self, method: str, service: str, path: str, **more: Any) -> httpx.Response:  # noqa: ANN401 — as above
        headers = {"Authorization": f"Bearer {self.key}", **more.pop("headers", {})}
        try:
            answer = httpx.request(
                method, f"{self.url(service)}{path}", headers=headers, timeout=120, trust_env=False, **more
            )
        except httpx.TransportError as error:
            message = f"{service} không trả lời / does not answer: {type(error).__name__}"
            raise CannotStart(message) from error
        if answer.is_error:
            raise Refusal(answer)
        return answer
