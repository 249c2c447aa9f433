"""How is one person's part of an event encrypted? AES-SIV under the person's key, bound to organisation and person.

The same bytes about the same person give the same ciphertext. So a repeated post is known by what the log holds, and
nothing else has to be kept to compare it with; that two events say the same is all that a reader of the log learns.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping
from typing import Final
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

KEY_BYTES: Final = 64
"""AES-256-SIV: one half of the key authenticates, the other encrypts."""
_SEPARATION: Final = b"nennep personal 1"

_decode = msgspec.json.Decoder(dict[str, str]).decode
_encode = msgspec.json.Encoder().encode


class NotReadable(Exception):
    """The ciphertext does not open under this key for this person."""


def new_key() -> bytes:
    """A key for one person, at random."""
    return os.urandom(KEY_BYTES)


def encrypt(key: bytes, organisation: UUID, person: UUID, clear: bytes) -> bytes:
    """What stands in the log instead of these bytes."""
    return AESSIV(key).encrypt(clear, [_SEPARATION, organisation.bytes, person.bytes])


def decrypt(key: bytes, organisation: UUID, person: UUID, sealed: bytes) -> bytes:
    """The very bytes that were posted. NotReadable when they were not encrypted so."""
    try:
        return AESSIV(key).decrypt(sealed, [_SEPARATION, organisation.bytes, person.bytes])
    except InvalidTag as error:
        raise NotReadable from error


def written(sealed: Mapping[UUID, bytes]) -> bytes:
    """The personal part of an event: person id → ciphertext in base64, in the order of the ids, without spaces."""
    return _encode({str(person): base64.b64encode(sealed[person]).decode() for person in sorted(sealed)})


def parts(personal: bytes) -> dict[UUID, bytes]:
    """The ciphertexts of a personal part, by person."""
    return {UUID(person): base64.b64decode(text, validate=True) for person, text in _decode(personal).items()}
