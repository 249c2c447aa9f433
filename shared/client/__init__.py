"""How an organisation's own software posts facts: httpx and the standard library, nothing else of the product.

`Client` posts and reads, `Outbox` keeps on disk what is still to be sent, `send` empties it. See `docs/posting.md`.
"""

from __future__ import annotations

from shared.client.answers import (
    Again,
    Conflict,
    NotAllowed,
    Posted,
    Problem,
    Receipt,
    Refused,
    Stale,
    Unreachable,
    Unreadable,
)
from shared.client.client import Client
from shared.client.facts import event
from shared.client.outbox import AnotherSender, OtherContent, Outbox, OutboxDamaged, Waiting
from shared.client.patience import Patience
from shared.client.sending import Sent, send
from shared.client.webhooks import NotGenuine, verify

__all__ = [
    "Again",
    "AnotherSender",
    "Client",
    "Conflict",
    "NotAllowed",
    "NotGenuine",
    "OtherContent",
    "Outbox",
    "OutboxDamaged",
    "Patience",
    "Posted",
    "Problem",
    "Receipt",
    "Refused",
    "Sent",
    "Stale",
    "Unreachable",
    "Unreadable",
    "Waiting",
    "event",
    "send",
    "verify",
]
