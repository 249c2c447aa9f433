"""Which events does a service send and hear? An AsyncAPI 3 document, made from the contracts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from shared.contracts.event import Event
from shared.web.schemas import contracts_of, fact_schemas, recorded_event, reference, schema_name, summary

Document = dict[str, Any]
MEDIA: Final = "application/cloudevents+json"


def asyncapi_document(service: str, version: str, listens: Iterable[type[Event]] = ()) -> Document:
    """The Redis streams of a service: its own, on which it sends, and those of others, of which it hears some types."""
    sent = contracts_of(service)
    heard = sorted((cls for cls in listens if cls.service != service), key=lambda cls: cls.name)
    by_service = {service: sent} if sent else {}
    for cls in heard:
        by_service[cls.service] = (*by_service.get(cls.service, ()), cls)
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": f"Nền Nếp: {service}",
            "version": version,
            "description": "Sự kiện đã ghi, theo thứ tự trong sổ của từng tổ chức. "
            "Recorded events, each organisation's in sequence. CloudEvents 1.0 in the one field `event` of an entry.",
        },
        "defaultContentType": MEDIA,
        "channels": {name: _channel(name, contracts) for name, contracts in by_service.items()},
        "operations": {
            ("send" if name == service else f"hear-{name}"): _operation(name, contracts, own=name == service)
            for name, contracts in by_service.items()
        },
        "components": {
            "messages": {schema_name(cls): _message(cls) for contracts in by_service.values() for cls in contracts},
            "schemas": fact_schemas(tuple(cls for contracts in by_service.values() for cls in contracts)),
        },
    }


def _channel(service: str, contracts: Iterable[type[Event]]) -> Document:
    return {
        "address": None,
        "title": f"nennep:{{{service}.<shard>}}",
        "description": "Redis stream; shard 0 when there is one only. "
        "`<stream>:heads` is the hash of heads: organisation → sequence/hash/sealed.",
        "messages": {schema_name(cls): {"$ref": f"#/components/messages/{schema_name(cls)}"} for cls in contracts},
    }


def _operation(service: str, contracts: Iterable[type[Event]], *, own: bool) -> Document:
    return {
        "action": "send" if own else "receive",
        "channel": {"$ref": f"#/channels/{service}"},
        "messages": [{"$ref": f"#/channels/{service}/messages/{schema_name(cls)}"} for cls in contracts],
    }


def _message(cls: type[Event]) -> Document:
    return {
        "name": cls.name,
        "title": cls.__name__,
        "summary": summary(cls),
        "contentType": MEDIA,
        "payload": recorded_event(cls),
        "x-fact": reference(schema_name(cls)),
    }
