"""Is an honest pack proven, by both verifiers, and is it what was asked for?"""

from __future__ import annotations

import ast
import datetime as dt
import json
import sys
import zipfile
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import update

from shared.contracts import meetings
from shared.contracts.envelope import Content
from shared.eventsourcing.errors import ChainBroken
from shared.eventsourcing.log_rows import event_table
from shared.history.evidence.ledger import NotCovered
from shared.history.figures import NO_UNIT
from shared.history.pack import verify
from shared.history.pack.packer import NothingToPack
from shared.history.replay.report import Asked
from tests.history.pack import stranger
from tests.history.pack.conftest import YEAR, Case
from tests.history.pack.editing import Members, verdicts
from tests.history.pack.office import PUBLIC, Office, office_of
from tests.support.happenings import BEGINNING, END, Happenings
from tests.support.logs import Told
from tests.support.sayings import history
from tests.support.seeds import drawn
from tests.support.spoiling import spoil
from tests.support.tale import Tale, id_of, land

LINES = 400
LEVELS = (("province",), ("district", "commune"), ("base-unit", "branch"))
"""Of units that are asked for under an old tree: places, and units of a line."""
PAGES = Path(__file__).parents[3] / "docs" / "formats"
PYTHON_3_9 = (3, 9)
VERIFIER = Path(verify.__file__)
MANY = 100


def any_question(told: Happenings, chance: Random) -> Asked:
    """A question for the figures that a stranger recomputes."""
    units = [*told.country.every(), NO_UNIT] if chance.random() < 1 / 2 else told.country.every("province", "district")
    start, end = sorted((chance.choice([BEGINNING, told.day()]), told.day()))
    visits = chance.random() < 1 / 3
    splits = [("tier",), ("month", "cadre"), ("organisation",)] if visits else [(), ("month",), ("unit", "month")]
    names = PUBLIC[2:] if visits else PUBLIC
    tree = chance.choice([None, None, told.day()])
    return Asked(None, names, chance.choice(units), start, end + dt.timedelta(1), chance.choice(splits), {}, tree=tree)


