"""What does a service know of units and access? One value: the tree and the directory, as of some position."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from shared.eventsourcing.decider import Said
from shared.units.directory import DIRECTORY_FACTS, Directory
from shared.units.life import UNIT_FACTS
from shared.units.tree import Tree

__all__ = ["KNOWLEDGE_FACTS", "UNIT_FACTS", "Knowledge"]

KNOWLEDGE_FACTS: Final = UNIT_FACTS | DIRECTORY_FACTS
"""The membership facts that every service listens to, so that it can judge who may say what of whom."""


@dataclass(frozen=True, slots=True)
class Knowledge:
    """Units, places, organisations, credentials and mandates. Immutable: what is learnt gives another value."""

    tree: Tree = field(default_factory=Tree.empty)
    directory: Directory = field(default_factory=Directory)

    def told(self, facts: Iterable[Said]) -> Knowledge:
        """With these standing facts too; a new version of a fact replaces the old one."""
        facts = list(facts)
        return Knowledge(self.tree.with_facts(facts), self.directory.with_facts(facts)) if facts else self

    def without(self, roots: Iterable[tuple[UUID, UUID]]) -> Knowledge:
        """Without the facts of these roots: they were voided."""
        roots = list(roots)
        return Knowledge(self.tree.without(roots), self.directory.without(roots)) if roots else self
