"""Where was history rewritten? After the last point that agrees with what others kept, at or before the first that not.

An event's hash covers all before it in its chain. So one kept receipt that still holds vouches for everything up to it,
and one that does not says that something at or before it was changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from shared.history.evidence.checkpoint import ChainEnd
from shared.history.evidence.proof import Receipt

Roots = Callable[[UUID, int], bytes | None]
"""The root of an organisation's chain at a size as the log has it now; None when it is not that long."""
Hashes = Callable[[UUID, int], bytes | None]
"""The hash of an organisation's event as the log has it now; None when there is none."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One chain that is no longer what it was: whole through `agrees`, and changed at or before `differs`."""

    organisation: UUID
    agrees: int
    """The last sequence that is known to be as it was; 0: none is."""
    differs: int
    """The first sequence that is known not to be; the change lies after `agrees`, and not after this one."""

    @property
    def exact(self) -> bool:
        """Whether `differs` is the very first event that was changed."""
        return self.differs == self.agrees + 1


def differences(
    held: Iterable[Sequence[ChainEnd]], receipts: Iterable[Receipt], roots: Roots, hashes: Hashes
) -> list[Difference]:
    """Compare the log with chain ends that witnesses hold and receipts that were kept; one a changed chain."""
    points: dict[UUID, dict[int, bool]] = {}
    for end in (end for ends in held for end in ends if end.size):
        _note(points, end.organisation, end.size, holds=roots(end.organisation, end.size) == end.root)
    for receipt in receipts:
        now = hashes(receipt.organisation, receipt.sequence)
        holds = now is not None and now.hex() == receipt.hash
        _note(points, receipt.organisation, receipt.sequence, holds=holds)
    found = []
    for organisation, known in sorted(points.items()):
        differs = min((sequence for sequence, holds in known.items() if not holds), default=None)
        if differs is not None:
            agrees = max((sequence for sequence, holds in known.items() if holds and sequence < differs), default=0)
            found.append(Difference(organisation, agrees, differs))
    return found


def _note(points: dict[UUID, dict[int, bool]], organisation: UUID, sequence: int, *, holds: bool) -> None:
    known = points.setdefault(organisation, {})
    known[sequence] = known.get(sequence, True) and holds
