"""When may a service be let hear what others record, and when no more? Each once, judged without regard to the day.

A service hears under one grant at a time: what it may hear is read off one fact.
"""

from __future__ import annotations

from functools import cache

from services.membership.domain.validity import require_span
from shared.contracts.docstrings import modules
from shared.contracts.event import registered
from shared.contracts.membership import ReaderGranted, ReaderRevoked
from shared.eventsourcing.decider import Said
from shared.eventsourcing.errors import Refused
from shared.units.directory import ReaderGrant
from shared.units.world import World, decider_without_state, each_once


class ReaderAlreadyGranted(Refused):
    """A grant of that id stands in the log, or the service hears under another one on these days: revoke that first."""

    vi = "Dịch vụ này đã được cấp quyền đọc trong thời gian đó; phải thu hồi trước."


class ReaderNotGranted(Refused):
    """No grant of that id stands in the log."""

    vi = "Không có quyền đọc mang mã này."


class ReaderAlreadyRevoked(Refused):
    """The grant was revoked before."""

    vi = "Quyền đọc này đã bị thu hồi từ trước."


class UnknownProducer(Refused):
    """No service of that name records anything."""

    vi = "Không có dịch vụ nào ghi sự việc mang tên này."


class ReadsAlready(Refused):
    """A service that records facts of its own hears what it needs by itself: nothing is granted to it."""

    vi = "Dịch vụ tự ghi sự việc thì không cần cấp quyền đọc."


def decide(_state: None, said: Said, world: World) -> None:
    """Accept a grant or its end, or raise why not."""
    match said.fact:
        case ReaderGranted() as granted:
            _require_new(said, granted, world)
            if granted.reader in _recording():
                raise ReadsAlready("reader")
            for number, producer in enumerate(granted.producers):
                path = f"producers.{number}"
                if producer not in _recording():
                    raise UnknownProducer(path)
            for path, organisation in each_once("organisations", granted.organisations):
                world.require_organisation(path, organisation)
            require_span(granted.valid_from, granted.valid_to)
        case ReaderRevoked():
            if not world.holds(said, ReaderGranted):
                raise ReaderNotGranted("subject")
            if world.holds(said, ReaderRevoked):
                raise ReaderAlreadyRevoked("subject")


def _require_new(said: Said, granted: ReaderGranted, world: World) -> None:
    if world.holds(said, ReaderGranted):
        raise ReaderAlreadyGranted("subject")
    for other in world.directory.readers:
        if other.service == granted.reader and other.id != said.subject and _meet(granted, other):
            raise ReaderAlreadyGranted("reader")


def _meet(granted: ReaderGranted, other: ReaderGrant) -> bool:
    """Whether both would count on some day."""
    before = granted.valid_to is not None and granted.valid_to <= other.valid_from
    after = other.valid_to is not None and other.valid_to <= granted.valid_from
    return not (other.revoked or before or after)


@cache
def _recording() -> frozenset[str]:
    """The services whose facts are in the published language."""
    modules()
    return frozenset(cls.service for cls in registered().values())


DECIDER = decider_without_state(decide, ReaderGranted, ReaderRevoked)
