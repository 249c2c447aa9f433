"""How far has long work come, and how long will it still take?"""

from __future__ import annotations

import time
from dataclasses import dataclass, field


@dataclass
class Progress:
    """How far a rebuild has come, in events, or in rows while it compares. Rates a second, times in seconds."""

    done: int = 0
    total: int = 0
    step: str = "filling"
    """`filling`, `comparing` or `switching`."""
    started: float = field(default_factory=time.monotonic)
    before: int = 0
    """What was done already when this step began."""

    def begin(self, step: str, done: int, total: int) -> None:
        """Another step begins."""
        self.step, self.done, self.before, self.total, self.started = step, done, done, total, time.monotonic()

    @property
    def rate(self) -> float:
        """Events or rows a second in this step."""
        return (self.done - self.before) / max(time.monotonic() - self.started, 1e-9)

    @property
    def left(self) -> float:
        """Seconds left in this step at that rate."""
        return max(self.total - self.done, 0) / max(self.rate, 1e-9)
