"""The node's web application. Does not listen, and opens nothing: `wiring/` does."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import cache, partial
from typing import Final

import orjson
from aiohttp import web

from special_channel import __version__
from special_channel.broker.live import Front
from special_channel.web.http.connections import SHORTCUT, watch
from special_channel.web.http.gate import FEED_GATE, GATE, Gate
from special_channel.web.http.health import Monitored, add_health
from special_channel.web.http.openapi import document
from special_channel.web.http.operation import Handler
from special_channel.web.http.quotas import QUOTAS, Quotas
from special_channel.web.http.readings import READS, what_of
from special_channel.web.http.routes import API, NOUNS, PUBLIC
from special_channel.web.http.security import CLOSED, FEEDS_PER_MINUTE, REACHED, add_headers, around
from special_channel.web.http.services import SERVICES, Services, narrowed
from special_channel.web.http.shortcut import shortcut
from special_channel.web.http.statics import Statics
from special_channel.web.http.stream import AUDIENCE, CLOSING, FRONT, Audience, end_streams

MAX_HEADERS: Final = 100
"""Headers of a request or of a part: browsers and proxies together send about thirty."""


def make_app(own: Services, statics: Statics, monitored: Monitored) -> web.Application:
    """Make a node's application."""
    app = web.Application(
        middlewares=[around],
        client_max_size=own.limits.request_bytes,
        client_max_fields=own.limits.form_fields,
        # Of a request's headers, and of those of each part of a form.
        handler_args={"max_field_size": 16384, "max_headers": MAX_HEADERS},
    )
    app[SERVICES] = own
    limits = own.limits
    app[GATE] = Gate(limits.requests_per_minute, limits.address_requests_per_minute)
    watch(app)
    before: Callable[[Handler], Handler] = partial(shortcut, app)
    app[SHORTCUT] = before
    app[QUOTAS] = Quotas()
    app[FEED_GATE] = Gate(FEEDS_PER_MINUTE, FEEDS_PER_MINUTE)
    app[CLOSING] = asyncio.Event()
    app[FRONT] = Front(
        own.stores.record,
        partial(own.stores.waiting.many, own.node.identity.peer),
        own.stores.views.mentions,
        own.node.identity.party,
        own.node.changes,
        own.node.clock,
    )
    app[AUDIENCE] = Audience(own.desk.door)
    app.on_response_prepare.append(add_headers)
    app.on_shutdown.append(end_streams)
    closed, reached, reads = set(), {}, {}
    for noun in NOUNS.values():
        narrow = narrowed(own, noun.reaches)
        for method, path, handler in noun.routes:
            route = app.router.add_route(method, path, handler)
            reached[route] = narrow
            if (method, path) not in PUBLIC:
                closed.add(route)
            if what := what_of(method, path):
                reads[route] = what
    app[READS] = reads
    app[CLOSED], app[REACHED] = frozenset(closed), reached
    app.router.add_get("/static/{tree}/{path:.+}", statics.handler())
    app.router.add_get("/api/openapi.json", get_openapi)
    add_health(app, monitored)
    return app


async def get_openapi(_request: web.Request) -> web.Response:
    """Return the description of the API."""
    # A tenth of a second, so aside, once, and only if somebody asks.
    body = await asyncio.to_thread(described)
    return web.Response(body=body, content_type="application/json")


@cache
def described() -> bytes:
    """Describe the API of this program."""
    return orjson.dumps(document(API, __version__))
