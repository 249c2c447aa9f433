"""What happens to one person in tests of members' rules? Lan joins; the rules of her organisation are adopted."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from shared.contracts.event import Event, calendar_day
from shared.contracts.fields import Period
from shared.contracts.membership import Joining, MemberRulesAdopted, StrikeOffRule
from tests.support.landscape import BRANCH, LAN, WOMEN, YOUTH, YOUTH_BRANCH, joined, says
from tests.support.posts import Post

MEMBER: Final = joined(LAN, BRANCH, "2020-03-08")
"""A member of the Women's Union."""
YOUNG: Final = joined(LAN, YOUTH_BRANCH, "2015-03-26", by=YOUTH)
"""A member of the Youth Union."""
CAUSES: Final = ("not-attending", "dues-unpaid", "gone-away", "own-request")


def life(fact: type[Event], branch: UUID, on: str, *, by: UUID = WOMEN, about: UUID = LAN, **fields: Any) -> Post:
    """A fact of a person's life in a branch."""
    return says(fact.model_validate({"branch": branch, **fields}, strict=False), about, on=on, by=by)


def days(start: str, end: str) -> Period:
    """From a day to before another."""
    return Period(start=calendar_day(start), end=calendar_day(end))


def rule(**fields: Any) -> StrikeOffRule:
    """Either ground, three months within a year, and the branch decides, unless a test says otherwise."""
    told = {"grounds": Joining.ANY, "months": 3, "consecutive": False, "decides": "branch", "causes": CAUSES, **fields}
    return StrikeOffRule.model_validate(told)


def adopted(since: str = "2015-01-01", *, by: UUID = WOMEN, **fields: Any) -> Post:
    """An organisation adopts rules for its members."""
    fact = MemberRulesAdopted.model_validate({"effective": calendar_day(since), "source": "Điều lệ", **fields})
    return says(fact, by, on=since, by=by)
