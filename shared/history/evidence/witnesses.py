"""Who else has seen a checkpoint? The log asks its witnesses, checks what they answer, and keeps their cosignatures.

A witness whose memory has gone back is refused until the operator admits it again: it may have signed another history.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import httpx
import msgspec
import structlog
from sqlalchemy import BigInteger, Column, MetaData, Table, Text, insert, select, update

from shared.eventsourcing.lease import Lease
from shared.history.evidence.checkpoint import Checkpoint, NoCheckpoint, read_note
from shared.history.evidence.ledger import Checkpoints, NotCovered, Published
from shared.history.evidence.note import COSIGNATURE, NoNote, Note, Signature, SignatureWrong, Verifier
from shared.history.evidence.proof import Policy
from shared.history.evidence.witness import Submission

PATIENCE: Final = 10.0
"""Seconds that a witness may take."""
LONGEST: Final = 256 * 1024
"""Bytes of its answer."""
_AHEAD: Final = 600
"""Seconds by which a witness's clock may be ahead."""
_TIMES: Final = 2

metadata = MetaData()

witness_table = Table(
    "evidence_witness",
    metadata,
    Column("name", Text, primary_key=True),
    Column("number", BigInteger, nullable=False),
    Column("refused", Text, nullable=True),
)
"""The last checkpoint that each witness is known to have cosigned, and why its word no longer counts."""

_log = structlog.get_logger(__name__)
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Address:
    """Where a witness answers, and its key."""

    url: str
    verifier: Verifier


class UnknownWitness(LookupError):
    """No witness of this log, or one that is refused, or not its cosignature."""


class _Trouble(Exception):
    """What is wrong with a witness's answer."""


def read_addresses(text: str) -> tuple[Address, ...]:
    """Read `URL KEY URL KEY …`, with any blanks between. ValueError when it is not that."""
    words = text.split()
    if len(words) % 2:
        message = "witnesses are named as: URL KEY URL KEY …"
        raise ValueError(message)
    addresses = tuple(Address(url, Verifier.parse(key)) for url, key in zip(words[::2], words[1::2], strict=True))
    names = {each.verifier.name for each in addresses}
    if len(names) < len(addresses) or any(each.verifier.algorithm != COSIGNATURE for each in addresses):
        message = "every witness has a name of its own and a key for cosignatures"
        raise ValueError(message)
    return addresses


