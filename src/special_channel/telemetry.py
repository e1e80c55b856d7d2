"""Process logs and metrics. Not the record: nothing here is evidence.

No line holds content of entries, names, addresses, tokens or keys: a processor drops
fields of such names, whatever a caller passes.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from datetime import datetime
from typing import Any, Final, Literal

import orjson
import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from special_channel.ports.work import Standing

SECRET_FIELDS: Final = frozenset(
    {
        "text",
        "subject",
        "name",
        "email",
        "token",
        "one_time_code",
        "seed",
        "password",
        "authorization",
        "cookie",
    }
)
"""Field names that never reach a line; `problem` carries an error's code."""

_LEVELS: Final = {"debug": 10, "info": 20, "warning": 30, "error": 40}


def configure(level: Literal["debug", "info", "warning", "error"], *, json_lines: bool) -> None:
    """Send structured lines to stderr, as JSON or for people."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _without_secrets,
        structlog.processors.format_exc_info,
    ]
    if json_lines:
        structlog.configure(
            processors=[*shared, structlog.processors.JSONRenderer(serializer=orjson.dumps)],
            wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
            logger_factory=structlog.BytesLoggerFactory(file=sys.stderr.buffer),
            cache_logger_on_first_use=True,
        )
    else:
        structlog.configure(
            processors=[*shared, structlog.dev.ConsoleRenderer(colors=False)],
            wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
            logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
            cache_logger_on_first_use=True,
        )
    logging.basicConfig(level=max(_LEVELS[level], logging.WARNING), stream=sys.stderr)


def _without_secrets(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    for field in SECRET_FIELDS & event.keys():
        event[field] = "…"
    return event


class Alerting:
    """Figures of alerts and of what makes them, for `Metrics`."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def gauge(name: str, about: str, *labels: str) -> Gauge:
            return Gauge(name, about, labels, registry=registry)

        self._ended = Counter(
            "sc_alert", "Alerts that ended", ["channel", "outcome"], registry=registry
        )
        self._delivery = Histogram(
            "sc_alert_delivery_seconds",
            "From when an alert could leave to its end",
            ["channel"],
            buckets=(0.1, 1, 10, 60, 600, 1800, 7200, 36_000, 86_400, 259_200),
            registry=registry,
        )
        self._pending = gauge("sc_alert_pending", "Alerts whose time has come, unsent", "channel")
        self._oldest = gauge("sc_alert_oldest_seconds", "Age of the oldest of them")
        self._timers = gauge("sc_timers", "Planned looks, by state, from the record", "state")
        self._overdue = gauge("sc_timers_overdue", "Armed looks past their time")
        self._oldest_overdue = gauge("sc_oldest_overdue_seconds", "How late the oldest is")
        self._ran = gauge("sc_escalation_last_run_seconds", "Since a task's last step", "task")
        self._canary = gauge("sc_canary_last_seconds", "Since a canary last came through")
        self._round_trip = gauge("sc_canary_round_trip_seconds", "What the last one took")
        self._horizon = gauge("sc_calendar_horizon_days", "Days that calendars cover", "side")

    def ended(self, channel: str, outcome: str, seconds: float) -> None:
        """Count an alert that ended."""
        self._ended.labels(channel, outcome).inc()
        if outcome == "sent":
            self._delivery.labels(channel).observe(max(seconds, 0.0))

    def horizon(self, side: str, days: int) -> None:
        """Note how far a side's calendar reaches."""
        self._horizon.labels(side).set(days)

    def standing(self, standing: Standing, now: datetime) -> None:
        """Note how the work stands."""
        self._pending.clear()
        for channel, many in standing.pending.items():
            self._pending.labels(channel).set(many)
        self._oldest.set(_age(standing.oldest_pending, now))
        for state in ("armed", "waiting", "stuck"):
            self._timers.labels(state).set(standing.looks.get(state, 0))
        self._overdue.set(standing.overdue)
        self._oldest_overdue.set(_age(standing.oldest_overdue, now))
        for task, at in standing.pulse.items():
            self._ran.labels(task).set(_age(at, now))
        if standing.canary_closed is not None:
            self._canary.set(_age(standing.canary_closed, now))
            self._round_trip.set(standing.canary_seconds)


def _age(at: datetime | None, now: datetime) -> float:
    return 0.0 if at is None else max((now - at).total_seconds(), 0.0)


class Metrics:
    """The node's figures for Prometheus, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.entries = Counter(
            "sc_entries", "Entries stored, by log", ["log"], registry=self.registry
        )
        self.refusals = Counter(
            "sc_refused", "Requests refused, by code", ["code"], registry=self.registry
        )
        self.requests = Histogram(
            "sc_request_seconds", "Time of a request, by route", ["route"], registry=self.registry
        )
        self._routes: dict[str, Histogram] = {}
        self.link_up = Gauge("sc_link_up", "Whether the peer answered last", registry=self.registry)
        self.link_lag = Gauge(
            "sc_link_undelivered",
            "Own entries that the peer has not cosigned",
            registry=self.registry,
        )
        self.lateness = Histogram(
            "sc_timer_lateness_seconds", "How late due times fired", registry=self.registry
        )
        self.alerts = Alerting(self.registry)
        self.degraded = Gauge(
            "sc_degraded",
            "Whether Redis is away and the record serves alone",
            registry=self.registry,
        )

    def stored(self, log: str, count: int) -> None:
        """Count stored entries."""
        self.entries.labels(log).inc(count)

    def refused(self, code: str) -> None:
        """Count a refused request."""
        self.refusals.labels(code).inc()

    def answered(self, route: str, seconds: float) -> None:
        """Note how long a request took."""
        if route not in self._routes:
            self._routes[route] = self.requests.labels(route)
        self._routes[route].observe(seconds)

    def late(self, seconds: float) -> None:
        """Note how long after its time something fired."""
        self.lateness.observe(seconds)

    def exposition(self) -> bytes:
        """Write all figures in Prometheus' text format."""
        return generate_latest(self.registry)
