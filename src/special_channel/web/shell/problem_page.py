"""Show errors as pages in the reader's language.

Does not decide the status: `http/problems.py` does.
"""

from __future__ import annotations

from typing import Final

import structlog
from aiohttp import web

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
    return page_response(error_page(page, registrars), around, page.status)


def error_page(problem: ProblemPage, registrars: tuple[Helper, ...] = ()) -> ViewPage:
    """Make the page of an error; `registrars`: whom the reader may ask."""
    return ViewPage("problem.html", "problem", problem, {"registrars": registrars})
