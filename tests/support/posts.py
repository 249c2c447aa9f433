"""What is posted in a test? A fact with its circumstances, a correction, a voiding, or the same content once more."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from shared.contracts.corrections import FactCorrected, FactVoided
from shared.contracts.envelope import Content, Correction
from shared.contracts.event import Event, contract
from shared.eventsourcing.draft import Draft

_ids = count(10**6)


def id_of(name: str) -> UUID:
    """The same id for the same name in every run."""
    return uuid5(NAMESPACE_URL, name)


@dataclass(frozen=True)
class Post:
    """A fact on its way into a log: about what, on which day, by whom. Each has an event id of its own."""

    fact: Event
    subject: UUID
    on: str
    by: UUID
    corrects: Post | None = None
    """The fact or correction that this one replaces."""
    id: UUID = field(default_factory=lambda: UUID(int=next(_ids)))

    @property
    def root(self) -> Post:
        """The first of its chain."""
        return self if self.corrects is None else self.corrects.root

    @property
    def service(self) -> str:
        """The service that takes it."""
        return self.fact.service

    def draft(self) -> Draft:
        """As the web would hand it in."""
        corrects = None
        if self.corrects is not None:
            corrects = Correction(self.root.by, self.root.id, self.corrects.id)
        raw = self.fact.model_dump_json(exclude_none=True).encode()
        content = Content(type=self.fact.name, subject=self.subject, occurred=self.on, fact=raw, corrects=corrects)
        inner = None
        if isinstance(self.fact, FactCorrected) and (cls := contract(self.fact.type)) is not None:
            inner = cls.model_validate_json(json.dumps(self.fact.fact))
        return Draft(id=self.id, content=content, fact=self.fact, inner=inner)


def again(post: Post) -> Post:
    """The same content under another event id."""
    return replace(post, id=UUID(int=next(_ids)))


def corrected(post: Post, fact: Event, *, on: str | None = None) -> Post:
    """The correction of a post by a whole new fact."""
    cls: type[FactCorrected] = _contract(post.service, "fact-corrected")
    whole = cls(type=fact.name, fact=fact.model_dump(mode="json", exclude_none=True))
    return Post(whole, post.subject, on or post.on, post.by, corrects=post)


def voided(post: Post) -> Post:
    """The voiding of a post."""
    cls: type[FactVoided] = _contract(post.service, "fact-voided")
    return Post(cls(type=post.root.fact.name), post.subject, post.on, post.by, corrects=post)


def _contract(service: str, fact: str) -> Any:
    return contract(f"vn.nennep.{service}.{fact}.v1")
