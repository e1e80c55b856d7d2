"""`/healthz`, `/readyz` and `/metrics`: what a monitor asks of each process of a node.

Needs no session: the site's configuration keeps `/readyz` and `/metrics` inside. Shows codes
and times alone. Does not try anything: the probe does (`broker/probe.py`).
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
    """What a monitor is told.

    Attributes:
        party: Whose node this is.
        parts: Which parts run in this process.
        health: Tells how it stands now.
        exposition: Writes the figures for Prometheus; None: they are not served.
    """

    party: str
    parts: tuple[str, ...]
    health: Callable[[], Health]
    exposition: Callable[[], bytes] | None = None


class Alarm(Body):
    """One condition that is on; without `since`, another process of the node noticed it."""

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
