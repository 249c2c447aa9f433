"""What does a request ask of ratings? A figure, a unit, a period or day, as known when, under which tree."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from fastapi import Depends, Query, Response

from services.ratings.projections import FIGURES
from services.ratings.projections.explaining import Adopted, tells_sensitive
from services.ratings.projections.own import OWN
from shared.contracts.envelope import recorded_text
from shared.contracts.event import FIRST_DAY, plausible
from shared.contracts.ratings import RatedPerson
from shared.history.figures import MONTH, UNIT, Figure, Question
from shared.history.replay.moments import moment
from shared.units.directory import RoleMayNot
from shared.units.reach import Reach
from shared.units.rights import Right
from shared.web.access import Reached
from shared.web.problem import TurnedAway

PERSONS: Final = frozenset({"cadre"})
"""Keys of figures that are ids of persons."""
AS_IT_WAS_THEN: Final = "as-it-was-then"
TREE_OF_A_DATE: Final = "tree-of-date"
ANYWHERE: Final = UUID(int=0)
"""Stands for the unit where a figure is asked of all of them."""
_encode = msgspec.json.Encoder().encode

CODE: Final = r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$"
Known = Annotated[
    str | None,
    Query(min_length=10, max_length=40, description="Only what was recorded by the end of a day, or by an instant"),
]
Own = Annotated[int | None, Query(ge=0, le=1, description="1: only what is the asked unit's own, not what lies below")]
Axis = Annotated[str, Query(pattern=CODE, max_length=60, description="Trục · The axis")]


def person_asked(
    person: Annotated[
        UUID | None, Query(description="Cá nhân được xếp loại · The rated person, by the opaque id")
    ] = None,
    kind: Annotated[str | None, Query(pattern=CODE, max_length=60, description="officer, member …")] = None,
) -> RatedPerson | None:
    """A person who is rated in the unit, and in what standing; none: the unit itself. TurnedAway (422)."""
    if person is None and kind is None:
        return None
    if person is None or kind is None:
        raise TurnedAway(422, "required", "person" if person is None else "kind")
    return RatedPerson(person=person, kind=kind)


Person = Annotated[RatedPerson | None, Depends(person_asked)]
Tree = Annotated[dt.date | None, Query(description="Under the tree of this day; else as it was then")]


def question(  # noqa: PLR0913, PLR0917 — one parameter a query parameter
    name: str,
    unit: UUID,
    start: dt.date | None = None,
    end: dt.date | None = None,
    on: dt.date | None = None,
    by: Annotated[str, Query(max_length=200, description="Keys with commas, e.g. `tier,month`")] = "",
    threshold: Annotated[int | None, Query(ge=0, le=100)] = None,
    own: Own = None,
    known: Known = None,
    tree: Tree = None,
) -> tuple[Figure, Question]:
    """What a request asks: a declared figure, a unit or place, a period or a day, as known when, under which tree."""
    figure = FIGURES.get(name)
    if figure is None:
        raise TurnedAway(404, "unknown-figure", "name")
    first, last = _period(figure, start, end, on)
    given = {"threshold": threshold, OWN: own}
    parameters = {key: value for key, value in given.items() if value is not None}
    for key in parameters.keys() - figure.parameters.keys():
        raise TurnedAway(422, "unknown-parameter", key)
    require_plausible("tree", tree)
    then = None if known is None else moment_of("known", known)
    return figure, Question(unit, first, last, _keys(figure, by), dict(figure.parameters) | parameters, then, tree)


def question_everywhere(  # noqa: PLR0913, PLR0917 — one parameter a query parameter
    name: str,
    start: dt.date | None = None,
    end: dt.date | None = None,
    on: dt.date | None = None,
    by: Annotated[str, Query(max_length=200, description="Keys with commas, e.g. `tier,month`")] = "",
    threshold: Annotated[int | None, Query(ge=0, le=100)] = None,
    own: Own = None,
    known: Known = None,
    tree: Tree = None,
) -> tuple[Figure, Question]:
    """The same of every unit and place at once."""
    return question(name, ANYWHERE, start, end, on, by, threshold, own, known, tree)


Asked = Annotated[tuple[Figure, Question], Depends(question)]


def within(asked: Asked, reach: Reached) -> tuple[Figure, Question]:
    """The same, if the caller may count there. Keys by persons are for those who may read facts."""
    wanted = asked[1]
    reach.require_figure(wanted.unit, wanted.start, wanted.end, wanted.tree_on)
    require_keys(wanted, reach)
    return asked


Within = Annotated[tuple[Figure, Question], Depends(within)]
AskedEverywhere = Annotated[tuple[Figure, Question], Depends(question_everywhere)]


def require_keys(wanted: Question, reach: Reach) -> None:
    """Raise RoleMayNot where a figure is split by persons for somebody who may not read facts."""
    if PERSONS & set(wanted.by) and not reach.has(Right.EVENTS):
        raise RoleMayNot("by")


def require_sensitive(named: Adopted, reach: Reach) -> None:
    """Raise RoleMayNot where computing a person's rating would tell of discipline to somebody who may not read it."""
    if tells_sensitive(named.rules, named.person) and not reach.has(Right.SENSITIVE):
        raise RoleMayNot("person")


def basis(question: Question) -> dict[str, Any]:
    """How the answer says under which tree, and as known when."""
    return {
        "basis": AS_IT_WAS_THEN if question.tree_on is None else TREE_OF_A_DATE,
        "tree": None if question.tree_on is None else question.tree_on.isoformat(),
        "known": None if question.known is None else recorded_text(question.known),
    }


def moment_of(name: str, text: str) -> int:
    """The instant that a parameter names. TurnedAway (422)."""
    try:
        return moment(text)
    except ValueError:
        raise TurnedAway(422, "bad-format", name) from None


def told(content: dict[str, Any]) -> Response:
    """The answer as JSON."""
    return Response(_encode(content), media_type="application/json")


def _period(figure: Figure, start: dt.date | None, end: dt.date | None, on: dt.date | None) -> tuple[dt.date, dt.date]:
    for name, day in (("on", on), ("start", start), ("end", end)):
        require_plausible(name, day)
    if on is not None and start is None and end is None:
        start, end = on, on + dt.timedelta(days=1)
    if start is None or end is None or on not in {None, start}:
        raise TurnedAway(422, "period-missing", "on" if figure.asked == "day" else "start")
    if start >= end:
        raise TurnedAway(422, "period-empty", "end")
    return start, end


def require_plausible(name: str, day: dt.date | None) -> None:
    """A day on which facts may lie: beyond it the calendar itself ends."""
    try:
        plausible(day or FIRST_DAY)
    except ValueError:
        raise TurnedAway(422, "year-out-of-range", name) from None


def _keys(figure: Figure, by: str) -> tuple[str, ...]:
    keys = tuple(dict.fromkeys(key for key in by.split(",") if key))
    if not set(keys) <= {MONTH, UNIT, *figure.keys}:
        raise TurnedAway(422, "unknown-key", "by")
    return keys
