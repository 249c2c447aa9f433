"""Would a stranger who has only `docs/formats/signature.md` check a signature? Written from that page alone."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

PAPER = ("docnumber", "docissuer", "docdate", "docmedia", "doclength", "docsha256")


def part(value: str | bytes | None) -> bytes:
    """Length and octets, or four times FF."""
    if value is None:
        return b"\xff" * 4
    octets = value.encode() if isinstance(value, str) else value
    return len(octets).to_bytes(4, "big") + octets


def fact_bytes(line: bytes) -> bytes:
    """What stands between `"fact":` and the end of its value, found by reading JSON from there."""
    text = line.decode()
    start = text.index('"fact":', text.index('"data":')) + len('"fact":')
    _, end = json.JSONDecoder().raw_decode(text, start)
    return text[start:end].encode()


def signed(line: bytes) -> bytes:
    """The bytes that were signed, from a recorded event as it was exported."""
    event: dict[str, Any] = json.loads(line)
    _, _, commitment = event["signature"].partition(";")
    parts = [
        *("nennep signature", event["keyid"], event["organisation"], event["id"]),
        *(event["type"], event["subject"], event["occurred"]),
        *(event.get(name) for name in PAPER),
        *(event.get("reason"), event.get("corrects")),
        hashlib.sha256(fact_bytes(line)).digest(),
        bytes.fromhex(commitment) if commitment else None,
    ]
    return b"\x01" + b"".join(map(part, parts))


def is_good(line: bytes, public_key: str) -> bool:
    """Whether the event was signed with the private half of this key (hexadecimal)."""
    signature = json.loads(line)["signature"].partition(";")[0]
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key)).verify(base64.b64decode(signature), signed(line))
    except InvalidSignature:
        return False
    return True
