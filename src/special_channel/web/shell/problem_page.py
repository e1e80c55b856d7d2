"""Show errors as pages in the reader's language.

Does not decide the status: `http/problems.py` does.
"""

from __future__ import annotations

import structlog
from aiohttp import web

from special_channel.web.http.problems import ProblemPage
from special_channel.web.http.services import services
from special_channel.web.http.sessions import language
from special_channel.web.shell.context import context_for
from special_channel.web.shell.forms import visitor_or_none
from special_channel.web.shell.frame import ViewPage, frame, plain_frame
from special_channel.web.shell.render import page_response

log = structlog.get_logger(__name__)


async def show_problem(request: web.Request, page: ProblemPage) -> web.Response:
    """Show an error in the reader's language; without the record, without menu and charter."""
    try:
        around = await frame(await context_for(request, await visitor_or_none(request)))
    except Exception:  # noqa: BLE001 - whatever failed, the reader is told of the first error
        log.warning("problem.plain", code=page.code)
        around = plain_frame(services(request).node, language(request), request.path_qs)
    return page_response(error_page(page), around, page.status)


def error_page(problem: ProblemPage) -> ViewPage:
    """Make the page of an error."""
    return ViewPage("problem.html", "problem", problem)
