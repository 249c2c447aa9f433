"""Which checkpoints has a service published? A row each in its log's store: numbered, signed, never taken back."""

from __future__ import annotations

import datetime as dt
import hashlib
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import BigInteger, Column, Connection, LargeBinary, MetaData, Row, Select, Table, Text, insert, select

from shared.contracts.envelope import EPOCH
from shared.eventsourcing.errors import ChainBroken
from shared.eventsourcing.lease import Lease
from shared.eventsourcing.log import Log
from shared.eventsourcing.sealed import last_seal, seals_after
from shared.history.archive.seal import Seal
from shared.history.evidence.checkpoint import ASKED, ChainEnd, Checkpoint, decode_ends, encode_ends, path_to, root_over
from shared.history.evidence.growth import Trees, hashes_of
from shared.history.evidence.keys import Ending, KeyList, Keyring
from shared.history.evidence.merkle import (
    Frontier,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    ranges_in,
)
from shared.history.evidence.note import Note, Signature, Verifier
from shared.history.evidence.proof import Continuation, Growth, Place, Receipt, ReceiptProof

PAGE: Final = 500
metadata = MetaData()

checkpoint_table = Table(
    "evidence_checkpoint",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("text", Text, nullable=False),
    Column("signature", Text, nullable=False),
    Column("chains", LargeBinary, nullable=False),
    Column("frontier", LargeBinary, nullable=False),
)
"""`text` is what was signed; `chains` the ends of all chains; `frontier` the tree of sealing records."""

cosignature_table = Table(
    "evidence_cosignature",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("witness", Text, primary_key=True),
    Column("signature", Text, nullable=False),
)
"""Who has cosigned which checkpoint; the first cosignature of each witness stands."""


class NotCovered(LookupError):
    """No checkpoint covers this yet, or there is no such event or checkpoint."""


@dataclass(frozen=True, slots=True)
class Published:
    """A checkpoint with everything that goes with it."""

    checkpoint: Checkpoint
    note: Note
    """With the cosignatures that have come so far."""
    ends: tuple[ChainEnd, ...]

    @property
    def events(self) -> int:
        """How many events it covers."""
        return sum(end.size for end in self.ends)

    def end(self, organisation: UUID) -> ChainEnd:
        """An organisation's chain as this covers it. NotCovered: not at all."""
        for end in self.ends:
            if end.organisation == organisation:
                return end
        raise NotCovered(str(organisation))


