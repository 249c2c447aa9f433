"""Which right does each route ask for? Found in its dependencies, shown in the API description, missing nowhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts

from shared.units.rights import Right
from shared.web.access import Needs

MARK: Final = "x-right"
BEHIND_THE_DOOR: Final = "/v1/"
"""What lies elsewhere is open to everybody: it says nothing of anybody."""


class UndeclaredRight(Exception):
    """A route under `/v1/` does not say which right it asks for: the service does not start."""


def undeclared(app: FastAPI) -> Iterator[str]:
    """Routes behind the door that declare no right."""
    for route in _routes(app):
        if (route.path or "").startswith(BEHIND_THE_DOOR) and right_of(route) is None:
            yield f"{sorted(route.methods or ())} {route.path}"


def declare_rights(app: FastAPI, document: dict[str, Any]) -> None:
    """Write each route's right into the API description."""
    for route in _routes(app):
        right = right_of(route)
        for method in (route.methods or ()) if right else ():
            operation = document["paths"].get(route.path_format, {}).get(method.lower())
            if operation is not None:
                operation[MARK] = right


def right_of(route: RouteContext) -> str | None:
    """The last right that a route's dependencies name, or what the route itself says of it."""
    named: list[Right] = [each.call.right for each in _flat(route.dependant) if isinstance(each.call, Needs)]
    declared: str | None = (route.openapi_extra or {}).get(MARK)
    return named[-1].value if named else declared


def _routes(app: FastAPI) -> Iterator[RouteContext]:
    return (route for route in iter_route_contexts(app.routes) if isinstance(route.original_route, APIRoute))


def _flat(dependant: Dependant) -> Iterator[Dependant]:
    for each in dependant.dependencies:
        yield from _flat(each)
        yield each
