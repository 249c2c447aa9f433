"""How is a fact written down to be posted? As a CloudEvent on one line, with an id that it keeps for ever."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final
from uuid import uuid4

SPACES: Final = str.maketrans("\r\n", "  ")
"""Between the tokens of JSON a line break says what a space says; inside strings none can stand."""


def event(
    name: str,
    subject: str,
    fact: Mapping[str, Any],
    *,
    occurred: str,
    source: str,
    id: str | None = None,
    **more: Any,  # noqa: ANN401 — whatever JSON can hold
) -> dict[str, Any]:
    """A fact to be posted. `name` with version, `occurred` a local day; `more`: `reason`, `docnumber`, `corrects` …

    The id is made here once. Whoever sends the fact again sends it with the same id: so it never counts twice.
    """
    return {
        "specversion": "1.0",
        "id": id or str(uuid4()),
        "source": source,
        "type": name,
        "subject": subject,
        "occurred": occurred,
        **more,
        "data": {"fact": dict(fact)},
    }


def as_line(posted: Mapping[str, Any] | str) -> str:
    """The event on one line: text as it stands but for line breaks, anything else as compact JSON."""
    if isinstance(posted, str):
        return posted.strip().translate(SPACES)
    return json.dumps(posted, ensure_ascii=False, separators=(",", ":"))


def service_of(name: str) -> str:
    """The service that takes events of a name: `meetings` of `vn.nennep.meetings.meeting-held.v1`. ValueError."""
    parts = name.split(".")
    if parts[:2] != ["vn", "nennep"] or len(parts) != 5:  # noqa: PLR2004 — vn.nennep.<service>.<fact>.v<N>
        message = "not the name of an event"
        raise ValueError(message)
    return parts[2]
