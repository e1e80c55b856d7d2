"""Metrics of a node for Prometheus, in a separate registry.

Contains no names and no content. Does not read the database: figures of the record come from
the last probe.
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, get_args

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    Info,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)

from special_channel.ports.conditions import CODES
from special_channel.telemetry.alerting import AlertMetrics, age

Source = Literal["redis", "peer", "channel", "browser"]
SOURCES: Final[tuple[Source, ...]] = get_args(Source)
"""Sources of external bytes; `channel` delivers alerts to people."""


@dataclass(frozen=True, slots=True)
class PoolUsage:
    """Sessions of a database pool: open, idle ones of these, and the limit."""

    open: int
    idle: int
    most: int


@dataclass(frozen=True, slots=True)
class NodeSnapshot:
    """State of the node at the moment of a scrape.

    Attributes:
        now: The time.
        ready: Whether this process can append to its own log.
        alarms: Codes of all active conditions.
        link_up: Whether the peer answered last.
        logs: Entries of each log; empty before the first probe.
        undelivered: Entries of our log without the peer's cosignature.
        oldest: Acceptance time of the oldest undelivered entry; None without any.
        peer_oldest: Acceptance time of the peer's oldest undelivered entry, as stated by the peer.
        pools: Database sessions, by role.
    """

    now: datetime
    ready: bool
    alarms: Iterable[str]
    link_up: bool
    logs: Mapping[str, int]
    undelivered: int
    oldest: datetime | None
    peer_oldest: datetime | None
    pools: Mapping[str, PoolUsage]


class Metrics:
    """The node's metrics. `look`, once set, returns the node's state for each scrape."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.look: Callable[[], NodeSnapshot] | None = None
        self.entries = Counter(
            "sc_entries", "Entries stored, by log", ["log"], registry=self.registry
        )
        self._logs: dict[str, Counter] = {}
        self.refusals = Counter(
            "sc_refused", "Requests refused, by code", ["code"], registry=self.registry
        )
        self._unreadable = Counter(
            "sc_unreadable",
            "Messages from outside that could not be read and were left aside, by source",
            ["source"],
            registry=self.registry,
        )
        for source in SOURCES:
            self._unreadable.labels(source)
        self.requests = Histogram(
            "sc_request_seconds", "Time of a request, by route", ["route"], registry=self.registry
        )
        self._routes: dict[str, Histogram] = {}
        self.lateness = Histogram(
            "sc_timer_lateness_seconds", "How late due times fired", registry=self.registry
        )
        self.alerts = AlertMetrics(self.registry)
        self._streams = self._gauge("sc_streams", "Live streams that are open")
        self._ready = self._gauge("sc_ready", "Whether this process can append to its own log")
        self._alarm = self._gauge("sc_alarm", "Whether a condition is on, by code", "code")
        self._link_up = self._gauge("sc_link_up", "Whether the peer answered last")
        self._undelivered = self._gauge(
            "sc_link_undelivered", "Own entries that the peer has not cosigned"
        )
        self._oldest = self._gauge(
            "sc_link_oldest_undelivered_seconds", "Age of the oldest of these; 0 if there is none"
        )
        self._peer_oldest = self._gauge(
            "sc_link_peer_oldest_undelivered_seconds",
            "Age of the other side's oldest undelivered entry, by its own word; 0 if there is none",
        )
        self._degraded = self._gauge(
            "sc_degraded", "Whether Redis is away and the record serves alone"
        )
        self._sizes = self._gauge("sc_log_entries", "Entries held of each log", "log")
        self._pool = self._gauge(
            "sc_database_sessions", "Database sessions, by role and state", "role", "state"
        )
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        GCCollector(registry=self.registry)

    def _gauge(self, name: str, about: str, *labels: str) -> Gauge:
        return Gauge(name, about, labels, registry=self.registry)

    def built(self, version: str, source: str) -> None:
        """Set version and source digest of the running build."""
        info = Info("sc_build", "Which build runs", registry=self.registry)
        info.info(
            {"version": version, "source": source, "python": platform.python_version()},
        )

    def stored(self, log: str, count: int) -> None:
        """Count stored entries."""
        if log not in self._logs:
            self._logs[log] = self.entries.labels(log)
        self._logs[log].inc(count)

    def refused(self, code: str) -> None:
        """Count a refused request."""
        self.refusals.labels(code).inc()

    def unreadable(self, source: Source) -> None:
        """Count an unreadable message from outside."""
        self._unreadable.labels(source).inc()

    def answered(self, route: str, seconds: float) -> None:
        """Record the duration of a request."""
        if route not in self._routes:
            self._routes[route] = self.requests.labels(route)
        self._routes[route].observe(seconds)

    def streaming(self, change: int) -> None:
        """Count a live stream that began (1) or ended (-1)."""
        self._streams.inc(change)

    def late(self, seconds: float) -> None:
        """Record the delay of a fired due time."""
        self.lateness.observe(seconds)

    def exposition(self) -> bytes:
        """Write all metrics in Prometheus' text format."""
        if self.look is not None:
            self._show(self.look())
        return generate_latest(self.registry)

    def _show(self, node: NodeSnapshot) -> None:
        active = set(node.alarms)
        self._ready.set(node.ready)
        # An inactive code is exported as 0, so that a rule can tell "off" from "not scraped".
        for code in sorted(CODES | active):
            self._alarm.labels(code).set(code in active)
        self._link_up.set(node.link_up)
        self._degraded.set("redis-unavailable" in active)
        self._undelivered.set(node.undelivered)
        self._oldest.set(age(node.oldest, node.now))
        self._peer_oldest.set(age(node.peer_oldest, node.now))
        for log, size in node.logs.items():
            self._sizes.labels(log).set(size)
        for role, pool in node.pools.items():
            self._pool.labels(role, "used").set(pool.open - pool.idle)
            self._pool.labels(role, "idle").set(pool.idle)
            self._pool.labels(role, "most").set(pool.most)
