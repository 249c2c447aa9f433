"""What is left of an organisation's figures after 1 July 2025? Everything, under three bases, put right by its heir.

Tỉnh đoàn Bình Thuận has three years of history when its province goes on in Lâm Đồng: its logs are closed, communes are
merged twice and one is divided into two wards, with a hamlet of which nobody has said yet to which of them it goes.
Everything is posted through the real rules of membership and counted by the real views of ratings.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

import pytest

from services.membership.domain import DECIDERS, related
from services.ratings.projections import FIGURES
from shared.contracts.cloudevent import from_cloudevent, to_cloudevent
from shared.contracts.envelope import Correction, genesis
from shared.contracts.event import Event
from shared.contracts.membership import (
    Body,
    Level,
    MemberDied,
    MemberJoined,
    MembershipFactCorrected,
    MembershipFactVoided,
    MembershipLogClosed,
    OrganisationRegistered,
    Role,
    Side,
    TerritoryDeclared,
    UnitDissolved,
    UnitFounded,
    UnitMerged,
    UnitMoved,
    UnitSplit,
)
from shared.eventsourcing.acceptance import LogClosed, NotYours
from shared.eventsourcing.draft import Draft, Poster
from shared.eventsourcing.intake import Intake
from shared.eventsourcing.log import Log
from shared.eventsourcing.runner import Runner
from shared.eventsourcing.store import open_store
from shared.eventsourcing.submission import Outcome, Receipt
from shared.eventsourcing.views import Declaration, Generations
from shared.history.comparable import Keys, Lacking, held_back, held_back_everywhere
from shared.history.figures import NO_UNIT, Question, Relations
from shared.units.ground import Rules
from shared.units.knowledge import KNOWLEDGE_FACTS
from shared.units.owned_ground import OwnedGround
from shared.units.projection import Rosters, Units
from shared.units.reach import OutOfReach, Reach
from shared.units.scope import OutsideScope
from shared.units.waiting import waiting, withheld, withheld_everywhere
from tests.oracle import History, recount
from tests.oracle.bases import cells, reconciled, total
from tests.oracle.membership import ADMISSION, fact_items, member_items
from tests.oracle.tree import Dimension
from tests.ratings.projections.ratings_views import ratings_views
from tests.support.grounds import correcting, draft, voiding
from tests.support.views import Views

OPERATOR, BINH_THUAN, DAK_NONG, LAM_DONG, STRANGER = (
    uuid5(NAMESPACE_URL, name)
    for name in ("vận hành", "Tỉnh đoàn Bình Thuận", "Tỉnh đoàn Đắk Nông", "Tỉnh đoàn Lâm Đồng", "Tỉnh đoàn khác")
)
LONG_AGO, REFORM, LATE = dt.date(2021, 1, 1), dt.date(2025, 7, 1), dt.date(2026, 3, 1)
BEFORE = REFORM - dt.timedelta(days=1)
ONE_DAY = dt.timedelta(days=1)
BRANCHES = ("a", "b", "c", "d", "e1", "e2", "shared")
"""One in each hamlet: a and b in communes that merge, c and d likewise, the others in the commune that is divided."""
COMMUNES = {"a": "A", "b": "B", "c": "C", "d": "D", "e1": "E", "e2": "E", "shared": "E"}
BASES: tuple[dt.date | None, ...] = (None, BEFORE, dt.date(2023, 1, 1), LATE)
"""As it was then, two trees of the old time, and today's."""


def id_of(name: str) -> UUID:
    """The same id for the same name."""
    return uuid5(NAMESPACE_URL, f"cải cách/{name}")


