"""With which keys do senders sign? Public Ed25519 keys of organisations, from a day, until a day or a loss."""

from __future__ import annotations

from uuid import UUID

from shared.contracts.event import Event, event
from shared.contracts.fields import Day, Hex32, OrganisationId


@event(
    "vn.nennep.membership.signing-key-registered.v1", aggregate="signing-key", effect="valid_from", correctable=False
)
class SigningKeyRegistered(Event):
    """A key under which an organisation signs what it posts (đăng ký khóa ký). Subject: the key's id.

    Posted by the operator.
    """

    organisation: OrganisationId
    public_key: Hex32
    """The Ed25519 public key, 32 bytes."""
    credential: UUID | None = None
    """The only credential that may post under it; none: any of the organisation."""
    demanded: bool = False
    """From the first day on, and for good, nothing of the organisation is taken without a good signature."""
    valid_from: Day
    valid_to: Day | None = None
    """The first day on which the key no longer counts; none: without end."""


@event("vn.nennep.membership.signing-key-revoked.v1", aggregate="signing-key", correctable=False)
class SigningKeyRevoked(Event):
    """The key is refused from the moment a service knows of this (thu hồi khóa ký). Subject: the key's id.

    Posted by the operator. What was signed and recorded before stays good.
    """
