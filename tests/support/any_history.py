"""What history comes of whatever is posted? What the rules accept, with corrections and voidings among it."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random
from uuid import UUID

from shared.eventsourcing.acceptance import contradictions
from shared.eventsourcing.errors import Conflict, Refused
from tests.support.given import Given, decider_of, given, related
from tests.support.posts import Post, corrected, voided

Streams = set[tuple[str, UUID]]


def grow(drafts: Iterable[Post], chance: Random) -> tuple[Given, Streams]:
    """Post each in turn, at times put an earlier one right by it or void that; keep what is accepted."""
    book, last, touched = given(), dict[type, Post](), Streams()
    for draft in drafts:
        earlier = last.get(type(draft.fact))
        post = draft
        if earlier is not None and chance.random() < 1 / 4:
            post = corrected(earlier, draft.fact, on=draft.on)
        elif earlier is not None and chance.random() < 1 / 8:
            post = voided(earlier)
        verdict = book.when(post)
        assert verdict.accepted or verdict.already or isinstance(verdict.outcome, Refused | Conflict)
        if verdict.accepted:
            book.take(post)
            last[type(draft.fact)] = post
            touched.add((post.service, post.subject))
    return book, touched


def holds_together(book: tuple[Given, Streams], chance: Random) -> None:
    """Every stream folds to one state in whatever order its facts are given, and can be looked through for quarrels."""
    found, touched = book
    for service, subject in sorted(touched):
        stream = found.stream(service, subject)
        facts = list(stream.standing())
        for decider in {id(each): each for each in (decider_of(type(said.fact)) for said in facts)}.values():
            state = decider.fold(facts)
            chance.shuffle(facts)
            assert decider.fold(facts) == state
            own = [said for said in facts if type(said.fact) in decider.facts]
            asked = {subject, *(each for said in own for each in related(said.fact))}
            assert len(contradictions(stream, decider, found.world(service, asked))) <= len(facts)
