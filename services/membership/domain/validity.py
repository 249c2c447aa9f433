"""From when to when does a key or a mandate count? From a first day to before another."""

from __future__ import annotations

import datetime as dt

from shared.eventsourcing.errors import Refused


class EndsBeforeItBegins(Refused):
    """The first day on which it no longer counts lies after the first on which it does."""

    vi = "Ngày kết thúc phải sau ngày bắt đầu."


def require_span(valid_from: dt.date, valid_to: dt.date | None) -> None:
    """At least one day on which it counts."""
    if valid_to is not None and valid_to <= valid_from:
        raise EndsBeforeItBegins("valid_to")
