"""What may a process spend that reads what others sent? Seconds and bytes, set before it reads the first of them."""

from __future__ import annotations

import resource
from typing import Final

READING: Final = 256 * 2**20
"""Bytes of address space of who reads."""
WRITING: Final = 1_536 * 2**20
"""Bytes of address space of who writes: he holds what was read already."""
SECONDS: Final = 30
"""Of processor time."""


def limit(memory: int, seconds: int = SECONDS) -> None:
    """Bind this process; it writes no core file, opens few files and starts no other process."""
    for kind, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, 32),
    ):
        _, hard = resource.getrlimit(kind)
        wanted = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (wanted, hard if kind == resource.RLIMIT_AS else wanted))
