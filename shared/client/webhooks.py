"""Is what came in really an event of the service's, sent just now? Checked before anything is believed.

    verify(secret, request.headers, body)   # raises NotGenuine

Repeats come, for an answer may be lost: keep the ids that were seen (`webhook-id`) and answer 200 to them.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import time
from collections.abc import Mapping
from typing import Final

WINDOW: Final = 300.0
"""Seconds by which the time of sending may differ from now: an older copy of a request is not taken."""


class NotGenuine(Exception):
    """The signature does not fit, or the time of sending lies too far off."""


def verify(
    secret: str, headers: Mapping[str, str], body: bytes, *, now: float | None = None, window: float = WINDOW
) -> str:
    """The id of the event. NotGenuine. `secret` as it was shown: `whsec_…`."""
    told = {name.lower(): value for name, value in headers.items()}
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
        id, sent, signatures = (told[f"webhook-{name}"] for name in ("id", "timestamp", "signature"))
        late = abs((time.time() if now is None else now) - int(sent))
    except (KeyError, ValueError, binascii.Error):
        raise NotGenuine from None
    wanted = hmac.digest(key, f"{id}.{sent}.".encode() + body, hashlib.sha256)
    good = [each.partition(",") for each in signatures.split(" ")]
    fits = any(version == "v1" and hmac.compare_digest(_decoded(text), wanted) for version, _, text in good)
    if not fits or late > window:
        raise NotGenuine
    return id


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        return b""
