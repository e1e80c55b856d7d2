"""Pages of requests for priority. Does not sign: the browser signs and posts entries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from aiohttp import web

from special_channel.core.bytes import canonical
from special_channel.core.bytes.canonical import Value
from special_channel.core.bytes.errors import Malformed, NotAllowed
from special_channel.web.http.openapi import Route
from special_channel.web.priority import queries
from special_channel.web.priority.reading import reading_notes
from special_channel.web.priority.tables import FILES
from special_channel.web.priority.views import (
    ANSWERS,
    REASONS,
    REMARKS,
    STATES,
    PrioritiesFound,
    PrioritiesPageQuery,
    PriorityDetail,
    ProposalQuery,
)
from special_channel.web.shared.paging import paging
from special_channel.web.shared.query import read_filters, read_query
from special_channel.web.shell.context import OFFICIALS, page_context
from special_channel.web.shell.forms import read_form
from special_channel.web.shell.frame import ViewPage
from special_channel.web.shell.render import show

PAGE: Final = 50
"""Requests of one page."""

_NO_NOTES: Final[Mapping[str, str]] = {}


async def get_priorities(request: web.Request) -> web.Response:
    """Show a page of requests for priority."""
    context = await page_context(request)
    query = read_filters(PrioritiesPageQuery, request.query.items())
    view = await queries.priorities(context, query, (query.page - 1) * PAGE, PAGE)
    return await show(context, priorities_page(view, query, asks=context.writes_for("eu")))


async def get_priority(request: web.Request) -> web.Response:
    """Show a request with CN's answers."""
    context = await page_context(request)
    view = await queries.priority(context, request.match_info["number"])
    notes = await reading_notes(context, view)
    return await show(context, priority_page(view, answers=context.writes_for("cn"), notes=notes))


async def post_priority(request: web.Request) -> web.Response:
    """Show the chosen answers, to be signed."""
    context = await page_context(request, *OFFICIALS)
    if context.party != "cn":
        raise NotAllowed("owner", "CN answers on priority.")
    form = await read_form(request, context.reader)
    view = await queries.priority(context, request.match_info["number"])
    return await show(context, priority_page(view, _chosen(view, form), answers=True))


async def get_new_priority(request: web.Request) -> web.Response:
    """Show a request that is to be signed with a reason."""
    context = await page_context(request, *OFFICIALS)
    if not context.writes_for("eu"):
        raise NotAllowed("owner", "EU asks for priority.")
    chosen = read_query(ProposalQuery, request.query.items()).application
    numbers, unknown = await queries.known(context, chosen)
    return await show(context, proposal_page(numbers, unknown))


def priorities_page(view: PrioritiesFound, query: PrioritiesPageQuery, *, asks: bool) -> ViewPage:
    """Make the page of requests; `asks`: whether the reader may ask for priority."""
    pages = paging(query.page, view.total, PAGE, f"/priority?{query.address}")
    more = {"query": query, "pages": pages, "asks": asks, "reasons": REASONS, "states": STATES}
    return ViewPage("priority/priorities.html", "priority", view, more)


def priority_page(
    view: PriorityDetail,
    chosen: Mapping[str, tuple[str, str]] | None = None,
    *,
    answers: bool,
    notes: Mapping[str, str] = _NO_NOTES,
) -> ViewPage:
    """Make the page of a request.

    Args:
        view: The request.
        chosen: Answer and remark by application number, as chosen on the form.
        answers: Whether the reader may answer.
        notes: What the reader may note of an answer, by application number.
    """
    chosen = chosen or {}
    body: list[Value] = []
    for number, (answer, remark) in chosen.items():
        if answer:
            body.append(
                {"number": number, "answer": answer} | ({"remark": remark} if remark else {})
            )
    text = canonical.dumps({"answers": body}).decode() if body else ""
    form = {"answers": ANSWERS, "remarks": REMARKS} if answers else None
    more = {"form": form, "chosen": chosen, "body": text, "count": len(body), "notes": notes}
    return ViewPage("priority/priority.html", "priority", view, more)


def proposal_page(numbers: Sequence[str], unknown: Sequence[str]) -> ViewPage:
    """Make the page of a request that is to be signed, with a body for each reason."""
    body: dict[str, Value] = {"applications": list(numbers)}
    bodies = {reason: canonical.dumps(body | {"reason": reason}).decode() for reason in REASONS}
    more = {"unknown": unknown, "bodies": bodies if numbers else {}}
    return ViewPage("priority/proposal.html", "priority", tuple(numbers), more)


def _chosen(view: PriorityDetail, form: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """Read answers and remarks by their place on the form.

    Raises:
        Malformed: `request-malformed` for an unknown answer or remark.
    """
    chosen = {
        each.number: (form.get(f"answer-{place}", ""), form.get(f"remark-{place}", ""))
        for place, each in enumerate(view.wanted)
    }
    for answer, remark in chosen.values():
        if answer not in {"", *ANSWERS} or remark not in {"", *REMARKS}:
            raise Malformed("request-malformed", "Not a valid answer.", field="answer")
    return chosen


PAGES: Final[tuple[Route, ...]] = (
    ("GET", "/priority", get_priorities),
    *FILES,
    ("GET", "/priority/{number}", get_priority),
    ("POST", "/priority/{number}", post_priority),
    ("GET", "/new-priority", get_new_priority),
)