class Country:
    """Membership's writing side and the views of ratings, in one process."""

    def __init__(self, folder: Path) -> None:
        own = Declaration("membership", KNOWLEDGE_FACTS, (Units, Rosters), KNOWLEDGE_FACTS)
        self.views_of_membership = Generations(own, f"sqlite:///{folder / 'membership.sqlite'}")
        runner = Runner(self.views_of_membership.serving())
        self.log = Log("membership", open_store(f"sqlite:///{folder / 'log.sqlite'}"))
        self.ground = OwnedGround(Rules(DECIDERS, related), runner)
        self.intake = Intake(self.log, self.ground, after_commit=lambda: None)
        self.intake.start()
        self.views = ratings_views(f"sqlite:///{folder / 'ratings.sqlite'}")
        self.fed: dict[UUID, int] = {}

    def post(self, by: UUID, *drafts: Draft) -> list[Outcome]:
        """All or nothing, and all of it in the views."""
        role = Role.OPERATOR if by == OPERATOR else Role.RECORDER
        poster = Poster(organisation=by, credential=UUID(int=7), role=role)
        outcomes = self.intake.submit(poster, drafts).result(90)
        while events := self.log.after(self.fed, 500):
            self.views.runner.take("membership", events)
            self.fed |= {each.envelope.organisation: each.envelope.sequence for each in events}
        return outcomes

    def say(self, by: UUID, fact: Event, subject: str | UUID, on: dt.date) -> Draft:
        """A fact that is accepted."""
        about = subject if isinstance(subject, UUID) else id_of(subject)
        said = draft(fact, about, uuid4(), occurred=min(on, LATE).isoformat())
        (outcome,) = self.post(by, said)
        assert isinstance(outcome, Receipt), (fact, outcome)
        return said

    def history(self) -> History:
        """The independent recount of the exported bytes."""
        return recount([json.loads(to_cloudevent(each)) for each in self.log.after({}, 10_000)])

    def count(self, name: str, unit: UUID, day: dt.date, tree_on: dt.date | None, start: dt.date | None = None) -> int:
        """A figure for a unit."""
        rows = self.views.ask(name, Question(unit, start or day, day + ONE_DAY, tree_on=tree_on)).rows
        return rows.get((), (0, None))[0]

    def close(self) -> None:
        """Give everything back."""
        self.intake.stop()
        self.views.close()
        self.log.store.close()
        self.views_of_membership.close()


def settle(country: Country) -> None:
    """The old provinces, their organisations, and the line of Bình Thuận."""
    for province in ("Bình Thuận", "Đắk Nông", "Lâm Đồng"):
        place(country, province, Level.PROVINCE, None)
    for organisation, province in ((BINH_THUAN, "Bình Thuận"), (DAK_NONG, "Đắk Nông"), (LAM_DONG, "Lâm Đồng")):
        register(country, organisation, province)
        unit(country, organisation, f"đoàn {province}", "province-body", None, province)
    register(country, STRANGER, "Lâm Đồng")
    place(country, "huyện", Level.DISTRICT, "Bình Thuận")
    unit(country, BINH_THUAN, "huyện đoàn", "district-body", "đoàn Bình Thuận", "huyện")
    for commune in "ABCDE":
        place(country, f"xã {commune}", Level.COMMUNE, "huyện")
        unit(country, BINH_THUAN, f"đoàn xã {commune}", "base-unit", "huyện đoàn", f"xã {commune}")
    for branch in BRANCHES:
        place(country, f"thôn {branch}", Level.LOCALITY, f"xã {COMMUNES[branch]}")
        unit(country, BINH_THUAN, branch, "branch", f"đoàn xã {COMMUNES[branch]}", f"thôn {branch}")


def register(country: Country, organisation: UUID, province: str) -> None:
    """The operator registers an organisation."""
    fact = OrganisationRegistered(
        title="Tỉnh đoàn", kind="youth-union", body=Body.ORGANISATION, province=id_of(province)
    )
    country.say(OPERATOR, fact, organisation, LONG_AGO)


def place(country: Country, name: str, level: Level, parent: str | None, on: dt.date = LONG_AGO) -> None:
    """The operator declares a place."""
    above = None if parent is None else id_of(parent)
    fact = TerritoryDeclared(title=name, level=level, kind="noi", parent=above, effective=on)
    country.say(OPERATOR, fact, name, on)


def unit(  # noqa: PLR0917 — one parameter a field of the fact
    country: Country, by: UUID, name: str, kind: str, parent: str | None, around: str, on: dt.date = LONG_AGO
) -> None:
    """An organisation founds a unit."""
    above = None if parent is None else id_of(parent)
    fact = UnitFounded(title=name, kind=kind, parent=above, territory=id_of(around), effective=on)
    country.say(by, fact, name, on)


