"""What is usual at the door? The algorithms that tokens may be signed with, and how often one may knock."""

from __future__ import annotations

from typing import Final

ALGORITHMS: Final = ("RS256", "PS256", "ES256", "ES384", "Ed25519", "EdDSA")
"""Those that may be set: signatures by a private key. `none` and the HMACs are no choice."""
USUAL: Final = ("RS256", "ES256", "EdDSA")
KEY_RATE: Final = 500.0
"""Requests a second of one key; more than one process answers on two cores, so it bounds floods only."""
ORGANISATION_RATE: Final = 1_000.0
"""The same of all keys of an organisation."""
