"""Can every event be told in plain words, in both languages, with its own values?"""

from __future__ import annotations

import datetime as dt
import re
import typing
from typing import Any
from uuid import UUID

import pytest

from shared.contracts.corrections import FactCorrected, FactVoided
from shared.contracts.event import Event, Part, registered
from shared.contracts.fields import Grade, Period
from shared.contracts.meetings import CommunityModelLaunched, MeetingHeld, MeetingKind, Mode, Roll
from shared.contracts.membership import MemberEntered, MemberStruckOff, UnitFounded, UnitMerged
from shared.contracts.ratings import RatingDecided
from shared.history.replay.sentences import Circumstances, Spoken, key_of, spoken, templates, values_in
from shared.units.calendar import Language
from tests.support.tale import day, id_of

DAY = dt.date(2022, 5, 31)
ABOUT = Circumstances(id_of("x"), id_of("women"), DAY)
BESIDE = {"subject", "by", "fact"}
NAMES = {id_of(name): title for name, title in {"x": "Chi hội Ấp 1", "y": "Chi hội Ấp 2", "b1": "Hội xã"}.items()}


def title(named: UUID, on: dt.date) -> str | None:
    """The names of this test."""
    assert on == DAY
    return NAMES.get(named)


def told(fact: Event, about: Circumstances = ABOUT) -> Spoken:
    """The sentence."""
    return spoken(fact, about, title)


def test_every_event_has_a_sentence_in_both_languages_and_there_is_none_without_an_event() -> None:
    assert {key_of(name) for name in registered()} == templates().keys()
    for key, said in templates().items():
        assert re.search(r"[À-ỹĐđ]|{fact}|{title}", said[Language.VIETNAMESE]), key
        assert all(sentence.strip() for sentence in said.values())


@pytest.mark.parametrize("cls", registered().values(), ids=lambda cls: cls.__name__)
def test_a_sentence_tells_values_that_the_fact_has_the_same_in_both_languages(cls: type[Event]) -> None:
    said = templates()[key_of(cls.name)]
    paths = {language: set(values_in(template)) for language, template in said.items()}
    assert paths[Language.VIETNAMESE] == paths[Language.ENGLISH]
    for path in paths[Language.VIETNAMESE] - BESIDE:
        assert reaches(cls, path.split(".")), path
    if issubclass(cls, FactCorrected | FactVoided):
        assert paths[Language.VIETNAMESE] == {"fact"}


def reaches(cls: type[Any], steps: list[str]) -> bool:
    """Whether a path leads to a field."""
    if not steps:
        return True
    if not issubclass(cls, Part) or steps[0] not in cls.model_fields:
        return False
    annotation = cls.model_fields[steps[0]].annotation
    inner = [each for each in (annotation, *typing.get_args(annotation)) if isinstance(each, type)]
    return not steps[1:] or any(reaches(each, steps[1:]) for each in inner)


def test_optional_values_are_told_only_where_they_are_given() -> None:
    assert told(MemberEntered(branch=id_of("y"))).vi == "Chi hội Ấp 1 đã có trong sổ của Chi hội Ấp 2 khi mở sổ."
    year = told(MemberEntered(branch=id_of("y"), admitted_year=2019))
    assert year.vi.endswith("khi mở sổ, kết nạp năm 2019.")
    assert year.en.endswith("when it was opened, admitted in 2019.")


def test_numbers_days_and_words_are_those_of_the_users() -> None:
    meeting = MeetingHeld(
        branch=id_of("x"),
        kind=MeetingKind.REGULAR,
        mode=Mode.ONLINE,
        roll=Roll(expected=1200, present=1150, excused=50),
    )
    assert told(meeting).vi == (
        "Chi hội Ấp 1 sinh hoạt định kỳ (trực tuyến): có mặt 1.150/1.200, vắng có phép 50, không phép 0, khách 0."
    )
    assert told(meeting).en.startswith("Chi hội Ấp 1 held a regular meeting (online): 1,150 of 1,200 present")
    founded = UnitFounded(title="Chi hội 3", kind="branch", parent=id_of("b1"), effective=day("2022-07-01"))
    assert told(founded).vi == "Thành lập Chi hội 3 (chi đoàn, chi hội), thuộc Hội xã, hiệu lực 01/07/2022."
    rated = RatingDecided(
        unit=id_of("x"),
        rater=id_of("b1"),
        axis="vertical",
        period=Period(start=day("2022-01-01"), end=day("2023-01-01")),
        grade=Grade(scale="strength", rank=1, label="Mạnh"),
        points=9_250,
    )
    assert told(rated).vi.endswith("kỳ 01/01/2022 – 31/12/2022, trục ngành dọc: Mạnh, 92,5 điểm.")
    assert told(rated).en.endswith("Mạnh, 92.5 points.")


def test_who_has_no_name_is_told_by_the_end_of_the_id_and_long_lists_are_counted() -> None:
    someone = told(MemberStruckOff(branch=id_of("x"), cause="gone-away"), Circumstances(id_of("p"), id_of("w"), DAY))
    assert someone.vi == f"Chi hội Ấp 1 xóa tên …{id_of('p').hex[-8:]}: gone-away."
    assert someone.en.endswith("gone away.")
    merged = UnitMerged(sources=tuple(id_of(str(number)) for number in range(6)), effective=DAY)
    assert "… (+2) sáp nhập vào Chi hội Ấp 1" in told(merged).vi


def test_what_a_poster_wrote_never_acts_as_a_template() -> None:
    launched = CommunityModelLaunched(
        title="{by} [x] {subject}", type="club", place=id_of("y"), in_charge=(id_of("women"),)
    )
    assert "câu lạc bộ “{by} [x] {subject}” tại Chi hội Ấp 2, do" in told(launched).vi
