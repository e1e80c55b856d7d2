"""`/healthz`, `/readyz` and `/metrics` of each process of a node, for monitoring.

Without a session: the site's configuration must not publish `/readyz` and `/metrics`. Show only
codes and times. Do not test anything: the probe does (`broker/probe.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from aiohttp import web

from special_channel.ports.conditions import Health
from special_channel.web.http.connections import watch
from special_channel.web.http.operation import Body, respond


@dataclass(frozen=True, slots=True)
class Monitored:
    """State of a process for monitoring.

    Attributes:
        party: The node's party.
        parts: Parts of the node in this process.
        health: Returns the current state.
        exposition: Writes metrics for Prometheus; None to serve no metrics.
    """

    party: str
    parts: tuple[str, ...]
    health: Callable[[], Health]
    exposition: Callable[[], bytes] | None = None


class Alarm(Body):
    """An alarm that is on; without `since`, another process of the node reported it."""

    code: str
    since: str | None = None


class Readiness(Body):
    """The body of `/readyz`: `reason` is empty while the process can append to its own log."""

    party: str
    parts: tuple[str, ...]
    ready: bool
    reason: str
    alarms: tuple[Alarm, ...]


def add_health(app: web.Application, monitored: Monitored) -> None:
    """Add the three routes to an application."""

    async def get_health(_request: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    async def get_ready(_request: web.Request) -> web.Response:
        now = monitored.health()
        body = Readiness(
            party=monitored.party,
            parts=monitored.parts,
            ready=now.ready,
            reason=now.reason,
            alarms=tuple(
                Alarm(code=each.code, since=each.since.isoformat() if each.since else None)
                for each in now.conditions
            ),
        )
        return respond(body, 200 if now.ready else 503)

    app.router.add_get("/healthz", get_health)
    app.router.add_get("/readyz", get_ready)
    if monitored.exposition is not None:
        write = monitored.exposition

        async def get_metrics(_request: web.Request) -> web.Response:
            return web.Response(body=write(), headers={"Content-Type": "text/plain; version=0.0.4"})

        app.router.add_get("/metrics", get_metrics)


def make_monitor_app(monitored: Monitored) -> web.Application:
    """Make the application of a process that serves no pages and no link."""
    app = web.Application()
    watch(app)
    add_health(app, monitored)
    return app
