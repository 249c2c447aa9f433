"""Does a rule of membership ever fail instead of refusing? Whatever is posted, and in whatever order it is folded."""

from __future__ import annotations

from hypothesis import given as for_any
from hypothesis import settings
from hypothesis import strategies as st

from services.membership.domain import DECIDERS
from shared.contracts.corrections import FactVoided
from tests.support.any_fact import posts
from tests.support.any_history import grow, holds_together

FACTS = [fact for fact in DECIDERS if not issubclass(fact, FactVoided)]


@settings(max_examples=60, deadline=None)
@for_any(st.lists(posts(FACTS), max_size=25), st.randoms(use_true_random=False))
def test_whatever_was_accepted_folds_in_any_order(drafts: list[Post], chance: Random) -> None:
    holds_together(grow(drafts, chance), chance)
