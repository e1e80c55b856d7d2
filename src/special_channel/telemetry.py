"""Process logs and metrics. Not the record: nothing here is evidence.

No line holds content of entries, names, addresses, tokens or keys: a processor drops
fields of such names, whatever a caller passes.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any, Final, Literal

import orjson
import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

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
        self.link_up = Gauge("sc_link_up", "Whether the peer answered last", registry=self.registry)
        self.link_lag = Gauge(
            "sc_link_undelivered",
            "Own entries that the peer has not cosigned",
            registry=self.registry,
        )
        self.lateness = Histogram(
            "sc_timer_lateness_seconds", "How late due times fired", registry=self.registry
        )
        self.alerts = Counter(
            "sc_alerts",
            "Alerts, by channel and outcome",
            ["channel", "outcome"],
            registry=self.registry,
        )
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
        self.requests.labels(route).observe(seconds)

    def late(self, seconds: float) -> None:
        """Note how long after its time something fired."""
        self.lateness.observe(seconds)

    def exposition(self) -> bytes:
        """Write all figures in Prometheus' text format."""
        return generate_latest(self.registry)
