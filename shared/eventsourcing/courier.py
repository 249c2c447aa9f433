"""How does an event travel? Redis streams through FastStream: their names, one entry, and the connection's settings.

An entry has one field, `event`: CloudEvents JSON as any other tool reads it. Losing Redis loses nothing.
"""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

import msgspec
import redis
from faststream.redis import RedisBroker
from faststream.redis.parser import MessageFormat
from faststream.redis.publisher.producer import RedisFastProducer
from faststream.redis.response import DestinationType, RedisPublishCommand
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.retry import Retry

if TYPE_CHECKING:
    from faststream.redis.configs import ConnectionState

EVENT_FIELD: Final = "event"
_FIELD: Final = EVENT_FIELD.encode()
CONTENT_TYPE: Final = "application/json"
"""Said to FastStream only, which decodes no other JSON type."""
BLOCK: Final = 1_000
"""Milliseconds for which a reader waits inside Redis for the next entry."""
SOCKET_TIMEOUT: Final = 5.0
"""Seconds; above BLOCK, or every quiet second would look like a broken connection."""
CONNECT_TIMEOUT: Final = 2.0

SCHEMES: Final = frozenset({"redis", "rediss", "unix"})

Fields = dict[bytes, bytes]
"""An entry of a Redis stream, as the client gives it."""

_log = logging.getLogger("nennep.courier")


class CourierMisconfigured(ValueError):
    """The Redis address asks for something under which no event would arrive, or some would arrive twice."""


@dataclass(frozen=True, slots=True)
class Stream:
    """One Redis stream: the events of one shard of one service's log."""

    service: str
    shard: int = 0

    def __str__(self) -> str:
        return f"nennep:{{{self.service}.{self.shard}}}"

    @property
    def heads(self) -> str:
        """The Redis hash of the shard's heads, written at each beat."""
        return f"{self}:heads"

    @property
    def wanted(self) -> str:
        """The Redis hash in which consumers ask for events again."""
        return f"{self}:wanted"


def shard_of(organisation: UUID, shards: int) -> int:
    """The shard of an organisation: first 8 bytes of SHA-256 of its id in canonical text, mod the number of shards."""
    return int.from_bytes(hashlib.sha256(str(organisation).encode()).digest()[:8]) % shards


# ── One entry ────────────────────────────────────────────────────────────────────────────────────────────────────


class _Attributes(msgspec.Struct):
    id: str = ""
    correlation: str | None = None


class _Wrapped(msgspec.Struct):
    event: str


_attributes = msgspec.json.Decoder(_Attributes).decode
_wrapped = msgspec.json.Decoder(_Wrapped).decode


class PlainCloudEvents(MessageFormat):
    """FastStream's message format of every Nền Nếp stream: the body is the CloudEvents JSON, byte for byte.

    There are no headers beside it (they could only be ASCII); correlation id and message id are read from the event.
    """

    __slots__ = ()

    @classmethod
    async def encode(cls, *, message: object, **_circumstances: object) -> bytes:
        """The bytes themselves; a reply without a body is empty. TypeError for anything else."""
        if message is None:
            return b""
        if not isinstance(message, bytes):
            unexpected = f"only CloudEvents JSON bytes are published, not {type(message).__name__}"
            raise TypeError(unexpected)
        return message

    @classmethod
    def parse(cls, data: bytes | Fields) -> tuple[bytes, dict[str, Any]]:
        """The event's bytes, and headers made from it; FastStream hands over the entry in three different shapes."""
        raw = _event_bytes(data)
        try:
            attributes = _attributes(raw)
        except msgspec.MsgspecError:
            attributes = _Attributes()
        return raw, {
            "correlation_id": attributes.correlation or attributes.id,
            "message_id": attributes.id,
            "content-type": CONTENT_TYPE,
        }


def event_field(fields: Fields) -> bytes:
    """The event's bytes in an entry; empty when the entry has no such field."""
    return fields.get(_FIELD, b"")


def _event_bytes(data: bytes | Fields) -> bytes:
    if isinstance(data, dict):
        return event_field(data)
    try:
        return _wrapped(data).event.encode()
    except msgspec.MsgspecError:
        return data


class _OneFieldProducer(RedisFastProducer):
    """FastStream's producer, but the field of a stream's entry is called `event`."""

    __slots__ = ()

    async def publish(self, cmd: RedisPublishCommand) -> int | bytes:
        if cmd.destination_type is not DestinationType.Stream:
            return await super().publish(cmd)
        body = await cmd.message_format.encode(
            message=cmd.body, reply_to=None, headers=None, correlation_id=cmd.correlation_id or ""
        )
        connection = cmd.pipeline or self._connection.client
        return cast("bytes", await connection.xadd(cmd.destination, {EVENT_FIELD: body}))


class _CourierBroker(RedisBroker):
    def _make_producer(self, connection_state: ConnectionState[Any], kwargs: dict[str, Any]) -> RedisFastProducer:
        return _OneFieldProducer(
            connection=connection_state,
            parser=kwargs.get("parser"),
            decoder=kwargs.get("decoder"),
            message_format=self.message_format,
            serializer=kwargs.get("serializer"),
        )


# ── The connection ───────────────────────────────────────────────────────────────────────────────────────────────


def make_broker(url: str) -> RedisBroker:
    """A FastStream broker as every relay and subscription uses it, not connected yet. CourierMisconfigured: the URL."""
    return _CourierBroker(
        checked(url),
        message_format=PlainCloudEvents,
        apply_types=False,
        logger=_log,
        log_level=logging.DEBUG,
        graceful_timeout=10.0,
        retry=AsyncRetry(NoBackoff(), 0),
        retry_on_timeout=False,
        socket_timeout=SOCKET_TIMEOUT,
        socket_connect_timeout=CONNECT_TIMEOUT,
        socket_keepalive=True,
    )


def make_client(url: str) -> redis.Redis:
    """A plain client with the same settings, for reading in a thread."""
    return redis.Redis.from_url(
        checked(url),
        retry=Retry(NoBackoff(), 0),
        retry_on_timeout=False,
        socket_timeout=SOCKET_TIMEOUT,
        socket_connect_timeout=CONNECT_TIMEOUT,
    )


def checked(url: str) -> str:
    """The Redis address with the protocol pinned to RESP2.

    CourierMisconfigured does not repeat the address: it may hold a password.
    """
    parts = urlsplit(url)
    if parts.scheme not in SCHEMES:
        reason = "the courier's address begins with redis://, rediss:// or unix://"
        raise CourierMisconfigured(reason)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    if query.get("protocol", "2") != "2":
        reason = "protocol=3: nothing would be delivered"
        raise CourierMisconfigured(reason)
    if query.get("decode_responses", "0").lower() not in {"0", "f", "false", "n", "no"}:
        reason = "decode_responses: nothing would be delivered"
        raise CourierMisconfigured(reason)
    return url if "protocol" in query else f"{url}{'&' if parts.query else '?'}protocol=2"
