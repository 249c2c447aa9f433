"""What beside points decides which grade is given? Conditions, vetoes, and how long the unit must have been at work."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from shared.contracts.event import Part
from shared.contracts.fields import Code, Name, Positive, plain_text

Expression = Annotated[str, StringConstraints(min_length=1, max_length=500), AfterValidator(plain_text)]
"""A condition in the language of `docs/formats/rule-set.md`: `tasks-done = 100 % and tasks-late <= 20 %`."""


class GradeCondition(Part):
    """What a grade asks for beside points (điều kiện của mức xếp loại)."""

    rank: Positive
    """The rank of one of the rule document's grades."""
    title: Name
    clause: Name
    when: Expression
    """Where it does not hold, the grade is not given."""


class Veto(Part):
    """What bars the better grades, whatever the points (tiêu chí chặn): discipline, as a rule."""

    code: Code
    title: Name
    clause: Name
    when: Expression
    """Where it holds, nothing better than `best` is given."""
    best: Positive
    """The best rank that is still given."""


class YoungestAge(Part):
    """How long a unit must have been at work by the end of the period, so that it is rated (thời gian hoạt động)."""

    months: Annotated[int, Field(ge=1, le=120)]
    """Full months."""
    after_change: Annotated[int, Field(ge=1, le=120)] | None = None
    """The same for a unit that came of a merger or a split; none: no difference."""
    clause: Name
