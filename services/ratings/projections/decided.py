"""Why was this grade decided, and what would the same rules give now? As decided, by its frozen basis; and beside it.

Late and corrected facts never change a decision. They are named here, criterion by criterion; only people rate again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from services.ratings.projections.explaining import Adopted, Explaining, adopted
from services.ratings.projections.freezing import Freezing
from services.ratings.projections.judging import Cited
from services.ratings.projections.proposals import Views
from services.ratings.projections.saying import decided_and_computed, points_text, went
from shared.contracts.ratings import RatingDecided
from shared.history.replay.retold import Retold, Root, retold, spots
from shared.units.tree import Tree


@dataclass(frozen=True, slots=True)
class Decided:
    """Explains decisions."""

    explaining: Explaining
    tree: Tree

    def find(self, root: Root) -> Retold | None:
        """The decision that stands under a root fact."""
        runner = self.explaining.runner
        with runner.generation.store.read() as connection:
            found = spots(connection, runner.facts, [RatingDecided], [root])
            return retold(connection, runner.facts, found[:1], self.explaining.titles)[0] if found else None

    def explained(
        self, found: Retold, decision: RatingDecided, facts: int, allow: Callable[[Adopted], None]
    ) -> dict[str, Any] | None:
        """The explanation as decided, with the present beside it; none where it cites no rule set known then.

        `allow` raises where these rules are not to be computed for the asker.
        """
        views = Views(self.explaining.runner)
        freezing, recorded = Freezing(views, self.tree), self._recorded(found)
        question = freezing.asked(decision, recorded)
        rules = (
            None
            if decision.rule_set is None
            else adopted(views, Cited(decision.rule_set, decision.axis, decision.person), question.known)
        )
        if rules is None:
            return None
        allow(rules)
        beside = freezing.beside(decision, recorded)
        then, now = beside["as_decided"], beside["now"]
        told = self.explaining.explained(rules, question, facts)
        return {
            **told,
            "decision": {
                **self.explaining.shown(found),
                "grade": decision.grade.model_dump(mode="json"),
                "points": decision.points,
                "said": decided_and_computed(decision.grade.label, told["grade"]).told(),
            },
            "beside": {
                "same": beside["same"],
                "as_frozen": beside["as_frozen"],
                "now": None if now is None else {"grade": now["grade"], "points": now["points"]},
                "said": None if then is None or now is None else _went(then, now),
                "differs": [self._differs(each) for each in beside["differs"]],
            },
        }

    def _recorded(self, found: Retold) -> int:
        """When the decision was first recorded: a correction of it rests on the same."""
        runner = self.explaining.runner
        table = runner.facts.tables[RatingDecided].table
        organisation, event = found.spot.root
        query = select(table.c.recorded).where(table.c.poster == organisation, table.c.event_id == event)
        with runner.generation.store.read() as connection:
            return int(connection.execute(query).scalar() or found.spot.recorded)

    def _differs(self, each: Mapping[str, Any]) -> dict[str, Any]:
        """What differs in one criterion, each fact with its sentence as it stands now."""
        roots: dict[Root, str] = {}
        for fact in each["facts"]:
            log, _, event = fact["event"].partition("/")
            roots[UUID(log), UUID(event)] = fact["how"]
        runner = self.explaining.runner
        with runner.generation.store.read() as connection:
            standing = spots(connection, runner.facts, runner.facts.tables.keys(), roots)
            told = retold(connection, runner.facts, standing, self.explaining.titles)
        said = [{**self.explaining.shown(one), "how": roots[one.spot.root]} for one in told]
        gone = [
            {"root": {"organisation": str(log), "event": str(event)}, "how": how}
            for (log, event), how in roots.items()
            if (log, event) not in {one.spot.root for one in told}
        ]
        return {**each, "facts": [*said, *gone]}


def _went(then: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, str]:
    sides = []
    for side in (then, now):
        label = None if side["grade"] is None else str(side["grade"]["label"])
        sides.append((label, points_text(side["points"]["least"], side["points"]["most"], side["points"]["of"])))
    (was, before), (would, after) = sides
    return went(was, would, before, after).told()
