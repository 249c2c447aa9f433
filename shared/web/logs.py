"""How does a service speak to its administrator? One JSON object a line, of which nothing can make two.

Whatever a value holds, it stays inside its quotes: JSON escapes line breaks, control characters and everything that
is not ASCII. Keys are blotted out wherever they stand, and long texts are cut.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, Final, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

LONGEST: Final = 2_000
"""Characters of one value."""
LONGEST_TRACE: Final = 20_000
BLOT: Final = "nn_…"
_SECRET: Final = re.compile(r"nn_[0-9a-fA-F]{8,32}_?[A-Za-z0-9_-]*|(?i:bearer)\s+\S+")
_DEEPEST: Final = 5


def configure_logging(stream: TextIO | None = None, level: int = logging.INFO) -> None:
    """Send every record of this process, the libraries' too, to the stream as JSON lines. Call once, at the start."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=_shared(), processors=[_without_marks, *_last()])
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = name != "uvicorn.access"
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_shared(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def _shared() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]


def _last() -> list[Processor]:
    return [tidy, structlog.processors.JSONRenderer(ensure_ascii=True, default=str)]


def _without_marks(_: WrappedLogger, __: str, record: EventDict) -> EventDict:
    record.pop("_record", None)
    record.pop("_from_structlog", None)
    return record


def tidy(_: WrappedLogger, __: str, record: MutableMapping[str, Any]) -> dict[str, Any]:
    """A processor: blot out keys and cut long texts, in names and values alike."""
    return {
        _text(name, LONGEST): _tidied(value, LONGEST_TRACE if name == "exception" else LONGEST, 0)
        for name, value in record.items()
    }


def _tidied(value: object, longest: int, depth: int) -> object:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, dict) and depth < _DEEPEST:
        return {_text(str(name), LONGEST): _tidied(inner, longest, depth + 1) for name, inner in value.items()}
    if isinstance(value, list | tuple) and depth < _DEEPEST:
        return [_tidied(inner, longest, depth + 1) for inner in value[:100]]
    return _text(str(value), longest)


def _text(text: str, longest: int) -> str:
    blotted = _SECRET.sub(BLOT, text[: 2 * longest])
    return blotted if len(blotted) <= longest else blotted[:longest] + "…"
