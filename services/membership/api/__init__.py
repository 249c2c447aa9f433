"""What has membership over HTTP beside facts? Keys, readers, members and their work, places, books, papers."""

from __future__ import annotations

from services.membership.api.books import books_router
from services.membership.api.credentials import MOST_BYTES, OPERATOR_KEY, begin, credentials_router
from services.membership.api.exports import exports_router
from services.membership.api.likeness import likeness_router
from services.membership.api.members import members_router
from services.membership.api.places import places_router
from services.membership.api.readers import readers_router
from services.membership.api.registers import registers_router

__all__ = [
    "MOST_BYTES",
    "OPERATOR_KEY",
    "begin",
    "books_router",
    "credentials_router",
    "exports_router",
    "likeness_router",
    "members_router",
    "places_router",
    "readers_router",
    "registers_router",
]
