"""What has every service over HTTP? Intake, its log, its views' upkeep, health, pages: composed from the kit."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from fastapi import APIRouter, FastAPI
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from shared.contracts.event import VIETNAM, Event
from shared.eventsourcing.completeness import Completeness
from shared.eventsourcing.log import Log
from shared.eventsourcing.service import Service
from shared.eventsourcing.submission import Ground
from shared.history.archive.sealer import Archiving
from shared.history.evidence.publisher import Publishing
from shared.history.open_tables import OpenTables
from shared.personal.custody import Custody
from shared.units.knowledge import Knowledge
from shared.web.access import Access, Door, Pepper
from shared.web.after import After, AfterSeen
from shared.web.application import Parts, create_app
from shared.web.archive import archive_router
from shared.web.evidence import evidence_router
from shared.web.health import About
from shared.web.intake import Reception, intake_router
from shared.web.metrics import Metrics
from shared.web.parked import Unparker, parked_router
from shared.web.readiness import Check, Finding
from shared.web.reading import log_router
from shared.web.upkeep import Upkeep, upkeep_router
from shared.web.webhooks.registry import Registry
from shared.web.webhooks.routes import webhooks_router
from shared.web.webhooks.sending import Webhooks


@dataclass(frozen=True)
class Producer:
    """One service's kit with its door: what an `app.py` has built, ready to be served."""

    about: About
    service: Service
    ground: Ground
    knowledge: Callable[[], Knowledge]
    pepper: Pepper
    archive: Archiving
    publishing: Publishing
    custody: Custody | None = None
    """Who keeps the personal data that the service takes, if it takes any."""
    door: Door = field(default_factory=Door)
    """How often one may knock, and whose tokens are believed."""
    begun: Callable[[], None] = lambda: None
    """Called once before the first request, in a thread."""

    @property
    def access(self) -> Access:
        """The door: keys as the service knows them now."""
        return Access(self.pepper, self.knowledge, today, rates=self.door.rates, issuer=self.door.issuer)

    @property
    def after(self) -> AfterSeen:
        """Holds requests back until the positions they name are seen."""
        return AfterSeen(self._seen)

    async def _seen(self, positions: Sequence[After]) -> bool:
        return await self.service.seen(
            {(each.service, each.organisation): (each.sequence, each.hash) for each in positions}
        )

    def application(self, routers: Sequence[APIRouter], listens: frozenset[type[Event]]) -> FastAPI:
        """The ASGI application: the service's own routers beside those that every service has."""
        access, service = self.access, self.service
        service.add(OpenTables(service.name, lambda: service.runner.generation, service.folder, service.keeps_views))
        completeness = Completeness(service.runner, service.log, lambda name: service.subscription.heads(name)[0])
        parked = parked_router(Unparker(service), completeness, access, self.after)
        every = [upkeep_router(Upkeep(service), access, self.after), parked]
        if service.log is not None:
            reception = Reception(service.name, access, self.after, service.submit, now, custody=self.custody)
            outward = self._sending(service.log)
            every = [
                intake_router(reception),
                log_router(service.log, access, self.after, self.ground),
                *self._remembering(service.log),
                webhooks_router(outward, service.log, access),
                *every,
            ]
        metrics = Metrics(service.name)
        metrics.registry.register(Standing(service, completeness))
        names = [check.name for check in service.checks()]
        parts = Parts(
            routers=[*every, *routers],
            checks={name: _finding(service, name) for name in names} | {"completeness": _complete(completeness)},
            listens=[each for each in listens if each.service != service.name],
            lifespan=self._lifespan,
        )
        return create_app(self.about, parts, metrics)

    def _sending(self, log: Log) -> Webhooks:
        """The part that sends events out; it runs with the service."""
        store, lease = self.service.beside("webhooks")
        webhooks = Webhooks(
            log, Registry(store), lease, knowledge=self.knowledge, pepper=self.pepper, allowed=self.door.allowed
        )
        self.service.add(webhooks)
        return webhooks

    def _remembering(self, log: Log) -> Iterator[APIRouter]:
        """The long memory of a log: what is sealed, and what is signed. Both parts run with the service."""
        service = self.service
        sealer = self.archive.sealer(log, service.log_lease, service.leads)
        publisher = self.publishing.publisher(log, service.log_lease, service.leads)
        sealer.on_sealed(publisher.wake)
        for part in (sealer, publisher):
            service.add(part)
        yield archive_router(sealer, self.archive.of(log.service), self.access, self.after)
        yield evidence_router(publisher.checkpoints, publisher.witnesses, self.access, self.after)

    @asynccontextmanager
    async def _lifespan(self, _: FastAPI) -> AsyncIterator[None]:
        try:
            await self.service.start()
            await asyncio.to_thread(self.begun)
            yield
        finally:
            await self.service.stop()
            if self.custody is not None:
                await asyncio.to_thread(self.custody.close)


class Standing(Collector):
    """How far the views are behind, what is parked, how much waits: read when Prometheus asks."""

    def __init__(self, service: Service, completeness: Completeness) -> None:
        self._service = service
        self._completeness = completeness

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The gauges of one service."""
        service = self._service
        lag = GaugeMetricFamily("nennep_lag_events", "Events known and not in the views", labels=["service", "of"])
        for producer, behind in service.lag().items():
            lag.add_metric([service.name, producer], behind)
        yield lag
        yield from self._proof()
        for name, help_, value in (
            ("nennep_parked_events", "Events parked", service.runner.parked_count()),
            ("nennep_intake_queue_lines", "Lines waiting to be judged", service.intake.queued if service.intake else 0),
            ("nennep_relay_lag_events", "Events not published", service.relay.status.lag if service.relay else 0),
            ("nennep_head_age_seconds", "Age of the other services' heads", service.subscription.status.head_age),
        ):
            gauge = GaugeMetricFamily(name, help_, labels=["service"])
            gauge.add_metric([service.name], value)
            yield gauge

    def _proof(self) -> Iterator[GaugeMetricFamily]:
        """What is not accounted for: by the accounts now, and by the tables as they were counted last."""
        labels = ["service", "by"]
        missing = GaugeMetricFamily("nennep_unaccounted_events", "Events missing, or there too often", labels=labels)
        chains = GaugeMetricFamily("nennep_chain_mismatches", "Chains that are not the log's", labels=labels)
        for by, proof in (("accounts", self._completeness.look()), ("recount", self._completeness.recounted)):
            if proof is not None:
                missing.add_metric([self._service.name, by], proof.unaccounted)
                chains.add_metric([self._service.name, by], proof.mismatches)
        yield missing
        yield chains


def _complete(completeness: Completeness) -> Check:
    def look() -> Finding:
        proofs = (completeness.look(), completeness.recounted)
        found = next((each for proof in proofs if proof is not None for each in proof.discrepancies), None)
        return Finding(well=found is None, reason="" if found is None else found.said)

    return look


def _finding(service: Service, name: str) -> Check:
    def look() -> Finding:
        check = next(each for each in service.checks() if each.name == name)
        return Finding(well=check.well, reason="" if check.well else check.reason)

    return look


def now() -> dt.datetime:
    """The clock of the intake."""
    return dt.datetime.now(dt.UTC)


def today() -> dt.date:
    """The day in Viet Nam."""
    return now().astimezone(VIETNAM).date()
