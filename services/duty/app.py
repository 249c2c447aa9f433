"""How is duty put together? What it hears, what it keeps ready, what it answers; the rest is the kit's."""

from __future__ import annotations

import uvicorn

from services.duty.api import ROUTERS
from services.duty.projections import LISTENS, PROJECTIONS
from shared.operations.settings import Settings
from shared.web.health import About
from shared.web.reading_service import reading_service

ABOUT = About("duty", "việc đến hạn", "0.1.0")


def build(settings: Settings) -> uvicorn.Config:
    """The service with its door, from the settings of this process."""
    return reading_service(ABOUT, LISTENS, PROJECTIONS, ROUTERS, settings)
