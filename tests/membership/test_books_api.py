"""What do a branch's card, its book and the registers answer over HTTP, to whom, and how does the book print?"""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Any, cast

import httpx
import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from services.membership.api.books import books_router
from services.membership.api.registers import registers_router
from services.membership.projections.book import TABLES
from shared.contracts import membership
from shared.contracts.event import Event
from shared.contracts.fields import Period
from shared.contracts.membership import Role
from shared.contracts.membership.records import directive_id
from shared.web.application import Parts, create_app
from shared.web.health import About
from shared.web.personal import Reader
from shared.web.producer import Producer
from tests.membership.projections.membership_views import membership_views
from tests.support.tale import Tale, day, id_of, land
from tests.support.views import Views
from tests.web.door import Door

BRANCH, BASE = id_of("x"), id_of("b1")
PAPER = directive_id("96-KL/TU", "Tỉnh ủy", day("2018-02-08"))
FORMULA = "=HYPERLINK(1)"
MILLIMETRES = 25.4


def months(start: str, end: str) -> Period:
    return Period(start=day(start), end=day(end))


STORY: tuple[tuple[Event, str, str], ...] = (
    *((membership.MemberJoined(branch=BRANCH), person, "2021-03-03") for person in ("lan", "hoa", "mai")),
    (membership.BranchHeadTookOffice(branch=BRANCH, person=id_of("lan"), title="head"), "x", "2021-03-04"),
    (membership.OfficerElected(unit=BRANCH, person=id_of("hoa"), post="deputy"), "x", "2021-03-05"),
    (membership.PlanRegistered(unit=BRANCH, year=2022), "lan", "2022-01-20"),
    (membership.DuesPaid(branch=BRANCH, period=months("2022-01-01", "2022-04-01"), amount=6_000), "lan", "2022-04-01"),
    (membership.DuesPaid(branch=BRANCH, period=months("2022-01-01", "2023-01-01"), amount=20_140), "hoa", "2022-12-31"),
    (membership.ReviewOpened(unit=BASE, period=months("2022-05-01", "2022-07-01")), "review", "2022-05-01"),
    *(
        (membership.MemberReviewed(branch=BRANCH, person=id_of(person), finding=finding), "review", "2022-05-20")
        for person, finding in (("lan", membership.Finding.CONFIRMED), ("mai", membership.Finding.GONE))
    ),
    (membership.MemberStruckOff(branch=BRANCH, cause="gone-away"), "mai", "2022-06-01"),
    (membership.ReviewClosed(unit=BASE, before=4, after=2), "review", "2022-06-30"),
    (membership.InspectionHeld(unit=BRANCH, finding="shortcomings", remedy_due=day("2022-10-09")), "i", "2022-09-09"),
    (membership.SupportGranted(unit=BRANCH, kind="loan", amount=50_000_000, source=FORMULA), "s1", "2022-04-30"),
    (membership.SupportGranted(unit=BRANCH, kind="training", source="Huyện Đoàn"), "s2", "2022-05-30"),
    (membership.DirectiveIssued(number="96-KL/TU", issuer="Tỉnh ủy", issued=day("2018-02-08")), "paper", "2018-02-08"),
    (membership.PledgeSigned(units=(BASE,), matter="Giữ vững", directive=PAPER), "pledge", "2022-02-15"),
    (membership.MemberAway(branch=BRANCH), "hoa", "2022-11-01"),
    (
        membership.MemberRulesAdopted(effective=day("2022-01-01"), least_members=3, source="Điều lệ"),
        "women",
        "2022-01-01",
    ),
    (membership.UnitRenamed(title=FORMULA, effective=day("2022-01-01")), "x", "2022-01-01"),
)


class House:
    """Membership's reading side with its door, in this process."""

    def __init__(self, views: Views, tale: Tale) -> None:
        door = Door("membership")
        door.facts += [each.said for each in tale.logs.told]
        for name, role in (("reader", Role.READER), ("territory", Role.TERRITORIAL_READER)):
            door.issue(name, role, organisation=id_of("women"))
        door.issue("stranger", Role.READER)
        self.door, producer = door, cast("Producer", door)
        routers = (books_router(views.runner, producer, cast("Reader", None)), registers_router(views.runner, producer))
        self.app = create_app(About("membership", "Đoàn viên", "1.0"), Parts(routers=routers))

    async def get(self, address: str, key: str = "reader") -> httpx.Response:
        """Ask."""
        async with self.door.client(self.app) as client:
            return await client.get(address, headers={"Authorization": f"Bearer {self.door.keys[key]}"})

    async def told(self, address: str, key: str = "reader") -> Any:
        """What is answered, which must be an answer."""
        answered = await self.get(address, key)
        assert answered.status_code == 200, answered.text
        return answered.json()


