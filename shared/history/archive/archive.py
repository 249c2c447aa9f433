"""How is the archive read? By its sealing records, in their order; nothing is believed that does not verify."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from uuid import UUID

from shared.contracts.envelope import Recorded, genesis
from shared.eventsourcing.sealed import every_organisation
from shared.history.archive.depot import Depot, Missing
from shared.history.archive.seal import Seal, name_of
from shared.history.archive.segment import SegmentBroken, events_in, unpack


class Archive:
    """The sealed history of one service, as anybody may read it who may read the depot."""

    def __init__(self, depot: Depot, service: str) -> None:
        self.service = service
        self._depot = depot
        self._seals: list[Seal] = []
        self._ends: dict[UUID, Seal] = {}
        self._looking = threading.Lock()

    def seals(self) -> list[Seal]:
        """Every sealing record, dense from 1. SegmentBroken where one does not continue its chain."""
        with self._looking:
            while (seal := self._next()) is not None:
                self._seals.append(seal)
                self._ends[seal.organisation] = seal
            return list(self._seals)

    def ends(self) -> dict[UUID, Seal]:
        """The last sealing record of each organisation."""
        self.seals()
        return dict(self._ends)

    def read(
        self, after: Mapping[UUID, int], /, wanted: Callable[[UUID], bool] = every_organisation
    ) -> Iterator[list[Recorded]]:
        """Every sealed event past the position (absent: 0) of the wanted organisations, verified, a segment at a time.

        Each organisation's come in sequence. SegmentBroken at the first byte that is not as it was sealed.
        """
        for seal in self.seals():
            reached = after.get(seal.organisation, 0)
            if seal.last > reached and wanted(seal.organisation):
                plain = unpack(seal, self._packed(seal))
                yield [each for each in events_in(seal, plain) if each.envelope.sequence > reached]

    def lines(self) -> Iterator[tuple[UUID, list[bytes]]]:
        """The events of every segment as the exact bytes that were sealed; their chains are for the reader to prove.

        SegmentBroken where the bytes are not those of the sealing record.
        """
        for seal in self.seals():
            yield seal.organisation, unpack(seal, self._packed(seal)).splitlines()

    def _packed(self, seal: Seal) -> bytes:
        try:
            return self._depot.get(seal.segment)
        except Missing as error:
            raise SegmentBroken(seal.service, seal.number) from error

    def _next(self) -> Seal | None:
        number = len(self._seals) + 1
        try:
            raw = self._depot.get(name_of(self.service, number))
        except Missing:
            return None
        try:
            seal = Seal.decode(raw)
        except ValueError as error:
            raise SegmentBroken(self.service, number) from error
        before = self._ends.get(seal.organisation)
        begins = (
            (1, genesis(self.service, seal.organisation).hex()) if before is None else (before.last + 1, before.head)
        )
        if (seal.service, seal.number) != (self.service, number) or (seal.first, seal.previous) != begins:
            raise SegmentBroken(self.service, number)
        return seal
