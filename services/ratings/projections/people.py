"""How is it said who scored what, and how a vote went? A sentence each: body, day, word, evidence and its digest."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from shared.contracts.fields import Grade
from shared.history.replay.sentences import Spoken, hundredths
from shared.units.calendar import Language, day_text, number_text, percent_text

Title = Callable[[UUID, dt.date], str | None]
"""How a unit is called on a day."""
VI, EN = Language.VIETNAMESE, Language.ENGLISH
STEPS: Final[Mapping[str, Spoken]] = {
    "self-rated": Spoken("tự chấm", "scored itself"),
    "proposed": Spoken("chấm khi đề xuất", "scored it when proposing"),
    "verified": Spoken("thẩm định", "scored it when verifying"),
    "decided": Spoken("chấm khi quyết định", "scored it when deciding"),
}
"""By the step of the cycle."""
MET: Final = {True: Spoken("đạt", "met"), False: Spoken("không đạt", "not met")}
COUNTS: Final = Spoken("lần chấm sau cùng được tính", "the last one counts")


def people(line: Mapping[str, Any], grades: Sequence[Grade], title: Title) -> list[dict[str, str]]:
    """What people said of one criterion: every score in the order of the cycle, or the votes."""
    found = [scored(each, grades, title) for each in line["scored"]]
    if len(found) > 1:
        found[-1] = Spoken(f"{found[-1].vi} ({COUNTS.vi})", f"{found[-1].en} ({COUNTS.en})")
    if line["votes"] is not None:
        found.append(voted(line["votes"], title))
    return [each.told() for each in found]


def scored(score: Mapping[str, Any], grades: Sequence[Grade], title: Title) -> Spoken:
    """`Hội LHPN huyện thẩm định ngày 12/12/2025: 8,5 điểm; “…”; minh chứng …`."""
    by, day, step = _by(score, title), _day(score), STEPS[score["step"]]
    given, more = _given(score, grades), list(_further(score))
    return Spoken(
        "; ".join([f"{by} {step.vi} ngày {day}: {given.vi}", *(each.vi for each in more)]),
        "; ".join([f"{by} {step.en} on {day}: {given.en}", *(each.en for each in more)]),
    )


def voted(votes: Mapping[str, Any], title: Title) -> Spoken:
    """`Chi hội kiểm phiếu ngày 1/12/2025: 18/20 phiếu thuận (90 %), …`."""
    by, day, more = _by(votes, title), _day(votes), list(_further(votes))
    for_, against, blank = (votes[name] for name in ("in_favour", "against", "blank"))
    cast = for_ + against + blank
    there, of = votes["present"], votes["entitled"]
    vi = (
        f"{by} kiểm phiếu ngày {day}: {number_text(for_)}/{number_text(cast)} phiếu thuận "
        f"({percent_text(for_, cast)}), {number_text(against)} không thuận, {number_text(blank)} trắng; "
        f"có mặt {number_text(there)}/{number_text(of)} người được bỏ phiếu"
    )
    en = (
        f"{by} counted on {day}: {number_text(for_, EN)} of {number_text(cast, EN)} votes in favour "
        f"({percent_text(for_, cast, EN)}), {number_text(against, EN)} against, {number_text(blank, EN)} blank; "
        f"{number_text(there, EN)} present of {number_text(of, EN)} entitled"
    )
    return Spoken("; ".join([vi, *(each.vi for each in more)]), "; ".join([en, *(each.en for each in more)]))


def _given(score: Mapping[str, Any], grades: Sequence[Grade]) -> Spoken:
    if score["points"] is not None:
        return Spoken(f"{hundredths(score['points'], VI)} điểm", f"{hundredths(score['points'], EN)} points")
    if score["met"] is not None:
        return MET[bool(score["met"])]
    label = next((grade.label for grade in grades if grade.rank == score["rank"]), str(score["rank"]))
    return Spoken(label, label)


def _further(said: Mapping[str, Any]) -> Iterator[Spoken]:
    if comment := said.get("comment"):
        yield Spoken(f"“{comment}”", f"“{comment}”")
    if said["document"] is not None:
        yield Spoken(
            f"minh chứng “{said['title']}”, SHA-256 {said['document']}",
            f"evidence “{said['title']}”, SHA-256 {said['document']}",
        )


def _by(said: Mapping[str, Any], title: Title) -> str:
    return title(UUID(said["by"]), dt.date.fromisoformat(said["day"])) or str(said["by"])


def _day(said: Mapping[str, Any]) -> str:
    return day_text(dt.date.fromisoformat(said["day"]))
