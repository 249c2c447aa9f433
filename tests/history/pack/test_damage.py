"""Is every change of a pack found, and its place named? By both verifiers, which never believe what is not signed."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final

import pytest

from shared.contracts.cloudevent import from_cloudevent, to_cloudevent
from shared.history.pack import verify
from shared.history.pack.bundle import seal_bundle
from tests.history.pack.conftest import Case, Tally
from tests.history.pack.editing import Members, Verdicts, verdicts
from tests.history.pack.stranger import Reader, judged

SEED: Final = 20_260_401
SAMPLE: Final = 300
RANDOM: Final = 10_000
EDITS, EDITS_SAMPLE = 2_000, 100
SPELLINGS: Final = 200


@dataclass
class Bench:
    """Two verifiers beside a file that is changed again and again."""

    file: Path
    raw: bytes
    keys: list[str]

    def both(self, place: int, bits: int) -> tuple[int, int]:
        """Exit codes with one byte changed."""
        changed = bytearray(self.raw)
        changed[place] ^= bits
        self.file.write_bytes(changed)
        reader = Reader(self.keys[1::2])
        return verify.main([str(self.file), *self.keys]), judged(self.file, reader)[0]


@pytest.fixture
def silence(monkeypatch: pytest.MonkeyPatch) -> None:
    """Verifiers speak into the void."""
    monkeypatch.setattr("builtins.print", lambda *_: None)


def flips(bench: Bench, places: Sequence[int], chance: Random) -> list[int]:
    """The places at which a change was not a contradiction to both."""
    return [place for place in places if bench.both(place, 1 << chance.randrange(8)) != (1, 1)]


@pytest.mark.usefixtures("silence")
def test_a_changed_byte_is_found_wherever_it_is(case: Case, tmp_path: Path, tally: Tally) -> None:
    chance, raw = Random(SEED), case.pack.read_bytes()
    ends = [*range(64), *range(len(raw) - 200, len(raw))]
    places = [*ends, *chance.sample(range(len(raw)), SAMPLE)]
    assert flips(Bench(tmp_path / "pack.zip", raw, case.office.keys), places, chance) == []
    tally("A-01", len(places), 0, SEED)


@pytest.mark.battery
@pytest.mark.timeout(3_600)
@pytest.mark.usefixtures("silence")
def test_every_byte_of_a_small_pack_and_many_of_a_large_one(case: Case, tmp_path: Path, tally: Tally) -> None:
    chance = Random(SEED)
    case.office.pack(tmp_path / "large.zip", case.tale.logs.clock, case.asked)
    small, large = case.pack.read_bytes(), (tmp_path / "large.zip").read_bytes()
    missed = flips(Bench(tmp_path / "pack.zip", small, case.office.keys), range(len(small)), chance)
    many = [chance.randrange(len(large)) for _ in range(max(RANDOM, 74_000 - len(small)))]
    missed += flips(Bench(tmp_path / "pack.zip", large, case.office.keys), many, chance)
    tally("A-01", len(small) + len(many), len(missed), SEED)
    assert missed == []


def test_a_file_that_was_cut_off_or_continued_is_damaged(case: Case, tmp_path: Path) -> None:
    raw, file = case.pack.read_bytes(), tmp_path / "pack.zip"
    for changed in (raw[:-1], raw[: len(raw) // 2], raw[:50], raw + b"\n", b"\n" + raw, raw + raw):
        file.write_bytes(changed)
        found = verdicts(file, *case.office.keys)
        assert (found.code, found.stranger) == (1, 1), found.words


def test_what_the_file_says_of_itself_binds_nothing(case: Case, tmp_path: Path) -> None:
    """Bytes between the members, with a digest that fits, still lead nowhere that is not checked."""
    file = tmp_path / "pack.zip"
    raw = bytearray(case.pack.read_bytes())
    place = raw.index(b'"sequence":"3"')
    raw[place + 12] = ord("4")
    file.write_bytes(raw)
    seal_bundle(file)
    found = verdicts(file, *case.office.keys)
    assert (found.code, found.stranger) == (1, 1)
    assert "line 3 (organisation" in found.words
    assert "sequence 3)" in found.words


# ── Who can bind a pack together again, with all digests as they must be, and has no key ─────────────────────────────


def _chain(members: Members, chance: Random, least: int = 1) -> tuple[str, list[bytes]]:
    name = chance.choice([each for each in members.chains if len(members.lines(each)) >= least])
    return name, members.lines(name)


def _put(members: Members, name: str, lines: Sequence[bytes]) -> None:
    members.content[name] = b"".join(lines)


def removed(members: Members, chance: Random) -> None:
    """A row is gone."""
    name, lines = _chain(members, chance)
    del lines[chance.randrange(len(lines))]
    _put(members, name, lines)


def inserted(members: Members, chance: Random) -> None:
    """A row that was never recorded; its hash is right."""
    name, lines = _chain(members, chance)
    place = chance.randrange(len(lines))
    _put(members, name, [*lines[:place], _again(lines[place], chance), *lines[place:]])


def swapped(members: Members, chance: Random) -> None:
    """Two rows have changed places."""
    name, lines = _chain(members, chance, 2)
    one, other = chance.sample(range(len(lines)), 2)
    lines[one], lines[other] = lines[other], lines[one]
    _put(members, name, lines)


def doubled(members: Members, chance: Random) -> None:
    """A row stands twice."""
    name, lines = _chain(members, chance)
    place = chance.randrange(len(lines))
    _put(members, name, [*lines[:place], lines[place], *lines[place:]])


def moved(members: Members, chance: Random) -> None:
    """A row has gone over into another organisation's chain, or into another service's."""
    name, lines = _chain(members, chance)
    line = lines.pop(chance.randrange(len(lines)))
    _put(members, name, lines)
    other = chance.choice([each for each in members.chains if each != name])
    there = members.lines(other)
    there.insert(chance.randrange(len(there) + 1), line)
    _put(members, other, there)


def cut(members: Members, chance: Random) -> None:
    """The tail is gone."""
    name, lines = _chain(members, chance)
    _put(members, name, lines[: chance.randrange(len(lines))])


def merged(members: Members, chance: Random) -> None:
    """Two rows are one now."""
    name, lines = _chain(members, chance, 2)
    place = chance.randrange(len(lines) - 1)
    one, other = (json.loads(line) for line in lines[place : place + 2])
    both = {**one, "data": {"fact": {**one["data"]["fact"], **other["data"]["fact"]}}}
    line = json.dumps(both, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
    _put(members, name, [*lines[:place], line, *lines[place + 2 :]])


def rewritten(members: Members, chance: Random) -> None:
    """From one row on all hashes are computed anew; only the checkpoint knows better."""
    name, lines = _chain(members, chance)
    place = chance.randrange(len(lines))
    events = [from_cloudevent(line) for line in lines]
    previous = events[place].envelope.previous
    for number in range(place, len(events)):
        envelope = events[number].envelope
        actor = "somebody" if number == place else envelope.actor
        fields = {field: getattr(envelope, field) for field in envelope.__struct_fields__}
        envelope = type(envelope)(**{**fields, "previous": previous, "actor": actor})
        previous = envelope.hash()
        lines[number] = to_cloudevent(type(events[number])(envelope, previous)) + b"\n"
    _put(members, name, lines)


def lost(members: Members, chance: Random) -> None:
    """A whole chain is gone."""
    del members.content[chance.choice(members.chains)]


def renamed(members: Members, chance: Random) -> None:
    """A chain is said to be another organisation's."""
    name = chance.choice(members.chains)
    members.content[name[:-7] + "f.jsonl"] = members.content.pop(name)


