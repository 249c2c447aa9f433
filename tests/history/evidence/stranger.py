"""Can a receipt be checked from `docs/formats/checkpoint.md` alone? By one who read it, without our code."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

LINES = re.compile(
    r"(.+)\n(0|[1-9]\d*)\n(\S{44})\nnumber ([1-9]\d*)\npublished (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z)\n"
    r"for (?:sealed|daily|period|asked)\nchains (\d+) (\S{44})\nprevious (\S{44})\n",
    re.ASCII,
)


def sha(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def leads(data: bytes, place: dict[str, Any]) -> bool:
    """Section 4: the path leads from the leaf to the root."""
    f, s, r = place["index"], place["size"] - 1, sha(b"\x00", data)
    if not 0 <= f <= s:
        return False
    for p in map(octets, place["path"]):
        if s == 0:
            return False
        if f % 2 or f == s:
            r = sha(b"\x01", p, r)
            while f % 2 == 0 and f:
                f, s = f // 2, s // 2
        else:
            r = sha(b"\x01", r, p)
        f, s = f // 2, s // 2
    return s == 0 and r == octets(place["root"])


def octets(text: str) -> bytes:
    if not re.fullmatch("[0-9a-f]{64}", text):
        raise ValueError(text)
    return bytes.fromhex(text)


def signed(note: str, verifier: str) -> bool:
    """Section 2: whether this key signed; ValueError where it is named and did not."""
    text, _, lines = note.rpartition("\n\n")
    text += "\n"
    name, key_id, key = verifier.split("+", 2)
    algorithm, public = base64.b64decode(key)[:1], base64.b64decode(key)[1:]
    found = False
    for line in lines.splitlines():
        dash, named, encoded = line.split(" ")
        value = base64.b64decode(encoded, validate=True)
        if dash != "—" or base64.b64encode(value).decode() != encoded:
            raise ValueError(line)
        if (named, value[:4].hex()) != (name, key_id):
            continue
        time, signature, message = b"", value[4:], text
        if algorithm == b"\x04":
            time, signature = value[4:12], value[12:]
            message = f"cosignature/v1\ntime {int.from_bytes(time, 'big')}\n{text}"
        try:
            Ed25519PublicKey.from_public_bytes(public).verify(signature, message.encode())
        except InvalidSignature as error:
            raise ValueError(line) from error
        found = True
    return found


def proves(raw: bytes, receipt: str, key: str, witnesses: list[str]) -> bool:
    """Section 4: whether the file proves the receipt under this key, which all these witnesses have cosigned."""
    try:
        file = json.loads(raw)
        said, event, chain, note = (file[each] for each in ("receipt", "event", "chain", "checkpoint"))
        service, organisation, sequence, digest = receipt.split("/")
        text = LINES.fullmatch(note.rpartition("\n\n")[0] + "\n")
        if file["format"] != 1 or text is None:
            return False
        root = base64.b64encode(octets(event["root"])).decode()
        end = f"{text[1]}/{organisation}\n{event['size']}\n{root}\n".encode()
        return (
            (said["service"], said["organisation"], str(said["sequence"]), said["hash"])
            == (service, organisation, sequence, digest)
            and event["index"] == int(sequence) - 1
            and leads(octets(digest), event)
            and leads(end, chain)
            and (str(chain["size"]), octets(chain["root"])) == (text[6], base64.b64decode(text[7]))
            and text[1].rpartition("/")[2] == service
            and key.startswith(f"{text[1]}+")
            and all(signed(note, each) for each in (key, *witnesses))
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return False
