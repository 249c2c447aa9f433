"""What do the contracts look like to a stranger? JSON Schema of every event, for the two API descriptions."""

from __future__ import annotations

import inspect
from functools import cache
from typing import Any, Final

import msgspec
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from shared.contracts.cloudevent import CloudEvent
from shared.contracts.docstrings import modules, sentence
from shared.contracts.event import Event, registered
from shared.contracts.personal import PersonalDetails
from shared.web.attributes import POSTED

Schema = dict[str, Any]
REFERENCE: Final = "#/components/schemas/{model}"


@cache
def load_contracts() -> None:
    """Import every file of the published language, so that each name is known whoever asks."""
    modules()


def contracts_of(service: str) -> tuple[type[Event], ...]:
    """The contracts whose events a service records, in the order of their names."""
    load_contracts()
    return tuple(cls for cls in registered().values() if cls.service == service)


def schema_name(cls: type[Event]) -> str:
    """The component under which a contract is described: its permanent name without the common beginning."""
    return cls.name.removeprefix("vn.nennep.")


def fact_schemas(contracts: tuple[type[Event], ...]) -> dict[str, Schema]:
    """A component for each contract and each part inside, all references resolved among them."""
    if not contracts:
        return {}
    models: list[type[BaseModel]] = [*contracts]
    if any(cls.personal for cls in contracts):
        models.append(PersonalDetails)
    references, document = models_json_schema([(cls, "validation") for cls in models], ref_template=REFERENCE)
    schemas: dict[str, Schema] = dict(document.get("$defs", {}))
    for cls in contracts:
        schemas[schema_name(cls)] = {**references[cls, "validation"], "title": cls.name}
    return schemas


def summary(cls: type[Event]) -> str:
    """The first sentence of a contract's docstring."""
    return sentence((inspect.getdoc(cls) or "").replace("\n", " "))


def posted_event(contracts: tuple[type[Event], ...]) -> Schema:
    """The CloudEvents JSON that a service takes."""
    text, uuid = {"type": "string"}, {"type": "string", "format": "uuid"}
    properties: Schema = dict.fromkeys(sorted(POSTED), text) | {
        "specversion": {"const": "1.0"},
        "id": uuid,
        "subject": uuid,
        "causation": uuid,
        "correlation": uuid,
        "type": {"enum": [cls.name for cls in contracts]},
        "time": {"type": "string", "format": "date-time"},
        "docdate": {"type": "string", "format": "date"},
        "doclength": {"type": "integer", "minimum": 0},
        "datacontenttype": {"const": "application/json"},
        "expectedversion": {"anyOf": [{"enum": ["NEW", "ANY"]}, {"type": "integer", "minimum": 1}], "default": "ANY"},
        "data": {
            "type": "object",
            "required": ["fact"],
            "additionalProperties": False,
            "properties": {"fact": {"anyOf": [reference(schema_name(cls)) for cls in contracts]}},
        },
    }
    if any(cls.personal for cls in contracts):
        details = {"type": "object", "minProperties": 1, "additionalProperties": reference(PersonalDetails.__name__)}
        properties["data"]["properties"]["personal"] = details
    return {
        "type": "object",
        "required": ["specversion", "id", "source", "type", "subject", "data"],
        "additionalProperties": False,
        "properties": properties,
    }


def recorded_event(cls: type[Event]) -> Schema:
    """The CloudEvents JSON in which a recorded event travels."""
    text = {"type": "string"}
    properties: Schema = dict.fromkeys(CloudEvent.__struct_fields__, text)
    properties["type"] = {"const": cls.name}
    properties["data"] = {
        "type": "object",
        "required": ["fact"],
        "properties": {
            "fact": reference(schema_name(cls)),
            "personal": {"type": "object", "additionalProperties": text},
        },
    }
    required = ["specversion", *(field.name for field in msgspec.structs.fields(CloudEvent) if field.required)]
    return {"type": "object", "required": required, "properties": properties}


def reference(name: str) -> Schema:
    """A reference to a component."""
    return {"$ref": REFERENCE.format(model=name)}
