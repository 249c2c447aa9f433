"""What is counted about requests? Figures in a registry of the application's own, by route and never by address."""

from __future__ import annotations

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """The figures of one application; `registry` takes those of other parts too."""

    def __init__(self, service: str) -> None:
        self.registry = CollectorRegistry()
        self.media = CONTENT_TYPE_LATEST
        self._requests = Counter(
            "nennep_requests", "Requests answered", ("service", "method", "route", "status"), registry=self.registry
        )
        self._seconds = Histogram(
            "nennep_request_seconds",
            "Seconds from request to answer",
            ("service", "method", "route"),
            buckets=_SECONDS,
            registry=self.registry,
        )
        running = Gauge("nennep_requests_running", "Requests being answered", ("service",), registry=self.registry)
        self._running = running.labels(service)
        self._service = service

    def started(self) -> None:
        """A request came in."""
        self._running.inc()

    def ended(self, method: str, route: str, status: int, seconds: float) -> None:
        """A request was answered."""
        self._running.dec()
        self._requests.labels(self._service, method, route, str(status)).inc()
        self._seconds.labels(self._service, method, route).observe(seconds)

    def text(self) -> bytes:
        """All figures in Prometheus' text form."""
        return generate_latest(self.registry)
