"""When is a unit's book opened? Once, when the count that was signed is what stands in the book on that day.

A fact that is recorded later of an earlier day changes what the book says of it: the opening then shows on the work
list of contradictions, and is corrected by people.
"""

from __future__ import annotations

from typing import Final

from shared.contracts.event import Event
from shared.contracts.membership import BookOpened
from shared.eventsourcing.decider import Said
from shared.eventsourcing.errors import Refused
from shared.units.world import World, decider_without_state


class AnotherUnitsBook(Refused):
    """The subject is the unit whose book is opened."""

    vi = "Chủ thể của việc mở sổ phải là chính đơn vị đó."


class BookAlreadyOpened(Refused):
    """The unit's book has been opened; correct that fact if its day or count is wrong."""

    vi = "Sổ của đơn vị đã mở; nếu ngày hoặc số đếm sai thì đính chính sự việc đó."


class CountDiffers(Refused):
    """The count that was signed is not what stands in the book on that day; the answer names both."""

    vi = "Số đã chốt không bằng số đang có trong sổ vào ngày đó; xem hai số trong câu trả lời."


class BookNotSigned(Refused):
    """A book is opened by a signed document: its number, issuer and date."""

    vi = "Mở sổ phải có văn bản chốt số: số, nơi ban hành, ngày."


DOCUMENTED: Final[dict[type[Event], type[Refused]]] = {BookOpened: BookNotSigned}
"""Facts that rest on a document in their envelope, and what refuses them without."""


def decide(_state: None, said: Said, world: World) -> None:
    """Accept an opening, or raise why not."""
    match said.fact:
        case BookOpened(unit=unit, members=members):
            if unit != said.subject:
                raise AnotherUnitsBook("unit")
            world.require_unit("unit", unit, said.day)
            if world.holds(said, BookOpened):
                raise BookAlreadyOpened("subject")
            _require_equal(members, world.on_book(unit, said.day))


def _require_equal(signed: int, found: int) -> None:
    if signed != found:
        raise CountDiffers("members", signed=str(signed), on_book=str(found))


DECIDER = decider_without_state(decide, BookOpened)
