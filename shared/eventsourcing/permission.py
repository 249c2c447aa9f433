"""What may a service hear? Some services' logs, some organisations', without some types; all, unless it is said.

What is withheld is counted and passed like what nobody listens to: it stands in no table. Views are made under one
permission and bear it in their digest, so that another permission is another declaration, and views are made anew.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from uuid import UUID

import msgspec

from shared.contracts.envelope import Recorded


class Permission(msgspec.Struct, frozen=True):
    """How far a service may hear. None: without limit, also of what joins later."""

    services: tuple[str, ...] | None = None
    organisations: tuple[UUID, ...] | None = None
    without: tuple[str, ...] = ()
    """Event types that are withheld, whoever says them."""

    @classmethod
    def of(
        cls, services: Iterable[str] | None, organisations: Iterable[UUID] | None, without: Iterable[str] = ()
    ) -> Permission:
        """The same in its one spelling."""
        return cls(
            None if services is None else tuple(sorted(set(services))),
            None if organisations is None else tuple(sorted(set(organisations))),
            tuple(sorted(set(without))),
        )

    @classmethod
    def read(cls, text: str) -> Permission:
        """As it was written; nothing written: everything."""
        return msgspec.json.decode(text, type=cls) if text else cls()

    def text(self) -> str:
        """To be written; nothing for everything, as views of services that may hear all have it."""
        return "" if self == EVERYTHING else msgspec.json.encode(self).decode()

    def allows(self, recorded: Recorded, type_name: str) -> bool:
        """Whether an event may be heard that says something of this type.

        A correction may be where what it corrects may: who goes on in an organisation's place puts its facts right.
        """
        if type_name in self.without or (self.services is not None and recorded.envelope.service not in self.services):
            return False
        if self.organisations is None or recorded.envelope.organisation in self.organisations:
            return True
        corrects = recorded.envelope.content.corrects
        return corrects is not None and corrects.organisation in self.organisations

    def covers(self, other: Permission) -> bool:
        """Whether all that the other one lets through may be heard under this one too."""
        return (
            _within(other.services, self.services)
            and _within(other.organisations, self.organisations)
            and set(self.without) <= set(other.without)
        )


def _within(inner: tuple[object, ...] | None, outer: tuple[object, ...] | None) -> bool:
    return outer is None or (inner is not None and set(inner) <= set(outer))


EVERYTHING: Final = Permission()
"""What a service hears that belongs to the product's own three."""
NOTHING: Final = Permission((), ())
"""What a service hears to which nothing was granted."""
