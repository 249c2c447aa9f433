"""What stands in a stream? The chains of root facts and corrections of one aggregate, over all organisations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from uuid import UUID

import msgspec

from shared.contracts.corrections import FactCorrected, FactVoided
from shared.contracts.envelope import Content, Envelope, Recorded
from shared.contracts.event import Event, contract, decode
from shared.contracts.upcasting import current, upcast
from shared.eventsourcing.decider import Said
from shared.eventsourcing.errors import Unreadable

Root = tuple[UUID, UUID]
"""(organisation, event id) of a root fact."""


class _Corrected(msgspec.Struct):
    type: str
    fact: msgspec.Raw


_decode_corrected = msgspec.json.Decoder(_Corrected).decode


@dataclass(frozen=True, slots=True)
class Link:
    """A root fact with what has become of it."""

    type: str
    sequence: int
    """The root's sequence: corrections keep its place."""
    last: UUID
    """The event id of the chain's last link: what the next correction must replace."""
    said: Said | None
    """The standing fact; none once it is voided."""
    digests: frozenset[bytes]
    """Contents that say again what stands: of the last link, and of its fact posted plainly."""
    bare: frozenset[bytes]
    """The same without the personal parts: after a forgetting only the fact is compared."""
    by: UUID
    """In whose log the last link stands: the root's, or that of a successor."""
    receipt: tuple[int, bytes]
    """Sequence and hash of the last link."""
    actors: frozenset[str]
    """The credentials that recorded the root or a correction of it."""


@dataclass
class Stream:
    """One subject's events. Folding it never depends on the order in which logs were read."""

    subject: UUID
    links: dict[Root, Link] = field(default_factory=dict)
    versions: dict[UUID, int] = field(default_factory=dict)
    """Organisation → its last version in this stream."""

    @classmethod
    def of(cls, subject: UUID, history: Iterable[Recorded]) -> Stream:
        """The stream after these recorded events, each organisation's in sequence.

        What a successor put right may be given before the log that it is about: it waits for what it replaces.
        """
        stream, waiting = cls(subject), list(history)
        while waiting:
            left = [recorded for recorded in waiting if not stream._take(recorded)]
            if len(left) == len(waiting):
                message = "a correction without its root"
                raise Unreadable(message)
            waiting = left
        return stream

    def _take(self, recorded: Recorded) -> bool:
        """Add an event, unless what it replaces in another log is not here yet."""
        corrects = recorded.envelope.content.corrects
        if corrects is not None and corrects.organisation != recorded.envelope.organisation:
            link = self.links.get((corrects.organisation, corrects.root))
            if link is None or link.last != corrects.replaces:
                return False
        self.add(recorded)
        return True

    def copy(self) -> Stream:
        """A stream to try a judgement on."""
        return Stream(self.subject, dict(self.links), dict(self.versions))

    def standing(self, *, without: Root | None = None) -> Iterator[Said]:
        """Every fact that counts, but that of one root."""
        return (link.said for root, link in self.links.items() if link.said is not None and root != without)

    def replaced_by(self, content: Content) -> Said | None:
        """The standing fact that a correction is about; nothing for a plain fact, or when there is none."""
        corrects = content.corrects
        link = None if corrects is None else self.links.get((corrects.organisation, corrects.root))
        return None if link is None else link.said

    def add(self, recorded: Recorded, fact: Event | None = None) -> Said | None:
        """Take in a recorded event, and give back what now stands at its root; nothing when that was voided.

        `fact` spares decoding where the caller has the (inner) fact at hand.
        """
        envelope = recorded.envelope
        self.versions[envelope.organisation] = max(envelope.version, self.versions.get(envelope.organisation, 0))
        receipt = (envelope.sequence, recorded.hash)
        corrects = envelope.content.corrects
        if corrects is None:
            said = said_of(envelope, fact or fact_of(envelope.content), envelope.organisation, envelope.sequence)
            digests, bare = _both(envelope.content)
            self.links[envelope.organisation, envelope.id] = Link(
                type=envelope.content.type,
                sequence=envelope.sequence,
                last=envelope.id,
                said=said,
                digests=digests,
                bare=bare,
                by=envelope.organisation,
                receipt=receipt,
                actors=frozenset({envelope.actor}),
            )
            return said
        root = (corrects.organisation, corrects.root)
        link = self.links.get(root)
        if link is None:
            message = "a correction without its root"
            raise Unreadable(message)
        digests, bare = _both(envelope.content)
        self.links[root] = replace(
            link,
            last=envelope.id,
            said=None,
            digests=digests,
            bare=bare,
            by=envelope.organisation,
            receipt=receipt,
            actors=link.actors | {envelope.actor},
        )
        if not is_correction(envelope.content.type):
            return None
        inner = fact or fact_of(envelope.content)
        said = said_of(envelope, inner, corrects.organisation, link.sequence)._replace(event=corrects.root)
        self.links[root] = replace(self.links[root], said=said)
        return said


def is_correction(name: str) -> bool:
    """Whether an event of that name carries a whole new fact in place of another."""
    cls = contract(name)
    return cls is not None and issubclass(cls, FactCorrected)


def is_voiding(name: str) -> bool:
    """Whether an event of that name ends a chain."""
    cls = contract(name)
    return cls is not None and issubclass(cls, FactVoided)


def plain(content: Content) -> Content:
    """A correction's content as if its whole new fact had been posted plainly; other contents as they are."""
    if not is_correction(content.type):
        return content
    inner = _decode_corrected(content.fact)
    return Content(
        type=inner.type,
        subject=content.subject,
        occurred=content.occurred,
        document=content.document,
        reason=content.reason,
        fact=bytes(inner.fact),
        personal=content.personal,
    )


def digests_of(content: Content) -> frozenset[bytes]:
    """The digests by which a later post is recognised as saying the same again."""
    said = content if is_voiding(content.type) else plain(content)
    return frozenset({content.digest(), said.digest()})


def _both(content: Content) -> tuple[frozenset[bytes], frozenset[bytes]]:
    """The digests of a content, and those of it without its personal part."""
    digests = digests_of(content)
    return digests, digests if content.personal is None else digests_of(without_personal(content))


def without_personal(content: Content) -> Content:
    """The content without its personal part."""
    return content if content.personal is None else msgspec.structs.replace(content, personal=None)


def fact_of(content: Content) -> Event:
    """Decode the fact that counts: a correction's is the one inside. Unreadable where that cannot be done."""
    cls = type_of(content)
    if cls is None:
        raise Unreadable(content.type)
    try:
        return decode(cls, shape_of(content))
    except ValueError as error:
        raise Unreadable(content.type) from error


def type_of(content: Content) -> type[Event] | None:
    """As which contract the fact that counts is read now; nothing where this program knows none."""
    return contract(current(plain(content).type))


def shape_of(content: Content) -> bytes:
    """The fact that counts in its present shape: the very bytes, unless its version has been followed by another."""
    said = plain(content)
    return upcast(said.type, said.fact)[1]


def said_of(envelope: Envelope, fact: Event, organisation: UUID, sequence: int) -> Said:
    """The fact of an envelope as rules see it, standing at a root's place."""
    content = envelope.content
    return Said(fact, content.subject, organisation, envelope.id, sequence, fact.effect_day(content.occurred))