class Witnesses:
    """The witnesses of one service's checkpoints. Without any, every checkpoint is unwitnessed."""

    def __init__(
        self,
        checkpoints: Checkpoints,
        lease: Lease,
        addresses: Sequence[Address] = (),
        needed: int = 0,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`needed`: how many of them must have cosigned. ValueError: more than there are."""
        if not 0 <= needed <= len(addresses):
            message = f"{needed} witnesses are needed of {len(addresses)}"
            raise ValueError(message)
        self.policy = Policy(tuple(each.verifier for each in addresses), needed)
        self.problems: dict[str, str] = {}
        """Witness → why its cosignature of the latest checkpoint is missing."""
        self._checkpoints, self._lease, self._clock = checkpoints, lease, clock
        self._addresses = addresses
        checkpoints.log.store.create(metadata)

    # ── What is said of a checkpoint ─────────────────────────────────────────────────────────────────────────────

    def standing(self, published: Published) -> Mapping[str, Any]:
        """`witnessed` once enough have cosigned, `unwitnessed` until then; how many must, of how many, and who has."""
        known = self._known()
        named = {each.name for each in published.note.signatures[1:]}
        by = sorted(name for name in named if name in self._names() and known.get(name, (0, None))[1] is None)
        state = "witnessed" if self.policy.is_met(by) else "unwitnessed"
        return {"state": state, "needed": self.policy.needed, "of": len(self._addresses), "by": by}

    def refused(self) -> dict[str, str]:
        """Witnesses whose word no longer counts, and why."""
        return {name: why for name, (_, why) in self._known().items() if why is not None}

    # ── Asking ───────────────────────────────────────────────────────────────────────────────────────────────────

    def ask(self) -> bool:
        """Ask every witness for what it has not cosigned; whether the latest checkpoint is witnessed by all now."""
        latest = self._checkpoints.latest()
        if latest is None:
            return True
        signed, refused = {each.name for each in latest.note.signatures[1:]}, self.refused()
        with httpx.Client(timeout=PATIENCE, trust_env=False) as client:
            for address in self._addresses:
                name = address.verifier.name
                if name in refused:
                    self.problems[name] = refused[name]
                elif name not in signed:
                    self._ask(client, address, latest)
        return not self.problems

    def _ask(self, client: httpx.Client, address: Address, latest: Published) -> None:
        name = address.verifier.name
        try:
            self.accept(latest.checkpoint.number, [_signature(self._obtain(client, address, latest))])
        except (_Trouble, httpx.HTTPError, UnknownWitness) as error:
            trouble = str(error) if isinstance(error, _Trouble) else type(error).__name__
            if self.problems.get(name) != trouble:
                _log.warning("not cosigned", service=self._checkpoints.log.service, witness=name, why=trouble)
            self.problems[name] = trouble
        else:
            self.problems.pop(name, None)

    def _obtain(self, client: httpx.Client, address: Address, latest: Published) -> bytes:
        """Its answer when it cosigns; asked again from what it holds, where that is further than was known here."""
        known = self._known().get(address.verifier.name, (0, None))[0]
        since = known
        for _ in range(_TIMES):
            status, body = self._send(client, address, latest, since)
            if status == httpx.codes.OK:
                return body
            if status != httpx.codes.CONFLICT:
                trouble = f"answers-{status}"
                raise _Trouble(trouble)
            since = self._reconsidered(address.verifier.name, known, body)
        raise _Trouble("changes-its-mind")

    def _send(self, client: httpx.Client, address: Address, latest: Published, since: int) -> tuple[int, bytes]:
        old = self._checkpoints.numbered(since) if since else None
        ends = self._checkpoints.companion(latest)
        content = _encode(Submission(str(latest.note), ends, self._checkpoints.continuing(old, latest)))
        url = f"{address.url.rstrip('/')}/add-checkpoint"
        with client.stream("POST", url, content=content, headers={"Content-Type": "application/json"}) as answer:
            body = b""
            for piece in answer.iter_bytes():
                body += piece
                if len(body) > LONGEST:
                    raise _Trouble("answers-too-much")
            return answer.status_code, body

    def _reconsidered(self, name: str, known: int, body: bytes) -> int:
        """The witness holds another checkpoint than the last that it cosigned for us: its number, if that can be."""
        held = self._held(body)
        if held is not None and not self._is_ours(held):
            raise _Trouble("holds-what-this-log-never-published")
        number = 0 if held is None else held.number
        if number == known:
            raise _Trouble("refuses-to-continue-what-it-holds")
        if number < known:
            self._write(name, known, "went-back")
            raise _Trouble("went-back")
        return number

    def _held(self, body: bytes) -> Checkpoint | None:
        """The checkpoint in its answer, which this log must have signed: else anybody could send us astray."""
        try:
            raw = msgspec.json.decode(body)["checkpoint"]
            if raw is None:
                return None
            note, checkpoint = read_note(str(raw))
            if note.verified(self._checkpoints.verifiers()):
                return checkpoint
        except (ValueError, TypeError, KeyError, NoCheckpoint, SignatureWrong) as error:
            raise _Trouble("answers-wrongly") from error
        raise _Trouble("answers-wrongly")

    def _is_ours(self, held: Checkpoint) -> bool:
        try:
            return self._checkpoints.numbered(held.number).checkpoint == held
        except NotCovered:
            return False

    # ── What they answered ───────────────────────────────────────────────────────────────────────────────────────

    def accept(self, number: int, signatures: Sequence[Signature]) -> int:
        """Keep cosignatures of a checkpoint after verifying them; how many were new. UnknownWitness: none is kept."""
        published, refused = self._checkpoints.numbered(number), self.refused()
        for signature in signatures:
            verifier = next((each for each in self.policy.witnesses if each.is_named_by(signature)), None)
            if verifier is None or verifier.name in refused:
                raise UnknownWitness(signature.name)
            try:
                seen = Note(published.note.text, (signature,)).verified([verifier])[verifier]
            except SignatureWrong as error:
                raise UnknownWitness(signature.name) from error
            if seen is None or seen > self._clock() + _AHEAD:
                raise UnknownWitness(signature.name)
        with self._checkpoints.log.store.write() as connection:
            self._lease.check(connection)
            new = sum(self._checkpoints.cosigned(connection, number, each) for each in signatures)
        for signature in signatures:
            if number > self._known().get(signature.name, (0, None))[0]:
                self._write(signature.name, number, None)
        return new

    def readmit(self, name: str) -> None:
        """Let a refused witness in again from what it holds now, because its keeper has explained himself."""
        if name not in self.refused():
            raise UnknownWitness(name)
        self._write(name, 0, None)

    # ── Memory ───────────────────────────────────────────────────────────────────────────────────────────────────

    def _names(self) -> frozenset[str]:
        return frozenset(each.name for each in self.policy.witnesses)

    def _known(self) -> dict[str, tuple[int, str | None]]:
        with self._checkpoints.log.store.read() as connection:
            return {row.name: (row.number, row.refused) for row in connection.execute(select(witness_table))}

    def _write(self, name: str, number: int, refused: str | None) -> None:
        values = {"number": number, "refused": refused}
        with self._checkpoints.log.store.write() as connection:
            self._lease.check(connection)
            done = connection.execute(update(witness_table).where(witness_table.c.name == name).values(**values))
            if done.rowcount == 0:
                connection.execute(insert(witness_table).values(name=name, **values))


def _signature(body: bytes) -> Signature:
    try:
        return Signature.parse(body.decode().removesuffix("\n"))
    except (NoNote, UnicodeDecodeError) as error:
        raise _Trouble("answers-wrongly") from error
