"""Does a rule of membership ever fail instead of refusing? Whatever is posted, and in whatever order it is folded."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given as for_any
from hypothesis import settings
from hypothesis import strategies as st

from services.membership.domain import DECIDERS
from tests.support.any_fact import histories
from tests.support.any_history import grow, holds_together


@pytest.mark.parametrize("aggregate", sorted({fact.aggregate for fact in DECIDERS}))
@settings(max_examples=20, deadline=None)
@for_any(st.data(), st.randoms(use_true_random=False))
def test_whatever_was_accepted_folds_in_any_order(aggregate: str, data: st.DataObject, chance: Random) -> None:
    facts = [fact for fact in DECIDERS if fact.aggregate == aggregate]
    holds_together(grow(data.draw(histories(facts)), chance), chance)