def live(country: Country) -> dict[str, Draft]:
    """Three years of members: two in each branch in 2022, one more in 2023, one of whom died in 2024."""
    told: dict[str, Draft] = {}
    for number, branch in enumerate(BRANCHES):
        for year, months in ((2022, (5, 9)), (2023, (4,))):
            for month in months:
                name = f"{branch}/{year}-{month}"
                day = dt.date(year, month, 1 + number)
                told[name] = country.say(BINH_THUAN, MemberJoined(branch=id_of(branch)), name, day)
    country.say(BINH_THUAN, MemberDied(branch=id_of("a")), "a/2023-4", dt.date(2024, 2, 1))
    country.say(
        DAK_NONG,
        UnitFounded(title="x", kind="base-unit", parent=id_of("đoàn Đắk Nông"), effective=LONG_AGO),
        "đoàn Đắk Nông x",
        LONG_AGO,
    )
    return told


def reform(country: Country) -> None:
    """1 July 2025."""
    for province in ("Bình Thuận", "Đắk Nông"):
        country.say(OPERATOR, UnitMerged(sources=(id_of(province),), effective=REFORM), "Lâm Đồng", REFORM)
    for name in ("xã AB", "xã CD", "phường E1", "phường E2"):
        place(country, name, Level.COMMUNE, "Lâm Đồng", REFORM)
    for new, joined in (("xã AB", ("xã A", "xã B")), ("xã CD", ("xã C", "xã D"))):
        country.say(OPERATOR, UnitMerged(sources=tuple(map(id_of, joined)), effective=REFORM), new, REFORM)
    sides = tuple(Side(child=id_of(f"thôn e{each}"), part=id_of(f"phường E{each}")) for each in (1, 2))
    wards = (id_of("phường E1"), id_of("phường E2"))
    country.say(OPERATOR, UnitSplit(parts=wards, whole=True, sides=sides, effective=REFORM), "xã E", REFORM)
    country.say(OPERATOR, UnitDissolved(effective=REFORM), "huyện", REFORM)
    for organisation in (BINH_THUAN, DAK_NONG):
        closing = MembershipLogClosed(successors=(LAM_DONG,), effective=REFORM)
        country.say(organisation, closing, organisation, dt.date(2025, 6, 27))
    old_roots = (id_of("đoàn Bình Thuận"), id_of("đoàn Đắk Nông"))
    country.say(LAM_DONG, UnitMerged(sources=old_roots, effective=REFORM), "đoàn Lâm Đồng", REFORM)
    for name in ("xã AB", "xã CD", "phường E1", "phường E2"):
        unit(country, LAM_DONG, f"đoàn {name}", "base-unit", "đoàn Lâm Đồng", name, REFORM)
    for new, old in (("xã AB", "AB"), ("xã CD", "CD")):
        sources = tuple(id_of(f"đoàn xã {commune}") for commune in old)
        country.say(LAM_DONG, UnitMerged(sources=sources, effective=REFORM), f"đoàn {new}", REFORM)
    sides = tuple(Side(child=id_of(f"e{each}"), part=id_of(f"đoàn phường E{each}")) for each in (1, 2))
    parts = (id_of("đoàn phường E1"), id_of("đoàn phường E2"))
    country.say(LAM_DONG, UnitSplit(parts=parts, whole=True, sides=sides, effective=REFORM), "đoàn xã E", REFORM)
    country.say(LAM_DONG, UnitDissolved(effective=REFORM), "huyện đoàn", REFORM)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Country, dict[str, Draft]]]:
    """The whole story once; what a test adds stays."""
    country = Country(tmp_path_factory.mktemp("reform"))
    settle(country)
    drafts = live(country)
    reform(country)
    yield country, drafts
    country.close()


Told = tuple[Country, dict[str, Draft]]


