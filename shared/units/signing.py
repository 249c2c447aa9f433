"""Is a signature good? Ed25519 alone, under a key that the poster's organisation had registered for that day."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import re
from collections.abc import Mapping
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from shared.contracts.envelope import Content
from shared.contracts.signature import commitment_to, signed_bytes
from shared.eventsourcing.draft import Draft, Poster
from shared.eventsourcing.errors import Refused
from shared.units.directory import Directory, SigningKey

SIGNATURE: Final = re.compile(r"(?P<signature>[A-Za-z0-9+/]{86}==)(?:;(?P<commitment>[0-9a-f]{64}))?")
"""Base64 of 64 bytes; behind a semicolon the commitment to the personal part, where there is one."""
_SMALL_ORDER: Final = frozenset(
    bytes.fromhex(each)
    for each in (
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "0100000000000000000000000000000000000000000000000000000000000080",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    )
)
"""Points under which one signature fits many texts."""


class SignatureMissing(Refused):
    """The organisation demands a signature on everything that is posted for it."""

    vi = "Tổ chức này yêu cầu mọi sự việc phải được ký."


class SigningKeyRefused(Refused):
    """The signing key is unknown, another organisation's or credential's, revoked, or not of this day."""

    foreign = True
    vi = "Khóa ký không dùng được: chưa đăng ký, của nơi khác, đã thu hồi hoặc ngoài thời hạn."


class SignatureWrong(Refused):
    """The signature does not fit what was posted."""

    vi = "Chữ ký không khớp với nội dung gửi lên."


def is_public_key(raw: bytes) -> bool:
    """Whether 32 bytes are a key under which a signature proves something."""
    try:
        Ed25519PublicKey.from_public_bytes(raw)
    except ValueError:
        return False
    return raw not in _SMALL_ORDER


def require_signature(
    poster: Poster, draft: Draft, directory: Directory, today: dt.date, personal: Mapping[UUID, bytes] | None = None
) -> None:
    """Raise why a draft's signature, or the lack of one, does not do. Unsigned drafts pass where none is demanded."""
    if draft.key_id is None or draft.signature is None:
        if directory.demands_signatures(poster.organisation, today):
            raise SignatureMissing("signature")
        return
    key = directory.signing_key(UUID(draft.key_id))
    if key is None or not key.serves(poster, today):
        raise SigningKeyRefused("keyid")
    commitment = None if personal is None else commitment_to(personal)
    if not _fits(key, poster.organisation, draft.id, draft.content, draft.signature, commitment):
        raise SignatureWrong("signature")


def verifies(key: SigningKey, organisation: UUID, event: UUID, content: Content, signature: str) -> bool:
    """Whether a recorded event's signature is good; of its personal part the commitment is taken as signed."""
    match = SIGNATURE.fullmatch(signature)
    commitment = None if match is None or match["commitment"] is None else bytes.fromhex(match["commitment"])
    return _fits(key, organisation, event, content, signature, commitment)


def _fits(
    key: SigningKey, organisation: UUID, event: UUID, content: Content, signature: str, commitment: bytes | None
) -> bool:
    match = SIGNATURE.fullmatch(signature)
    if match is None or match["commitment"] != (None if commitment is None else commitment.hex()):
        return False
    try:
        raw = base64.b64decode(match["signature"], validate=True)
    except binascii.Error:
        return False
    if base64.b64encode(raw).decode() != match["signature"]:
        return False
    signed = signed_bytes(organisation, event, str(key.id), content, commitment)
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(raw, signed)
    except InvalidSignature:
        return False
    return True
