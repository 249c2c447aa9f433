"""Is a grade explained down to its facts? Over HTTP, in both languages, on paper; and nothing that one may not see."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser

import pytest

from shared.contracts.envelope import recorded_text
from shared.contracts.meetings import Every
from tests.history.replay.kept import RULES, adopt
from tests.ratings.answering import Answering
from tests.support.tale import Tale, id_of, land

WHERE = f"unit={id_of('x')}&rule_set={RULES}"
PATH = f"/v1/explanations?{WHERE}&year=2022"


@pytest.fixture(scope="module")
def tale() -> Tale:
    """Eight months of 2022 with a meeting, one of them of the sub-branch and corrected; rules."""
    tale = land()
    tale.every("branch", Every.MONTH, "2021-01-01")
    for month in (1, 2, 3, 4, 6, 7, 9):
        tale.met("x", f"2022-{month:02}-15", present=30, absent=10)
    below = tale.met("s", "2022-10-15", present=1, absent=1)
    adopt(tale.logs, RULES, "2021-01-01", by=id_of("women"))
    tale.logs.correct(below, below.fact.model_copy(update={"roll": _roll(3, 4)}), "2022-10-15")
    tale.met("y", "2022-05-15", present=4)
    return tale


def _roll(present: int, expected: int) -> object:
    from shared.contracts.meetings import Roll  # noqa: PLC0415 — one use

    return Roll(expected=expected, present=present, absent=expected - present)


@pytest.fixture(scope="module")
def ratings(tale: Tale, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Answering]:
    """The tale in its service, without a courier."""
    answering = Answering(tale, tmp_path_factory.mktemp("ratings"))
    yield answering
    answering.close()


async def test_each_line_names_what_was_counted_its_clause_its_version_and_its_facts(ratings: Answering) -> None:
    told = await ratings.told(PATH)
    meetings, attendance = told["criteria"]
    assert (meetings["numerator"], meetings["denominator"], meetings["points"]) == (8, 12, 4_000)
    assert meetings["said"] == {
        "vi": "Sinh hoạt đúng kỳ: 8/12 kỳ có sinh hoạt định kỳ (66,7 %), 40/60 điểm.",
        "en": "Sinh hoạt đúng kỳ: 8 of 12 periods with a regular meeting (66.7%), 40/60 points.",
    }
    assert meetings["lacking"]["vi"] == "Thiếu: 05/2022, 08/2022, 11/2022, 12/2022."
    assert attendance["lacking"] is None
    assert [line["reference"]["vi"] for line in told["criteria"]] == [
        f"mục {clause}, 12-HD/BDV, hiệu lực từ 01/01/2021" for clause in ("1a", "1b")
    ]
    assert {line["version"] for line in told["criteria"]} == {told["rule_set"]["version"]}
    facts = meetings["facts"]["shown"]
    assert (meetings["facts"]["of"], [each["day"] for each in facts]) == (8, sorted(each["day"] for each in facts))
    assert facts[0]["vi"] == "x sinh hoạt định kỳ (trực tiếp): có mặt 30/40, vắng có phép 0, không phép 10, khách 5."
    assert facts[-1]["vi"].startswith("s sinh hoạt định kỳ (trực tiếp): có mặt 3/4")
    assert facts[-1]["vi"].endswith("(bản đã đính chính)")
    assert facts[-1]["event"] != facts[-1]["root"]["event"]
    assert {each["vi"].partition(" ")[0] for each in told["rests_on"]} == {"Thành", "women"}
    assert told["said"]["vi"] == "x, năm 2022: loại 2, 70/100 điểm."


async def test_what_would_have_changed_the_grade_is_told_in_plain_sentences(ratings: Answering) -> None:
    changes = (await ratings.told(PATH))["changes"]
    assert changes["better"]["smallest"]["vi"] == "Nếu có thêm 2 kỳ có sinh hoạt định kỳ thì đạt mức loại 1."
    assert changes["better"]["smallest"]["en"] == (
        "With 2 more periods with a regular meeting the grade would have been loại 1."
    )
    assert changes["better"]["searched"] is None
    assert [each["moves"] for each in changes["better"]["alone"]] == [
        [{"indicator": "meetings-held", "by": 2}],
        [{"indicator": "attendance", "by": 71}],
    ]
    assert changes["worse"]["smallest"] is None


async def test_facts_come_in_pages(ratings: Answering) -> None:
    whole = (await ratings.told(PATH))["criteria"][0]["facts"]["shown"]
    pages = [
        (await ratings.told(f"/v1/explanations/facts?{WHERE}&year=2022&criterion=meetings&skip={skip}&limit=3"))[
            "facts"
        ]
        for skip in (0, 3, 6, 9)
    ]
    assert [len(page) for page in pages] == [3, 3, 2, 0]
    assert [each for page in pages for each in page] == whole
    assert [len(each["facts"]["shown"]) for each in (await ratings.told(f"{PATH}&facts=1"))["criteria"]] == [1, 1]


async def test_it_is_explained_as_known_then(ratings: Answering, tale: Tale) -> None:
    """Before the correction and the last meeting."""
    told = await ratings.told(f"{PATH}&known={recorded_text(tale.logs.clock - 2)}")
    facts = told["criteria"][1]["facts"]["shown"]
    assert facts[-1]["vi"].startswith("s sinh hoạt định kỳ (trực tiếp): có mặt 1/2")
    assert (told["criteria"][1]["numerator"], told["criteria"][1]["denominator"]) == (211, 282)
    assert len(told["rests_on"]) == 3


async def test_it_is_read_as_text_in_either_language(ratings: Answering) -> None:
    vietnamese = await ratings.ask(PATH, Accept="text/plain")
    english = await ratings.ask(f"{PATH}&language=en", Accept="text/plain;q=0.9, */*")
    assert vietnamese.headers["content-type"] == english.headers["content-type"] == "text/plain; charset=utf-8"
    assert "  Nếu có thêm 2 kỳ có sinh hoạt định kỳ thì đạt mức loại 1.\n" in vietnamese.text
    assert "  (clause 1a, 12-HD/BDV, in effect from 01/01/2021; version " in english.text
    assert vietnamese.text.count("/2022  x sinh hoạt") == 14


class Fetches(HTMLParser):
    """What a page would fetch or run, and its tags."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at a tag."""
        self.tags.append(tag)
        self.found += [name for name, _ in attrs if name in {"src", "href", "action"} or name.startswith("on")]


