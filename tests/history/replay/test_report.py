"""Is a report what history says? As every other way to the same figures, whatever holds the history, and no further."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import pytest

from services.ratings.projections import FIGURES, PROJECTIONS
from services.ratings.projections.replay import REPLAYED, SAID_BY, VERSION
from shared.contracts.cloudevent import from_cloudevent
from shared.contracts.corrections import FactVoided
from shared.contracts.envelope import Content, recorded_text
from shared.contracts.event import registered
from shared.contracts.meetings import MeetingHeld
from shared.contracts.ratings import RuleSetAdopted
from shared.eventsourcing.errors import ChainBroken
from shared.eventsourcing.log import Log
from shared.eventsourcing.views import digest_of
from shared.history.figures import Question, UnknownKey
from shared.history.replay.canonical import canonical, digest
from shared.history.replay.moments import end_of
from shared.history.replay.report import Asked, Document, NoRules, Replay, UnknownFigure
from shared.history.replay.scratch import CannotJudge
from shared.history.replay.sources import Exported, Kept, Source, open_read_only
from shared.units.knowledge import KNOWLEDGE_FACTS
from tests.history.replay.kept import RULES, adopt, exported, stored, told
from tests.ratings.projections.expected import expected
from tests.ratings.projections.questions import questions
from tests.support.logs import Logs
from tests.support.recounting import recounted
from tests.support.sources import ROOT
from tests.support.tale import Tale, id_of, land

YEAR = (dt.date(2022, 1, 1), dt.date(2023, 1, 1))


def replay(*sources: Source) -> Replay:
    """A replay of these sources."""
    return Replay(REPLAYED, lambda: sources)


def of_files(logs: Logs, folder: Path) -> Replay:
    """A replay of exported files."""
    exported(logs, folder)
    return replay(Exported([folder]))


def asked(*names: str, unit: UUID | None = None, **more: Any) -> Asked:
    """A question for the year 2022."""
    return REPLAYED.asked(names, unit or id_of("p"), *YEAR, **more)


def rows(document: Document, figure: str) -> dict[tuple[str | None, ...], tuple[int, int | None]]:
    """A figure's rows by the values of their keys."""
    found = next(each for each in document.output["figures"] if each["figure"] == figure)
    return {tuple(row["keys"].values()): (row["numerator"], row["denominator"]) for row in found["rows"]}


def from_question(name: str, question: Question) -> Asked:
    """The same question, put to a replay."""
    return Asked(
        None,
        (name,),
        question.unit,
        question.start,
        question.end,
        question.by,
        question.parameters,
        question.known,
        question.tree_on,
    )


