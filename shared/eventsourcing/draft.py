"""What has a poster sent, once it is readable? A draft: an event that no log has recorded yet."""

from __future__ import annotations

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


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """One posted event: readable, of a known contract of this service, not judged yet."""

    id: UUID
    content: Content
    fact: Event
    """The decoded fact; for a correction the `FactCorrected` or `FactVoided` itself."""
    inner: Event | None = None
    """The decoded whole new fact inside a correction."""
    expected: Expected | int = Expected.ANY
    declared_actor: str | None = None
    causation: UUID | None = None
    correlation: UUID | None = None


class Poster(msgspec.Struct, frozen=True, kw_only=True):
    """Who posts, as the credential says; never as the body says."""

    organisation: UUID
    credential: UUID
    role: str
    roots: tuple[UUID, ...] = ()
