"""How does a post lose what it says in clear? Between reading and judging each personal part becomes ciphertext.

Keys are made before the log is written: a key that no event came to use does no harm. Who was forgotten gets no key any
more; the fact is stored without that person's part.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import msgspec

from shared.eventsourcing.draft import Draft, Poster
from shared.personal.cipher import encrypt, written
from shared.personal.keys import Holding, KeyStore


def sealed(keys: KeyStore, poster: Poster, drafts: Sequence[Draft]) -> list[Draft]:
    """The drafts with their personal parts encrypted. Blocks: to be called in a thread."""
    about = {
        Holding(poster.organisation, person) for draft in drafts if _is_personal(draft) for person in _persons(draft)
    }
    if not about:
        return list(drafts)
    gone = keys.forgotten(about)
    spoken = {Holding(poster.organisation, person) for draft in drafts if draft.clear for person in draft.clear.values}
    found = keys.keys_to_write(spoken - gone) if spoken - gone else {}
    return [_sealed(found, gone, poster.organisation, draft) if _is_personal(draft) else draft for draft in drafts]


def is_personal(drafts: Sequence[Draft]) -> bool:
    """Whether there is anything to be done."""
    return any(map(_is_personal, drafts))


def _is_personal(draft: Draft) -> bool:
    return (draft.inner or draft.fact).personal


def _persons(draft: Draft) -> set[UUID]:
    return {draft.content.subject, *(draft.clear.values if draft.clear else ())}


def _sealed(keys: dict[Holding, bytes], gone: set[Holding], organisation: UUID, draft: Draft) -> Draft:
    clear = draft.clear.values if draft.clear else {}
    parts = {
        person: encrypt(key, organisation, person, text)
        for person, text in clear.items()
        if (key := keys.get(Holding(organisation, person))) is not None
    }
    content = msgspec.structs.replace(draft.content, personal=written(parts) if parts else None)
    forgotten = len(parts) < len(clear) or any(Holding(organisation, each) in gone for each in _persons(draft))
    return msgspec.structs.replace(draft, content=content, clear=None, forgotten=forgotten)