def everything_is_proven(folder: Path, seed: int) -> int:
    """Packs of a random history, whole; how many figures had any fact behind them."""
    told, chance, backed = history(seed), Random(seed), 0
    office = office_of(folder, told.logs)
    questions = [any_question(told, chance) for _ in range(2)]
    for level in LEVELS:  # under a tree older than most of what was founded or merged in them
        tree, unit = BEGINNING + dt.timedelta(chance.randrange(90)), chance.choice(told.country.every(*level))
        questions.append(Asked(None, PUBLIC, unit, BEGINNING, END, ("unit",), {}, tree=tree))
    for number, asked in enumerate(questions):
        pack, known = folder / f"{number}.zip", chance.randrange(told.logs.clock // 2, told.logs.clock + 1)
        office.pack(pack, known, asked)
        found = verdicts(pack, *office.keys)
        assert found.code == found.stranger == 0, (seed, number, found.words)
        backed += sum(each["events"]["count"] > 0 for each in Members.of(pack).report["output"]["figures"])
    office.close()
    return backed


@pytest.mark.parametrize("seed", range(5))
def test_packs_of_random_histories_are_proven_and_their_figures_recomputed(tmp_path: Path, seed: int) -> None:
    assert everything_is_proven(tmp_path, seed) > 0


@pytest.mark.battery
@pytest.mark.timeout(3_600)
def test_packs_of_very_many_random_histories_are_proven(tmp_path: Path) -> None:
    for _ in range(MANY):
        seed = drawn()
        everything_is_proven(tmp_path / f"{seed}", seed)


def imported(file: Path) -> tuple[str, set[str]]:
    """A file's text, and the modules that it imports."""
    text = file.read_text()
    whole = ast.parse(text, feature_version=PYTHON_3_9 if file == VERIFIER else None)
    return text, {
        name.name if isinstance(node, ast.Import) else str(node.module)
        for node in ast.walk(whole)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in node.names
    }


def test_the_verifier_is_short_and_needs_the_standard_library_alone() -> None:
    text, modules = imported(VERIFIER)
    assert len(text.splitlines()) <= LINES
    assert {name.partition(".")[0] for name in modules} <= sys.stdlib_module_names


def test_the_second_verifier_borrows_nothing_of_the_first_and_of_the_product() -> None:
    rooms = sorted(Path(stranger.__file__).parent.glob("*.py"))
    modules = {name for room in rooms for name in imported(room)[1]}
    foreign = {name for name in modules if name.partition(".")[0] not in sys.stdlib_module_names}
    assert {name for name in foreign if not name.startswith(f"{stranger.__name__}.")} == {
        "cryptography.exceptions",
        "cryptography.hazmat.primitives.asymmetric.ed25519",
    }


def test_the_pack_holds_the_very_verifier_and_the_pages(case: Case, tmp_path: Path) -> None:
    case.office.pack(tmp_path / "pack.zip", case.tale.logs.clock)
    content = Members.of(tmp_path / "pack.zip").content
    assert content["verify.py"] == Path(verify.__file__).read_bytes()
    assert content["formats/audit-pack.md"] == (PAGES / "audit-pack.md").read_bytes()


def test_the_same_question_gives_the_same_bytes_stored_or_compressed_the_same_content(
    case: Case, tmp_path: Path
) -> None:
    again, small = tmp_path / "again.zip", tmp_path / "small.zip"
    case.office.pack(again, case.tale.logs.clock, case.asked, pages=case.pack.parent)
    case.office.pack(small, case.tale.logs.clock, case.asked, pages=case.pack.parent, deflated=True)
    assert again.read_bytes() == case.pack.read_bytes()
    assert Members.of(small).content == case.members.content
    assert small.stat().st_size < case.pack.stat().st_size / 2
    assert verdicts(small, *case.office.keys).code == verdicts(small, *case.office.keys).stranger == 0


def test_a_moment_in_the_past_counts_what_was_known_then_and_is_covered_by_what_was_signed_after_it(
    tmp_path: Path,
) -> None:
    tale = land()
    tale.met("x", "2022-01-05", 10)
    then = tale.logs.clock
    tale.met("x", "2022-02-05", 10)
    office = office_of(tmp_path, tale.logs)
    for known, held in ((then, 1), (tale.logs.clock, 2)):
        office.pack(tmp_path / "pack.zip", known, Asked(None, PUBLIC, id_of("p"), *YEAR))
        report = Members.of(tmp_path / "pack.zip").report
        assert report["output"]["figures"][0]["rows"][0]["numerator"] == held
        assert verdicts(tmp_path / "pack.zip", *office.keys).code == 0
    office.close()


def test_what_no_checkpoint_covers_is_not_packed(case: Case, tmp_path: Path) -> None:
    with pytest.raises(NotCovered):
        case.office.pack(tmp_path / "pack.zip", 2**55)
    with pytest.raises(NothingToPack):
        case.office.pack(tmp_path / "pack.zip", 1, organisations=[id_of("nobody")])


def two_organisations() -> Tale:
    """The women's line, and a young branch elsewhere that has nothing to do with it."""
    tale = land()
    tale.organisation("youth")
    tale.organisation("front")
    tale.unit("young", "branch", None, "h1", by="youth")
    tale.met("x", "2022-01-05", 10)
    fact = meetings.MeetingHeld(
        branch=id_of("young"), kind=meetings.MeetingKind.REGULAR, roll=meetings.Roll(expected=3, present=3)
    )
    tale.new(fact, "2022-01-06", "youth")
    return tale


def test_a_part_holds_the_chains_on_which_it_rests_and_no_others(tmp_path: Path) -> None:
    tale = two_organisations()
    office = office_of(tmp_path, tale.logs)
    packed = office.pack(
        tmp_path / "pack.zip", tale.logs.clock, Asked(None, PUBLIC, id_of("p"), *YEAR), [id_of("youth")]
    )
    youth, operator = id_of("youth"), id_of("operator")
    assert packed.chains == {("meetings", youth), ("membership", youth), ("membership", operator)}
    assert packed.left_out == {"meetings": 1, "membership": 1}
    found = verdicts(tmp_path / "pack.zip", *office.keys)
    assert (found.code, found.stranger) == (0, 0), found.words
    assert "meetings: 1 of 2 chains" in found.words
    held = Members.of(tmp_path / "pack.zip").report["output"]["figures"][0]["rows"][0]["numerator"]
    assert held == 1
    office.close()


@pytest.mark.parametrize(("closed", "heir"), [("youth", "women"), ("women", "youth")])
def test_what_an_heir_has_put_right_counts_whichever_chain_is_read_first(
    tmp_path: Path, closed: str, heir: str
) -> None:
    tale = two_organisations()
    told = told_by(tale, closed)
    tale.logs.close(id_of(closed), id_of(heir), dt.date(2022, 3, 1))
    roll = meetings.Roll(expected=9, present=4, absent=5)
    tale.logs.correct(told, told.fact.model_copy(update={"roll": roll}), "2022-01-07")
    office = office_of(tmp_path, tale.logs)
    office.pack(tmp_path / "pack.zip", tale.logs.clock, Asked(None, PUBLIC, id_of("p"), *YEAR))
    found = verdicts(tmp_path / "pack.zip", *office.keys)
    assert (found.code, found.stranger) == (0, 0), found.words
    office.close()


def told_by(tale: Tale, organisation: str) -> Told:
    """The meeting that an organisation has told."""
    return next(told for told in tale.logs.told if told.by == id_of(organisation) and told.fact.service == "meetings")


def test_what_is_said_of_chains_that_are_not_in_the_pack_is_signed_too(tmp_path: Path) -> None:
    tale = two_organisations()
    office = office_of(tmp_path, tale.logs)
    office.pack(tmp_path / "pack.zip", tale.logs.clock, None, [id_of("youth")])
    office.close()
    whole = Members.of(tmp_path / "pack.zip")
    for old, new in ((f"{id_of('women')} 1 ", f"{id_of('women')} 2 "), (str(id_of("women")), str(id_of("others")))):
        members = whole.copy()
        text = members.content["checkpoints/meetings.chains"].decode()
        assert old in text
        members.content["checkpoints/meetings.chains"] = text.replace(old, new).encode()
        found = verdicts(members.bind(tmp_path / "other.zip"), *office.keys)
        assert (found.code, found.stranger) == (1, 1)


def test_a_checkpoint_from_before_the_moment_covers_nothing(tmp_path: Path) -> None:
    office = office_of(tmp_path, land().logs)
    office.pack(tmp_path / "pack.zip", 1)
    office.close()
    members = Members.of(tmp_path / "pack.zip")
    members.said["known"] = "2027-01-01T00:00:00.000000Z"
    found = verdicts(members.bind(tmp_path / "pack.zip"), *office.keys)
    assert (found.code, found.stranger) == (1, 1)


def rows(pack: Path) -> list[tuple[list[str], int]]:
    """Of the first figure: the values of the keys, and the numerator."""
    first = Members.of(pack).report["output"]["figures"][0]
    return [(list(row["keys"].values()), row["numerator"]) for row in first["rows"]]


def test_months_are_those_of_viet_nam(tmp_path: Path) -> None:
    tale = land()
    for occurred in (
        "2022-01-31T16:59:59.999Z",
        "2022-01-31t17:00:00z",
        "2022-02-01T00:30:00+07:00",
        "2022-01-31T12:00:00.5-05:00",
    ):
        tale.met("x", occurred, 3)
    office = office_of(tmp_path, tale.logs)
    office.pack(tmp_path / "pack.zip", tale.logs.clock, Asked(None, PUBLIC, id_of("p"), *YEAR, ("month",)))
    assert rows(tmp_path / "pack.zip") == [(["2022-01"], 1), (["2022-02"], 3)]
    found = verdicts(tmp_path / "pack.zip", *office.keys)
    assert (found.code, found.stranger) == (0, 0), found.words
    office.close()


def test_what_happens_in_a_unit_that_has_ended_counts_where_it_goes_on(tmp_path: Path) -> None:
    tale = land()
    tale.merge("w", "y", on="2022-02-01")
    tale.split("z", "x", "s", on="2022-02-01")
    tale.dissolve("b1", "2022-03-01")
    for branch in ("y", "z", "x", "s"):
        for month in (1, 2, 3):
            tale.met(branch, f"2022-0{month}-10", month)
    office, found = office_of(tmp_path, tale.logs), {}
    for unit in ("d2", "b1", "x"):
        for tree in (None, dt.date(2022, 1, 15), dt.date(2022, 2, 15)):
            asked = Asked(None, PUBLIC, id_of(unit), *YEAR, (), {}, tree=tree)
            office.pack(tmp_path / "pack.zip", tale.logs.clock, asked)
            said = verdicts(tmp_path / "pack.zip", *office.keys)
            assert (said.code, said.stranger) == (0, 0), (unit, tree, said.words)
            found[unit, tree is None] = rows(tmp_path / "pack.zip")[0][1]
            members = Members.of(tmp_path / "pack.zip")
            report = members.report
            report["output"]["figures"][0]["rows"][0]["numerator"] += 1
            members.say(report)
            said = verdicts(members.bind(tmp_path / "damaged.zip"), *office.keys)
            assert (said.code, said.stranger) == (1, 1), (unit, tree, said.words)
    assert found["d2", True] == 2
    office.close()


def test_what_others_rest_on_is_listed(case: Case) -> None:
    lines = case.members.content["rests-on.txt"].decode().splitlines()
    assert f"tree membership/{id_of('women')}/1" in lines
    assert {line.split(" ")[0] for line in lines} == {"tree", "access"}
    assert sum(line.startswith("access") for line in lines) == 1


def test_without_a_key_or_with_another_nothing_can_be_judged(case: Case, tmp_path: Path) -> None:
    other = Office(tmp_path, name="thu")
    other.desk("meetings")
    keys = case.office.keys
    for words in ([], keys[:2], other.keys, [*keys[2:], *other.keys]):
        found = verdicts(case.pack, *words)
        assert (found.code, found.stranger) == (2, 2), found.words
    other.close()


def test_witnesses_are_told_and_demanded(case: Case, tmp_path: Path) -> None:
    witness = ["--witness", str(case.office.witness.verifier)]
    assert "unwitnessed" in verdicts(case.pack, *case.office.keys).words
    found = verdicts(case.pack, *case.office.keys, *witness, "--needed", "1")
    assert (found.code, found.stranger) == (0, 0)
    assert "witnessed by 1" in found.words
    found = verdicts(case.pack, *case.office.keys, *witness, "--needed", "2")
    assert (found.code, found.stranger) == (2, 2)
    assert tmp_path.exists()


def test_a_figure_that_is_not_recomputed_is_named_and_decides_unless_it_does_not_matter(
    case: Case, tmp_path: Path
) -> None:
    for names, by in ((("attendance", "meetings-met"), ()), (("attendance",), ("branch",))):
        case.office.pack(tmp_path / "pack.zip", case.tale.logs.clock, Asked(None, names, id_of("p"), *YEAR, by))
        found = verdicts(tmp_path / "pack.zip", *case.office.keys)
        assert (found.code, found.stranger) == (2, 2)
        assert f"not recomputed: {names[-1]}" in found.words
        assert verdicts(tmp_path / "pack.zip", *case.office.keys, "--only-evidence").code == 0


def test_what_is_no_pack_cannot_be_judged(tmp_path: Path) -> None:
    for content in (b"", b"hello" * 100):
        (tmp_path / "pack.zip").write_bytes(content)
        found = verdicts(tmp_path / "pack.zip")
        assert (found.code, found.stranger) == (2, 2)
    with zipfile.ZipFile(tmp_path / "pack.zip", "w") as archive:
        archive.writestr("hello.txt", "hello")
    assert verdicts(tmp_path / "pack.zip").code == 2
    assert verify.main([str(tmp_path / "none.zip")]) == 2


def test_a_newer_format_cannot_be_judged(case: Case, tmp_path: Path) -> None:
    members = case.members
    members.said["version"] = 2
    assert verdicts(members.bind(tmp_path / "pack.zip"), *case.office.keys).code == 2


SEALED = {str(id_of("lan")): "7Qm3" * 16, str(id_of("hoa")): "aGk="}


@pytest.mark.parametrize(
    "part",
    [
        *(b"{}", b'{"x":"aGk="}', b"[]", b'{"%b":"aG k="}' % str(id_of("lan")).encode()),
        *(b'{"%b": "aGk="}' % str(id_of("lan")).encode(), b'{"%b":"aGk="}' % str(id_of("lan")).encode()),
    ],
)
def test_a_personal_part_that_was_put_in_later_is_found(case: Case, tmp_path: Path, part: bytes) -> None:
    members = case.members
    name = members.chains[0]
    members.content[name] = members.content[name].replace(b"}}\n", b',"personal":' + part + b"}}\n", 1)
    found = verdicts(members.bind(tmp_path / "pack.zip"), *case.office.keys)
    assert (found.code, found.stranger) == (1, 1)


def test_personal_parts_go_along_as_ciphertext_and_are_under_the_hash(tmp_path: Path) -> None:
    tale = land()
    fact = b'{"branch":"%b"}' % str(id_of("x")).encode()
    joined = "vn.nennep.membership.member-joined.v1"
    sealed = {person: SEALED[person] for person in sorted(SEALED)}
    content = Content(
        type=joined,
        subject=id_of("lan"),
        occurred="2022-01-05",
        fact=fact,
        personal=json.dumps(sealed, separators=(",", ":")).encode(),
    )
    tale.logs._append(id_of("women"), content)  # noqa: SLF001 — an event as intake has encrypted it
    office = office_of(tmp_path, tale.logs)
    office.pack(tmp_path / "pack.zip", tale.logs.clock)
    found = verdicts(tmp_path / "pack.zip", *office.keys)
    assert (found.code, found.stranger) == (0, 0), found.words
    members = Members.of(tmp_path / "pack.zip")
    name = f"chains/membership/{id_of('women')}.jsonl"
    members.content[name] = members.content[name].replace(b"7Qm3", b"7Qm4", 1)
    found = verdicts(members.bind(tmp_path / "pack.zip"), *office.keys)
    assert (found.code, found.stranger) == (1, 1)
    office.close()


def test_a_newer_version_of_a_needed_event_leaves_the_figure_open(tmp_path: Path) -> None:
    tale = land()
    tale.met("x", "2022-01-05", 10)
    office = office_of(tmp_path, tale.logs)
    office.pack(tmp_path / "pack.zip", tale.logs.clock, Asked(None, PUBLIC, id_of("p"), *YEAR))
    report = Members.of(tmp_path / "pack.zip").content["report.json"]
    raw = json.dumps({"branch": str(id_of("x"))}).encode()
    newer = Content(type="vn.nennep.meetings.meeting-held.v2", subject=id_of("m"), occurred="2022-02-05", fact=raw)
    tale.logs._append(id_of("women"), newer)  # noqa: SLF001 — what only a later program records
    office.close()
    office = office_of(tmp_path / "later", tale.logs)
    office.pack(tmp_path / "pack.zip", tale.logs.clock)
    members = Members.of(tmp_path / "pack.zip")
    whole = json.loads(report)
    whole["inputs"]["asked"]["known"] = members.said["known"]
    end = tale.logs.chains["meetings", id_of("women")][-1]
    head = {"sequence": end.envelope.sequence, "hash": end.hash.hex()}
    whole["inputs"]["heads"]["meetings"][str(id_of("women"))] = head
    members.say(whole)
    found = verdicts(members.bind(tmp_path / "pack.zip"), *office.keys)
    assert (found.code, found.stranger) == (2, 2), found.words
    assert "not recomputed: attendance" in found.words
    assert verdicts(tmp_path / "pack.zip", *office.keys, "--only-evidence").code == 0
    office.close()


def test_a_log_that_is_no_longer_what_it_signed_is_not_packed(tmp_path: Path) -> None:
    tale = land()
    office = office_of(tmp_path, tale.logs)
    with office.desks["membership"].store.write() as connection:
        spoil(connection, update(event_table).where(event_table.c.sequence == 3).values(recorded=2))
    with pytest.raises(ChainBroken):
        office.pack(tmp_path / "pack.zip", tale.logs.clock)
    office.close()
