"""May this poster name these units? Each id in a fact is held against the poster's subtrees and mandates, by day."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import ClassVar, Final
from uuid import UUID

from shared.contracts.event import Event
from shared.contracts.fields import named
from shared.contracts.membership import (
    CredentialIssued,
    CredentialRevoked,
    HoldPlaced,
    HoldReleased,
    IdentityAdmitted,
    MandateGranted,
    MandateWithdrawn,
    OrganisationRegistered,
    PersonForgotten,
    PersonRequestAcknowledged,
    PersonRequestAnswered,
    PersonRequestExtended,
    PersonRequestReceived,
    PlaceReclassified,
    ReaderGranted,
    ReaderRevoked,
    Role,
    SigningKeyRegistered,
    SigningKeyRevoked,
    TerritoryDeclared,
    UnitDissolved,
    UnitFounded,
    UnitMerged,
    UnitMoved,
    UnitRenamed,
    UnitSplit,
)
from shared.contracts.ratings import (
    ObjectionRaised,
    RatingCancelled,
    RatingChanged,
    RatingDecided,
    RatingPoolClosed,
    RatingProposed,
    RatingPublished,
    RatingReverified,
    RatingUpheld,
    RatingVerified,
    ReratingOrdered,
)
from shared.eventsourcing.decider import Said
from shared.eventsourcing.draft import Draft, Poster
from shared.eventsourcing.errors import Refused
from shared.units.directory import Directory, RoleMayNot
from shared.units.rights import Right, is_decision, rights_of
from shared.units.tree import Tree

BY_OPERATOR: Final[frozenset[type[Event]]] = frozenset(
    {
        *(OrganisationRegistered, TerritoryDeclared, CredentialIssued, CredentialRevoked, IdentityAdmitted),
        *(SigningKeyRegistered, SigningKeyRevoked, ReaderGranted, ReaderRevoked),
    }
)
"""Facts that only the operator posts."""
STRUCTURE: Final[frozenset[type[Event]]] = frozenset(
    {PlaceReclassified, UnitRenamed, UnitMoved, UnitMerged, UnitSplit, UnitDissolved}
)
"""Facts that change the tree: to name a place in them is to change the territory."""
WHOLE: Final[frozenset[type[Event]]] = frozenset(
    {
        *(PersonForgotten, HoldPlaced, HoldReleased),
        *(PersonRequestReceived, PersonRequestAcknowledged, PersonRequestExtended, PersonRequestAnswered),
    }
)
"""Facts that name no unit and speak for the whole organisation: a credential for a part of its line may not."""
OWN_LINE: Final[frozenset[tuple[type[Event], str]]] = frozenset(
    {
        *((RatingProposed, "rater"), (RatingDecided, "rater"), (RatingPoolClosed, "rater")),
        *((RatingVerified, "body"), (RatingPublished, "body"), (ObjectionRaised, "body"), (ReratingOrdered, "body")),
        *((RatingReverified, "body"), (RatingUpheld, "body"), (RatingChanged, "body"), (RatingCancelled, "body")),
    }
)
"""Units that no mandate covers: nobody acts in another body's name."""
TOLD: Final = OWN_LINE - {(RatingProposed, "rater"), (RatingPoolClosed, "rater")}
"""Where the subject's own organisation may tell of another organisation's act: *reported by the subject*."""


class UnknownUnit(Refused):
    """No founding of this unit, or declaration of this place, has been seen."""

    foreign: ClassVar[bool] = True


class OutsideScope(Refused):
    """The unit lies outside the subtrees in which the credential may post."""

    foreign: ClassVar[bool] = True


class NoMandate(Refused):
    """The unit lies outside one's own line, and no mandate covers it for this act on that day."""

    foreign: ClassVar[bool] = True


class UnknownMandate(Refused):
    """No such mandate has been seen."""

    foreign: ClassVar[bool] = True


def check_scope(poster: Poster, draft: Draft, day: dt.date, tree: Tree, directory: Directory) -> None:
    """Raise the first reason why this poster may not say this: role, subject, or an id that the fact names.

    `day` is the fact's own day. What a correction replaces is looked at by `check_replaced`.
    """
    _check(_Scope(poster, day, tree, directory), draft.inner or draft.fact, draft.content.subject)


def check_replaced(poster: Poster, old: Said, tree: Tree, directory: Directory) -> None:
    """Raise when the poster may not say the recorded fact himself, and so may not correct or void it."""
    try:
        _check(_Scope(poster, old.day, tree, directory), old.fact, old.subject)
    except Refused as refusal:
        raise type(refusal)("corrects") from refusal


def _check(scope: _Scope, fact: Event, subject: UUID) -> None:
    scope.require_role(fact)
    scope.require_subject(fact, subject)
    for path, kind, named_id in named(fact):
        match kind:
            case "unit":
                if not scope.tells_of(fact, path, named_id):
                    scope.require_unit(path, named_id, _act(fact, path))
            case "place":
                scope.require_place(path, named_id)
            case "scope":
                scope.require_either(path, named_id, fact)
            case _:
                continue


