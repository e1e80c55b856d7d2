"""A node's figures for Prometheus, in a registry of their own.

Holds no names and no content. Does not read the database: what is shown of the record is what
the last probe saw.
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
from special_channel.telemetry.alerting import Alerting, age

Source = Literal["redis", "peer", "channel", "browser"]
SOURCES: Final[tuple[Source, ...]] = get_args(Source)
"""Where bytes come from that this node did not write: `channel` is a way to people."""


@dataclass(frozen=True, slots=True)
class Pooled:
    """Sessions of a database pool: open, of these idle, and the most that may be open."""

    open: int
    idle: int
    most: int


@dataclass(frozen=True, slots=True)
class Seen:
    """What is read at the moment of a scrape.

    Attributes:
        now: The time.
        ready: Whether this process can append to its own log.
        alarms: Codes of all conditions that are on.
        link_up: Whether the peer answered last.
        logs: Entries of each log; empty before the first probe.
        undelivered: Entries of the own log that the peer has not cosigned.
        oldest: When the oldest of these was accepted; None if there is none.
        peer_oldest: The same of the peer's, by its own word.
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
    pools: Mapping[str, Pooled]


class Metrics:
    """The node's figures. `look`, once set, is asked at each scrape for what stands now."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.look: Callable[[], Seen] | None = None
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
        self.alerts = Alerting(self.registry)
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
        """Say which build this is; `source` is a digest of the program's files."""
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
        """Count what came from outside and could not be read."""
        self._unreadable.labels(source).inc()

    def answered(self, route: str, seconds: float) -> None:
        """Note how long a request took."""
        if route not in self._routes:
            self._routes[route] = self.requests.labels(route)
        self._routes[route].observe(seconds)

    def streaming(self, change: int) -> None:
        """Note that a live stream began (1) or ended (-1)."""
        self._streams.inc(change)

    def late(self, seconds: float) -> None:
        """Note how long after its time something fired."""
        self.lateness.observe(seconds)

    def exposition(self) -> bytes:
        """Write all figures in Prometheus' text format."""
        if self.look is not None:
            self._show(self.look())
        return generate_latest(self.registry)

    def _show(self, seen: Seen) -> None:
        on = set(seen.alarms)
        self._ready.set(seen.ready)
        # A code that is off is shown as 0, so that a rule can tell "off" from "not scraped".
        for code in sorted(CODES | on):
            self._alarm.labels(code).set(code in on)
        self._link_up.set(seen.link_up)
        self._degraded.set("redis-unavailable" in on)
        self._undelivered.set(seen.undelivered)
        self._oldest.set(age(seen.oldest, seen.now))
        self._peer_oldest.set(age(seen.peer_oldest, seen.now))
        for log, size in seen.logs.items():
            self._sizes.labels(log).set(size)
        for role, pool in seen.pools.items():
            self._pool.labels(role, "used").set(pool.open - pool.idle)
            self._pool.labels(role, "idle").set(pool.idle)
            self._pool.labels(role, "most").set(pool.most)