@pytest.fixture
def house(sqlite_url: str) -> Iterator[House]:
    """One branch with three members, one struck off after a review, a head with a plan, and a record of the unit."""
    tale = land()
    for fact, subject, on in STORY:
        about = PAPER if subject == "paper" else id_of(subject)
        assert tale.logs.tell(fact, about, on, id_of("women")) is not None
    views = membership_views(sqlite_url).feed(tale.logs)
    yield House(views, tale)
    views.close()


def ids(*names: str) -> list[str]:
    return [str(id_of(name)) for name in names]


async def test_the_book_has_the_thirteen_tables(house: House) -> None:
    told = await house.told(f"/v1/branches/{BRANCH}/book?year=2022")
    tables = {each["name"]: each for each in told["tables"]}
    assert list(tables) == [each.name for each in TABLES]
    assert len(tables) == 13
    assert {row["person"] for row in tables["members"]["rows"]} == set(ids("lan", "hoa", "mai"))
    assert [(row["person"], row["cause"]) for row in tables["struck-off"]["rows"]] == [(*ids("mai"), "gone-away")]
    assert tables["dues"]["total"] == 26_140
    assert [(row["post"], row["day"]) for row in tables["committee"]["rows"]] == [
        ("head", "2021-03-04"),
        ("deputy", "2021-03-05"),
    ]
    assert told["position"]["membership"]


async def test_what_nobody_posted_is_no_data_and_never_an_empty_total(house: House) -> None:
    told = await house.told(f"/v1/branches/{BRANCH}/book?year=2021")
    tables = {each["name"]: each for each in told["tables"]}
    for name in ("income-and-expense", "meetings"):
        assert (tables[name]["rows"], tables[name]["count"]) == (None, None)
        assert tables[name]["no_data"] == {"vi": "không có dữ liệu", "en": "no data"}
    assert tables["meetings"]["told_by"].startswith(f"/v1/figures/meetings-held?unit={BRANCH}&start=2021-01-01")
    assert (tables["dues"]["count"], tables["dues"]["total"]) == (0, None)


async def test_the_card_of_a_branch(house: House) -> None:
    told = await house.told(f"/v1/branches/{BRANCH}?on=2022-12-31")
    assert (told["members"], told["persons"]) == (2, 2)
    assert [(row["person"], row["head"]) for row in told["officers"]] == [(*ids("lan"), True), (*ids("hoa"), False)]
    assert told["last_review"]["id"] == str(id_of("review"))
    assert told["sub_branches"] == ids("s")
    assert (told["states"]["away"], told["states"]["introduced"]) == (1, 0)
    assert told["viability"] == {"least_members": 3, "viable": False}
    before = await house.told(f"/v1/branches/{BRANCH}?on=2021-03-03")
    assert (before["members"], before["officers"], before["last_review"]) == (3, [], None)
    assert (before["states"]["away"], before["viability"]) == (0, {"least_members": None, "viable": None})


async def test_a_review_shows_signed_counts_beside_counted_ones(house: House) -> None:
    told = await house.told(f"/v1/reviews/{id_of('review')}")
    assert told["before"] == {"signed": 4, "counted": 3, "difference": 1, "day": "2022-05-01"}
    assert told["after"] == {"signed": 2, "counted": 2, "difference": 0, "day": "2022-06-30"}
    assert (told["progress"]["numerator"], told["progress"]["denominator"]) == (2, 3)
    assert told["findings"] == {"confirmed": 1, "away": 0, "not-attending": 0, "gone": 1}
    (proposal,) = told["proposals"]
    assert (proposal["person"], proposal["decided"], proposal["on_the_list"]) == (*ids("mai"), "2022-06-01", False)
    assert told["to_decide"] == 0


async def test_plans_inspections_support_and_directives(house: House) -> None:
    plans = await house.told(f"/v1/units/{BASE}/plans?year=2022")
    assert (plans["due"], plans["registered"]) == (2, {"numerator": 1, "denominator": 2})
    nobody = await house.told(f"/v1/units/{id_of('z')}/plans?year=2022")
    assert (nobody["due"], nobody["registered"]) == (0, {"numerator": 0, "denominator": None})
    due = await house.told(f"/v1/units/{BASE}/inspections?on=2022-10-09")
    assert (due["counts"]["open"], due["counts"]["overdue"]) == (1, 0)
    late = await house.told(f"/v1/units/{BASE}/inspections?on=2022-10-10")
    assert (late["counts"]["open"], late["counts"]["overdue"]) == (0, 1)
    support = await house.told(f"/v1/units/{BASE}/support?year=2022")
    assert (support["grants"], support["amount"]) == (2, 50_000_000)
    assert [row["amount"] for row in support["by"]] == [50_000_000, None]
    (entry,) = (await house.told("/v1/directives"))["directives"]
    assert (entry["id"], entry["number"]) == (str(PAPER), "96-KL/TU")
    assert [pledge["pledge"] for pledge in entry["pledges"]] == ids("pledge")


