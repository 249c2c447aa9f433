"""On which line of what was posted does a field stand? Of a text that people wrote over several lines."""

from __future__ import annotations

import json
from typing import Final

import msgspec

from shared.web.problem import Problem

FINDINGS: Final = "findings"
"""Under which name a rule tells several places at once, one a line: the path within the fact, and what is wrong."""
_value = json.JSONDecoder().raw_decode
_SPACE: Final = " \t\r\n"


def located(problem: Problem, body: bytes) -> Problem:
    """The problem with its line, and each of its findings with its own; as it is where the body is of one line."""
    if problem.field is None or b"\n" not in body.strip():
        return problem
    try:
        text = body.decode()
        line = line_of(text, problem.field)
    except (ValueError, IndexError, RecursionError):
        return problem  # What cannot be read has its own problem already.
    found = problem.values.get(FINDINGS)
    if found is None or line is None:
        return msgspec.structs.replace(problem, line=line)
    within = problem.field.removesuffix(found.partition(" ")[0])
    told = "\n".join(_told(text, within, each) for each in found.split("\n"))
    return msgspec.structs.replace(problem, line=line, values={**problem.values, FINDINGS: told})


def line_of(text: str, path: str) -> int | None:
    """The line, from 1, on which the value of a path begins; that of what it should stand in where it is missing.

    None where the first step is an attribute that is not there. ValueError, IndexError where the text is no JSON.
    """
    at = start = _next(text, 0)
    for step in path.split("."):
        inner = _member(text, at, step)
        if inner is None:
            break
        at = inner
    return None if at == start else text.count("\n", 0, at) + 1


def _told(text: str, within: str, finding: str) -> str:
    line = line_of(text, within + finding.partition(" ")[0])
    return finding if line is None else f"{line}: {finding}"


def _member(text: str, at: int, step: str) -> int | None:
    """Where the value of a name, or the item of a number, begins; none where there is no such one."""
    named, count = text[at] == "{", 0
    if not named and text[at] != "[":
        return None
    at = _next(text, at + 1)
    while text[at] not in "}]":
        name = str(count)
        if named:
            name, at = _value(text, at)
            at = _next(text, _next(text, at) + 1)
        if name == step:
            return at
        at, count = _next(text, _value(text, at)[1]), count + 1
        if text[at] == ",":
            at = _next(text, at + 1)
    return None


def _next(text: str, at: int) -> int:
    while text[at] in _SPACE:
        at += 1
    return at
