"""What has membership over HTTP beside facts? One file an idea: keys, members and work lists, places."""

from __future__ import annotations

from services.membership.api.credentials import MOST_BYTES, OPERATOR_KEY, begin, credentials_router
from services.membership.api.members import members_router
from services.membership.api.places import places_router

__all__ = ["MOST_BYTES", "OPERATOR_KEY", "begin", "credentials_router", "members_router", "places_router"]
