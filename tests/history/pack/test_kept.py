"""Does what the reader has kept or brought decide? Rewritten histories, cut tails, keys that were rotated or stolen."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from random import Random
from typing import Final, get_args

import pytest

from shared.contracts.envelope import recorded_text
from shared.history.evidence.keys import Ending
from shared.history.replay.report import Asked
from tests.history.evidence.house import micros
from tests.history.pack.conftest import YEAR, Case, Tally, small_tale
from tests.history.pack.editing import Members, verdicts
from tests.history.pack.office import PUBLIC, Office, office_of
from tests.support.tale import Tale, id_of, land

WOMEN: Final = id_of("women")
ASKED: Final = Asked(None, PUBLIC, id_of("p"), *YEAR)
SEED: Final = 7


def a_year(present: int) -> Tale:
    """Eight meetings; to the fifth so many came."""
    tale = land()
    for month in range(1, 9):
        tale.met("x", f"2022-0{month}-05", present if month == 5 else 10)
    return tale


def receipts(tale: Tale, *sequences: int) -> list[str]:
    """What the sender was answered, as options."""
    chain = tale.logs.chains["meetings", WOMEN]
    texts = (f"meetings/{WOMEN}/{each}/{chain[each - 1].hash.hex()}" for each in sequences)
    return [word for text in texts for word in ("--receipt", text)]


def test_who_rewrites_history_with_the_key_in_hand_is_contradicted_by_what_a_witness_holds(tmp_path: Path) -> None:
    true, forged = a_year(10), a_year(3)
    office = Office(tmp_path / "true")
    office.record(true.logs.chains)
    held = office.held(office.publish(witnessed=True)["meetings"], tmp_path / "held.json")
    office.close()

    forger = Office(tmp_path / "forged", keys=tmp_path / "true")
    forger.record(forged.logs.chains)
    forger.publish()
    pack = tmp_path / "pack.zip"
    forger.pack(pack, forged.logs.clock, ASKED)
    assert verdicts(pack, *forger.keys).code == 0
    found = verdicts(pack, *forger.keys, "--seen", held)
    assert (found.code, found.stranger) == (1, 1)
    assert f"meetings, organisation {WOMEN}: changed after sequence 0, and not after 8" in found.words
    assert "membership" not in found.words
    found = verdicts(pack, *forger.keys, "--seen", held, *receipts(true, 2, 4, 7))
    assert (found.code, found.stranger) == (1, 1)
    assert "changed after sequence 4, and not after 7" in found.words
    found = verdicts(pack, *forger.keys, *receipts(true, 4, 5))
    assert "changed after sequence 4, and not after 5" in found.words
    assert verdicts(pack, *forger.keys, *receipts(true, 1, 4)).code == 0
    forger.close()


def test_a_cut_tail_is_contradicted_by_an_older_checkpoint(tmp_path: Path) -> None:
    tale = a_year(10)
    office = Office(tmp_path / "true")
    office.record(tale.logs.chains)
    held = office.held(office.publish()["meetings"], tmp_path / "held.json")
    office.close()
    tale.logs.chains["meetings", WOMEN] = tale.logs.chains["meetings", WOMEN][:6]
    short = Office(tmp_path / "short", keys=tmp_path / "true")
    short.record(tale.logs.chains)
    short.publish()
    short.pack(tmp_path / "pack.zip", tale.logs.clock, ASKED)
    found = verdicts(tmp_path / "pack.zip", *short.keys, "--seen", held)
    assert (found.code, found.stranger) == (1, 1)
    assert "not after 8" in found.words
    short.close()


def test_what_was_kept_of_the_same_history_agrees(tmp_path: Path) -> None:
    tale = a_year(10)
    office = Office(tmp_path / "office")
    helds = []
    for size in (3, 5, 100):
        office.record({log: chain[:size] for log, chain in tale.logs.chains.items()})
        for service, published in office.publish(witnessed=True).items():
            helds.append(office.held(published, tmp_path / f"{service}-{size}.json"))
    pack = tmp_path / "pack.zip"
    office.pack(pack, micros(office.now) - 1, ASKED)
    seen = [word for held in helds for word in ("--seen", held)]
    found = verdicts(pack, *office.keys, *seen, *receipts(tale, 1, 5, 8))
    assert (found.code, found.stranger) == (0, 0), found.words
    office.pack(pack, tale.logs.clock, ASKED)
    for words in (seen, receipts(tale, 8), ["--receipt", f"ratings/{WOMEN}/1/{'0' * 64}"]):
        found = verdicts(pack, *office.keys, *words)
        assert (found.code, found.stranger) == (2, 2), found.words
    office.close()


def test_a_pack_of_another_deployment_is_no_answer_to_what_was_kept(case: Case, tmp_path: Path) -> None:
    tale, _ = small_tale()
    other = office_of(tmp_path / "other", tale.logs, name="khac")
    held = other.held(other.publish()["meetings"], tmp_path / "held.json")
    found = verdicts(case.pack, *case.office.keys, "--seen", held)
    assert (found.code, found.stranger) == (2, 2)
    other.close()


# ── Keys ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def lists(office: Office, file: Path) -> list[str | Path]:
    """The lists of keys of all services, as one file."""
    file.write_bytes(b"".join(desk.keys.lines for desk in office.desks.values()))
    return ["--key", file]


@pytest.mark.parametrize("why", get_args(Ending))
def test_before_the_key_ended_valid_after_it_refused_and_history_still_proven(
    tmp_path: Path, why: Ending, tally: Tally
) -> None:
    tale, chance = a_year(10), Random(SEED)
    office = office_of(tmp_path / "office", tale.logs)
    before, known = tmp_path / "before.zip", tale.logs.clock
    office.pack(before, known, ASKED)
    first = office.now
    witness = ["--witness", str(office.witness.verifier)]
    office.now += dt.timedelta(days=30)
    for desk in office.desks.values():
        desk.checkpoints.rotate(why, office.now)
    cases = 0
    keys = lists(office, tmp_path / "keys.jsonl")
    for words in ([], witness, [*witness, "--needed", "1"]):
        found = verdicts(before, *keys, *words)
        good = why == "rotated" or bool(words)
        assert (found.code, found.stranger) == ((0, 0) if good else (2, 2)), found.words
        cases += 1
    after = tmp_path / "after.zip"
    office.pack(after, micros(first + dt.timedelta(days=1)), ASKED)
    found = verdicts(after, *keys)
    assert (found.code, found.stranger) == (0, 0), found.words
    for _ in range(6):
        early = first - dt.timedelta(hours=chance.randrange(1, 1000))
        late = keys_ending(office, early, tmp_path / "late.jsonl", why)
        found = verdicts(before, *late, *witness)
        assert (found.code, found.stranger) == (1, 1), found.words
        cases += 1
    tally("A-19", cases + 1, 0, SEED)
    office.close()


def keys_ending(office: Office, until: dt.datetime, file: Path, why: str) -> list[str | Path]:
    """A list of keys by which the first ones had ended earlier."""
    texts = [desk.keys.lines.decode().splitlines() for desk in office.desks.values()]
    firsts = [line for lines in texts for line in lines[:1]]
    names = [line.partition('"key":"')[2].partition('"')[0] for line in firsts]
    moment = recorded_text(micros(until))
    ends = [f'{{"format":1,"key":"{name}","until":"{moment}","why":"{why}"}}' for name in names]
    file.write_text("\n".join([*firsts, *ends]) + "\n")
    return ["--key", file]


def test_a_key_that_begins_later_signs_nothing_before(tmp_path: Path) -> None:
    office = office_of(tmp_path / "office", a_year(10).logs)
    office.pack(tmp_path / "pack.zip", 1)
    text = lists(office, tmp_path / "keys.jsonl")[1]
    assert isinstance(text, Path)
    text.write_text(text.read_text().replace("1970-01-01", "2030-01-01"))
    found = verdicts(tmp_path / "pack.zip", "--key", text)
    assert (found.code, found.stranger) == (1, 1)
    office.close()


def test_a_signature_or_cosignature_of_a_known_key_that_is_wrong_is_a_contradiction(case: Case, tmp_path: Path) -> None:
    for place, words in ((1, []), (2, ["--witness", str(case.office.witness.verifier)])):
        members = case.members
        lines = members.content["checkpoints/meetings.note"].decode().split("\n")
        wrong = lines[-1 - place if place == 1 else -2]
        index = len(lines) - (3 if place == 1 else 2)
        wrong = lines[index]
        lines[index] = wrong[:-6] + ("A" if wrong[-6] != "A" else "B") + wrong[-5:]
        members.content["checkpoints/meetings.note"] = "\n".join(lines).encode()
        found = verdicts(members.bind(tmp_path / "pack.zip"), *case.office.keys, *words)
        assert (found.code, found.stranger) == (1, 1), (place, found.words)
    members = Members.of(case.pack)
    members.content["keys/meetings.jsonl"] = b"anything\n"
    assert verdicts(members.bind(tmp_path / "pack.zip"), *case.office.keys).code == 0


def test_what_cannot_be_read_of_what_was_given_lets_nothing_be_judged(case: Case, tmp_path: Path) -> None:
    good, file = case.office.keys[1], tmp_path / "held.json"
    for text in (good[:-8] + "AAAAAAA=", good.replace("+", "+0", 1), good[:-3], good + "!"):
        found = verdicts(case.pack, "--key", text)
        assert (found.code, found.stranger) == (2, 2), found.words
    for content in ("hello", "{}", '{"checkpoint":1,"chains":2}'):
        file.write_text(content)
        found = verdicts(case.pack, *case.office.keys, "--seen", file)
        assert (found.code, found.stranger) == (2, 2), found.words
    for text in ("hello", f"meetings/{WOMEN}/x/00"):
        found = verdicts(case.pack, *case.office.keys, "--receipt", text)
        assert (found.code, found.stranger) == (2, 2), found.words
