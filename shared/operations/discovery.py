"""Which services are there, and which module builds each? Nothing of a service is imported to tell."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
from pathlib import Path
from typing import Final

from shared.contracts.docstrings import modules
from shared.contracts.event import registered
from shared.operations.machine import CannotStart

ELSEWHERE: Final = "NENNEP_SERVICES"
"""Variable that names folders, with the separator of PATH: what has an `app.py` there is a service too."""
ENTRY_POINTS: Final = "nennep.services"
"""The group under which an installed package names its services: `duty = "duty.app"`."""


def discovered() -> tuple[str, ...]:
    """Every service by name: of the product, of installed packages, of the folders in NENNEP_SERVICES."""
    return tuple(sorted(places()))


def recording() -> frozenset[str]:
    """The services that record facts of their own: those whose events are in the published language."""
    modules()
    return frozenset(cls.service for cls in registered().values())


def places() -> dict[str, str]:
    """Service → the module that builds it. The product's own names are never taken by others."""
    found = importlib.util.find_spec("services")
    folders = found.submodule_search_locations if found and found.submodule_search_locations else ()
    own = {app.parent.name for folder in folders for app in Path(folder).glob("*/app.py")}
    installed = {each.name: each.module for each in importlib.metadata.entry_points(group=ENTRY_POINTS)}
    beside = {app.parent.name: f"{app.parent.name}.app" for folder in elsewhere() for app in folder.glob("*/app.py")}
    return {**installed, **beside, **{name: f"services.{name}.app" for name in own}}


def elsewhere() -> list[Path]:
    """The folders that NENNEP_SERVICES names."""
    return [Path(each).resolve() for each in os.environ.get(ELSEWHERE, "").split(os.pathsep) if each]


def known(service: str) -> str:
    """The name again. CannotStart when there is no such service."""
    if service not in discovered():
        message = f"không có dịch vụ / no such service: {service} ({', '.join(discovered())})"
        raise CannotStart(message)
    return service
