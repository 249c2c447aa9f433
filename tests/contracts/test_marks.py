"""Does each id say what it names? Access, order and tables are derived from these marks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, get_args, get_origin, get_type_hints
from uuid import UUID

from shared.contracts.event import Part, registered
from shared.contracts.fields import Names, named
from tests.contracts.golden import Sample, every_sample

KINDS = {"organisation", "unit", "place", "scope", "person", "meeting", "directive", "rule-set"}

UNMARKED = {
    "AffiliationReceived.home": "may be a branch of another organisation, so it is not tested against one's own line",
    "EventReference.event": "names an event, which is no thing that anybody has scope over",
    "HoldReleased.hold": "names an event, which is no thing that anybody has scope over",
    "SigningKeyRegistered.credential": "names a key, which lies in nobody's subtree",
    "TransferReceived.origin": "may be a branch of another organisation, so it is not tested against one's own line",
}
"""Ids without a mark, with the reason."""


def ids(value: object) -> Iterator[UUID]:
    """Every id inside a fact, found by its type alone."""
    if isinstance(value, UUID):
        yield value
    if isinstance(value, Part):
        for field in type(value).model_fields:
            yield from ids(getattr(value, field))
    if isinstance(value, tuple):
        for item in value:
            yield from ids(item)


def marks(hint: object) -> Iterator[str | None]:
    """For every UUID in a type expression its mark, or nothing; parts inside speak for themselves."""
    if hint is UUID:
        yield None
    elif get_origin(hint) is Annotated and get_args(hint)[0] is UUID:
        yield next((mark.kind for mark in get_args(hint) if isinstance(mark, Names)), None)
    else:
        for argument in get_args(hint):
            yield from marks(argument)


def contracts() -> Iterator[type[Part]]:
    """Every contract and every part that occurs inside one."""

    def inside(hint: object) -> Iterator[type[Part]]:
        if isinstance(hint, type) and issubclass(hint, Part):
            yield hint
            for inner in get_type_hints(hint, include_extras=True).values():
                yield from inside(inner)
        for argument in get_args(hint):
            yield from inside(argument)

    yield from {part for contract in registered().values() for part in inside(contract)}


def test_every_id_carries_a_mark_or_a_reason_why_not() -> None:
    unmarked = {
        f"{part.__name__}.{field}"
        for part in contracts()
        for field, hint in get_type_hints(part, include_extras=True).items()
        if None in set(marks(hint))
    }
    assert unmarked == UNMARKED.keys()


def test_the_kinds_of_things_that_ids_name_are_these() -> None:
    hints = [hint for part in contracts() for hint in get_type_hints(part, include_extras=True).values()]
    assert {kind for hint in hints for kind in marks(hint)} - {None} == KINDS


@every_sample
def test_named_finds_every_marked_id_of_a_sample(sample: Sample) -> None:
    fact = sample.contract.model_validate_json(sample.raw)
    found = [id for _, _, id in named(fact)]
    silent = [
        value
        for name in UNMARKED
        for part in _parts(fact)
        if name.startswith(f"{type(part).__name__}.") and (value := getattr(part, name.partition(".")[2])) is not None
    ]
    assert sorted([*found, *silent]) == sorted(ids(fact))


@every_sample
def test_named_gives_the_path_at_which_the_id_stands(sample: Sample) -> None:
    fact = sample.contract.model_validate_json(sample.raw)
    for path, kind, id in named(fact):
        assert kind in KINDS
        value: Any = sample.fact
        for step in path.split("."):
            value = value[int(step) if step.isdigit() else step]
        assert value == str(id)


def _parts(value: object) -> Iterator[Part]:
    if isinstance(value, Part):
        yield value
        for field in type(value).model_fields:
            yield from _parts(getattr(value, field))
    if isinstance(value, tuple):
        for item in value:
            yield from _parts(item)
