"""Is what the demo posts sound? Its contracts, its ids, its order, and what makes it like real life."""

from __future__ import annotations

from collections import Counter, defaultdict

import msgspec

from shared.contracts.event import local_day
from shared.operations.demo.calibration import Calibration
from shared.operations.demo.history import digest, history
from shared.operations.demo.ids import Ids
from shared.operations.demo.posting import OPERATOR, SETUP, Posting
from tests.demo.conftest import Said
from tests.demo.recounted import Recounted
from tests.oracle import meetings

MOST_POSITIONS = 16
"""That many receipts `Nennep-After` may name."""


def test_every_fact_keeps_its_contract_and_goes_to_its_service(said: list[Said]) -> None:
    assert len(said) > 70_000, "each one was held to its contract when it was read"


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(
    calibration: Calibration, postings: list[Posting]
) -> None:
    assert digest(postings) == digest(history(calibration))
    other = history(msgspec.structs.replace(calibration, seed=calibration.seed + 1))
    few = [number for number, posting in enumerate(postings) if posting.part == "lam-binh"]
    assert digest([postings[number] for number in few]) != digest([other[number] for number in few])


def test_no_id_is_posted_twice_by_one_organisation_to_one_service(said: list[Said]) -> None:
    ids = Counter((fact.posting.poster, fact.posting.service, fact.id) for fact in said)
    assert [key for key, count in ids.items() if count > 1] == []


def test_no_standing_fact_says_what_another_one_of_its_log_says(said: list[Said]) -> None:
    gone = {fact.corrects.split("/")[2] for fact in said if fact.corrects}
    contents = Counter(
        (fact.posting.poster, fact.type, fact.subject, fact.occurred, fact.data) for fact in said if fact.id not in gone
    )
    assert [content for content, count in contents.items() if count > 1] == []


def test_the_declared_volume_is_what_is_posted(calibration: Calibration, said: list[Said]) -> None:
    posted = Counter(fact.posting.service for fact in said)
    assert dict(posted) == calibration.volume
    assert sum(posted.values()) <= 76_000


def test_every_fact_lies_between_the_first_book_and_the_last_article(
    calibration: Calibration, said: list[Said]
) -> None:
    days = {local_day(fact.occurred) for fact in said}
    assert min(days) == calibration.territory_since
    assert max(days) == calibration.article["001"].day


def test_what_a_posting_waits_for_is_posted_and_waits_for_nothing_later(postings: list[Posting]) -> None:
    known: set[str] = set()
    for posting in postings:
        assert set(posting.after) <= known
        assert len(set(posting.after)) <= MOST_POSITIONS
        assert posting.name not in known
        assert posting.poster == OPERATOR or SETUP in posting.after
        known.add(posting.name)


def test_several_organisations_of_each_province_post_by_themselves(postings: list[Posting]) -> None:
    posters: dict[str, set[str]] = defaultdict(set)
    for posting in postings:
        posters[posting.poster.partition("/")[0]].add(posting.poster)
    provinces = {"dong-thap", "tra-vinh", "tuyen-quang", "binh-thuan"}
    assert posters.keys() == provinces | {OPERATOR}
    assert all(len(posters[province]) >= 2 for province in provinces)


def test_two_organisations_share_a_hamlet_in_three_provinces(recounted: Recounted, calibration: Calibration) -> None:
    owners: dict[str, set[str]] = defaultdict(set)
    for fact in recounted.history.named("unit-founded"):
        if fact.body["kind"] == "branch":
            owners[fact.body["territory"]].add(fact.organisation)
    ids = Ids(calibration.seed)
    for hamlet in ("dong-thap/thanh-binh/1/1", "tra-vinh/cau-ke/1/1", "binh-thuan/phu-quy/1/1"):
        assert len(owners[ids(f"place:{hamlet}")]) >= 2


def test_every_kind_of_unit_and_of_slip_occurs(said: list[Said]) -> None:
    kinds = {fact.kind for fact in said if fact.name == "unit-founded"}
    assert kinds >= {"branch", "base-branch", "sub-branch", "front-board", "base-unit", "district-body", "committee"}
    assert {fact.type for fact in said if fact.corrects} == {
        f"vn.nennep.{service}.{slip}.v1"
        for service in ("membership", "meetings", "ratings")
        for slip in ("fact-corrected", "fact-voided")
    }


def test_a_correction_is_corrected_again(said: list[Said]) -> None:
    links = [fact.corrects.split("/") for fact in said if fact.corrects]
    assert any(root != replaced for _, root, replaced in links)


def test_some_meetings_are_posted_after_those_of_later_months(said: list[Said]) -> None:
    last: dict[str, str] = defaultdict(str)
    late = 0
    for fact in said:
        if fact.name == "meeting-held":
            month = fact.occurred[:7]
            late += month < last[fact.posting.name]
            last[fact.posting.name] = max(month, last[fact.posting.name])
    assert late > 0


def test_nobody_stands_on_the_roll_of_a_branch_without_being_its_member(recounted: Recounted) -> None:
    assert meetings.strangers(recounted.history) == {}


def test_every_visit_names_a_meeting_that_was_held(recounted: Recounted) -> None:
    held = {
        (fact.organisation, fact.subject, fact.body["branch"], fact.day)
        for fact in recounted.history.named("meeting-held")
    }
    visits = recounted.history.named("visit-completed")
    assert {
        (fact.body["meeting"]["organisation"], fact.body["meeting"]["meeting"], fact.body["unit"], fact.day)
        for fact in visits
    } <= held


def test_nobody_visits_one_sitting_twice(recounted: Recounted) -> None:
    seen = Counter(
        (fact.body["cadre"], fact.body["meeting"]["meeting"]) for fact in recounted.history.named("visit-completed")
    )
    assert max(seen.values()) == 1


def test_some_persons_are_members_of_two_organisations(recounted: Recounted) -> None:
    books: dict[str, set[str]] = defaultdict(set)
    for fact in recounted.history.named("member-entered"):
        books[fact.subject].add(fact.organisation)
    assert any(len(organisations) > 1 for organisations in books.values())


def test_units_are_called_in_words(said: list[Said]) -> None:
    titles = {
        fact.title for fact in said if fact.name in {"unit-founded", "territory-declared", "organisation-registered"}
    }
    assert "Chi đoàn khóm 1, thị trấn Châu Thành 1" in titles
    assert "Hội Liên hiệp Phụ nữ huyện Cầu Kè" in titles
    assert "Thị đoàn La Gi" in titles
    assert not any("{" in title for title in titles)
