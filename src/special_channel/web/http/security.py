"""Middleware of every request: headers, errors as problems, rate limits, metrics, log lines.

The policy allows only the node's own scripts, and no HTML-parsing sink. `sessions.py`
authenticates before any other check of a request. Does not check roles: handlers do.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final
from urllib.parse import urlencode

import structlog
from aiohttp import web

from special_channel.core.bytes.errors import ChannelError, Malformed, NotFound, Unavailable
from special_channel.messages.catalogue import language_of
from special_channel.web.http.access import admit_reader, admit_service
from special_channel.web.http.gate import CLIENT, COUNTED_BY, GATE, Gate, client_of
from special_channel.web.http.operation import Handler
from special_channel.web.http.problems import ProblemPage, problem, retry_after, status_of
from special_channel.web.http.readings import READS, record_reading
from special_channel.web.http.services import OWN, SERVICES, Limits, NodeServices, Services
from special_channel.web.http.sessions import COUNTED, language, token_of, visitor
from special_channel.web.shared.file_formats import MEDIA

log = structlog.get_logger(__name__)

CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self';"
    " connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none';"
    " manifest-src 'self'; worker-src 'self';"
    " require-trusted-types-for 'script'; trusted-types 'none'"
)

HEADERS: Final = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    # Not no-referrer: with it browsers send forms with `Origin: null`, as if from anywhere.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

DATA_HEADERS: Final = HEADERS.keys() & {
    "Cross-Origin-Resource-Policy", "X-Content-Type-Options", "X-Frame-Options"
}  # fmt: skip
"""Headers of `HEADERS` that mean something of data, styles and fonts. Three answers of data come
with a thread's page: the other headers take as many bytes as some answers."""

DATA_TYPES: Final = frozenset(
    {"application/json", "application/problem+json", "font/woff2", "text/css"}
)
"""Media types of which no browser makes a document with scripts, or a worker."""

DATA_POLICY: Final = "default-src 'none'; frame-ancestors 'none'"
"""Content Security Policy of these: whoever opens one gets its text and nothing else."""

_FILES: Final = tuple(f".{ending}" for ending in ("pdf", *MEDIA))
"""Endings of files in a language."""

_CONTROLS: Final = re.compile("[\x00-\x1f\x7f]")

FEEDS_PER_MINUTE: Final = 120
"""Readings of calendar feeds by one person: some devices, each hourly. By one address without a
known feed: a side's tens of calendars behind one proxy after a restart, and no search for feeds."""

CLOSED: web.AppKey[frozenset[web.AbstractRoute]] = web.AppKey("closed", frozenset)
"""Routes on which a session is looked for first: strangers learn nothing of what would be read."""

REACHED: web.AppKey[dict[web.AbstractRoute, Services]] = web.AppKey("reached", dict)
"""The services that the handler of a route can reach."""

UNCOUNTED: Final = ("/healthz", "/readyz", "/metrics")
"""What a monitor asks for: cheap, and a refusal would look like a failure."""


@dataclass(frozen=True, slots=True)
class Way:
    """Path of a request to its handler: by the router, or directly (`shortcut.py`).

    Attributes:
        own: The node's services.
        gate: The rate limits.
        route: Address pattern without values, for metrics and log.
        closed: Whether a session is required first.
        reads: Whether an answer is a reading of the record by who is signed in (`readings.py`).
    """

    own: Services
    gate: Gate
    route: str
    closed: bool
    reads: bool = False


