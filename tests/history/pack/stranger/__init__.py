"""Does a stranger come to the same judgement? A second verifier, written from `docs/formats/audit-pack.md` alone.

Nothing of the product is imported here. Where the two verifiers differ, one of them is wrong, or the page.

    judged(pack, Reader(keys))                   # -> exit code, and why

`spelling` one way to write JSON, fields and hash trees · `chains` the lines · `checkpoints` keys and what they signed ·
`facts` which facts stand · `units` the tree of units and places · `figures` what they come to · `check` the whole.
"""

from __future__ import annotations

from tests.history.pack.stranger.check import Reader, judged

__all__ = ["Reader", "judged"]