def test_head_counts_in_all_bases_are_as_recounted_and_reconcile(told: Told) -> None:
    country, _ = told
    history = country.history()
    for day in (dt.date(2023, 6, 1), BEFORE, REFORM, LATE):
        items = member_items(history, day)
        assert reconciled(history.tree, items, [each for each in BASES if each is not None])
        for on in BASES:
            expected = cells(history.tree, items, on, Dimension.LINE) | cells(
                history.tree, items, on, Dimension.TERRITORY
            )
            asked = {id_of(name) for name in ("đoàn Lâm Đồng", "đoàn Bình Thuận", "huyện đoàn", "đoàn xã AB", "xã AB")}
            asked |= {id_of(name) for name in ("phường E1", "đoàn phường E2", "đoàn xã A", "Lâm Đồng", "huyện")}
            for cell in asked:
                number = expected[str(cell)].numerator if str(cell) in expected else 0
                assert country.count("members", cell, day, on) == number, (day, on, cell)
            tops = {id_of(f"đoàn {name}") for name in ("Bình Thuận", "Đắk Nông", "Lâm Đồng")}
            tree = country.ground.knowledge.tree
            living = [top for top in tops if tree.alive(top, on or day)]
            counted = sum(country.count("members", top, day, on) for top in [*living, NO_UNIT])
            assert counted == len(items) == total(history.tree, items, on, Dimension.LINE)[0]
    assert country.count("members", id_of("đoàn Lâm Đồng"), LATE, None) == 3 * len(BRANCHES) - 1


def test_the_closed_log_takes_nothing_and_the_successor_founds_moves_and_records(told: Told) -> None:
    country, _ = told
    late = draft(MemberJoined(branch=id_of("a")), id_of("late"), uuid4(), occurred="2024-05-05")
    (refused,) = country.post(BINH_THUAN, late)
    assert isinstance(refused, LogClosed)
    (foreign,) = country.post(STRANGER, draft(late.fact, late.content.subject, uuid4(), occurred="2025-08-01"))
    assert isinstance(foreign, OutsideScope)
    before = country.count("admissions", id_of("đoàn Bình Thuận"), BEFORE, None, dt.date(2024, 1, 1))
    country.say(LAM_DONG, MemberJoined(branch=id_of("a")), "late", dt.date(2024, 5, 5))
    assert country.count("admissions", id_of("đoàn Bình Thuận"), BEFORE, None, dt.date(2024, 1, 1)) == before + 1
    country.say(LAM_DONG, MemberJoined(branch=id_of("e1")), "new", dt.date(2025, 9, 1))
    unit(country, LAM_DONG, "f", "branch", "đoàn phường E1", "thôn e1", dt.date(2025, 9, 1))
    country.say(LAM_DONG, UnitMoved(parent=id_of("đoàn phường E2"), effective=dt.date(2025, 10, 1)), "f", LATE)


def test_the_auditor_of_the_abolished_district_reads_its_period(told: Told) -> None:
    country, _ = told
    district = id_of("huyện đoàn")
    auditor = Poster(organisation=BINH_THUAN, credential=uuid4(), role=Role.AUDITOR, roots=(district,))
    reach = Reach(auditor, country.ground.knowledge, LATE)
    reach.require_figure(district, dt.date(2022, 1, 1), REFORM)
    assert country.count("members", district, BEFORE, None) >= 3 * len(BRANCHES) - 1
    with pytest.raises(OutOfReach):
        reach.require_figure(id_of("đoàn xã AB"), REFORM, LATE)
    heir = Reach(Poster(organisation=LAM_DONG, credential=uuid4(), role=Role.AUDITOR), country.ground.knowledge, LATE)
    heir.require_figure(district, dt.date(2022, 1, 1), REFORM)
    assert heir.opens(BINH_THUAN)
    assert not Reach(auditor, country.ground.knowledge, LATE).opens(LAM_DONG)


