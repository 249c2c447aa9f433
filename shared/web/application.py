"""How is a service's HTTP side put together? One factory: strict limits, problems, health, pages, then its routers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.telemetry import TelemetryConfig

from shared.contracts.event import Event
from shared.web.asyncapi import asyncapi_document
from shared.web.description import SECURITY, components
from shared.web.health import About, health_router
from shared.web.metrics import Metrics
from shared.web.observed import ObservedRequests
from shared.web.pages import pages_router
from shared.web.problem import TurnedAway
from shared.web.problems import install_problem_handlers
from shared.web.readiness import Check
from shared.web.rights import UndeclaredRight, declare_rights, undeclared
from shared.web.schemas import load_contracts

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]
SILENT: Final = TelemetryConfig(tracing=False, metrics=False, logs=False, operation_spans=False, auto_configure=False)
"""The framework's own telemetry might carry bodies and parameters: it stays off."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What a service brings beside what all have."""

    routers: Sequence[APIRouter] = ()
    """Their routes bear their full paths, `/v1/…`."""
    checks: Mapping[str, Check] = field(default_factory=dict)
    listens: Iterable[type[Event]] = ()
    """Events of other services that it hears, for the description."""
    lifespan: Lifespan | None = None


def create_app(about: About, parts: Parts, metrics: Metrics | None = None) -> FastAPI:
    """The ASGI application of a service."""
    load_contracts()
    metrics = metrics or Metrics(about.service)
    app = FastAPI(
        title=f"Nền Nếp: {about.title}",
        version=about.version,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=parts.lifespan,
        dependencies=[Depends(refuse_unknown_parameters)],
        telemetry=SILENT,
    )
    install_problem_handlers(app)
    app.add_middleware(ObservedRequests, metrics=metrics)
    for router in (*parts.routers, health_router(about, parts.checks, metrics)):
        app.include_router(router)

    @cache
    def openapi() -> dict[str, Any]:
        document = FastAPI.openapi(app)
        declare_rights(app, document)
        shared_parts = document.setdefault("components", {})
        shared_parts.setdefault("schemas", {}).update(components(about.service))
        shared_parts.setdefault("securitySchemes", {})["key"] = SECURITY
        return document

    @cache
    def asyncapi() -> dict[str, Any]:
        return asyncapi_document(about.service, about.version, parts.listens)

    for route in undeclared(app):
        raise UndeclaredRight(route)
    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's own way to extend it
    app.asyncapi = asyncapi  # type: ignore[attr-defined]  # beside it, for those who write both down
    app.include_router(pages_router(about, openapi, asyncapi))
    return app


async def refuse_unknown_parameters(request: Request) -> None:
    """A dependency of every route: parameters that it does not declare, or given twice, are refused."""
    if not request.scope["query_string"]:
        return
    declared = _declared(request)
    names = [name for name, _ in request.query_params.multi_items()]
    for name in names:
        if name not in declared:
            raise TurnedAway(422, "unknown-parameter")
        if names.count(name) > 1:
            raise TurnedAway(422, "repeated-parameter", name)


def _declared(request: Request) -> frozenset[str]:
    """The query parameters that the API description has for this route."""
    path = getattr(request.scope.get("route"), "path", "")
    operation = request.app.openapi()["paths"].get(path, {}).get(request.method.lower(), {})
    return frozenset(each["name"] for each in operation.get("parameters", ()) if each["in"] == "query")
