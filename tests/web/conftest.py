"""Where do the services of these tests write their journal? Into memory, as in earnest: one JSON object a line."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from shared.web.logs import configure_logging


class Journal:
    """What was logged."""

    def __init__(self) -> None:
        self.stream = io.StringIO()

    @property
    def text(self) -> str:
        """As written."""
        return self.stream.getvalue()

    @property
    def records(self) -> list[dict[str, Any]]:
        """Line by line; ValueError when one is no JSON."""
        return [json.loads(line) for line in self.text.split("\n") if line]


@pytest.fixture(autouse=True)
def journal() -> Iterator[Journal]:
    """The journal of one test."""
    kept = Journal()
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    configure_logging(kept.stream, logging.DEBUG)
    yield kept
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)
