"""Is every rule tested? The contracts that need a decider, the refusals that exist, and those that tests expect."""

from __future__ import annotations

import ast
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType

from shared.contracts.corrections import FactCorrected, FactVoided
from shared.contracts.event import Event, registered
from shared.eventsourcing.errors import Refused
from tests.support.sources import ROOT, parsed


def contracts(service: str) -> set[type[Event]]:
    """What a service must have a decider for; corrections and voidings are judged by the kit."""
    return {
        cls
        for cls in registered().values()
        if cls.service == service and not issubclass(cls, FactCorrected | FactVoided)
    }


def domain_modules(service: str) -> list[ModuleType]:
    """The modules of a service's rules."""
    package = import_module(f"services.{service}.domain")
    return [import_module(f"{package.__name__}.{found.name}") for found in iter_modules(package.__path__)]


def refusals(*modules: ModuleType) -> dict[str, type[Refused]]:
    """The refusals that these modules define themselves, by name."""
    return {
        name: value
        for module in modules
        for name, value in vars(module).items()
        if isinstance(value, type) and issubclass(value, Refused) and value.__module__ == module.__name__
    }


def expected(*services: str) -> set[str]:
    """The names that the tests of these services' rules hand to `then`, by themselves or from a table of cases."""
    files = [file for service in services for file in sorted((ROOT / "tests" / service / "domain").glob("test_*.py"))]
    return {
        name.id
        for file in files
        for node in ast.walk(parsed(file.relative_to(ROOT)))
        if isinstance(node, ast.Tuple) or _is_then(node)
        for name in ast.walk(node)
        if isinstance(name, ast.Name)
    }


def _is_then(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "then"