async def test_the_page_prints_on_a4_fits_a_telephone_and_fetches_nothing(ratings: Answering) -> None:
    answer = await ratings.ask(PATH, Accept="text/html,application/xhtml+xml;q=0.9")
    page = Fetches()
    page.feed(answer.text)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert (page.found, page.tags.count("section"), "script" in page.tags) == ([], 4, False)
    assert "@page { size: A4" in answer.text
    assert 'name="viewport" content="width=device-width' in answer.text
    # A digest or an id in a sentence breaks where it must; else the whole page would be as wide as that.
    assert "body { margin: 0 auto; max-width: 46rem; overflow-wrap: anywhere;" in answer.text
    assert "default-src 'none'; style-src 'sha256-" in answer.headers["content-security-policy"]
    assert "With 2 more periods with a regular meeting" in answer.text


@pytest.mark.parametrize(
    ("path", "status", "code", "field"),
    [
        (f"?{WHERE}", 422, "period-missing", "start"),
        (f"?{WHERE}&start=2022-01-01", 422, "period-missing", "end"),
        (f"?{WHERE}&year=2022&end=2022-01-01", 422, "period-missing", "start"),
        (f"?{WHERE}&start=2022-01-01&end=2022-01-01", 422, "period-empty", "end"),
        (f"?{WHERE}&start=0001-01-01&end=2022-01-01", 422, "year-out-of-range", "start"),
        (f"?unit={id_of('x')}&rule_set={id_of('none')}&year=2022", 404, "unknown-rule-set", "rule_set"),
        (f"/facts?{WHERE}&year=2022&criterion=none", 404, "unknown-criterion", "criterion"),
        (f"?{WHERE}&year=2022&language=fr", 422, "not-in-list", "language"),
    ],
)
async def test_what_cannot_be_explained_is_refused_by_name(
    ratings: Answering, path: str, status: int, code: str, field: str
) -> None:
    answer = await ratings.ask(f"/v1/explanations{path}")
    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (status, code, field)


@pytest.mark.parametrize("key", ["other", "territorial-reader"])
async def test_nobody_is_explained_the_grade_of_others(ratings: Answering, key: str) -> None:
    assert (await ratings.ask(PATH, key)).status_code == 403
