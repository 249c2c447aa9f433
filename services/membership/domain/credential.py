"""When may a key be issued, and when revoked? Each once, and judged without regard to the day.

A key that leaked must be revocable before the first day on which it counts, so nothing here is folded by day.
"""

from __future__ import annotations

from services.membership.domain.validity import require_span
from shared.contracts.membership import CredentialIssued, CredentialRevoked, IdentityAdmitted, Role
from shared.eventsourcing.decider import Said
from shared.eventsourcing.errors import Refused
from shared.units.world import World, decider_without_state, each_once


class AlreadyIssued(Refused):
    """A credential of that id stands in the log."""

    vi = "Khóa mang mã này đã có trong sổ."


class AlreadyAdmitted(Refused):
    """The person is admitted on some of these days already; revoke that first."""

    vi = "Người này đã được phép đăng nhập trong thời gian đó; phải thu hồi trước."


class NotIssued(Refused):
    """No credential of that id was issued."""

    vi = "Không có khóa mang mã này."


class AlreadyRevoked(Refused):
    """The credential was revoked before."""

    vi = "Khóa đã bị thu hồi từ trước."


class TerritoryMissing(Refused):
    """A territorial reader's roots are places of the territory, at least one."""

    vi = "Người xem theo địa bàn phải được cấp cho ít nhất một địa bàn."


def decide(_state: None, said: Said, world: World) -> None:
    """Accept an issue or a revocation, or raise why not."""
    match said.fact:
        case CredentialIssued() | IdentityAdmitted() as issued:
            if world.holds(said, CredentialIssued, IdentityAdmitted):
                raise AlreadyIssued("subject")
            world.require_organisation("organisation", issued.organisation)
            require_span(issued.valid_from, issued.valid_to)
            for path, root in each_once("roots", issued.roots):
                world.require_known(path, root)
            if isinstance(issued, IdentityAdmitted):
                _require_one_admission(issued, said, world)
            if issued.role is Role.TERRITORIAL_READER:
                _require_places(issued, world)
        case CredentialRevoked():
            if not world.holds(said, CredentialIssued, IdentityAdmitted):
                raise NotIssued("subject")
            if world.holds(said, CredentialRevoked):
                raise AlreadyRevoked("subject")


def _require_one_admission(admitted: IdentityAdmitted, said: Said, world: World) -> None:
    """On no day is a person admitted twice: nobody could tell as whom a token speaks."""
    for other in world.directory.admitted(bytes.fromhex(admitted.identity_hash)):
        apart = (admitted.valid_to is not None and admitted.valid_to <= other.valid_from) or (
            other.valid_to is not None and other.valid_to <= admitted.valid_from
        )
        if other.id != said.subject and not apart:
            raise AlreadyAdmitted("identity_hash")


def _require_places(issued: CredentialIssued | IdentityAdmitted, world: World) -> None:
    if not issued.roots or not all(world.tree.is_place(root) for root in issued.roots):
        raise TerritoryMissing("roots")


DECIDER = decider_without_state(decide, CredentialIssued, IdentityAdmitted, CredentialRevoked)
