"""What must stand before the first poster begins? Places, organisations, mandates; then each one's units."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from shared.contracts.membership import (
    Level,
    MandateGranted,
    OrganisationRegistered,
    TerritoryDeclared,
    UnitFounded,
)
from shared.operations.demo.calibration import Organisation
from shared.operations.demo.posting import OPERATOR, SETUP, Posting
from shared.operations.demo.scribe import Posted, Scribe
from shared.operations.demo.world import World

LEVEL = (Level.PROVINCE, Level.DISTRICT, Level.COMMUNE, Level.LOCALITY)


def postings(world: World) -> list[Posting]:
    """The operator's posting, and one for each organisation that founds its units."""
    return [
        Posting(OPERATOR, "membership", "setup", partial(_setup, world)),
        *(
            Posting(organisation.key, "membership", "units", partial(_founding, world, organisation), after=(SETUP,))
            for organisation in world.calibration.organisation
        ),
    ]


def _setup(world: World) -> Iterator[Posted]:
    operator = Scribe(world.ids, OPERATOR)
    yield from _territory(world, operator)
    yield from _organisations(world, operator)
    yield from _mandates(world, operator)


def _territory(world: World, operator: Scribe) -> Iterator[Posted]:
    since = world.calibration.territory_since
    for place in world.places.values():
        fact = {
            "title": place.title,
            "level": LEVEL[place.depth],
            "kind": place.kind,
            "parent": None if place.above is None else world.ids(f"place:{place.above}"),
            "effective": since,
        }
        yield operator.says(TerritoryDeclared, world.ids(f"place:{place.path}"), since, fact)


def _organisations(world: World, operator: Scribe) -> Iterator[Posted]:
    since = world.calibration.territory_since
    for organisation in world.calibration.organisation:
        fact = {
            "title": world.line(organisation)[0].title,
            "kind": organisation.kind,
            "body": world.calibration.kind[organisation.kind].body,
            "province": world.ids(f"place:{organisation.province}"),
        }
        yield operator.says(OrganisationRegistered, world.ids(f"organisation:{organisation.key}"), since, fact)


def _mandates(world: World, operator: Scribe) -> Iterator[Posted]:
    for mandate in world.calibration.mandate:
        subject = world.ids(f"mandate:{mandate.grantee}/{mandate.place}/{'+'.join(mandate.acts)}")
        fact = {
            "grantee": world.ids(f"organisation:{mandate.grantee}"),
            "acts": mandate.acts,
            "subtree": world.ids(f"place:{mandate.place}"),
            "valid_from": mandate.since,
        }
        yield operator.says(MandateGranted, subject, mandate.since, fact)


def _founding(world: World, organisation: Organisation) -> Iterator[Posted]:
    scribe, opened = Scribe(world.ids, organisation.key), world.province(organisation).opened
    for unit in world.line(organisation):
        fact = {
            "title": unit.title,
            "kind": unit.kind,
            "parent": None if unit.above is None else world.ids(f"unit:{unit.above}"),
            "territory": world.ids(f"place:{unit.place}"),
            "effective": opened,
        }
        yield scribe.says(UnitFounded, world.ids(f"unit:{unit.path}"), opened, fact)
