"""Over which bytes does a sender sign? What he asserts, in fixed order; `docs/formats/signature.md` is the format."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Final
from uuid import UUID

from shared.contracts.envelope import Content, parts

PURPOSE: Final = "nennep signature"
"""Stands first, so that these bytes are never those of another format."""


def signed_bytes(organisation: UUID, event: UUID, key: str, content: Content, commitment: bytes | None = None) -> bytes:
    """The bytes for Ed25519: purpose, key, organisation, event id, and every field of the content; data by digest.

    `commitment` stands for the personal part, where there is one: the fact's digest tells nothing of it.
    """
    document = content.document
    paper: tuple[str | None, ...] = (None,) * 6
    if document is not None:
        length = None if document.length is None else str(document.length)
        paper = (
            *(document.number, document.issuer, document.date.isoformat()),
            *(document.media, length, document.sha256),
        )
    return parts(
        PURPOSE,
        key,
        str(organisation),
        str(event),
        content.type,
        str(content.subject),
        content.occurred,
        *paper,
        content.reason,
        None if content.corrects is None else str(content.corrects),
        hashlib.sha256(content.fact).digest(),
        commitment,
    )


def commitment_to(personal: Mapping[UUID, bytes]) -> bytes:
    """SHA-256 over each person's id and the digest of the value as it was sent, in the order of the ids.

    Whoever wants it to tell nothing puts a `salt` into each value.
    """
    pairs = ((str(person), hashlib.sha256(value).digest()) for person, value in sorted(personal.items()))
    return hashlib.sha256(parts(*(each for pair in pairs for each in pair))).digest()