EDITS_OF: Final[Sequence[Callable[[Members, Random], None]]] = (
    *(removed, inserted, swapped, doubled, moved, cut, merged, rewritten, lost, renamed),
)


def _again(line: bytes, chance: Random) -> bytes:
    """The same event under another id, with the hash that it would have."""
    event = from_cloudevent(line)
    fields = {field: getattr(event.envelope, field) for field in event.envelope.__struct_fields__}
    envelope = type(event.envelope)(**{**fields, "version": chance.randrange(9)})
    return to_cloudevent(type(event)(envelope, envelope.hash())) + b"\n"


def edits(case: Case, file: Path, count: int) -> Iterator[tuple[str, Verdicts]]:
    """So many edits, and what both verifiers say."""
    chance, whole = Random(SEED), case.members
    for number in range(count):
        edit, members = EDITS_OF[number % len(EDITS_OF)], whole.copy()
        edit(members, chance)
        if members.content != whole.content:
            yield edit.__name__, verdicts(members.bind(file), *case.office.keys)


def test_rows_removed_inserted_swapped_or_moved_are_found(case: Case, tmp_path: Path, tally: Tally) -> None:
    found = list(edits(case, tmp_path / "pack.zip", EDITS_SAMPLE))
    assert [(name, said.words) for name, said in found if (said.code, said.stranger) != (1, 1)] == []
    assert all("organisation" in said.words or "chain" in said.words for _, said in found)
    tally("A-02", len(found), 0, SEED)


