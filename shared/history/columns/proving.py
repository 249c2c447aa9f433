# ruff: noqa: S608 — only columns of this file go into the text
"""Is a run of events what its chain says? Proved by the thousand from the exact bytes, with no object for each.

The hash of `docs/formats/hash.md` is taken here a second time, by another engine than the one that recorded, and over
the text of the attributes as it stands. Nothing that it does not cover is looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import duckdb
import pyarrow as pa

from shared.contracts.cloudevent import from_cloudevent
from shared.contracts.envelope import genesis
from shared.eventsourcing.errors import ChainBroken, Unreadable

PROVED: Final = "proved"
"""The table of the run that was proved last: `place`, `organisation`, `sequence`, `id`, `type`, `subject`, `occurred`,
`recorded` (µs), `corrects` and the exact text of `fact`."""

_READ: Final = (
    *("id", "type", "subject", "occurred", "organisation", "sequence", "streamversion", "recorded", "actor"),
    *("declaredactor", "reason", "docnumber", "docissuer", "docdate", "docmedia", "doclength", "docsha256"),
    *("corrects", "causation", "correlation", "known", "keyid", "signature", "previoushash", "hash"),
)
_SHAPE: Final = "{" + ",".join(f'"{name}":"VARCHAR"' for name in _READ) + "}"
_FACT: Final = ',"data":{"fact":'
_ENDS: Final = pa.schema([("organisation", pa.string()), ("reached", pa.int64()), ("head", pa.string())])


def _field(value: str) -> str:
    """A value behind its length in four bytes; nearly all are short, and `format` costs as much as all the rest."""
    short = rf"('\x00\x00\x00'::BLOB || unhex(hex(strlen({value})))) || encode({value})"
    long = f"unhex(format('{{:08x}}', strlen({value}))) || encode({value})"
    return f"CASE WHEN strlen({value}) < 256 THEN {short} WHEN {value} IS NULL THEN {_ABSENT} ELSE {long} END"


def _digest(value: str) -> str:
    return rf"'\x00\x00\x00\x20'::BLOB || unhex({value})"


_ABSENT: Final = r"'\xFF\xFF\xFF\xFF'::BLOB"
_DOCUMENT: Final = ("docnumber", "docissuer", "docdate", "docmedia", "doclength", "docsha256")
_CONTENT: Final = " || ".join(
    (
        r"'\x01'::BLOB",
        *map(_field, ("type", "subject", "occurred", *_DOCUMENT, "reason", "corrects")),
        _digest("sha256(fact)"),
        _ABSENT,
    )
)
_EVENT: Final = " || ".join(
    (
        r"'\x01'::BLOB",
        *map(_field, ("id", "organisation", "sequence", "streamversion", "recorded::VARCHAR", "actor")),
        *map(_field, ("declaredactor", "causation", "correlation", "coalesce(known, '')", "keyid", "signature")),
        _digest("content"),
        _digest("previoushash"),
    )
)
_PROVE: Final = f"""
CREATE OR REPLACE TABLE {PROVED} AS
WITH read AS (
    SELECT place, from_json(line, '{_SHAPE}') AS event,
        substring(line, instr(line, '{_FACT}') + {len(_FACT)}, length(line) - instr(line, '{_FACT}') - {len(_FACT) + 1})
            AS fact
    FROM run
), told AS (
    SELECT place, unnest(event), fact FROM read
), timed AS (
    SELECT * REPLACE (epoch_us(recorded::TIMESTAMP) AS recorded),
        strftime(recorded::TIMESTAMP, '%Y-%m-%dT%H:%M:%S.%fZ') = recorded AS one_spelling
    FROM told
), digested AS (
    SELECT *, sha256({_CONTENT}) AS content FROM timed
)
SELECT place, organisation, sequence::BIGINT AS sequence, id, type, subject, occurred, recorded, corrects, fact,
    split_part(type, '.', 3) AS service, previoushash AS previous, hash, one_spelling, sha256({_EVENT}) AS reckoned
FROM digested
"""
_WRONG: Final = f"""
SELECT min(place) FROM (
    SELECT place, service, hash, reckoned, previous, sequence, one_spelling,
        coalesce(lag(hash) OVER chain, head) AS hash_before,
        coalesce(lag(sequence) OVER chain, reached) AS sequence_before
    FROM {PROVED} LEFT JOIN ends USING (organisation)
    WINDOW chain AS (PARTITION BY organisation ORDER BY place)
) WHERE (one_spelling AND service = $service AND reckoned = hash AND previous = hash_before
    AND sequence = sequence_before + 1) IS NOT TRUE
"""
_REACHED: Final = f"SELECT organisation, max(sequence), arg_max(hash, place) FROM {PROVED} GROUP BY organisation"


@dataclass(frozen=True, slots=True)
class End:
    """How far a chain was proved, and the hash there (hex)."""

    sequence: int
    hash: str


class Prover:
    """Proves one service's chains run by run, each from where it was left."""

    def __init__(self, database: duckdb.DuckDBPyConnection, service: str) -> None:
        self._database, self._service = database, service
        self.ends: dict[str, End] = {}
        """Organisation → how far its chain was proved."""

    def prove(self, organisations: Sequence[UUID], lines: Sequence[bytes]) -> None:
        """Events of these organisations as CloudEvents, each chain going on; afterwards they stand in `PROVED`.

        ChainBroken names the first that does not fit; Unreadable where the bytes cannot be judged in this way.
        """
        try:
            self._show(organisations, lines)
            self._database.execute(_PROVE)
            ((wrong,),) = self._database.execute(_WRONG, {"service": self._service}).fetchall()
        except (duckdb.Error, pa.ArrowInvalid) as error:
            raise self._blamed(lines, range(len(lines))) from error
        if wrong is not None:
            raise self._blamed(lines, [wrong])
        rows = self._database.execute(_REACHED).fetchall()
        self.ends |= {organisation: End(sequence, end) for organisation, sequence, end in rows}

    def _show(self, organisations: Sequence[UUID], lines: Sequence[bytes]) -> None:
        known = [(str(each), self._end(each)) for each in organisations]
        columns = zip(*((name, end.sequence, end.hash) for name, end in known), strict=True)
        self._database.register("ends", pa.table([*columns], schema=_ENDS))
        text = pa.array(lines, pa.binary()).cast(pa.string())
        self._database.register("run", pa.table({"place": pa.array(range(len(lines)), pa.int32()), "line": text}))

    def _end(self, organisation: UUID) -> End:
        return self.ends.get(str(organisation)) or End(0, genesis(self._service, organisation).hex())

    def _blamed(self, lines: Sequence[bytes], places: Sequence[int]) -> Exception:
        """Which event is wrong, in the words of the one who reads event by event."""
        for place in places:
            try:
                recorded = from_cloudevent(lines[place])
            except ValueError:
                return ChainBroken(f"{self._service}: no event in line {place + 1} of a run")
            envelope = recorded.envelope
            where = f"{self._service}/{envelope.organisation} at {envelope.sequence}"
            if envelope.hash() != recorded.hash or len(places) == 1:
                return ChainBroken(where)
        return Unreadable(f"{self._service}: a run of {len(lines)} events")