class Checkpoints:
    """The checkpoints of one service: published under the log's lease, read by anybody."""

    def __init__(
        self,
        log: Log,
        keys: Keyring,
        lease: Lease,
        *,
        now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
    ) -> None:
        self.log, self.keys = log, keys
        self._lease, self._now = lease, now
        self._trees = Trees(log, lease)
        self._publishing = threading.Lock()
        log.store.create(metadata)

    # ── Publishing ───────────────────────────────────────────────────────────────────────────────────────────────

    def publish(self, why: str) -> Published | None:
        """Cover what is new, sealing records and events; None while there is nothing at all.

        With nothing new the last checkpoint stands, unless it was asked for: then the same trees are signed again, so
        that a quiet log says up to which moment nothing came. LeaseLost where another process leads. ChainBroken when
        the log lacks what was covered before.
        """
        with self._publishing:
            begun = _micros(self._now())
            with self.log.store.read() as connection:
                sealed = last_seal(connection)
            self._trees.grow()
            with self.log.store.write() as connection:
                self._lease.check(connection)
                last, ends = self._last(connection), self._trees.ends(connection)
                seals = self._seals(connection, sealed)
                if last is None and not ends:
                    return None
                if last is None or why == ASKED or self._says_less(last, seals, ends):
                    last = self._next(last, seals, ends, why, begun)
                    row = {"number": last.checkpoint.number, "text": last.note.text, "frontier": seals.encode()}
                    more = {"signature": str(last.note.signatures[0]), "chains": encode_ends(ends).encode()}
                    connection.execute(insert(checkpoint_table).values(**row, **more))
            return last

    def rotate(self, why: Ending, at: dt.datetime | None = None) -> Published | None:
        """Begin a new key, end the old one at that time (now), and publish under the new one."""
        micros = _micros(at or self._now())
        with self._publishing:
            with self.log.store.write() as connection:
                self._lease.check(connection)
                last = self._last(connection)
            if at is None and last is not None:
                micros = max(micros, last.checkpoint.published + 1)
            self.keys.rotate(why, micros)
        return self.publish(ASKED)

    def _says_less(self, last: Published, seals: Frontier, ends: tuple[ChainEnd, ...]) -> bool:
        if (last.checkpoint.size, last.ends) != (seals.size, ends):
            return True
        return not self.keys.signer.verifier.is_named_by(last.note.signatures[0])

    def _next(
        self, last: Published | None, seals: Frontier, ends: tuple[ChainEnd, ...], why: str, begun: int
    ) -> Published:
        """Its time is the one before the chains were taken in: what came meanwhile may not be covered."""
        before = None if last is None else last.checkpoint
        checkpoint = Checkpoint(
            origin=self.keys.origin,
            size=seals.size,
            root=seals.root(),
            number=1 if before is None else before.number + 1,
            published=max(begun, self.keys.since, 0 if before is None else before.published + 1),
            why=why,
            chains=len(ends),
            chains_root=root_over(self.keys.origin, ends),
            previous=hashlib.sha256().digest() if before is None else before.digest,
        )
        return Published(checkpoint, Note(checkpoint.text, (self.keys.signer.sign(checkpoint.text),)), ends)

    def _seals(self, connection: Connection, upto: int) -> Frontier:
        """The tree of the sealing records, continued from the last checkpoint's. ChainBroken: one is not of this log.

        `upto`: the last one before the chains were taken in; a later one may cover events that were not.
        """
        raw = connection.execute(
            select(checkpoint_table.c.frontier).order_by(checkpoint_table.c.number.desc()).limit(1)
        ).scalar_one_or_none()
        tree = Frontier() if raw is None else Frontier.decode(raw)
        for seal in _records(connection, tree.size, upto):
            if self._trees.ranges(seal.organisation)(0, seal.last).hex() != seal.root:
                message = f"sealing record {seal.number} is not what the log has of {seal.organisation}"
                raise ChainBroken(message)
            tree = tree.append(seal.leaf())
        return tree

    # ── Reading ──────────────────────────────────────────────────────────────────────────────────────────────────

    def latest(self) -> Published | None:
        """The last one that was published."""
        with self.log.store.read() as connection:
            return self._last(connection)

    def numbered(self, number: int) -> Published:
        """One of them. NotCovered when there is none of that number."""
        return next(iter(self._read(select(checkpoint_table).where(checkpoint_table.c.number == number))), None) or _no(
            f"checkpoint {number}"
        )

    def all(self, after: int = 0, limit: int = PAGE) -> list[Published]:
        """Those past a number, in order."""
        of = select(checkpoint_table).where(checkpoint_table.c.number > after)
        return self._read(of.order_by(checkpoint_table.c.number).limit(limit))

    def trail(self, number: int) -> list[Checkpoint]:
        """From the latest back to one of them: each names the digest of the one after it in this list."""
        of = select(checkpoint_table.c.text).where(checkpoint_table.c.number >= number)
        with self.log.store.read() as connection:
            texts = connection.execute(of.order_by(checkpoint_table.c.number.desc())).scalars().all()
        return [Checkpoint.parse(text) for text in texts]

    def _last(self, connection: Connection) -> Published | None:
        last = select(checkpoint_table).order_by(checkpoint_table.c.number.desc()).limit(1)
        return next(iter(self._on(connection, last)), None)

    def _read(self, query: Select[Any]) -> list[Published]:
        with self.log.store.read() as connection:
            return self._on(connection, query)

    def _on(self, connection: Connection, query: Select[Any]) -> list[Published]:
        rows = connection.execute(query).all()
        signed = select(cosignature_table).where(cosignature_table.c.number.in_([row.number for row in rows]))
        cosignatures: dict[int, list[str]] = {}
        for row in connection.execute(signed.order_by(cosignature_table.c.witness)):
            cosignatures.setdefault(row.number, []).append(row.signature)
        return [_published(row, cosignatures.get(row.number, ())) for row in rows]

    def companion(self, published: Published) -> str:
        """The ends of all chains as text, which travels beside the note."""
        return encode_ends(published.ends)

    def verifiers(self) -> list[Verifier]:
        """Every key that ever signed."""
        return [key.verifier for key in KeyList.decode(self.keys.lines).keys]

    # ── Proofs ───────────────────────────────────────────────────────────────────────────────────────────────────

    def inclusion(self, organisation: UUID, sequence: int, number: int | None = None) -> ReceiptProof:
        """That an event stood in the log when a checkpoint (the latest) was published. NotCovered: it did not.

        ChainBroken when the log no longer is what the checkpoint says: a proof that fails is never given away.
        """
        under = self.latest() if number is None else self.numbered(number)
        if under is None:
            raise NotCovered(str(organisation))
        end = under.end(organisation)
        if not 1 <= sequence <= end.size:
            raise NotCovered(str(organisation))
        index, path = path_to(under.checkpoint.origin, under.ends, organisation)
        steps = inclusion_proof(sequence - 1, end.size, self._trees.ranges(organisation))
        digest = hashes_of(self.log.store, organisation, [sequence]).get(sequence, b"")
        proof = ReceiptProof(
            receipt=Receipt(self.log.service, organisation, sequence, digest.hex()),
            event=Place(end.size, end.root.hex(), sequence - 1, [each.hex() for each in steps]),
            chain=Place(len(under.ends), under.checkpoint.chains_root.hex(), index, [each.hex() for each in path]),
            checkpoint=str(under.note),
        )
        if not proof.event.proves(digest):
            message = f"{self.log.service}/{organisation} is not what checkpoint {under.checkpoint.number} covers"
            raise ChainBroken(message)
        return proof

    def consistency(self, organisation: UUID, old: int, new: int) -> Growth:
        """That a chain at one size is the beginning of itself at another, both as the log has them now.

        NotCovered past what the latest checkpoint covers.
        """
        latest = self.latest()
        if latest is None or not 0 <= old <= new <= latest.end(organisation).size:
            raise NotCovered(str(organisation))
        ranges = self._trees.ranges(organisation)
        roots = [ranges(0, size) if size else Frontier().root() for size in (old, new)]
        proof = consistency_proof(old, new, ranges)
        return Growth(old, roots[0].hex(), new, roots[1].hex(), [each.hex() for each in proof])

    def sealing(self, old: int, new: int) -> Growth:
        """The same for the tree of sealing records."""
        with self.log.store.read() as connection:
            leaves = [leaf_hash(seal.leaf()) for seal in _records(connection, 0, last_seal(connection))]
        if not 0 <= old <= new <= len(leaves):
            raise NotCovered(self.log.service)
        roots = [Frontier().extend_hashed(leaves[:size]).root().hex() for size in (old, new)]
        proof = consistency_proof(old, new, ranges_in(leaves[:new]))
        return Growth(old, roots[0], new, roots[1], [each.hex() for each in proof])

    def continuing(self, old: Published | None, new: Published) -> Continuation:
        """That a checkpoint continues an earlier one in every tree: what a witness asks for."""
        if old is None:
            return Continuation(None, [], {})
        grown = {
            str(end.organisation): self.consistency(end.organisation, end.size, new.end(end.organisation).size).proof
            for end in old.ends
        }
        seals = self.sealing(old.checkpoint.size, new.checkpoint.size).proof
        return Continuation(old.checkpoint.digest.hex(), seals, grown)

    # ── Cosignatures ─────────────────────────────────────────────────────────────────────────────────────────────

    def cosigned(self, connection: Connection, number: int, signature: Signature) -> bool:
        """Keep a witness's cosignature that was verified; False when there is one of its already."""
        mine = (cosignature_table.c.number == number) & (cosignature_table.c.witness == signature.name)
        if connection.execute(select(cosignature_table.c.number).where(mine)).one_or_none() is not None:
            return False
        values = {"number": number, "witness": signature.name, "signature": str(signature)}
        connection.execute(insert(cosignature_table).values(**values))
        return True


def _records(connection: Connection, after: int, upto: int) -> Iterator[Seal]:
    """The sealing records past one number up to another; ChainBroken where one is missing."""
    records = [Seal.decode(each.record) for each in seals_after(connection, after) if each.number <= upto]
    if [each.number for each in records] != list(range(after + 1, upto + 1)):
        message = f"a sealing record between {after + 1} and {upto} is missing"
        raise ChainBroken(message)
    return iter(records)


def _published(row: Row[Any], cosignatures: Sequence[str]) -> Published:
    signatures = (Signature.parse(each) for each in (row.signature, *cosignatures))
    ends = decode_ends(bytes(row.chains).decode())
    return Published(Checkpoint.parse(row.text), Note(row.text, tuple(signatures)), ends)


def _no(what: str) -> Published:
    raise NotCovered(what)


def _micros(moment: dt.datetime) -> int:
    return (moment - EPOCH) // dt.timedelta(microseconds=1)
