"""What has a poster sent, once it is readable? A draft: an event that no log has recorded yet."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from uuid import UUID

import msgspec

from shared.contracts.envelope import Content
from shared.contracts.event import Event


class Expected(Enum):
    """What a sender expects of the stream, where it is not a number."""

    NEW = "NEW"
    """The stream has no event yet."""
    ANY = "ANY"


class Clear:
    """What was posted of persons, in clear: by person, the very bytes. Never printed, never stored."""

    __slots__ = ("values",)

    def __init__(self, values: Mapping[UUID, bytes]) -> None:
        self.values = values

    def __repr__(self) -> str:
        return "Clear(…)"


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """One posted event: readable, of a known contract of this service, not judged yet."""

    id: UUID
    content: Content
    fact: Event
    """The decoded fact; for a correction the `FactCorrected` or `FactVoided` itself."""
    inner: Event | None = None
    """The decoded whole new fact inside a correction."""
    clear: Clear | None = None
    """The personal part as received: to be encrypted before anybody judges the draft."""
    forgotten: bool = False
    """A person whom it is about was forgotten: its personal part was left out, and only its fact is compared."""
    expected: Expected | int = Expected.ANY
    declared_actor: str | None = None
    key_id: str | None = None
    """Under which key the sender has signed; the signature beside it."""
    signature: str | None = None
    causation: UUID | None = None
    correlation: UUID | None = None


class Poster(msgspec.Struct, frozen=True, kw_only=True):
    """Who posts, as the credential says; never as the body says."""

    organisation: UUID
    credential: UUID
    role: str
    roots: tuple[UUID, ...] = ()