@pytest.mark.battery
@pytest.mark.timeout(3_600)
def test_two_thousand_edits_are_found(case: Case, tmp_path: Path, tally: Tally) -> None:
    found = list(edits(case, tmp_path / "pack.zip", EDITS))
    missed = [name for name, said in found if (said.code, said.stranger) != (1, 1)]
    tally("A-02", len(found), len(missed), SEED)
    assert missed == []


def test_the_first_bad_row_is_named(case: Case, tmp_path: Path) -> None:
    members = case.members
    name = max(members.chains, key=lambda each: len(members.lines(each)))
    lines = members.lines(name)
    organisation = name.rpartition("/")[2].removesuffix(".jsonl")
    for changed, place in (
        ([*lines[:4], *lines[5:]], 5),
        ([*lines[:2], lines[3], lines[2], *lines[4:]], 3),
        ([*lines[:6], lines[6], *lines[6:]], 8),
        ([*lines[:-1], lines[-1][:-3] + b"\n"], len(lines)),
    ):
        members.content[name] = b"".join(changed)
        words = verdicts(members.bind(tmp_path / "pack.zip"), *case.office.keys).words
        assert f"{name} line {place} (organisation {organisation}, sequence {place})" in words


# ── Other spellings of the same ──────────────────────────────────────────────────────────────────────────────────────


def _dumped(line: bytes, **how: object) -> bytes:
    return json.dumps(json.loads(line), **how).encode() + b"\n"  # type: ignore[arg-type]


def _fact(line: bytes) -> tuple[bytes, bytes, bytes]:
    head, mark, tail = line.partition(b'"data":{"fact":')
    return head + mark, tail[:-3], tail[-3:]


