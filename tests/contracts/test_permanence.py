"""What may never change? Names, and what the published language leans on."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import shared.contracts
from shared.contracts.event import NAME, Event, NameTaken, contract, event, known_versions, registered
from shared.contracts.fields import UnitId
from shared.contracts.membership import Act, MemberJoined
from tests.contracts.golden import SAMPLES

FOLDER = Path(shared.contracts.__path__[0])
FORMER = MemberJoined.name


class Unregistered(Event):
    """A contract that nobody has named (thử)."""

    branch: UnitId


def test_a_name_is_given_once() -> None:
    with pytest.raises(NameTaken):
        event(FORMER, aggregate="person")(Unregistered)
    assert contract(FORMER) is MemberJoined


def test_a_contract_has_one_name() -> None:
    with pytest.raises(NameTaken):
        event("vn.nennep.membership.member-joined.v2", aggregate="person")(MemberJoined)
    assert MemberJoined.name == FORMER
    assert contract("vn.nennep.membership.member-joined.v2") is None


@pytest.mark.parametrize(
    "name",
    [
        "member-joined",
        "vn.nennep.membership.member-joined",
        "vn.nennep.membership.member-joined.v0",
        "vn.nennep.membership.member-joined.v01",
        "vn.nennep.membership.MemberJoined.v1",
        "vn.nennep.membership.member_joined.v1",
        "vn.nennep.membership.member-joined.v1\n",
        "vn.nennep.membership.-joined.v1",
        "shared.contracts.membership.MemberJoined",
    ],
)
def test_a_name_of_another_form_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="not an event name"):
        event(name, aggregate="person")


def test_a_declared_field_must_exist() -> None:
    name = "vn.nennep.membership.trial-ended.v1"
    with pytest.raises(TypeError):
        event(name, aggregate="person", effect="effective")(Unregistered)
    with pytest.raises(TypeError):
        event(name, aggregate="person", order_keys=("parent",))(Unregistered)
    assert contract(name) is None


def test_other_versions_of_a_name_are_found_and_nothing_else() -> None:
    assert list(known_versions("vn.nennep.meetings.visit-completed.v2")) == ["vn.nennep.meetings.visit-completed.v1"]
    assert list(known_versions("vn.nennep.meetings.visit-completed.v1")) == []
    for name in ("vn.nennep.meetings.visit-completed", "vn.nennep.meetings.visit.v1", "visit-completed.v1", ""):
        assert list(known_versions(name)) == []


def test_contracts_stand_in_the_file_of_their_service() -> None:
    for name, cls in registered().items():
        match = NAME.fullmatch(name)
        assert match is not None
        assert cls.service == match["service"]
        own, module = f"shared.contracts.{cls.service}", cls.__module__
        assert module in {own, "shared.contracts.corrections", "shared.contracts.closings"} or module.startswith(
            f"{own}."
        )


def test_every_producing_service_can_correct_and_void() -> None:
    services = {cls.service for cls in registered().values()}
    for service in services:
        assert contract(f"vn.nennep.{service}.fact-corrected.v1") is not None
        assert contract(f"vn.nennep.{service}.fact-voided.v1") is not None


def test_acts_are_those_that_a_mandate_can_name() -> None:
    assert {cls.act for cls in registered().values()} == {*Act, None}


def test_an_effect_date_is_a_required_day() -> None:
    for cls in registered().values():
        if cls.effect is not None:
            assert cls.model_fields[cls.effect].is_required()


def test_there_are_as_many_samples_as_contracts() -> None:
    assert [sample.contract.name for sample in SAMPLES] == list(registered())


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.py")), ids=lambda path: str(path.name))
def test_contracts_import_only_pydantic_msgspec_and_the_standard_library(path: Path) -> None:
    allowed = {"pydantic", "msgspec", *sys.stdlib_module_names}
    for module in _imported(ast.parse(path.read_text(encoding="utf-8"))):
        assert module.split(".")[0] in allowed or module.startswith("shared.contracts"), module


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.py")), ids=lambda path: str(path.name))
def test_contracts_read_no_clock_and_make_no_ids(path: Path) -> None:
    names = {n.attr for n in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(n, ast.Attribute)}
    assert names.isdisjoint({"now", "utcnow", "today", "uuid4", "uuid1", "random"})


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0
            yield node.module or ""
