"""What surrounds every request: headers, errors as problems, rates, measures, log lines.

The policy allows no script but the node's own files and no HTML-parsing sink at all.
Does not authenticate: `access.py` does.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from typing import Final
from urllib.parse import urlencode

import structlog
from aiohttp import web

from special_channel.core.errors import ChannelError, Malformed, NotFound, Unavailable
from special_channel.web.access import language, session_cookie
from special_channel.web.operation import Handler
from special_channel.web.pages.access import ProblemPage
from special_channel.web.problems import problem, status_of
from special_channel.web.services import Services, services

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

_CONTROLS: Final = re.compile("[\x00-\x1f\x7f]")

MAX_BUCKETS: Final = 10_000
"""How many clients' rates are remembered; the least recent goes first."""


class Rates:
    """A token bucket per client: a minute's allowance, refilled as time goes.

    Kept in this process: it stops a flood, it is no promise.
    """

    def __init__(self, per_minute: int) -> None:
        self._per_minute = per_minute
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, client: str, now: float) -> bool:
        """Take one request's worth; False if there is none left."""
        left, at = self._left.pop(client, (float(self._per_minute), now))
        left = min(self._per_minute, left + (now - at) * self._per_minute / 60)
        self._left[client] = (left - 1 if left >= 1 else left, now)
        if len(self._left) > MAX_BUCKETS:
            self._left.popitem(last=False)
        return left >= 1


RATES: web.AppKey[Rates] = web.AppKey("rates", Rates)
FEED_RATES: web.AppKey[Rates] = web.AppKey("feed_rates", Rates)

FEEDS_PER_MINUTE: Final = 120
"""Readings of calendar feeds by one address, whatever else it sends: a side's tens of calendars
behind one proxy, each hourly, and a restart of all of them; no search for addresses."""


@web.middleware
async def around(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer a request; whatever fails becomes a problem in the reader's language."""
    own = services(request)
    started = own.clock.monotonic()
    try:
        _limit(request, own)
        _printable(request)
        response = await handler(request)
    except ChannelError as error:
        response = await _refusal(request, own, error)
    except web.HTTPException as error:
        response = error
        if error.status >= 400:  # noqa: PLR2004 - where HTTP's errors begin
            response = await _refusal(request, own, _of_http(error))
    except Exception:
        reference = own.randomness.bytes(6).hex()
        log.exception("request.failed", reference=reference, path=_route(request))
        failed = Unavailable("internal", "Something went wrong here.", reference=reference)
        response = await _refusal(request, own, failed, reference)
    finally:
        own.measures.answered(_route(request), own.clock.monotonic() - started)
    return response


def _route(request: web.Request) -> str:
    """Return the address without what stands in it: a calendar's is a secret."""
    resource = request.match_info.route.resource
    return resource.canonical if resource else "none"


async def add_headers(_request: web.Request, response: web.StreamResponse) -> None:
    """Set the headers that every response carries."""
    headers = response.headers
    for name, value in HEADERS.items():
        headers.setdefault(name, value)


def _printable(request: web.Request) -> None:
    """Refuse control characters in an address: no name here has one, no database takes NUL."""
    if _CONTROLS.search(request.path):
        raise NotFound("page-unknown", "There is no such page here.")
    if request.rel_url.raw_query_string and any(
        _CONTROLS.search(name + value) for name, value in request.query.items()
    ):
        raise Malformed("request-malformed", "The request has another form.", field="query")


def _limit(request: web.Request, own: Services) -> None:
    if request.path.startswith("/link/"):
        return  # the peer's node alone, by its key
    # Without the header there is nothing to take apart.
    cookies = request.cookies if "Cookie" in request.headers else {}
    client = cookies.get(session_cookie(own)) or request.headers.get("Authorization")
    if not request.app[RATES].take(client or request.remote or "", own.clock.monotonic()):
        raise Unavailable("rate-limited", "Too many requests; wait a minute.")


def _of_http(error: web.HTTPException) -> ChannelError:
    if error.status == 404:  # noqa: PLR2004 - the status's own name
        return NotFound("page-unknown", "There is no such page here.")
    if error.status == 405:  # noqa: PLR2004
        return NotFound("method-not-allowed", "That can't be done here.")
    if error.status == 413:  # noqa: PLR2004
        return Malformed("request-too-large", "The request is too large.", limit=0)
    return Malformed("request-malformed", "The request has another form.", field="")


async def _refusal(
    request: web.Request, own: Services, error: ChannelError, reference: str = ""
) -> web.StreamResponse:
    own.measures.refused(error.code)
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
    return await own.pages.problem(request, page)
