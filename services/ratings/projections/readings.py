"""What did a condition or a veto read? In the words of the rule set, as numbers that people can check."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from services.ratings.domain.rules.indicators import INDICATORS
from services.ratings.projections.things import thing
from shared.contracts.ratings import RuleDocument
from shared.history.replay.sentences import Spoken, hundredths
from shared.units.calendar import Language, number_text, percent_text

VI, EN = Language.VIETNAMESE, Language.ENGLISH
NOT_RECORDED: Final = Spoken("chưa ghi nhận", "not recorded")
FULFILLED: Final = {0: Spoken("không đạt", "not met"), 1: Spoken("đạt", "met")}
Said = Mapping[str, Any]
"""A reading, as an answer has it."""


def readings(read: Iterable[Said], rules: RuleDocument) -> Spoken:
    """`; 8/12 kỳ có sinh hoạt định kỳ (66,7 %); “Nền nếp”: 48,33/50 điểm`: of each name in turn."""
    told = [_one(rules, each) for each in read]
    return Spoken("".join(f"; {each.vi}" for each in told), "".join(f"; {each.en}" for each in told))


def _one(rules: RuleDocument, each: Said) -> Spoken:
    head, _, tail = each["name"].partition(".")
    word = _WORDS.get(head)
    if word is None:
        return _counted(head, each)
    return word(rules, tail, each)


def _title(rules: RuleDocument, code: str) -> str:
    titles = {each.code: each.title for each in rules.groups} | {each.code: each.title for each in rules.criteria}
    return f"“{titles[code]}”" if code in titles else code


def _label(rules: RuleDocument, rank: int | None) -> str:
    return next((grade.label for grade in rules.grades if grade.rank == rank), str(rank))


def _points(rules: RuleDocument, code: str, each: Said) -> Spoken:
    what = Spoken(_title(rules, code), _title(rules, code)) if code else Spoken("tổng điểm", "all points")
    if each["least"] is None:
        return _unsaid(what)
    got = _range(each["least"], each["most"], hundredths)
    of = [hundredths(each["denominator"], language) for language in (VI, EN)]
    return Spoken(f"{what.vi}: {got.vi}/{of[0]} điểm", f"{what.en}: {got.en}/{of[1]} points")


def _lowest(rules: RuleDocument, code: str, each: Said) -> Spoken:
    where = Spoken(f" của {_title(rules, code)}", f" of {_title(rules, code)}") if code else Spoken("", "")
    what = Spoken(f"tiêu chí thấp nhất{where.vi}", f"the lowest criterion{where.en}")
    if each["numerator"] is None:
        return _unsaid(what)
    share = (each["numerator"], each["denominator"])
    got = [f"{hundredths(share[0], one)}/{hundredths(share[1], one)}" for one in (VI, EN)]
    return Spoken(
        f"{what.vi}: {got[0]} điểm ({percent_text(*share, VI)})",
        f"{what.en}: {got[1]} points ({percent_text(*share, EN)})",
    )


def _voted(rules: RuleDocument, code: str, each: Said) -> Spoken:
    title = _title(rules, code)
    if each["numerator"] is None:
        return _unsaid(Spoken(f"phiếu {title}", f"votes on {title}"))
    got = _out_of(each)
    return Spoken(f"{title}: {got.vi} phiếu thuận", f"{title}: {got.en} votes in favour")


def _marked(rules: RuleDocument, code: str, each: Said) -> Spoken:
    title = Spoken(_title(rules, code), _title(rules, code)) if code else Spoken("mức thấp nhất", "the worst mark")
    if each["least"] is None:
        return _unsaid(title)
    labels = list(dict.fromkeys(_label(rules, each[side]) for side in ("least", "most")))
    return Spoken(f"{title.vi}: {' – '.join(labels)}", f"{title.en}: {' – '.join(labels)}")


def _met(rules: RuleDocument, code: str, each: Said) -> Spoken:
    said = FULFILLED.get(each["numerator"], NOT_RECORDED)
    return Spoken(f"{_title(rules, code)}: {said.vi}", f"{_title(rules, code)}: {said.en}")


def _figure(rules: RuleDocument, code: str, each: Said) -> Spoken:
    indicator = next((one.indicator for one in rules.criteria if one.code == code), None)
    counted, title = _counted(indicator or code, each), _title(rules, code)
    return Spoken(f"{title}: {counted.vi}", f"{title}: {counted.en}")


def _children(_rules: RuleDocument, asked: str, each: Said) -> Spoken:
    rank = asked.partition("-")[2]
    what = Spoken("đơn vị trực thuộc", "units below")
    if rank:
        what = Spoken(f"{what.vi} xếp hạng {rank} trở lên", f"{what.en} at rank {rank} or better")
    if each["numerator"] is None:
        return _unsaid(what)
    got = _out_of(each)
    return Spoken(f"{got.vi} {what.vi}", f"{got.en} {what.en}")


def _age(_rules: RuleDocument, _code: str, each: Said) -> Spoken:
    if each["numerator"] is None:
        return _unsaid(Spoken("thời gian hoạt động", "time at work"))
    return Spoken(f"hoạt động được {each['numerator']} tháng", f"{each['numerator']} months at work")


_WORDS: Final[Mapping[str, Callable[[RuleDocument, str, Said], Spoken]]] = {
    "points": _points,
    "lowest": _lowest,
    "votes": _voted,
    "mark": _marked,
    "worst-mark": _marked,
    "met": _met,
    "figure": _figure,
    "children": _children,
    "age": _age,
}
"""The first word of a name that is no indicator, and how it is said."""


def _counted(indicator: str, each: Said) -> Spoken:
    """What an indicator counts; its name in the catalogue where nothing is recorded."""
    if each["numerator"] is None:
        named = INDICATORS.get(indicator)
        return _unsaid(Spoken(indicator, indicator) if named is None else Spoken(named.vi, named.en))
    what, got = thing(indicator), _out_of(each)
    return Spoken(f"{got.vi} {what.vi}", f"{got.en} {what.many}")


def _out_of(each: Said) -> Spoken:
    """`8/12`; a plain number where there is no denominator."""
    numerator, denominator = each["numerator"], each["denominator"]
    if denominator is None:
        return Spoken(number_text(numerator), number_text(numerator, EN))
    return Spoken(
        f"{number_text(numerator)}/{number_text(denominator)}",
        f"{number_text(numerator, EN)} of {number_text(denominator, EN)}",
    )


def _range(least: int, most: int, say: Callable[[int, Language], str]) -> Spoken:
    said = [say(least, one) if least == most else f"{say(least, one)} – {say(most, one)}" for one in (VI, EN)]
    return Spoken(*said)


def _unsaid(what: Spoken) -> Spoken:
    return Spoken(f"{what.vi}: {NOT_RECORDED.vi}", f"{what.en}: {NOT_RECORDED.en}")
