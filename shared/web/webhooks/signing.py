"""How does a receiver know that an event comes from here, and now? A signature over id, time and body.

As standardwebhooks has it: `webhook-id`, `webhook-timestamp`, `webhook-signature: v1,<base64 of HMAC-SHA256>`. The
secret is made from the deployment's pepper and the webhook's id, and is stored nowhere.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from uuid import UUID

from shared.web.access import Pepper


def secret_of(pepper: Pepper, webhook: UUID) -> bytes:
    """The secret of a webhook."""
    return pepper.hash(b"webhook/" + webhook.bytes)


def shown(secret: bytes) -> str:
    """The secret as its receiver is told it."""
    return f"whsec_{base64.b64encode(secret).decode()}"


def headers(secret: bytes, event: UUID, now: int, body: bytes) -> dict[str, str]:
    """What goes with a body at a time (seconds since 1970)."""
    said = f"{event}.{now}.".encode() + body
    signature = base64.b64encode(hmac.digest(secret, said, hashlib.sha256)).decode()
    return {"webhook-id": str(event), "webhook-timestamp": str(now), "webhook-signature": f"v1,{signature}"}