@dataclass(frozen=True, slots=True)
class _Scope:
    """What one poster may name on one day."""

    poster: Poster
    day: dt.date
    tree: Tree
    directory: Directory

    @property
    def by_operator(self) -> bool:
        return self.poster.role == Role.OPERATOR

    @property
    def whole_line(self) -> bool:
        """Whether the credential speaks for all of its organisation."""
        return not self.poster.roots

    def owns(self, unit: UUID) -> bool:
        """Whether a unit lies in the poster's subtrees; a root that is a place holds the own units within it."""
        tree, poster = self.tree, self.poster
        own = tree.answers_for(poster.organisation, unit, self.day)
        if not poster.roots:
            return own
        return any(tree.under(unit, root, self.day) and (own or not tree.is_place(root)) for root in poster.roots)

    def tells_of(self, fact: Event, path: str, body: UUID) -> bool:
        """Whether the fact tells what another organisation's body did about a unit of the poster's own."""
        unit = getattr(fact, "unit", None)
        if (type(fact), path) not in TOLD or unit is None or not self.tree.known(body) or self.tree.is_place(body):
            return False
        return self.owns(unit) and not self.tree.ever_owned(self.poster.organisation, body)

    def mandated(self, unit: UUID, act: str) -> bool:
        """Whether a mandate for the act covers the unit, by line or by territory."""
        mandates = self.directory.mandates(self.poster.organisation, act, self.day)
        return any(self.tree.under(unit, mandate.subtree, self.day) for mandate in mandates)

    # ── What is required ─────────────────────────────────────────────────────────────────────────────────────────

    def require_role(self, fact: Event) -> None:
        right = Right.DECIDE if is_decision(type(fact)) else Right.POST
        if right not in rights_of(self.poster.role):
            raise RoleMayNot
        if type(fact) in BY_OPERATOR and not self.by_operator:
            raise RoleMayNot

    def require_unit(self, path: str, unit: UUID, act: str | None = None) -> None:
        """A unit of the poster's own subtrees, or one under a mandate for the act."""
        if not self.tree.known(unit) or self.tree.is_place(unit):
            raise UnknownUnit(path)
        if self.owns(unit) or (act is not None and self.mandated(unit, act)):
            return
        raise OutsideScope(path) if act is None else NoMandate(path)

    def require_place(self, path: str, place: UUID) -> None:
        """A place of the territory; everybody may name it."""
        if not self.tree.is_place(place):
            raise UnknownUnit(path)

    def require_either(self, path: str, root: UUID, fact: Event) -> None:
        """A subtree of the own line or of the territory."""
        if not self.tree.known(root):
            raise UnknownUnit(path)
        place = self.tree.is_place(root)
        if place and (type(fact) in STRUCTURE or isinstance(fact, MandateGranted)) and not self.by_operator:
            raise OutsideScope(path)
        if place or self._grants(root, fact):
            return
        self.require_unit(path, root, _act(fact, path))

    def _grants(self, root: UUID, fact: Event) -> bool:
        """Whether the operator gives rights in a subtree: a credential in its organisation's own, a mandate in any."""
        if isinstance(fact, CredentialIssued | IdentityAdmitted):
            # A closed organisation's people go on reading what was theirs.
            return self.tree.ever_owned(fact.organisation, root)
        return isinstance(fact, MandateGranted) and self.by_operator

    def require_subject(self, fact: Event, subject: UUID) -> None:
        """The subject itself, where it is a unit, an organisation, or a mandate."""
        match fact:
            case UnitFounded():
                self._require_founder(fact, subject)
            case TerritoryDeclared():
                self._require_free(subject, place=True)
            case MandateWithdrawn():
                self._require_grantor(subject)
            case CredentialIssued(role=Role.OPERATOR) | IdentityAdmitted(role=Role.OPERATOR) if (
                not self.directory.is_operator(fact.organisation)
            ):
                raise RoleMayNot("role")
            case _ if type(fact) in STRUCTURE:
                self.require_either("subject", subject, fact)
            case _ if type(fact) in WHOLE:
                if not self.whole_line:
                    raise OutsideScope("subject")
            case _ if fact.aggregate == "organisation" and type(fact) not in BY_OPERATOR:
                if subject != self.poster.organisation or not self.whole_line:
                    raise OutsideScope("subject")
            case _:
                return

    def _require_founder(self, fact: UnitFounded, subject: UUID) -> None:
        """Under nothing an organisation founds its first unit only; under which unit, `require_unit` looks at."""
        self._require_free(subject, place=False)
        if fact.parent is not None or self.by_operator:
            return
        roots = self.tree.roots(self.poster.organisation)
        if not self.whole_line or any(root != subject for root in roots):
            raise OutsideScope("parent")

    def _require_free(self, subject: UUID, *, place: bool) -> None:
        """Nobody founds what another has founded."""
        tree = self.tree
        own = tree.answers_for(self.poster.organisation, subject, self.day)
        if tree.known(subject) and (not own or tree.is_place(subject) != place):
            raise OutsideScope("subject")

    def _require_grantor(self, subject: UUID) -> None:
        mandate = self.directory.mandate(subject)
        if mandate is None:
            raise UnknownMandate("subject")
        if self.by_operator:
            return
        followed = self.tree.follows(self.poster.organisation, mandate.granted_by)
        if not followed or not self.owns(mandate.subtree):
            raise OutsideScope("subject")


def _act(fact: Event, path: str) -> str | None:
    """The act of a mandate under which this field may name a unit outside one's own line."""
    return None if (type(fact), path) in OWN_LINE else fact.act
