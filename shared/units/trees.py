"""How is the tree kept in step with fact tables? Whatever was said about the touched units is read again."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import MetaData

from shared.eventsourcing.facts import Facts
from shared.eventsourcing.projection import Views
from shared.units.knowledge import UNIT_FACTS
from shared.units.tree import Tree

_KEY = "trees"
_OWNER = "units"
"""The projection whose facts it reads, whoever asks: an event that was discarded there is in nobody's tree."""


class Trees:
    """The tree of one generation of views, shared by the projections that rest on it."""

    def __init__(self) -> None:
        self._tree: Tree | None = None
        self._before: Tree | None = None
        """The tree as it was when its follower last asked."""
        self._read: set[UUID] | None = None
        """About whom facts were read since then; none while nobody follows."""
        self._whole = False
        """Whether all of it was read since then."""

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
        tree = self._tree or Tree.empty()
        self._whole |= wanted is None
        if self._read is not None:
            self._read |= wanted or set()
        gone = tree.told(wanted or ()) - {(each.organisation, each.event) for each in said}
        self._tree = tree.without(gone).with_facts(said)
        return self._tree

    def followed(self, facts: Facts, known: Tree, subjects: set[UUID]) -> Tree | None:
        """The tree, for who knew one that held all but the facts about these subjects; none: it is to read by itself.

        It is asked after each commit, before anything is written again. What projections do without, because it was
        discarded or waits behind a parked event, is in the follower's tree all the same: then each reads its own.
        """
        whole, before, read = self._whole, self._before, self._read
        self._whole, self._before, self._read = False, self._tree, set()
        if self._tree is None or read is None or facts.of(_OWNER) is not facts:
            return None
        return self._tree if whole or (before is known and subjects <= read) else None

    def forget(self) -> None:
        """What was read may have been rolled back: read everything again next time."""
        self._tree = None
