"""Is a posted fact accepted, refused by name, or there already? Judged against its stream, without clock or store."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from shared.contracts.closings import LogClosed as LastFact
from shared.contracts.event import Event
from shared.eventsourcing.decider import AnyDecider, Said, SaidAlready, in_order
from shared.eventsourcing.draft import Draft, Expected, Poster
from shared.eventsourcing.errors import AlreadyReplaced, Refused, StaleVersion
from shared.eventsourcing.stream import Link, Stream, is_correction, is_voiding, without_personal


class UnknownRoot(Refused):
    """The correction names no fact of this stream."""


class NotYours(Refused):
    """Only the organisation that posted a fact may correct or void it, or a successor that its closed log names."""


class LogClosed(Refused):
    """The organisation has closed this log: its successors post in theirs."""

    vi = "Tổ chức đã đóng sổ này; tổ chức kế thừa ghi vào sổ của mình."


class OtherType(Refused):
    """A correction carries a fact of the root's type."""


class EndsByItsOwnFact(Refused):
    """Credentials and mandates are never corrected or voided: they end by facts of their own."""


class DecidesOwnRecord(Refused):
    """Nobody decides what he recorded himself: another key must say one of the two."""

    status = 403
    vi = "Không ai quyết định việc do chính mình ghi; phải dùng khóa của người khác."


Rules = Callable[[type[Event]], AnyDecider]
"""The decider of each kind of fact."""


@dataclass(frozen=True, slots=True)
class Already:
    """The same thing stands in the log under another id: its receipt (sequence, hash)."""

    receipt: tuple[int, bytes]


@dataclass(frozen=True, slots=True)
class Accepted:
    """The fact may be appended; `said` is what now counts (none for a voiding)."""

    said: Said | None


Closings = Mapping[UUID, LastFact]
"""The last facts of the logs that are closed, by their organisations."""
NONE_CLOSED: Final[Closings] = {}


def judge(
    draft: Draft, poster: Poster, stream: Stream, rules: Rules, world: object, closings: Closings = NONE_CLOSED
) -> Already | Accepted:
    """Judge a draft at the end of its stream. Raises `Refused` or `Conflict`.

    A late fact is judged on its own day: against what stood before its place, not against what came later.
    """
    content = without_personal(draft.content) if draft.forgotten else draft.content
    digest = content.digest()
    for link in stream.links.values():
        stood = link.bare if draft.forgotten else link.digests
        if link.by == poster.organisation and digest in stood:
            return Already(link.receipt)
    _check_version(draft, poster, stream)
    _check_hands(draft, poster, stream)
    if draft.content.corrects is not None:
        return _judge_correction(draft, poster, stream, rules, world, closings)
    said = Said(
        draft.fact,
        draft.content.subject,
        poster.organisation,
        draft.id,
        _END,
        draft.fact.effect_day(draft.content.occurred),
    )
    try:
        _decide(said, stream, rules, world, without=None)
    except SaidAlready as already:
        return Already(stream.links[already.root].receipt)
    return Accepted(said)


def _check_hands(draft: Draft, poster: Poster, stream: Stream) -> None:
    """A decision and what it decides on stand in two hands, whichever of them is recorded first."""
    fact = draft.inner or draft.fact
    for link in stream.links.values():
        if link.said is None or str(poster.credential) not in link.actors:
            continue
        if _decides(fact, link.said.fact) or _decides(link.said.fact, fact):
            raise DecidesOwnRecord("type")


def _decides(decision: Event, other: Event) -> bool:
    return other.name in decision.concludes and all(
        getattr(decision, field) == getattr(other, field, None) for field in decision.alike
    )


_END = 2**62
"""A place behind every event of the log, for a fact that has no sequence yet."""


def _check_version(draft: Draft, poster: Poster, stream: Stream) -> None:
    version = stream.versions.get(poster.organisation, 0)
    match draft.expected:
        case Expected.ANY:
            return
        case Expected.NEW:
            stale = version != 0
        case expected:
            stale = version != expected
    if stale:
        raise StaleVersion("expectedversion")


def require_yours(poster: Poster, organisation: UUID, closings: Closings) -> None:
    """NotYours unless the log is the poster's, or closed and carried on by the poster, over however many steps."""
    met, ahead = {organisation}, [organisation]
    while ahead and poster.organisation not in met:
        closing = closings.get(ahead.pop())
        new = set() if closing is None else set(closing.successors) - met
        met |= new
        ahead += new
    if poster.organisation not in met:
        raise NotYours("corrects")


def _judge_correction(
    draft: Draft, poster: Poster, stream: Stream, rules: Rules, world: object, closings: Closings
) -> Already | Accepted:
    link = _link(draft, poster, stream, closings)
    if is_voiding(draft.content.type):
        return Accepted(None)
    corrects, fact = draft.content.corrects, draft.inner
    if corrects is None or fact is None:
        raise UnknownRoot("corrects")
    root = (corrects.organisation, corrects.root)
    day = fact.effect_day(draft.content.occurred)
    said = Said(fact, draft.content.subject, corrects.organisation, corrects.root, link.sequence, day)
    _decide(said, stream, rules, world, without=root)
    return Accepted(said)


def _link(draft: Draft, poster: Poster, stream: Stream, closings: Closings) -> Link:
    corrects = draft.content.corrects
    if corrects is None or (link := stream.links.get((corrects.organisation, corrects.root))) is None:
        raise UnknownRoot("corrects")
    require_yours(poster, corrects.organisation, closings)
    if getattr(draft.fact, "type", None) != link.type:
        raise OtherType("data.fact.type")
    if draft.inner is not None and is_correction(draft.content.type) and draft.inner.name != link.type:
        raise OtherType("data.fact.type")
    if not _correctable(link):
        raise EndsByItsOwnFact("corrects")
    if link.last != corrects.replaces or link.said is None:
        raise AlreadyReplaced("corrects")
    return link


def _correctable(link: Link) -> bool:
    return link.said is None or link.said.fact.correctable


def _decide(said: Said, stream: Stream, rules: Rules, world: object, *, without: tuple[UUID, UUID] | None) -> None:
    decider = rules(type(said.fact))
    before = (other for other in stream.standing(without=without) if other.place < said.place)
    decider.decide(decider.fold(before), said, world)


def contradictions(stream: Stream, decider: AnyDecider, world: object) -> list[tuple[Said, Refused]]:
    """The standing facts that a decider would refuse at their place now: work for people, never for the program."""
    found: list[tuple[Said, Refused]] = []
    state = decider.initial
    for said in in_order(stream.standing()):
        if type(said.fact) in decider.facts:
            try:
                decider.decide(state, said, world)
            except SaidAlready:
                pass
            except Refused as refusal:
                found.append((said, refusal))
        state = decider.evolve(state, said)
    return found
