"""How is the tree kept in step with fact tables? Whatever was said about the touched units is read again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import MetaData

from shared.eventsourcing.projection import Views
from shared.units.knowledge import UNIT_FACTS
from shared.units.lives import Root
from shared.units.tree import Tree

_KEY = "trees"
_OWNER = "units"
"""The projection whose facts it reads, whoever asks: an event that was discarded there is in nobody's tree."""


class Trees:
    """The tree of one generation of views, shared by the projections that rest on it."""

    def __init__(self) -> None:
        self._tree: Tree | None = None
        self._roots: dict[UUID, set[Root]] = defaultdict(set)

    @classmethod
    def of(cls, metadata: MetaData) -> Trees:
        """The one for the views that these tables make up."""
        trees = metadata.info.setdefault(_KEY, cls())
        if not isinstance(trees, cls):
            raise TypeError(_KEY)
        return trees

    def current(self, views: Views) -> Tree:
        """The tree as last brought up to date; read whole when there is none."""
        return self.updated(views, ()) if self._tree is None else self._tree

    def updated(self, views: Views, subjects: Iterable[UUID]) -> Tree:
        """The tree after the facts about these subjects were read again."""
        wanted = None if self._tree is None else set(subjects)
        said = views.facts.of(_OWNER).said(views.connection, UNIT_FACTS, subjects=wanted)
        before = set().union(*(self._roots.pop(subject, set()) for subject in wanted or ()))
        for each in said:
            self._roots[each.subject].add((each.organisation, each.event))
        gone = before - {(each.organisation, each.event) for each in said}
        self._tree = (self._tree or Tree.empty()).without(gone).with_facts(said)
        return self._tree

    def forget(self) -> None:
        """What was read may have been rolled back: read everything again next time."""
        self._tree = None
        self._roots.clear()
