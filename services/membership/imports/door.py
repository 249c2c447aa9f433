"""How does an import post? As every sender: read by the same reader, judged by the same intake, handful by handful."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from services.membership.imports.layout import BY_NAME, Wording, heading
from shared.eventsourcing.draft import Draft, Poster
from shared.eventsourcing.errors import Busy, NotSeenYet
from shared.eventsourcing.service import Service
from shared.personal.custody import Custody
from shared.web.outcomes import results
from shared.web.posting import Line, Media, read_post
from shared.web.problem import TRY_AGAIN, Problem
from shared.web.producer import now

HANDFUL: Final = 500
"""Lines that are posted at once: others who post in between wait no longer than these take."""
ROUNDS: Final = 100
PAUSE: Final = 0.2
"""Seconds before what was busy is asked again."""
_COLUMN_OF: Final = {
    "branch": "branch",
    "admitted_on": "admitted",
    "admitted_year": "admitted",
    "cause": "cause",
    "birth_date": "birth",
    "birth_year": "birth",
    "occurred": "admitted",
    "subject": "full_name",
}
"""Field of a fact → the column from which it came; fields of the person bear the column's own name."""


class Interrupted(Exception):
    """The service stops: what is open is done after its next start."""


class Door:
    """Posts an import's lines into the service's own log."""

    def __init__(self, service: Service, custody: Custody, ended: Callable[[], bool]) -> None:
        self._service, self._custody, self._ended = service, custody, ended

    async def post(self, poster: Poster, lines: Sequence[bytes], *, trial: bool) -> list[Problem | None]:
        """One outcome a line: nothing where it stands in the log now (or would), else why not. Interrupted."""
        if not lines:
            return []
        read = await asyncio.to_thread(read_post, b"\n".join(lines), Media.LINES, self._service.name, now())
        outcomes: list[Problem | None] = []
        for _ in range(ROUNDS):
            outcomes = await self._submitted(poster, read, trial=trial)
            if not any(each is not None and each.status in TRY_AGAIN for each in outcomes):
                return outcomes
            if self._ended():
                raise Interrupted
            await asyncio.sleep(PAUSE)
        return outcomes

    async def _submitted(self, poster: Poster, lines: Sequence[Line], *, trial: bool) -> list[Problem | None]:
        drafts = [line for line in lines if isinstance(line, Draft)]
        try:
            judged = await self._sealed(poster, drafts, trial=trial)
            submitted = self._service.submit(poster, judged, lenient=True, trial=trial)
        except (Busy, NotSeenYet) as busy:
            return [Problem(status=busy.status, code=busy.code) for _ in lines]
        outcomes = await asyncio.shield(asyncio.wrap_future(submitted))
        return [each if isinstance(each, Problem) else None for each in results(lines, outcomes, lenient=True)]

    async def _sealed(self, poster: Poster, drafts: Sequence[Draft], *, trial: bool) -> Sequence[Draft]:
        """Nothing in clear is judged. A trial leaves out what is personal: no key is made for whom nothing is kept."""
        if trial:
            return [msgspec.structs.replace(draft, clear=None) for draft in drafts]
        return await self._custody.seal(poster, drafts)


def said_of(problem: Problem, words: Wording) -> str:
    """A refusal as it stands in the column of errors: the column that it is about, and the sentence."""
    field = (problem.field or "").rpartition(".")[2]
    column = _COLUMN_OF.get(field, field if field in BY_NAME else "")
    sentence = str(problem.details()["title"]).removesuffix(".")
    return f"{heading(column, words)}: {sentence}" if column else sentence
