"""By which rules for its members does an organisation go on a day? Its own, or those of the one that went on in it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING
from uuid import UUID

from shared.contracts.membership import MemberRulesAdopted

if TYPE_CHECKING:
    from shared.units.directory import Directory
    from shared.units.tree import Tree


def member_rules(tree: Tree, directory: Directory, organisation: UUID, day: dt.date) -> MemberRulesAdopted | None:
    """The last that it adopted by the day. Until it adopts any: those of the closed organisation that it follows.

    Nothing where none are known, or where it follows several that had different ones: then people decide.
    """
    own = directory.member_rules(organisation, day)
    if own is not None:
        return own
    closings = {each: tree.closing(each) for each in tree.predecessors(organisation)}
    closed = [each for each, closing in closings.items() if closing is not None and closing.day <= day]
    found = [rules for each in closed if (rules := directory.member_rules(each, day)) is not None]
    return found[0] if found and all(each == found[0] for each in found) else None
