"""What did each review find? Its opening and closing, and the last finding of each member on each branch's list."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, Column, Date, Index, MetaData, Table, Text, Uuid

from shared.contracts.event import Event
from shared.contracts.membership import MemberReviewed, ReviewClosed, ReviewOpened
from shared.eventsourcing.decider import Said, in_order
from shared.eventsourcing.projection import Projection, Views
from shared.eventsourcing.rows import rewrite

Row = dict[str, Any]


class Reviews(Projection):
    """Reviews and their findings. Keys: reviews."""

    name = "reviews"
    listens: ClassVar[frozenset[type[Event]]] = frozenset({ReviewOpened, MemberReviewed, ReviewClosed})

    def declare(self, metadata: MetaData) -> Iterable[Table]:
        """`review` for those opened, and `review_finding`."""
        self._review = Table(
            "review",
            metadata,
            Column("id", Uuid, primary_key=True),
            Column("organisation", Uuid, nullable=False),
            Column("unit", Uuid, nullable=False),
            Column("opened_day", Date, nullable=False),
            Column("period_start", Date, nullable=False),
            Column("period_end", Date, nullable=False),
            Column("closed_day", Date),
            Column("before", BigInteger),
            Column("after", BigInteger),
        )
        Index("review_unit", self._review.c.unit)
        self._finding = Table(
            "review_finding",
            metadata,
            Column("review", Uuid, primary_key=True),
            Column("person", Uuid, primary_key=True),
            Column("branch", Uuid, primary_key=True),
            Column("day", Date, nullable=False),
            Column("sequence", BigInteger, nullable=False),
            Column("finding", Text, nullable=False),
        )
        return self._review, self._finding

    def keys(self, views: Views, said: Said) -> Iterable[UUID]:
        """The review, which is the subject."""
        del views
        return [said.subject]

    def recompute(self, views: Views, keys: frozenset[UUID]) -> None:
        """Fold these reviews again."""
        facts = views.about(self.listens, keys)
        reviews, findings = list[Row](), list[Row]()
        for review, about in facts.items():
            _fold(review, in_order(about), reviews, findings)
        rewrite(views.connection, self._review, self._review.c.id, keys, reviews)
        rewrite(views.connection, self._finding, self._finding.c.review, keys, findings)


def _fold(review: UUID, facts: Iterable[Said], reviews: list[Row], findings: list[Row]) -> None:
    opened: Row = {}
    closed: Row = {"closed_day": None, "before": None, "after": None}
    found: dict[tuple[UUID, UUID], Row] = {}
    for said in facts:
        match said.fact:
            case ReviewOpened(unit=unit, period=period):
                opened = opened or {
                    "organisation": said.organisation,
                    "unit": unit,
                    "opened_day": said.day,
                    "period_start": period.start,
                    "period_end": period.end,
                }
            case ReviewClosed(before=before, after=after):
                closed = {"closed_day": said.day, "before": before, "after": after}
            case MemberReviewed(branch=branch, person=person, finding=finding):
                found[person, branch] = {"day": said.day, "sequence": said.sequence, "finding": finding.value}
    if opened:
        reviews.append({"id": review, **opened, **closed})
    findings += [
        {"review": review, "person": person, "branch": branch, **row} for (person, branch), row in found.items()
    ]