@pytest.mark.parametrize("seed", [31, 32])
def test_every_figure_of_a_replay_is_as_recounted_as_known_then(tmp_path: Path, seed: int) -> None:
    history, chance = told(seed), Random(seed)
    known = chance.randrange(history.logs.clock // 2, history.logs.clock)
    work, recount = of_files(history.logs, tmp_path), recounted(history.logs, known)
    for name, question in list(questions(history, chance, known))[seed % 9 :: 9]:
        document, wanted = work.document(from_question(name, question)), expected(recount, name, question)
        assert rows(document, name) == dict(wanted.rows), (name, question)
        behind = "".join(sorted(f"{organisation}/{event}\n" for organisation, event in wanted.events))
        told_of = document.output["figures"][0]["events"]
        assert told_of == {"count": len(wanted.events), "digest": hashlib.sha256(behind.encode()).hexdigest()}


def test_the_digests_are_over_the_canonical_bytes_of_their_parts(tmp_path: Path) -> None:
    document = of_files(told(1).logs, tmp_path).document(asked("ratings"))
    read = json.loads(document.encode())
    assert document.encode() == canonical(read) + b"\n"
    for part, name in (("inputs", "input_digest"), ("output", "output_digest")):
        plain = json.dumps(read[part], ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
        assert read[name] == hashlib.sha256(plain).hexdigest() == digest(read[part])
    assert read["inputs"]["code"]["views"] == digest_of(REPLAYED.declaration)
    assert f'version = "{VERSION}"' in (ROOT / "pyproject.toml").read_text()


def test_what_is_replayed_is_what_the_service_declares() -> None:
    listens = frozenset(cls for cls in registered().values() if cls.service in SAID_BY)
    assert REPLAYED.declaration.listens == listens
    assert REPLAYED.declaration.projections == PROJECTIONS
    assert REPLAYED.declaration.keeps >= KNOWLEDGE_FACTS | {RuleSetAdopted}
    assert {name for report in REPLAYED.reports.values() for name in report.figures} <= FIGURES.keys()
    assert not REPLAYED.reports.keys() & FIGURES.keys()


def test_the_input_digest_differs_where_anything_that_was_asked_differs(tmp_path: Path) -> None:
    work = of_files(land().logs, tmp_path)
    one, seen = work.document(asked("attendance")), set[str]()
    for change in ({"known": 10**6}, {"tree": dt.date(2022, 1, 1)}, {"by": ("month",)}, {"unit": id_of("d1")}):
        other = work.document(asked("attendance", **change))
        assert {name for name in one.inputs if one.inputs[name] != other.inputs[name]} == {"asked"}, change
        seen.add(other.input_digest)
    assert len(seen | {one.input_digest}) == 5


def test_the_input_digest_names_each_head_up_to_the_known_moment_and_no_further(tmp_path: Path) -> None:
    tale = land()
    tale.met("x", "2022-01-31", present=3)
    known = tale.logs.clock
    tale.met("x", "2022-02-28", present=3)
    document = of_files(tale.logs, tmp_path).document(asked("meetings-held", known=known))
    chain = tale.logs.chains["meetings", id_of("women")]
    assert document.inputs["heads"]["meetings"] == {str(id_of("women")): {"sequence": 1, "hash": chain[0].hash.hex()}}
    assert rows(document, "meetings-held") == {(): (1, None)}
    assert document.inputs["asked"]["known"] == recorded_text(known)


@pytest.fixture
def late(tmp_path: Path) -> tuple[Tale, Path]:
    """A meeting of the year, and a folder for files."""
    tale = land()
    tale.met("x", "2022-01-31", present=3, absent=1)
    return tale, tmp_path


def test_a_sealed_report_never_changes_and_is_marked_superseded_once_history_says_otherwise(
    late: tuple[Tale, Path],
) -> None:
    tale, folder = late
    question = asked("attendance", known=tale.logs.clock)
    first = of_files(tale.logs, folder).document(question).encode()
    tale.met("w", "2023-01-31", present=1)
    standing = of_files(tale.logs, folder).standing(question)
    assert (standing.document.encode(), standing.superseded) == (first, False), "it lies outside the period"
    tale.met("y", "2022-03-31", present=1)
    standing = of_files(tale.logs, folder).standing(question)
    assert (standing.document.encode(), standing.superseded) == (first, True)
    assert (
        standing.told()["output_digest_now"] == of_files(tale.logs, folder).document(asked("attendance")).output_digest
    )


def test_under_the_tree_of_a_date_what_moved_counts_where_it_stands_on_that_date(late: tuple[Tale, Path]) -> None:
    tale, folder = late
    tale.merge("z", "x", on="2022-06-01")
    work = of_files(tale.logs, folder)
    for tree, unit, count in (
        (None, "b1", 1),
        (None, "b2", 0),
        (dt.date(2022, 7, 1), "b1", 0),
        (dt.date(2022, 7, 1), "b2", 1),
    ):
        document = work.document(asked("meetings-held", unit=id_of(unit), tree=tree))
        assert rows(document, "meetings-held") == {(): (count, None)}, (tree, unit)


def test_branches_are_proposed_grades_by_the_rules_in_force_on_the_day_asked_for(late: tuple[Tale, Path]) -> None:
    tale, folder = late
    adopt(tale.logs, RULES, "2021-01-01", by=id_of("women"))
    adopt(tale.logs, id_of("later"), "2022-06-01", supersedes=RULES, by=id_of("women"))
    adopt(tale.logs, id_of("youth rules"), "2021-01-01", by=id_of("youth"))
    tale.organisation("youth")
    work = of_files(tale.logs, folder)
    for rules, title in (
        (dt.date(2022, 5, 31), "2021-01-01"),
        (dt.date(2022, 6, 1), "2022-06-01"),
        (None, "2022-06-01"),
    ):
        document = work.document(asked("ratings", unit=id_of("b1"), rules=rules))
        women = [each for each in document.inputs["rule_sets"] if each["organisation"] == str(id_of("women"))]
        assert [each["title"] for each in women] == [f"Hướng dẫn xếp loại {title}"]
        lines = document.output["proposals"]
        assert {line["branch"] for line in lines} == {str(id_of("x")), str(id_of("y"))}, (
            "branches of other lines are left"
        )
        assert {line["rule_set"] for line in lines} == {each["id"] for each in women}, "rules are for their own line"
        points = {line["branch"]: line["points"] for line in lines}
        assert points[str(id_of("x"))] == {"least": 3000, "most": 9000, "of": 10000}, (
            "attendance 3 of 4; nothing was due"
        )
    none = work.document(asked("ratings", unit=id_of("b1"), rules=dt.date(2020, 1, 1)))
    assert (none.inputs["rule_sets"], none.output["proposals"]) == ([], [])


@pytest.mark.parametrize(
    ("names", "more", "refusal"),
    [
        (("no-such",), {}, UnknownFigure),
        (("attendance", "meetings"), {}, UnknownFigure),
        (("attendance",), {"rules": dt.date(2022, 1, 1)}, NoRules),
    ],
)
def test_what_nobody_declares_is_refused(names: Sequence[str], more: dict[str, Any], refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        asked(*names, **more)


def test_a_key_that_a_figure_lacks_is_refused(late: tuple[Tale, Path]) -> None:
    with pytest.raises(UnknownKey):
        of_files(late[0].logs, late[1]).document(asked("attendance", by=("tier",)))


# ── What stops a replay ──────────────────────────────────────────────────────────────────────────────────────────


def post(tale: Tale, name: str, fact: bytes = b"{}", corrects: Any = None) -> None:
    """An event of any type, which no program of today would post."""
    content = Content(type=name, subject=id_of("x"), occurred="2022-05-31", fact=fact, corrects=corrects)
    tale.logs._append(id_of("women"), content)  # noqa: SLF001 — no test tells such things


@pytest.mark.parametrize(
    ("name", "fact"),
    [
        ("vn.nennep.meetings.meeting-dreamt.v1", b"{}"),
        ("vn.nennep.meetings.meeting-held.v2", b"{}"),
        ("vn.nennep.meetings.meeting-held.v1", b'{"branch":"nowhere"}'),
        ("vn.nennep.meetings.fact-voided.v1", b'{"type":"vn.nennep.meetings.meeting-dreamt.v1"}'),
    ],
)
def test_an_event_that_cannot_be_read_stops_the_replay_at_the_first_one(tmp_path: Path, name: str, fact: bytes) -> None:
    tale = land()
    met = tale.met("x", "2022-01-31", present=3)
    link = from_cloudevent(_voided_line(tale, met)).envelope.content.corrects if "voided" in name else None
    post(tale, name, fact, link)
    post(tale, "vn.nennep.membership.nothing-known.v1")
    at = len(tale.logs.chains["meetings", id_of("women")])
    with pytest.raises(CannotJudge, match=rf"^meetings/{id_of('women')} at {at} "):
        of_files(tale.logs, tmp_path).document(asked("attendance"))
    assert of_files(tale.logs, tmp_path).document(asked("attendance", known=tale.logs.clock - 2)).output["figures"]


def _voided_line(tale: Tale, met: Any) -> bytes:
    """A voiding as it stands in a log of its own; only what it corrects is taken from it."""
    other = Logs()
    again = other.tell(met.fact, met.subject, "2022-01-31", met.by)
    assert again is not None
    other.void(again)
    del tale
    return json_line(other)


def json_line(logs: Logs) -> bytes:
    """The last event of a log."""
    last = next(iter(logs.chains.values()))[-1]
    assert issubclass(registered()[last.envelope.content.type], FactVoided)
    return json.dumps(logs.relayed()[-1], ensure_ascii=False).encode()


@pytest.mark.parametrize("damage", ["byte", "row", "swap", "cut-before"])
def test_a_chain_that_does_not_continue_stops_the_replay_and_is_named(late: tuple[Tale, Path], damage: str) -> None:
    tale, folder = late
    tale.met("x", "2022-02-28", present=2)
    exported(tale.logs, folder)
    file = next(folder.glob("*-membership-*.jsonl"))
    content = file.read_bytes().splitlines(keepends=True)
    match damage:
        case "byte":
            content[1] = content[1].replace(b'"test"', b'"best"')
        case "row":
            del content[1]
        case "swap":
            content[1], content[2] = content[2], content[1]
        case "cut-before":
            del content[0]
    file.write_bytes(b"".join(content))
    with pytest.raises(ChainBroken, match="membership/"):
        replay(Exported([folder])).document(asked("attendance"))


def test_a_log_that_ends_before_what_was_sealed_of_it_contradicts(tmp_path: Path) -> None:
    tale = land()
    tale.met("x", "2022-01-31", present=3)
    tale.new(tale.logs.told[-1].fact, "2022-01-31", by="youth")
    sealed = [tale.logs.chains.pop(("meetings", id_of("women")))]
    stored(tale.logs, f"sqlite:///{tmp_path}/{{service}}.sqlite")

    class Sealed:
        """One sealed meeting."""

        def read(self, *_: Any) -> Any:
            return iter(sealed)

    log = Log("meetings", open_read_only(f"sqlite:///{tmp_path}/meetings.sqlite"))
    with pytest.raises(ChainBroken, match="sealed, not in the log"):
        list(Kept("meetings", log, Sealed()).read())


# ── Without a trace ──────────────────────────────────────────────────────────────────────────────────────────────


def test_reading_a_store_leaves_not_a_byte_beside_it(tmp_path: Path) -> None:
    tale = land()
    tale.met("x", "2022-01-31", present=3)
    stored(tale.logs, f"sqlite:///{tmp_path}/{{service}}.sqlite")
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    sources = [
        Kept(service, Log(service, open_read_only(f"sqlite:///{tmp_path}/{service}.sqlite")))
        for service in ("membership", "meetings")
    ]
    document = replay(*sources).document(asked("meetings-held"))
    assert rows(document, "meetings-held") == {(): (1, None)}
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before


def test_a_day_as_known_is_up_to_its_last_microsecond_in_viet_nam() -> None:
    assert recorded_text(end_of(dt.date(2021, 12, 31))) == "2021-12-31T16:59:59.999999Z"
    assert MeetingHeld.service == "meetings"