ADDRESSES = (
    f"/v1/branches/{BRANCH}",
    f"/v1/branches/{BRANCH}/book?year=2022",
    f"/v1/branches/{BRANCH}/book?year=2022&format=xlsx",
    f"/v1/reviews/{id_of('review')}",
    f"/v1/units/{BASE}/plans?year=2022",
    f"/v1/units/{BASE}/inspections",
    f"/v1/units/{BASE}/support?year=2022",
)


@pytest.mark.parametrize("address", ADDRESSES)
async def test_other_organisations_are_told_nothing(house: House, address: str) -> None:
    there = await house.get(address, "stranger")
    about = address.split("/")[3].partition("?")[0]
    nowhere = await house.get(address.replace(about, str(id_of("nowhere"))), "stranger")
    assert (there.status_code, there.json()["code"]) == (403, "out-of-reach")
    assert (nowhere.status_code, nowhere.json().get("field")) == (403, there.json().get("field"))
    assert (await house.get(address, "territory")).status_code == 403
    assert (await house.get(address, "operator")).status_code == 200


async def test_another_organisations_register_is_empty(house: House) -> None:
    assert (await house.told("/v1/directives", "stranger"))["directives"] == []


@pytest.mark.parametrize(
    ("address", "code"),
    [
        (f"/v1/branches/{BASE}/book?year=2022", "unknown-branch"),
        (f"/v1/branches/{id_of('nowhere')}", "unknown-unit"),
        (f"/v1/units/{id_of('nowhere')}/plans?year=2022", "unknown-unit"),
    ],
)
async def test_what_is_no_branch_and_no_unit_has_no_book(house: House, address: str, code: str) -> None:
    answered = await house.get(address, "operator")
    assert (answered.status_code, answered.json()["code"]) == (404, code)


@pytest.mark.parametrize("address", [f"/v1/branches/{BRANCH}?on=9999-12-31", f"/v1/branches/{BRANCH}/book?year=1929"])
async def test_days_on_which_no_fact_can_lie_are_refused(house: House, address: str) -> None:
    assert (await house.get(address)).status_code == 422


async def printed(house: House) -> openpyxl.Workbook:
    answered = await house.get(f"/v1/branches/{BRANCH}/book?year=2022&format=xlsx")
    assert answered.headers["Content-Disposition"] == f'attachment; filename="so-{BRANCH}-2022.xlsx"'
    return openpyxl.load_workbook(BytesIO(answered.content))


async def test_the_workbook_prints_on_upright_a4_with_the_margins_of_the_guidance(house: House) -> None:
    for sheet in (await printed(house)).worksheets:
        assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("portrait", 9)
        margins = sheet.page_margins
        sides = (margins.top, margins.bottom, margins.left, margins.right)
        assert [round(side * MILLIMETRES) for side in sides] == [20, 20, 30, 20]
        assert sheet.print_title_rows == "$4:$4"


async def test_the_workbook_speaks_in_the_users_words(house: House) -> None:
    book = await printed(house)
    assert book.sheetnames[1] == "1. Danh sách đoàn viên, hội viê"
    struck = rows(book["9. Xóa tên"])
    assert struck[0][:4] == ("TT", "Đoàn viên, hội viên", "Ngày", "Lý do")
    assert struck[1][:2] == (1, *ids("mai"))
    assert struck[1][2].date() == day("2022-06-01")
    dues = book["4. Thu, miễn đoàn phí, hội phí"]
    assert (dues["C5"].number_format, dues["G5"].number_format) == ("dd/mm/yyyy", "[$-42A]#,##0")
    assert [row[1] for row in rows(dues)][-1] == "Cộng"
    assert rows(dues)[-1][6] == 26_140
    assert rows(book["5. Thu, chi"])[1][0] == "không có dữ liệu"


async def test_no_cell_becomes_a_formula(house: House) -> None:
    book = await printed(house)
    texts = [cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in texts} <= {"s", "n", "d"}
    assert any(str(cell.value).startswith(FORMULA) for cell in texts)


async def test_the_same_book_has_the_same_bytes(house: House) -> None:
    one, other = [await house.get(f"/v1/branches/{BRANCH}/book?year=2022&format=xlsx") for _ in range(2)]
    assert one.content == other.content


def rows(sheet: Worksheet) -> list[tuple[Any, ...]]:
    """From the heading row on."""
    return list(sheet.iter_rows(min_row=4, values_only=True))
