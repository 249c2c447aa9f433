"""What stands about ratings in this service's own log? Streams with their documents, read where they were written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from services.ratings.domain.course import reported
from shared.contracts.envelope import Recorded, recorded_text
from shared.contracts.ratings import RatingAuthoritySet, RatingPeriodOpened, RatingPoolClosed, authority_id
from shared.eventsourcing.decider import Said
from shared.eventsourcing.log import Log
from shared.eventsourcing.stream import Stream
from shared.units.tree import Tree


@dataclass(frozen=True, slots=True)
class Kept:
    """A standing fact with the event that says it now."""

    said: Said
    recorded: Recorded

    def told(self, tree: Tree, *, whole: bool) -> dict[str, Any]:
        """As an answer has it; who may not read the fact itself learns what was done, by whom, and when."""
        fact, envelope = self.said.fact, self.recorded.envelope
        body = getattr(fact, "body", None) or getattr(fact, "rater", None) or getattr(fact, "unit", None)
        grade, document = getattr(fact, "grade", None), envelope.content.document
        found: dict[str, Any] = {
            "step": fact.name.split(".")[3],
            "organisation": str(self.said.organisation),
            "event": str(self.said.event),
            "day": self.said.day.isoformat(),
            "body": None if body is None else str(body),
            "body_title": None if body is None else tree.title(body, self.said.day),
            "reported": body is not None and reported(self.said, body, tree),
            "grade": None if grade is None else grade.model_dump(mode="json"),
        }
        if not whole:
            return found
        signer = getattr(fact, "signer", None)
        return found | {
            "signer": None if signer is None else signer.model_dump(mode="json", exclude_none=True),
            "document": None
            if document is None
            else {"number": document.number, "issuer": document.issuer, "date": document.date.isoformat()},
            "recorded": recorded_text(envelope.recorded),
            "corrected": envelope.id != self.said.event,
        }


@dataclass(frozen=True, slots=True)
class Record:
    """The service's own log, read by subject."""

    log: Log

    def kept(self, subjects: Iterable[UUID]) -> Mapping[UUID, list[Kept]]:
        """What stands about each of these subjects, in order."""
        wanted = sorted(set(subjects))
        with self.log.store.read() as connection:
            histories = self.log.streams(connection, wanted)
        found: dict[UUID, list[Kept]] = {}
        for subject in wanted:
            history = histories.get(subject, [])
            ids = {(each.envelope.organisation, each.envelope.id): each for each in history}
            links = Stream.of(subject, history).links.values()
            kept = [Kept(link.said, ids[link.by, link.last]) for link in links if link.said is not None]
            found[subject] = sorted(kept, key=lambda each: each.said.place)
        return found

    def facts(self, subject: UUID) -> list[Said]:
        """The same without documents, about one subject."""
        return [each.said for each in self.kept([subject])[subject]]

    def rules(self, axis: str) -> list[Said]:
        """Every rule on who decides on an axis."""
        return [said for said in self.facts(authority_id(axis)) if isinstance(said.fact, RatingAuthoritySet)]

    def openings(self, subject: UUID) -> list[Kept]:
        """Every opening of a period."""
        return [each for each in self.kept([subject])[subject] if isinstance(each.said.fact, RatingPeriodOpened)]

    def pools(self, subject: UUID) -> list[Kept]:
        """Every list of a rater's pools."""
        return [each for each in self.kept([subject])[subject] if isinstance(each.said.fact, RatingPoolClosed)]
