"""How does a check end? Proven, or with one of these: a contradiction, or not enough to judge by."""

from __future__ import annotations


class Contradiction(Exception):
    """What was shown cannot be true; the text says what and where. Exit code 1."""


class CannotJudge(Exception):
    """What was shown neither holds nor fails by what is known here: a key is missing, a file is none. Exit code 2."""


def agree(holds: object, otherwise: str) -> None:
    """Contradiction, with this text, unless it holds."""
    if not holds:
        raise Contradiction(otherwise)
