"""Do the services answer what the newspapers printed? Asks each figure back over HTTP, and compares."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

import httpx
import msgspec

from shared.operations.demo.calibration import Ask, Calibration, Part, Row, Wanted
from shared.operations.demo.comparing import Counted, agrees
from shared.operations.demo.ids import Ids

WITHIN_A_GROUP = frozenset({"rank", "label", "qualifier"})
"""Keys whose rows share one denominator: the grades of one group, the parts of one count."""


class AnswerRow(msgspec.Struct, frozen=True):
    """One row of the figures API's answer."""

    keys: dict[str, str | int | None]
    numerator: int
    denominator: int | None = None
    incomplete: int = 0


class Answer(msgspec.Struct, frozen=True):
    """The part of the figures API's answer that the table needs."""

    rows: list[AnswerRow]


class Figures(Protocol):
    """Whoever answers figures: the ratings service over HTTP, or an independent recount in a test."""

    async def ask(self, figure: str, parameters: Mapping[str, str]) -> list[AnswerRow]:
        """The rows of `GET /v1/figures/{figure}`."""


class FigureNotAnswered(Exception):
    """The ratings service would not answer a question of the table; the text is one line."""


class FiguresOverHttp:
    """The ratings service. `client` has its base URL and a reader's key."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def ask(self, figure: str, parameters: Mapping[str, str]) -> list[AnswerRow]:
        """The rows of one answer. FigureNotAnswered when the service refuses or cannot be reached."""
        try:
            response = await self._client.get(f"/v1/figures/{figure}", params=dict(parameters))
        except httpx.HTTPError as error:
            message = f"{figure}: {type(error).__name__}"
            raise FigureNotAnswered(message) from error
        try:
            return msgspec.json.decode(response.content, type=Answer).rows
        except msgspec.MsgspecError as error:
            message = f"{figure}: {response.status_code} {_code(response)}"
            raise FigureNotAnswered(message) from error


def _code(response: httpx.Response) -> str:
    """The code of the problem that was answered, and the field where there is one."""
    with suppress(ValueError):
        problem = response.json()
        if isinstance(problem, dict):
            return " · ".join(str(problem[name]) for name in ("code", "field") if name in problem)
    return "không đọc được / unreadable"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table: what was printed, what was counted, and whether both agree."""

    row: Row
    parts: tuple[Counted, ...]
    beside: tuple[Counted, ...]
    equal: bool | None
    """Nothing where no value was published."""


@dataclass(frozen=True, slots=True)
class Table:
    """The whole table."""

    calibration: Calibration
    lines: tuple[Line, ...]

    @property
    def differing(self) -> list[Line]:
        """The lines whose published value was not reached."""
        return [line for line in self.lines if line.equal is False]


async def compare(calibration: Calibration, figures: Figures) -> Table:
    """Ask every figure of every line and compare it with what was printed."""
    return Table(calibration, tuple([line async for line in lines(calibration, figures)]))


async def lines(calibration: Calibration, figures: Figures) -> AsyncIterator[Line]:
    """The lines one after another, as they are answered."""
    asking = _Asking(Ids(calibration.seed), figures)
    for row in calibration.row:
        parts = [await asking.count(part, row.ask) for part in row.part]
        beside = [await asking.count(part, row.ask) for part in row.beside]
        yield Line(row, tuple(parts), tuple(beside), agrees(row.comparator, parts))


class _Asking:
    """Questions with the ids of this run's seed."""

    def __init__(self, ids: Ids, figures: Figures) -> None:
        self._ids, self._figures = ids, figures
        self._known: dict[tuple[str, ...], list[AnswerRow]] = {}

    async def count(self, part: Part, outer: Ask) -> Counted:
        """One number, with its own denominator, or that of the question that names its base."""
        numerator, denominator, incomplete = await self._answered(part.inside(outer))
        if denominator is None and part.base is not None:
            _, denominator, parked = await self._answered(part.base.inside(part.inside(outer)))
            incomplete += parked
        return Counted(part, numerator, denominator, incomplete)

    async def _answered(self, ask: Ask) -> tuple[int | None, int | None, int]:
        rows = [row for row in await self._rows(ask) if self._fits(row, ask.where)]
        if not rows:
            return None, None, 0
        groups = {
            tuple((key, value) for key, value in sorted(row.keys.items()) if key not in WITHIN_A_GROUP): row.denominator
            for row in rows
        }
        known = [denominator for denominator in groups.values() if denominator is not None]
        return (
            sum(row.numerator for row in rows),
            sum(known) if len(known) == len(groups) else None,
            sum(row.incomplete for row in rows),
        )

    async def _rows(self, ask: Ask) -> list[AnswerRow]:
        """The answer to a question; several numbers of a table rest on one answer."""
        parameters = self._parameters(ask)
        question = (ask.figure, *(f"{name}={value}" for name, value in parameters.items()))
        if question not in self._known:
            self._known[question] = await self._figures.ask(ask.figure, parameters)
        return self._known[question]

    def _parameters(self, ask: Ask) -> dict[str, str]:
        named: dict[str, object] = {
            "unit": self._ids(ask.unit),
            "start": ask.start,
            "end": ask.end,
            "on": ask.on,
            "by": ",".join(ask.by) or None,
            "threshold": ask.threshold,
        }
        return {name: str(value) for name, value in named.items() if value is not None}

    def _fits(self, row: AnswerRow, where: Wanted) -> bool:
        return all(str(row.keys.get(key)) in self._texts(wanted) for key, wanted in where.items())

    def _texts(self, wanted: str | int | Sequence[str | int]) -> set[str]:
        values = [wanted] if isinstance(wanted, str | int) else wanted
        return {self._ids(value) if isinstance(value, str) and ":" in value else str(value) for value in values}