def test_what_cannot_be_apportioned_is_listed_with_the_division_it_waits_for(told: Told) -> None:
    country, _ = told
    tree = country.ground.knowledge.tree
    found = {each.unit: each for each in waiting(tree, LATE)}
    assert found.keys() == {id_of("shared"), id_of("thôn shared")}
    assert found[id_of("shared")].split.subject == id_of("đoàn xã E")
    assert set(found[id_of("shared")].parts) == {id_of("đoàn phường E1"), id_of("đoàn phường E2")}
    assert found[id_of("shared")].above == id_of("đoàn Lâm Đồng")
    assert waiting(tree, BEFORE) == []
    for name, lacking in (
        ("đoàn phường E1", {id_of("shared")}),
        ("phường E2", {id_of("shared")}),
        ("đoàn xã AB", set()),
    ):
        for on in (None, LATE):
            assert set(lacks(country, "members", id_of(name), LATE, on)) == lacking, (name, on)
    assert lacks(country, "members", id_of("đoàn phường E1"), BEFORE, None) == {}


def test_asked_of_all_units_at_once_the_same_cells_lack_the_same(told: Told) -> None:
    country, _ = told
    history = country.history()
    for day, on in ((LATE, None), (LATE, LATE), (LATE, BEFORE), (BEFORE, None), (BEFORE, LATE)):
        at_once, items = lacks_everywhere(country, "members", day, on), member_items(history, day)
        expected = cells(history.tree, items, on, Dimension.LINE) | cells(history.tree, items, on, Dimension.TERRITORY)
        assert {str(cell) for cell in at_once.units} == {
            cell for cell, counted in expected.items() if not counted.comparable
        }
        for cell, lacked in at_once.units.items():
            one_by_one = lacks(country, "members", cell, day, on)
            assert lacked == one_by_one.keys(), (day, on)
            assert at_once.keys[cell] == set[Keys]().union(*one_by_one.values()), (day, on)


def lacks(
    country: Country, name: str, cell: UUID, day: dt.date, on: dt.date | None
) -> dict[UUID, set[tuple[str | None, ...]]]:
    """What a cell of a figure lacks."""
    views: Views = country.views
    question = Question(cell, day, day + ONE_DAY, ("branch",), tree_on=on)
    relations = Relations(views.runner.facts, views.runner.generation.metadata.tables, question)
    left_out = withheld(country.ground.knowledge.tree, cell, on, day, day + ONE_DAY)
    with views.runner.generation.store.read() as connection:
        return held_back(connection, FIGURES[name], relations, left_out)


def lacks_everywhere(country: Country, name: str, day: dt.date, on: dt.date | None) -> Lacking:
    """What all cells of a figure lack, asked at once."""
    views: Views = country.views
    question = Question(UUID(int=2**128 - 1), day, day + ONE_DAY, ("branch",), tree_on=on)
    relations = Relations(views.runner.facts, views.runner.generation.metadata.tables, question)
    left_out = list(withheld_everywhere(country.ground.knowledge.tree, on, day, day + ONE_DAY))
    with views.runner.generation.store.read() as connection:
        return held_back_everywhere(connection, FIGURES[name], relations, left_out)


def test_what_came_after_counts_under_the_old_trees_where_it_came_from(told: Told) -> None:
    """Of 2026, under the trees of 30 June 2025 and of 2023: whole where one is meant, above where several are."""
    country, _ = told
    meant = {"g": "đoàn xã AB", "h": "đoàn phường E1", "k": "đoàn Lâm Đồng"}
    for branch, parent in meant.items():
        unit(country, LAM_DONG, branch, "branch", parent, "thôn e1", dt.date(2025, 11, 1))
        country.say(LAM_DONG, MemberJoined(branch=id_of(branch)), f"{branch}/2025", dt.date(2025, 12, 1))
    history = country.history()
    items = member_items(history, LATE)
    for on in (BEFORE, dt.date(2023, 1, 1)):
        assert reconciled(history.tree, items, [on])
        tops = [id_of(f"đoàn {name}") for name in ("Bình Thuận", "Đắk Nông", "Lâm Đồng")]
        assert sum(country.count("members", top, LATE, on) for top in [*tops, NO_UNIT]) == len(items)
        for name in (*meant, "đoàn xã AB"):
            assert country.count("members", id_of(name), LATE, on) == 0, "it was not there"
        for way in Dimension:
            for cell, counted in cells(history.tree, items, on, way).items():
                if cell != "-":
                    assert country.count("members", UUID(cell), LATE, on) == counted.numerator, (on, cell)
                    assert bool(lacks(country, "members", UUID(cell), LATE, on)) is not counted.comparable, (on, cell)
        assert set(lacks(country, "members", id_of("đoàn xã A"), LATE, on)) == {id_of("g")}
        assert set(lacks(country, "members", id_of("đoàn Đắk Nông"), LATE, on)) == {id_of("k")}
        assert lacks(country, "members", id_of("đoàn xã E"), LATE, on) == {}, "both wards came out of it whole"
    parts = sum(country.count("members", id_of(branch), LATE, None) for branch in ("e1", "e2", "shared", "h"))
    assert country.count("members", id_of("đoàn xã E"), LATE, BEFORE) == parts


