"""How is the door of a process made from its settings? Rates, and the issuer whose tokens are believed."""

from __future__ import annotations

from typing import Protocol

from shared.web.access import Door
from shared.web.oidc import Issuer
from shared.web.rates import Rates


class DoorSettings(Protocol):
    """What is set of a door."""

    @property
    def rate_key(self) -> float:
        """Requests a second of one key."""

    @property
    def rate_organisation(self) -> float:
        """Of all keys of an organisation."""

    @property
    def oidc_issuer(self) -> str:
        """The `iss` of tokens; empty: nobody signs on."""

    @property
    def oidc_audience(self) -> str:
        """Their `aud`."""

    @property
    def oidc_keys(self) -> str:
        """Where the public keys are."""

    @property
    def oidc_algorithms(self) -> tuple[str, ...]:
        """With what they may be signed."""

    @property
    def webhooks_allowed(self) -> str:
        """Hosts to which events may be sent beyond the rule, with spaces between."""


def door_of(settings: DoorSettings) -> Door:
    """The door as it is set."""
    issuer = None
    if settings.oidc_issuer:
        issuer = Issuer(
            issuer=settings.oidc_issuer,
            audience=settings.oidc_audience,
            keys=settings.oidc_keys,
            algorithms=settings.oidc_algorithms,
        )
    return Door(
        Rates(settings.rate_key, settings.rate_organisation), issuer, frozenset(settings.webhooks_allowed.split())
    )
