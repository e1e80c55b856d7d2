"""The page that marks chosen threads, its form, and the same over the API."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final

from aiohttp import web
from pydantic import Field

from special_channel.core.bytes.errors import Malformed, RuleBroken
from special_channel.messages.catalogue import Sentence
from special_channel.web.http.openapi import Route
from special_channel.web.http.operation import Body, Operation, operation
from special_channel.web.http.problems import status_of
from special_channel.web.marks import queries
from special_channel.web.marks.queries import MarkQuery
from special_channel.web.marks.views import MARK_ACTS, MarkAct, MarkedThreads, MarkView
from special_channel.web.shared.query import read_query
from special_channel.web.shell.context import page_context
from special_channel.web.shell.forms import local_path, posted, read_form, see_other
from special_channel.web.shell.frame import ViewPage, frame
from special_channel.web.shell.render import page_response, show

CORRECTED: Final = frozenset({"date-malformed", "mark-day", "mark-label", "mark-labels"})
"""Codes of errors that the reader corrects in the form."""


@dataclass(frozen=True, slots=True)
class RefusedMark:
    """A form that is shown again.

    Attributes:
        value: Day or label as typed.
        seen: Cursor of the page on which the threads were read.
        said: What is wrong, and what to do.
    """

    value: str
    seen: str
    said: Sentence


class Marking(Body):
    """Threads to be marked, as `mark` takes them.

    Attributes:
        value: Day of a reminder, or empty to remove it; or the label.
        seen: Cursor of the live stream up to which the threads were read; empty: the present.
    """

    threads: Annotated[tuple[str, ...], Field(max_length=queries.MOST)]
    act: MarkAct
    value: Annotated[str, Field(max_length=200)] = ""
    seen: Annotated[str, Field(max_length=64)] = ""


async def get_mark(request: web.Request) -> web.Response:
    """Show the form of an act on the chosen threads."""
    context = await page_context(request)
    query = read_query(MarkQuery, request.query.items())
    return await show(context, mark_page(await queries.mark_form(context, query)))


async def post_mark(request: web.Request) -> web.Response:
    """Mark the chosen threads, and go on."""
    context = await page_context(request)
    fields = await read_form(request, context.reader)
    numbers = (await posted(request)).texts_of("thread")
    act = next((each for each in MARK_ACTS if each == fields.get("act")), None)
    if act is None:
        raise Malformed("request-malformed", "There is no such act.", field="act")
    value, seen, goes_on = (fields.get(name, "") for name in ("value", "seen", "next"))
    try:
        await queries.mark(context, numbers, act, value, seen)
    except (Malformed, RuleBroken) as error:
        if error.code not in CORRECTED:
            raise
        query = MarkQuery.model_construct(thread=tuple(numbers), act=act, next=goes_on)
        refused = RefusedMark(value, seen, context.t.sentence(error.code, **error.facts))
        page = mark_page(await queries.mark_form(context, query), refused)
        return page_response(page, await frame(context), status_of(error))
    return see_other(local_path(goes_on, "/inbox"))


@operation(Operation("List the threads that the reader marked"))
async def get_marks(request: web.Request) -> MarkedThreads:
    """Return the reader's labels, reminders and threads put away."""
    return await queries.marked(await page_context(request))


@operation(Operation("Mark threads"))
async def post_marks(request: web.Request, body: Marking) -> MarkedThreads:
    """Mark threads for the reader alone; return them with their marks."""
    context = await page_context(request)
    return await queries.mark(context, body.threads, body.act, body.value, body.seen)


def mark_page(view: MarkView, refused: RefusedMark | None = None) -> ViewPage:
    """Make the page of an act on the chosen threads; `refused`: the form as it was sent."""
    return ViewPage("marks/mark.html", "threads", view, {"refused": refused})


PAGES: Final[tuple[Route, ...]] = (
    ("GET", "/mark", get_mark),
    ("POST", "/mark", post_mark),
)

API: Final[tuple[Route, ...]] = (
    ("GET", "/api/marks", get_marks),
    ("POST", "/api/marks", post_marks),
)