def test_a_fact_of_2022_is_put_right_in_2026_by_the_successor(told: Told) -> None:
    country, drafts = told
    root = drafts["a/2022-5"]
    subject, link = root.content.subject, Correction(BINH_THUAN, root.id, root.id)
    right = correcting(
        MembershipFactCorrected, MemberJoined(branch=id_of("e1")), subject, uuid4(), link, occurred="2022-05-11"
    )
    year = dt.date(2022, 1, 1), dt.date(2022, 12, 31)
    then = {
        name: country.count("admissions", id_of(name), year[1], None, year[0]) for name in ("đoàn xã A", "đoàn xã E")
    }
    now = {
        name: country.count("admissions", id_of(name), year[1], LATE, year[0])
        for name in ("đoàn xã AB", "đoàn phường E1")
    }
    (foreign,) = country.post(STRANGER, right)
    assert isinstance(foreign, NotYours)
    (outcome,) = country.post(LAM_DONG, right)
    assert isinstance(outcome, Receipt)
    moved = {"đoàn xã A": -1, "đoàn xã E": 1, "đoàn xã AB": -1, "đoàn phường E1": 1}
    for name, before in then.items():
        assert country.count("admissions", id_of(name), year[1], None, year[0]) == before + moved[name]
    for name, before in now.items():
        assert country.count("admissions", id_of(name), year[1], LATE, year[0]) == before + moved[name]
    history = country.history()
    items = fact_items(history, ADMISSION, year[0], year[1] + ONE_DAY)
    assert cells(history.tree, items, LATE, Dimension.LINE)[str(id_of("đoàn phường E1"))].numerator == country.count(
        "admissions", id_of("đoàn phường E1"), year[1], LATE, year[0]
    )
    said = next(fact for fact in history.named(ADMISSION) if fact.root == str(root.id))
    assert (said.organisation, said.day) == (str(BINH_THUAN), dt.date(2022, 5, 11))
    gone = drafts["b/2022-5"]
    void = voiding(
        MembershipFactVoided,
        MemberJoined.name,
        gone.content.subject,
        uuid4(),
        Correction(BINH_THUAN, gone.id, gone.id),
    )
    assert isinstance(country.post(LAM_DONG, void)[0], Receipt)
    assert country.count("admissions", id_of("đoàn xã B"), year[1], None, year[0]) == 1
    for organisation in (BINH_THUAN, LAM_DONG):
        verify(country, organisation)


def verify(country: Country, organisation: UUID) -> None:
    """Each hash counted again from the exported bytes, as `nennep log verify` does."""
    previous = genesis("membership", organisation)
    for number, recorded in enumerate(country.log.slice(organisation, 0, 10_000), 1):
        read = from_cloudevent(to_cloudevent(recorded))
        assert (read.envelope.sequence, read.envelope.previous) == (number, previous)
        assert read.envelope.hash() == read.hash
        previous = read.hash


def test_a_writing_side_that_starts_anew_knows_the_same(told: Told) -> None:
    """From the log alone, whatever order the logs are read in."""
    country, _ = told
    ground = OwnedGround(Rules(DECIDERS, related), Runner(country.views_of_membership.serving()))
    ground.begin(country.log)
    for name in ("đoàn Bình Thuận", "a", "shared", "đoàn phường E1"):
        tree, other = country.ground.knowledge.tree, ground.knowledge.tree
        assert tree.tenures(id_of(name)) == other.tenures(id_of(name))
        assert tree.spans(id_of(name)) == other.spans(id_of(name))
