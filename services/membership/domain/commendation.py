"""When may a commendation be recorded? Once, for whom it says, and counted in a place that exists on that day."""

from __future__ import annotations

from shared.contracts.membership import CommendationAwarded, Recipient
from shared.eventsourcing.decider import Said
from shared.eventsourcing.errors import Refused
from shared.units.world import NotAlive, World, decider_without_state


class AlreadyAwarded(Refused):
    """The commendation stands in the log."""

    vi = "Khen thưởng này đã có trong sổ."


class RecipientMissing(Refused):
    """A collective names its unit, a person the person's id."""

    vi = "Khen tập thể phải ghi đơn vị, khen cá nhân phải ghi mã người."


class NotTheRecipient(Refused):
    """A collective is no person, and what the source does not tell apart names neither unit nor person."""

    vi = "Khen tập thể thì không ghi cá nhân; khen gộp thì không ghi đơn vị hay cá nhân."


def decide(_state: None, said: Said, world: World) -> None:
    """Accept a commendation, or raise why not."""
    match said.fact:
        case CommendationAwarded() as awarded:
            if world.holds(said, CommendationAwarded):
                raise AlreadyAwarded("subject")
            _require_recipient(awarded)
            if awarded.unit is not None:
                _require_founded(awarded, said, world)
            world.require_place("place", awarded.place, said.day)


def _require_recipient(awarded: CommendationAwarded) -> None:
    match awarded.recipient:
        case Recipient.UNIT:
            if awarded.unit is None:
                raise RecipientMissing("unit")
            if awarded.person is not None:
                raise NotTheRecipient("person")
        case Recipient.PERSON:
            # The unit may stand beside the person: the one in which the person earned it.
            if awarded.person is None:
                raise RecipientMissing("person")
        case Recipient.NOT_SPLIT:
            if awarded.unit is not None:
                raise NotTheRecipient("unit")
            if awarded.person is not None:
                raise NotTheRecipient("person")


def _require_founded(awarded: CommendationAwarded, said: Said, world: World) -> None:
    """Units are at times commended after they have ended, never before they began."""
    if awarded.unit is None:
        return
    world.require_in_line("unit", awarded.unit)
    founding = world.tree.founding(awarded.unit)
    if founding is None or founding.day > said.day:
        raise NotAlive("unit")


DECIDER = decider_without_state(decide, CommendationAwarded)
