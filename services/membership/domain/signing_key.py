"""When may a signing key be registered, and when revoked? Each once, and judged without regard to the day."""

from __future__ import annotations

from services.membership.domain.validity import require_span
from shared.contracts.membership import SigningKeyRegistered, SigningKeyRevoked
from shared.eventsourcing.decider import Said
from shared.eventsourcing.errors import Refused
from shared.units.signing import is_public_key
from shared.units.world import World, decider_without_state


class KeyAlreadyRegistered(Refused):
    """A signing key of that id stands in the log."""

    vi = "Khóa ký mang mã này đã có trong sổ."


class KeyNotRegistered(Refused):
    """No signing key of that id was registered."""

    vi = "Không có khóa ký mang mã này."


class KeyAlreadyRevoked(Refused):
    """The signing key was revoked before."""

    vi = "Khóa ký đã bị thu hồi từ trước."


class NoPublicKey(Refused):
    """These 32 bytes are no Ed25519 public key, or one under which anything verifies."""

    vi = "Đây không phải khóa công khai Ed25519 dùng được."


def decide(_state: None, said: Said, world: World) -> None:
    """Accept a registration or a revocation, or raise why not."""
    match said.fact:
        case SigningKeyRegistered() as registered:
            if world.holds(said, SigningKeyRegistered):
                raise KeyAlreadyRegistered("subject")
            world.require_organisation("organisation", registered.organisation)
            require_span(registered.valid_from, registered.valid_to)
            if not is_public_key(bytes.fromhex(registered.public_key)):
                raise NoPublicKey("public_key")
        case SigningKeyRevoked():
            if not world.holds(said, SigningKeyRegistered):
                raise KeyNotRegistered("subject")
            if world.holds(said, SigningKeyRevoked):
                raise KeyAlreadyRevoked("subject")


DECIDER = decider_without_state(decide, SigningKeyRegistered, SigningKeyRevoked)
