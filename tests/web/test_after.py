"""Is a request judged by what it waited for? Not by what was known when it came to the door."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

from fastapi import APIRouter, Depends

from shared.contracts.membership import UnitFounded
from shared.units.knowledge import Knowledge
from shared.units.rights import Right
from shared.web.access import Access, Needs, Reached
from shared.web.after import After, AfterSeen
from shared.web.application import Parts, create_app
from shared.web.health import About
from tests.web.door import ORGANISATION, PEPPER, TODAY, Door, named, told

UNIT = named("a unit that is heard of while the request waits")
POSITION = f"membership/{ORGANISATION}/1/{'0' * 64}"


async def test_how_far_a_caller_reads_is_asked_once_what_he_names_is_known() -> None:
    door = Door()
    known = [Knowledge().told(door.facts)]

    async def hears(positions: Sequence[After]) -> bool:
        founded = UnitFounded(title="Chi hội 1", kind="branch", effective=dt.date(2020, 1, 1))
        known.append(known[-1].told([told(founded, UNIT, organisation=ORGANISATION)]))
        return bool(positions)

    access = Access(PEPPER, lambda: known[-1], lambda: TODAY)
    behind = [Depends(access), Depends(Needs(Right.FIGURES)), Depends(AfterSeen(hears))]
    router = APIRouter(prefix="/v1/asked", dependencies=behind)

    @router.get("/{unit}")
    def asked(unit: UUID, reach: Reached) -> dict[str, bool]:
        reach.require_figure(unit, TODAY, TODAY + dt.timedelta(days=1))
        return {"known": True}

    headers = {"Authorization": f"Bearer {door.keys['reader']}"}
    async with door.client(create_app(About("meetings", "Sinh hoạt", "1.0"), Parts(routers=[router]))) as client:
        assert (await client.get(f"/v1/asked/{UNIT}", headers=headers)).status_code == 403
        answer = await client.get(f"/v1/asked/{UNIT}", headers={**headers, "Nennep-After": POSITION})
    assert (answer.status_code, answer.json()) == (200, {"known": True})
