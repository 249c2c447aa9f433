"""How do people read the API descriptions? As plain pages made here: no script, nothing from any other address."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import msgspec
from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from shared.web.catalogue import catalogue_document
from shared.web.health import About

Document = dict[str, Any]
Describe = Callable[[], Document]
"""Makes a description when it is first asked for."""

_TEMPLATES: Final = Path(__file__).parent / "templates"
_encode = msgspec.json.Encoder().encode


def pages_router(about: About, openapi: Describe, asyncapi: Describe) -> APIRouter:
    """`/docs`, `/openapi.json`, `/catalogue`, `/asyncapi`, `/asyncapi.json`."""
    router = APIRouter(include_in_schema=False)
    pages = _Pages(about)

    async def openapi_page() -> Response:
        return pages.page("openapi.html", openapi())

    async def openapi_json() -> Response:
        return _json(openapi())

    async def catalogue_page() -> Response:
        return pages.page("catalogue.html", await asyncio.to_thread(catalogue_document))

    async def asyncapi_page() -> Response:
        return pages.page("asyncapi.html", asyncapi())

    async def asyncapi_json() -> Response:
        return _json(asyncapi())

    router.add_api_route("/docs", openapi_page, response_class=HTMLResponse)
    router.add_api_route("/openapi.json", openapi_json)
    router.add_api_route("/catalogue", catalogue_page, response_class=HTMLResponse)
    router.add_api_route("/asyncapi", asyncapi_page, response_class=HTMLResponse)
    router.add_api_route("/asyncapi.json", asyncapi_json)
    return router


class _Pages:
    """The templates, and a policy under which a browser takes their one style sheet and nothing else."""

    def __init__(self, about: About) -> None:
        self._about = about
        self._environment = Environment(
            loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True
        )
        self._environment.filters["kind"] = kind_in_words
        self._style = (_TEMPLATES / "style.css").read_text(encoding="utf-8")
        digest = base64.b64encode(hashlib.sha256(self._style.encode()).digest()).decode()
        self._policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; frame-ancestors 'none'"

    def page(self, template: str, document: Document) -> Response:
        text = self._environment.get_template(template).render(about=self._about, document=document, style=self._style)
        return HTMLResponse(text, headers={"Content-Security-Policy": self._policy})


def kind_in_words(schema: Document) -> str:
    """A JSON Schema as a few words: `uuid`, `integer ≥ 0`, `list of Roll`, `one of month, quarter`."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "const" in schema:
        return str(schema["const"])
    if "enum" in schema:
        return "one of " + ", ".join(str(each) for each in schema["enum"])
    for key in ("anyOf", "oneOf", "allOf"):
        if key in schema:
            return " or ".join(dict.fromkeys(kind_in_words(each) for each in schema[key]))
    if schema.get("type") == "array":
        return f"list of {kind_in_words(schema.get('items', {}))}"
    return f"{schema.get('format') or schema.get('type') or 'any'}{_bounds(schema)}"


def _bounds(schema: Document) -> str:
    words = (("minimum", "≥"), ("maximum", "≤"), ("minLength", "length ≥"), ("maxLength", "length ≤"))
    return "".join(f" {sign} {schema[name]}" for name, sign in words if name in schema)


def _json(document: Document) -> Response:
    return Response(_encode(document), media_type="application/json")
