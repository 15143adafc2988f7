"""What this process counts, for Prometheus. One registry per process, handed to who counts."""

from collections.abc import Mapping
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_LATENCIES_S: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """Counters of the link and gauges of the database."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.messages = Counter(
            "trunkline_messages",
            "Messages of stations that were committed",
            ["kind"],
            registry=self.registry,
        )
        self.quarantined = Counter(
            "trunkline_quarantined",
            "Messages that could not be read or trusted",
            ["reason"],
            registry=self.registry,
        )
        self.batch_seconds = Histogram(
            "trunkline_batch_seconds",
            "Time to commit one batch of messages",
            buckets=_LATENCIES_S,
            registry=self.registry,
        )
        self.link_connected = Gauge(
            "trunkline_link_connected",
            "Whether the link has its broker",
            registry=self.registry,
        )
        self.link_storing = Gauge(
            "trunkline_link_storing",
            "Whether what stations say can be kept",
            registry=self.registry,
        )
        self.link_storing.set(1)
        self._disk_free = Gauge(
            "trunkline_disk_free_bytes",
            "Room left where pictures are kept",
            registry=self.registry,
        )
        self._deliveries = Gauge(
            "trunkline_deliveries",
            "Deliveries by state",
            ["state"],
            registry=self.registry,
        )

    def page(self, deliveries: Mapping[str, int], *, disk_free: int) -> bytes:
        """Return what Prometheus reads; the deliveries are counted in the database."""
        self._disk_free.set(disk_free)
        for state, count in deliveries.items():
            self._deliveries.labels(state).set(count)
        return generate_latest(self.registry)
