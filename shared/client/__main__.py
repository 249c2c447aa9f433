"""How is an outbox filled and emptied with this folder alone? `python -m shared.client OUTBOX [FILE …] meetings=URL …`.

Every line of a file is a fact to be put in first. The key is taken from NENNEP_KEY. Exit codes: 0 all is recorded,
1 something was refused, 2 something waits still, or cannot be read.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from shared.client.answers import Refused, Unreachable
from shared.client.client import Client
from shared.client.outbox import AnotherSender, OtherContent, Outbox, OutboxDamaged
from shared.client.sending import PAGE, send


def main(words: Sequence[str], key: str | None) -> int:
    """Send once."""
    if not words or not key:
        sys.stderr.write(f"{__doc__}\n")
        return 2
    named = [each.partition("=") for each in words[1:] if "=" in each]
    with ExitStack() as stack:
        try:
            clients = {service: stack.enter_context(Client(url, key)) for service, _, url in named}
            outbox = Outbox(words[0])
            for file in (each for each in words[1:] if "=" not in each):
                with Path(file).open(encoding="utf-8") as lines:
                    outbox.put(line for line in lines if line.strip())
            sent = send(outbox, clients, page=int(os.environ.get("NENNEP_PAGE", PAGE)))
        except KeyError as error:
            sys.stderr.write(f"không nêu địa chỉ / no address given: {error.args[0]}=URL\n")
            return 2
        except (AnotherSender, OSError, OtherContent, OutboxDamaged, Refused, Unreachable, ValueError) as error:
            sys.stderr.write(f"{type(error).__name__}: {error}\n")
            return 2
    sys.stdout.write(f"{len(outbox.receipts)} đã ghi / recorded, {len(outbox.refused)} bị từ chối / refused\n")
    return 2 if sent.waiting else 1 if outbox.refused else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ.get("NENNEP_KEY")))
