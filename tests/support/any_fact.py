"""What may somebody post, sensible or not? Hypothesis strategies for facts about the small country, by contract."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from enum import Enum
from types import NoneType, UnionType
from typing import Any, Final, Union, get_args, get_origin
from uuid import UUID

from hypothesis import strategies as st
from pydantic import ValidationError
from pydantic.fields import FieldInfo

from shared.contracts.event import Event, Part
from shared.contracts.fields import Grade, Names, Period
from shared.contracts.meetings import NamedRoll, Roll
from shared.contracts.membership import DirectiveIssued
from shared.contracts.membership.records import directive_id
from shared.contracts.ratings import (
    Ballot,
    Criterion,
    RatingAuthoritySet,
    RatingPeriodOpened,
    RatingPoolClosed,
    RuleDocument,
    Score,
    authority_id,
    period_id,
    pool_id,
)
from tests.support import landscape
from tests.support.posts import Post, id_of

DAYS: Final = [dt.date(2014, 12, 31), *(dt.date(2015 + year, month, 1) for year in range(6) for month in (1, 7))]
UNITS: Final = (
    *(landscape.WOMEN_PROVINCE, landscape.WOMEN_COMMUNE, landscape.BRANCH, landscape.OTHER_BRANCH),
    *(landscape.SUB_BRANCH, landscape.YOUTH_BRANCH, landscape.FRONT_BOARD, id_of("unit/new"), landscape.NOWHERE),
)
BRANCHES: Final = (landscape.BRANCH, landscape.SUB_BRANCH, landscape.FRONT_BOARD)
PLACES: Final = (landscape.PROVINCE, landscape.COMMUNE, landscape.OTHER_COMMUNE, landscape.HAMLET, id_of("place/new"))
ORGANISATIONS: Final = (landscape.WOMEN, landscape.YOUTH, landscape.OPERATOR)
PERSONS: Final = (landscape.LAN, landscape.HOA)
THINGS: Final = (id_of("thing"), id_of("other thing"))
PAPER: Final = ("96-KL/TU", "Tỉnh ủy")
DIRECTIVES: Final = tuple(directive_id(*PAPER, day) for day in DAYS)
NAMED: Final = {
    "unit": UNITS,
    "place": PLACES,
    "scope": (*UNITS, *PLACES),
    "organisation": ORGANISATIONS,
    "person": PERSONS,
    "meeting": THINGS,
    "rule-set": THINGS,
    "directive": DIRECTIVES,
}
SUBJECTS: Final = {
    "organisation": ORGANISATIONS,
    "unit": (landscape.WOMEN_COMMUNE, landscape.BRANCH, landscape.HAMLET, id_of("unit/new"), id_of("place/new")),
    "branch-head": BRANCHES,
    "officer": BRANCHES,
    "plan": PERSONS,
    "rating": BRANCHES,
    "person": PERSONS,
    "cadre": PERSONS,
}
"""By aggregate; everything else is about a thing with an id of its own."""
FITTING: Final = {
    "branch": BRANCHES,
    "issuer": PAPER[1:],
    "known": ("2016-01-01T00:00:00.000000Z",),
    "rules_digest": ("ab" * 32,),
    "proposal_digest": ("ab" * 32,),
    "identity_hash": ("cd" * 32, "ef" * 32),
    "key_hash": ("ab" * 32,),
    "sha256": ("ab" * 32,),
    "number": PAPER[:1],
    "public_key": ("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",),
    "year": (2015, 2016),
}
"""Fields for which any id, text or number would seldom be accepted."""
TEXTS: Final = ("branch", "base-unit", "strength", "youth")
GRADES: Final = tuple(Grade(scale="strength", rank=rank, label="Mạnh") for rank in (1, 2))


def histories(contracts: Iterable[type[Event]]) -> st.SearchStrategy[list[Post]]:
    """Facts of these contracts of one aggregate, all about one thing, on any days and by anybody."""
    known = sorted(contracts, key=lambda cls: cls.name)
    subjects = st.sampled_from(SUBJECTS.get(known[0].aggregate, THINGS))
    fact = st.sampled_from(known).flatmap(_part)
    return subjects.flatmap(lambda subject: st.lists(_posts(fact, subject), min_size=3, max_size=12))


def _posts(facts: st.SearchStrategy[Event], subject: UUID) -> st.SearchStrategy[Post]:
    return st.builds(
        lambda fact, day, by: Post(_about(fact, subject), _named_by(fact) or subject, str(day), by),
        facts,
        st.sampled_from(DAYS),
        st.sampled_from(ORGANISATIONS),
    )


def _about(fact: Event, subject: UUID) -> Event:
    """The fact, naming its subject where it says it twice."""
    twice = {"branch-head": "branch", "officer": "unit", "rating": "unit"}.get(fact.aggregate)
    return fact if twice is None else fact.model_copy(update={twice: subject})


def _named_by(fact: Event) -> UUID | None:
    """The subject of a fact that names it itself."""
    match fact:
        case DirectiveIssued():
            return directive_id(fact.number, fact.issuer, fact.issued)
        case RatingAuthoritySet():
            return authority_id(fact.axis)
        case RatingPeriodOpened():
            return period_id(fact.axis, fact.period)
        case RatingPoolClosed():
            return pool_id(fact.rater, fact.axis, fact.period)
        case _:
            return None


def _part(cls: type[Part]) -> st.SearchStrategy[Any]:
    """A value of that class; those that do not hold together are drawn again."""
    if cls in _SPECIAL:
        return _SPECIAL[cls]()
    fields = {name: _field(info) for name, info in cls.model_fields.items()}
    fields |= {name: st.sampled_from(values) for name, values in FITTING.items() if name in fields}
    return st.fixed_dictionaries(fields).map(lambda values: _made(cls, values)).filter(lambda value: value is not None)


def _made(cls: type[Part], values: dict[str, Any]) -> Part | None:
    try:
        return cls.model_validate(values)
    except ValidationError:
        return None


def _field(info: FieldInfo) -> st.SearchStrategy[Any]:
    drawn = _value(info.annotation, info.metadata)
    return drawn if info.is_required() else st.just(info.get_default(call_default_factory=False)) | drawn


def _value(annotation: Any, metadata: Iterable[Any] = ()) -> st.SearchStrategy[Any]:
    """A value of an annotated type."""
    if hasattr(annotation, "__metadata__"):
        return _value(annotation.__origin__, annotation.__metadata__)
    mark = next((each for each in metadata if isinstance(each, Names)), None)
    if get_origin(annotation) in (Union, UnionType):
        return st.one_of([_value(each, metadata) for each in get_args(annotation)])
    if get_origin(annotation) is tuple:
        return st.lists(_value(get_args(annotation)[0]), min_size=1, max_size=2).map(tuple)
    if annotation is UUID:
        return st.sampled_from(NAMED[mark.kind] if mark is not None else UNITS)
    if annotation is str:
        return st.sampled_from(TEXTS)
    return _plain(annotation)


def _plain(annotation: Any) -> st.SearchStrategy[Any]:
    if annotation is NoneType:
        return st.none()
    if annotation is bool:
        return st.booleans()
    if annotation is int:
        return st.sampled_from([1, 2, 2016])
    if annotation is dt.date:
        return st.sampled_from(DAYS)
    if issubclass(annotation, Enum):
        return st.sampled_from(list(annotation))
    return _part(annotation)


def _roll() -> st.SearchStrategy[Roll]:
    def named(persons: list[UUID]) -> Roll:
        return Roll(expected=len(persons), present=len(persons), named=NamedRoll(present=tuple(persons)))

    return st.just(Roll(expected=2, present=1, absent=1)) | st.lists(st.sampled_from(PERSONS), unique=True).map(named)


def _periods() -> st.SearchStrategy[Period]:
    years = st.integers(2014, 2020)
    return years.map(lambda year: Period(start=dt.date(year, 1, 1), end=dt.date(year + 1, 1, 1)))


def _rules() -> st.SearchStrategy[RuleDocument]:
    criterion = Criterion(code="movement", title="Phong trào", clause="II", points=100)
    return st.builds(
        lambda grades: RuleDocument(schema_version=1, grades=grades, criteria=(criterion,)),
        st.sampled_from([(), GRADES[:1], GRADES]),
    )


_SPECIAL: Final[dict[type[Part], Callable[[], st.SearchStrategy[Any]]]] = {
    Roll: _roll,
    RuleDocument: _rules,
    Period: _periods,
    Score: lambda: st.sampled_from((Score(points=1), Score(met=True), Score(mark=GRADES[0]))),
    Ballot: lambda: st.just(Ballot(in_favour=8, against=1, present=10, entitled=12)),
    Grade: lambda: st.sampled_from(GRADES),
}
