"""How does a command reach the running services? By the addresses in the data folder, with the operator's key."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx

from shared.operations.machine import CannotStart


class Refusal(Exception):
    """A service said no: the problem's code, its sentences and its field."""

    def __init__(self, answer: httpx.Response) -> None:
        try:
            problem: dict[str, Any] = answer.json()
        except ValueError:
            problem = {}
        self.status = answer.status_code
        self.problem = problem
        words = (problem.get("code"), problem.get("title"), problem.get("title_en"), problem.get("field"))
        super().__init__(" · ".join(str(word) for word in (answer.status_code, *words) if word))


class Remote:
    """The services that run in a data folder."""

    def __init__(self, data: Path, key: str | None) -> None:
        """CannotStart when nothing runs there, or when there is no key to speak with."""
        try:
            running: Mapping[str, Any] = json.loads((data / "run.json").read_text())
            self._key = key or (data / "membership" / "operator.key").read_text()
        except OSError as error:
            message = f"không có dịch vụ nào chạy ở / nothing runs in: {data} ({error.strerror})"
            raise CannotStart(message) from error
        self.urls: dict[str, str] = {name: each["url"] for name, each in running["services"].items()}

    def url(self, service: str) -> str:
        """Where a service answers. CannotStart when there is none of that name."""
        if service not in self.urls:
            message = f"không có dịch vụ / no such service: {service} ({', '.join(sorted(self.urls))})"
            raise CannotStart(message)
        return self.urls[service]

    def get(self, service: str, path: str, **parameters: str | int) -> httpx.Response:
        """Ask. Refusal when the service says no."""
        return self._send("GET", service, path, params=parameters)

    def post(self, service: str, path: str, **more: Any) -> httpx.Response:  # noqa: ANN401 — httpx's own arguments
        """Tell. Refusal when the service says no."""
        return self._send("POST", service, path, **more)

    def _send(self, method: str, service: str, path: str, **more: Any) -> httpx.Response:  # noqa: ANN401 — as above
        headers = {"Authorization": f"Bearer {self._key}", **more.pop("headers", {})}
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