@web.middleware
async def around(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Respond to a request from the router."""
    app, match = request.app, request.match_info
    closed = match.route in app[CLOSED]
    request[OWN] = app[REACHED].get(match.route, app[SERVICES])
    # Without a session a handler records by itself who reads.
    reads = closed and match.route in app[READS]
    way = Way(app[SERVICES], app[GATE], _route(request), closed, reads)
    return await answer(request, handler, way)


async def answer(request: web.Request, handler: Handler, way: Way) -> web.StreamResponse:
    """Respond to a request; any error becomes a problem in the reader's language."""
    own = way.own
    started = own.node.clock.monotonic()
    try:
        response = await _handled(request, handler, way)
    except ChannelError as error:
        response = await _refusal(request, own.node, error)
        if error.code == "request-slow":
            response.force_close()  # what still comes is of no use
    except web.HTTPException as error:
        response = error
        if error.status >= 400:  # noqa: PLR2004 - where HTTP's errors begin
            response = await _refusal(request, own.node, _of_http(error, own.limits))
    except Exception as error:
        if request.content.exception() is not None:
            # Whoever asked hung up within the body, or it is not encoded as its header says.
            own.node.measures.unreadable("browser")
            response = await _refusal(request, own.node, _not_read())
        elif isinstance(error, ConnectionError) and _hung_up(request):
            raise  # the client went away: nobody to answer, and no fault of ours
        else:
            reference = own.node.randomness.bytes(6).hex()
            log.exception("request.failed", reference=reference, path=way.route)
            failed = Unavailable("internal", "Something went wrong here.", reference=reference)
            response = await _refusal(request, own.node, failed, reference)
    finally:
        own.node.measures.answered(way.route, own.node.clock.monotonic() - started)
    return response


async def _handled(request: web.Request, handler: Handler, way: Way) -> web.StreamResponse:
    """Admit a request, handle it, and record it if the answer shows something of the record."""
    await _admit(request, way)
    if way.reads:
        await admit_reader(request)
    elif way.closed:
        await admit_service(request, way.route)
    response = await handler(request)
    if way.reads and response.status == HTTPStatus.OK:
        await record_reading(request)
    return response


async def _admit(request: web.Request, way: Way) -> None:
    """Count a request, then check its session, then its address."""
    request[COUNTED_BY] = way.gate
    _limit(request, way)
    if way.closed:
        await visitor(request)
    _printable(request)
    _known_language(request)


def _hung_up(request: web.Request) -> bool:
    """Tell whether the client's connection is gone, or closing and gone in a moment."""
    return request.transport is None or request.transport.is_closing()


def _not_read() -> Malformed:
    return Malformed("request-malformed", "The request has another form.", field="")


def _route(request: web.Request) -> str:
    """Return the address pattern without values, since a calendar's address is a secret."""
    resource = request.match_info.route.resource
    return resource.canonical if resource else "none"


async def add_headers(_request: web.Request, response: web.StreamResponse) -> None:
    """Set the headers of every response."""
    headers, data = response.headers, response.content_type in DATA_TYPES
    if data:
        headers.setdefault("Content-Security-Policy", DATA_POLICY)
    for name, value in HEADERS.items():
        if not data or name in DATA_HEADERS:
            headers.setdefault(name, value)


def _printable(request: web.Request) -> None:
    """Refuse control characters in an address: names have none, and PostgreSQL stores no NUL."""
    if _CONTROLS.search(request.path):
        raise NotFound("page-unknown", "There is no such page here.")
    if request.rel_url.raw_query_string and any(
        _CONTROLS.search(name + value) for name, value in request.query.items()
    ):
        raise Malformed("request-malformed", "The request has another form.", field="query")


def _known_language(request: web.Request) -> None:
    """Refuse an unknown language of a file or of the API: nobody chose that of the answer."""
    chosen = request.query.get("lang", "") if request.rel_url.raw_query_string else ""
    of_programs = request.path.startswith("/api/") or request.path.endswith(_FILES)
    if chosen and of_programs and language_of(chosen) is None:
        raise Malformed("request-malformed", "There is no such language.", field="lang")


def _limit(request: web.Request, way: Way) -> None:
    """Count the request before handling it.

    Requests of the peer's node are not counted, since they are signed and cheap to refuse;
    calendars have separate limits.
    """
    proxies = way.own.node.proxies
    forwarded = request.headers.getall(proxies.header, ())
    client = client_of(request.remote or "", forwarded, proxies)
    request[CLIENT] = client
    if request.path.startswith(("/link/", "/calendar/")) or request.path in UNCOUNTED:
        return
    token = token_of(request, way.own.node)
    digest = token.digest if token.text else None
    request[COUNTED] = way.gate.enter(client, digest, way.own.node.clock.monotonic())


def _of_http(error: web.HTTPException, limits: Limits) -> ChannelError:
    if error.status == 404:  # noqa: PLR2004 - the status's own name
        return NotFound("page-unknown", "There is no such page here.")
    if error.status == 405:  # noqa: PLR2004
        return NotFound("method-not-allowed", "That can't be done here.")
    if error.status == 413:  # noqa: PLR2004
        return Malformed(
            "request-too-large", "The request is too large.", limit=limits.request_bytes
        )
    return _not_read()


async def _refusal(
    request: web.Request, node: NodeServices, error: ChannelError, reference: str = ""
) -> web.StreamResponse:
    node.measures.refused(error.code)
    lang = language(request)
    if request.path.startswith(("/api/", "/link/")) or "text/html" not in request.headers.get(
        "Accept", ""
    ):
        return problem(error, lang, reference)
    if error.code == "session-over" and request.method == "GET":
        where = urlencode({"next": request.path_qs}, safe="/")
        return web.Response(status=303, headers={"Location": f"/sign-in?{where}"})
    page = ProblemPage(
        status=status_of(error),
        code=error.code,
        facts=tuple(error.facts.items()),
        reference=reference,
    )
    response = await node.show_problem(request, page)
    response.headers.update(retry_after(error))
    return response
