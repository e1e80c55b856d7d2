"""Show errors as pages in the reader's language.

Does not decide the status: `http/problems.py` does.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from http import HTTPStatus
from typing import Final

import structlog
from aiohttp import web
from yarl import URL

from special_channel.web.http.problems import ProblemPage
from special_channel.web.http.services import services
from special_channel.web.http.sessions import language
from special_channel.web.shell.context import context_for
from special_channel.web.shell.forms import visitor_or_none
from special_channel.web.shell.frame import ViewPage, frame, plain_frame
from special_channel.web.shell.people import Helper, registrars_of
from special_channel.web.shell.render import page_response

log = structlog.get_logger(__name__)

ASKS_REGISTRAR: Final = frozenset({
    "code-unknown", "enrol-code-ended", "enrol-code-unknown", "enrolment-differs",
    "erase-authority", "feed-nobody", "grant-ended", "grant-key", "key-ended", "key-revoked",
    "key-state", "key-suspended", "key-unknown", "not-allowed", "official-unknown", "role",
    "role-access", "signin-other-origin", "suite-policy",
})  # fmt: skip
"""Codes of errors whose next step is to ask the reader's own registrar."""

_LONGEST: Final = 2_000
"""Characters of an address that a page leads back to."""

_NO_PAGES: Final = ("/api/", "/link/", "/static/", "/calendar/")


async def show_problem(request: web.Request, page: ProblemPage) -> web.Response:
    """Show an error in the reader's language; without the record, without menu and charter.

    A reader who is to ask the registrar is told who that is; nobody else is.
    """
    registrars: tuple[Helper, ...] = ()
    try:
        context = await context_for(request, await visitor_or_none(request))
        around = await frame(context)
        if context.who and page.code in ASKS_REGISTRAR:
            registrars = await registrars_of(context)
    except Exception:  # noqa: BLE001 - whatever failed, the reader is told of the first error
        log.warning("problem.plain", code=page.code)
        around = plain_frame(services(request).node, language(request), request.path_qs)
    shown = replace(page, back_url=_back_url(request, page.status))
    return page_response(error_page(shown, registrars), around, page.status)


def _back_url(request: web.Request, status: int) -> str:
    """Return the address of the page whose form or link was refused; empty if none is known.

    The browser names the page; without it the page is the nearest one above the address.
    """
    asked = request.method == "GET"
    came = _came_from(request)
    if came and not (asked and came == request.path_qs):
        return came
    unknown = status == HTTPStatus.NOT_FOUND
    # A filter can be refused, and then the list without it is a page.
    itself = not asked or (request.query_string and not unknown)
    return next(
        (
            path
            for path in _above(request.path)
            if (itself or path != request.path) and _is_page(request, path, fixed=unknown)
        ),
        "",
    )


def _came_from(request: web.Request) -> str:
    """Return path and query of the page of ours that the browser names as the last one."""
    text, home = request.headers.get("Referer", ""), URL(services(request).node.url)
    if not text.isascii() or not text.isprintable() or len(text) > _LONGEST:
        return ""
    try:
        named = URL(text)
        ours = named.origin() == home.origin() and named.user is None
    except ValueError:
        return ""
    # An address that begins with two slashes would lead to another host.
    path = named.raw_path_qs
    return path if ours and not path.startswith("//") and _is_page(request, named.path) else ""


def _above(path: str) -> Iterator[str]:
    """Yield a path and those above it, without the first page."""
    while path.rstrip("/"):
        yield path
        path = path.rpartition("/")[0]


def _is_page(request: web.Request, path: str, *, fixed: bool = False) -> bool:
    """Tell whether a path is one of a page of this node; `fixed`: without a number in it.

    A page with a number can be of something that there is not.
    """
    if path.startswith(_NO_PAGES):
        return False
    patterned = False
    for resource in request.app.router.resources():
        info, gets = resource.get_info(), any(route.method == "GET" for route in resource)
        if info.get("path") == path:
            return gets  # an address of forms alone, such as /keys/hold, is no key's page
        pattern = info.get("pattern")
        patterned |= gets and pattern is not None and pattern.fullmatch(path) is not None
    return patterned and not fixed


def error_page(problem: ProblemPage, registrars: tuple[Helper, ...] = ()) -> ViewPage:
    """Make the page of an error; `registrars`: whom the reader may ask."""
    return ViewPage("problem.html", "problem", problem, {"registrars": registrars})