def _in_fact(change: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    def changed(line: bytes) -> bytes:
        head, fact, end = _fact(line)
        return head + change(fact) + end

    return changed


RESPELLED: Final[Sequence[Callable[[bytes], bytes]]] = (
    _dumped,
    lambda line: _dumped(line, separators=(",", ":"), ensure_ascii=True),
    lambda line: _dumped(line, separators=(",", ":"), ensure_ascii=False, sort_keys=True),
    lambda line: line[:-1] + b"\r\n",
    lambda line: b"\xef\xbb\xbf" + line,
    lambda line: line.replace(b'{"specversion":"1.0",', b'{"specversion":"1.0","specversion":"1.0",'),
    lambda line: line.replace(b'"specversion":"1.0"', b'"specversion":1.0'),
    lambda line: line.replace(b'"source":"/', b'"source":"\\/'),
    lambda line: line.replace(b",", b", ", 1),
    lambda line: line[:-1] + b" \n",
    _in_fact(lambda fact: json.dumps(json.loads(fact)).encode()),
    _in_fact(lambda fact: json.dumps(dict(reversed(json.loads(fact).items())), separators=(",", ":")).encode()),
    _in_fact(lambda fact: unicodedata.normalize("NFD", fact.decode()).encode()),
    _in_fact(lambda fact: fact[:-1] + b" }"),
    _in_fact(lambda fact: b'{"branch":"",' + fact[1:]),
    _in_fact(lambda fact: fact.replace(b":11", b":11.0").replace(b":12", b":12.0").replace(b":14", b":1.4e1")),
)


def test_another_spelling_of_the_same_is_found(case: Case, tmp_path: Path, tally: Tally) -> None:
    chance, whole, found = Random(SEED), case.members, 0
    while found < SPELLINGS:
        members, respell = whole.copy(), RESPELLED[chance.randrange(len(RESPELLED))]
        name, lines = _chain(members, chance)
        place = chance.randrange(len(lines))
        line = respell(lines[place])
        if line == lines[place]:
            continue
        _put(members, name, [*lines[:place], line, *lines[place + 1 :]])
        said = verdicts(members.bind(tmp_path / "pack.zip"), *case.office.keys)
        assert (said.code, said.stranger) == (1, 1), (line, said.words)
        assert f"sequence {place + 1})" in said.words
        found += 1
    tally("A-04", found, 0, SEED)


# ── Checkpoints, manifest, report ────────────────────────────────────────────────────────────────────────────────────


def test_no_line_of_a_checkpoint_or_of_its_chain_list_can_be_changed(case: Case, tmp_path: Path) -> None:
    whole = case.members
    for kind in ("note", "chains"):
        name = f"checkpoints/meetings.{kind}"
        signed = whole.content[name].partition(b"\n\n")[0]
        for place in range(0, len(signed), 7):
            members = whole.copy()
            changed = bytearray(members.content[name])
            changed[place] = ord("1") if changed[place] != ord("1") else ord("2")
            members.content[name] = bytes(changed)
            said = verdicts(members.bind(tmp_path / "pack.zip"), *case.office.keys)
            assert said.code != 0, (name, place)
            assert said.stranger != 0, (name, place)
    members = whole.copy()
    members.content["checkpoints/meetings.note"] = whole.content["checkpoints/membership.note"]
    assert not {0} & {(found := verdicts(members.bind(tmp_path / "pack.zip"), *case.office.keys)).code, found.stranger}


def test_a_report_that_says_otherwise_contradicts_its_facts(case: Case, tmp_path: Path) -> None:
    whole = case.members
    report = whole.report
    rows = [(n, m) for n, figure in enumerate(report["output"]["figures"]) for m, _ in enumerate(figure["rows"])]
    for n, m in rows:
        for part in ("numerator", "denominator"):
            changed = json.loads(json.dumps(report))
            row = changed["output"]["figures"][n]["rows"][m]
            row[part] = (row[part] or 0) + 1
            members = whole.copy()
            members.say(changed)
            said = verdicts(members.bind(tmp_path / "pack.zip"), *case.office.keys)
            assert (said.code, said.stranger) == (1, 1)
            assert report["output"]["figures"][n]["figure"] in said.words


@pytest.mark.parametrize(
    "change",
    [
        lambda whole: whole["inputs"]["asked"].update(known="2026-01-01T00:00:00.000000Z"),
        lambda whole: whole["inputs"]["asked"].update(end="2022-03-01"),
        lambda whole: whole["inputs"]["asked"].update(tree="2009-01-01"),
        lambda whole: whole["inputs"]["asked"]["figures"].pop(),
        lambda whole: whole["inputs"]["heads"].pop("meetings"),
        lambda whole: whole["output"]["figures"][0]["rows"].pop(),
        lambda whole: whole["output"]["figures"][0]["events"].update(count=0),
        lambda whole: whole["output"]["figures"][1]["rows"][0].update(numerator=True),
        lambda whole: whole["output"]["figures"][2]["rows"].reverse(),
    ],
)
def test_nothing_that_a_report_rests_on_can_be_changed(
    case: Case, tmp_path: Path, change: Callable[[dict[str, object]], object]
) -> None:
    members = case.members
    report = members.report
    change(report)
    members.say(report)
    said = verdicts(members.bind(tmp_path / "pack.zip"), *case.office.keys)
    assert (said.code, said.stranger) == (1, 1), said.words


def test_a_report_in_another_spelling_is_found(case: Case, tmp_path: Path) -> None:
    for change in (
        lambda raw: json.dumps(json.loads(raw)).encode() + b"\n",
        lambda raw: raw.replace(b',"numerator":', b',"numerator":0', 1),
        lambda raw: re.sub(rb'"numerator":([0-9]+)', rb'"numerator":\1.0', raw, count=1),
        lambda raw: raw[:-1],
        lambda raw: b"\xef\xbb\xbf" + raw,
        lambda raw: raw[:-1] + b"\r\n",
        lambda raw: raw.replace(b'{"format":1,', b'{"format":1,"format":1,'),
    ):
        members = case.members
        members.content["report.json"] = change(members.content["report.json"])
        said = verdicts(members.bind(tmp_path / "pack.zip"), *case.office.keys)
        assert (said.code, said.stranger) == (1, 1), said.words


def test_a_member_that_the_manifest_does_not_name_is_found(case: Case, tmp_path: Path) -> None:
    file = case.members.bind(tmp_path / "pack.zip")
    members = case.members
    members.content["notes.txt"] = b"hello\n"
    assert verdicts(members.bind(file), *case.office.keys).code == 0
    changed = file.read_bytes().replace(b'"notes.txt":', b'"motes.txt":')
    file.write_bytes(changed)
    seal_bundle(file)
    said = verdicts(file, *case.office.keys)
    assert (said.code, said.stranger) == (1, 1)
