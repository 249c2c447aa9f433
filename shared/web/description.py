"""What does the API description say of posting? Bodies, answers and problems, beside what the framework derives."""

from __future__ import annotations

from typing import Any, Final

from shared.units.rights import Right
from shared.web.after import HEADER
from shared.web.posting import Media
from shared.web.problems import MEDIA
from shared.web.schemas import Schema, contracts_of, fact_schemas, posted_event, reference

PROBLEM: Final[Schema] = {
    "type": "object",
    "description": "RFC 9457. `code` is stable; `field` is a path in the contract's own words.",
    "required": ["type", "title", "title_en", "status", "code"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "title_en": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "field": {"type": "string"},
        "line": {"type": "integer"},
    },
}
SECURITY: Final[Schema] = {
    "type": "http",
    "scheme": "bearer",
    "description": "nn_<mã khóa · credential id>_<bí mật · secret>",
}
_OUTCOME: Final[Schema] = {
    "type": "object",
    "required": ["status"],
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "status": {"type": "integer"},
        "receipt": reference("Receipt"),
        "problem": reference("Problem"),
    },
}
_RECEIPT: Final[Schema] = {
    "type": "object",
    "description": "Where the fact stands for ever.",
    "required": ["service", "organisation", "sequence", "hash"],
    "properties": {
        "service": {"type": "string"},
        "organisation": {"type": "string", "format": "uuid"},
        "sequence": {"type": "integer", "minimum": 1},
        "hash": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
    },
}
_OUTCOMES: Final[Schema] = {
    "type": "object",
    "required": ["outcomes"],
    "properties": {"outcomes": {"type": "array", "items": reference("Outcome")}},
}
_ANSWERS: Final = {
    200: "Đã có từ trước. All were there already.",
    201: "Đã ghi. Recorded.",
    207: "Có dòng đã ghi, có dòng bị từ chối. Some recorded, some refused.",
}
_PROBLEMS: Final = {
    400: "Không đọc được. Unreadable.",
    401: "Thiếu khóa hợp lệ. No valid key.",
    403: "Vai trò không được phép. The role may not.",
    408: "Gửi quá chậm. Too slow.",
    409: "Trùng mã hoặc đã bị thay. Id or correction conflict.",
    412: "Phiên bản đã cũ. Stale version.",
    413: "Quá lớn. Too large.",
    429: "Quá nhiều yêu cầu. Too many requests.",
    415: "Không phải CloudEvents dạng JSON. Not CloudEvents in JSON.",
    422: "Trái quy ước hoặc trái nghiệp vụ. Refused by contract or rule.",
    503: "Bận, hoặc chưa nhận được dữ liệu liên quan. Busy, or not seen yet.",
}


def post_description(service: str) -> dict[str, Any]:
    """Keyword arguments of the route under which a service takes facts."""
    event = reference("PostedEvent")
    return {
        "summary": "Ghi nhận sự việc · Record facts",
        "description": "Một sự việc, một lô, hoặc từng dòng; mặc định ghi tất cả hoặc không ghi gì. "
        "One event, a batch, or lines; all or nothing unless `Prefer: handling=lenient`.",
        "status_code": 201,
        "responses": {**_successes(), **problem_responses(*_PROBLEMS)},
        "openapi_extra": {
            "security": [{"key": []}],
            "x-right": Right.POST.value,
            "x-service": service,
            "parameters": [
                _header("Prefer", "`handling=lenient`: từng dòng một. Line by line."),
                _header(HEADER, "`service/organisation/sequence/hash`, …: chờ tới đó. Wait for these positions."),
            ],
            "requestBody": {
                "required": True,
                "content": {
                    Media.ONE.value: {"schema": event},
                    Media.BATCH.value: {"schema": {"type": "array", "items": event, "maxItems": 5000}},
                    Media.LINES.value: {"schema": {"type": "string"}},
                },
            },
        },
    }


def problem_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that may end with these problems."""
    content = {MEDIA: {"schema": reference("Problem")}}
    return {status: {"description": _PROBLEMS.get(status, "Problem"), "content": content} for status in statuses}


def components(service: str) -> dict[str, Schema]:
    """The schemas that these descriptions refer to."""
    contracts = contracts_of(service)
    kit = {"Problem": PROBLEM, "Receipt": _RECEIPT, "Outcome": _OUTCOME, "Outcomes": _OUTCOMES}
    return {**fact_schemas(contracts), **kit, **({"PostedEvent": posted_event(contracts)} if contracts else {})}


def _successes() -> dict[int | str, dict[str, Any]]:
    either: Schema = {"anyOf": [reference("Outcome"), reference("Outcomes")]}
    return {
        status: {"description": text, "content": {"application/json": {"schema": either}}}
        for status, text in _ANSWERS.items()
    }


def _header(name: str, description: str) -> Schema:
    return {"name": name, "in": "header", "required": False, "schema": {"type": "string"}, "description": description}
