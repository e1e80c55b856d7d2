"""Pages and API of applications and differences, and the form for the clock.

Does not sign: the browser signs the body on the page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from special_channel.core.bytes import canonical
from special_channel.core.bytes.errors import Malformed, NotAllowed
from special_channel.core.bytes.fields import is_reference
from special_channel.core.entries import parse_model
from special_channel.core.entries.batches import Link
from special_channel.core.rows.applications import DIFFERENCES, ApplicationRow
from special_channel.core.rows.threads import ThreadRow
from special_channel.desk import cells, clock_marks
from special_channel.stores.applications import CLOCKS
from special_channel.web.applications import queries
from special_channel.web.applications.correcting import PAGES as CORRECTING
from special_channel.web.applications.footnotes import Footnotes, footnotes
from special_channel.web.applications.links import TakeBackForm, take_back_form
from special_channel.web.applications.marking import MarkForm, checked_mark, mark_form
from special_channel.web.applications.portions import StatedPortions, portions_of
from special_channel.web.applications.revoking import PAGES as REVOKING
from special_channel.web.applications.tables import FILES, Cells
from special_channel.web.applications.views import (
    COLUMNS,
    DIFFERENCE_SORTS,
    PAGE_SORTS,
    PRIORITIES,
    URGENCIES,
    ApplicationDetail,
    ApplicationQuery,
    ApplicationsFound,
    ApplicationsPageQuery,
    ApplicationsQuery,
    DifferencesFound,
    DifferencesPageQuery,
    DifferencesQuery,
)
from special_channel.web.http.openapi import Route
from special_channel.web.http.operation import Operation, operation
from special_channel.web.shared.paging import paging
from special_channel.web.shared.portions import EntryPortionQuery
from special_channel.web.shared.query import read_filters, read_query
from special_channel.web.shared.states import STATES
from special_channel.web.shared.words import Pair
from special_channel.web.shell.context import OFFICIALS, PageContext, page_context
from special_channel.web.shell.corrected import see_corrected
from special_channel.web.shell.filter_faults import read_by
from special_channel.web.shell.forms import read_form
from special_channel.web.shell.frame import ViewPage
from special_channel.web.shell.render import show
from special_channel.web.shell.saved_views import (
    SavedViewList,
    saved_views,
    view_api,
    view_routes,
)
from special_channel.web.shell.threads import subjects

PAGE: Final = 100
"""Applications of one page."""

LISTS: Final = 200
"""Lists that the filter offers, newest first."""

THREADS: Final = 100
"""Threads that an application's page names, latest activity first."""

CHOICES: Final = {
    "states": STATES,
    "differences": DIFFERENCES,
    "urgencies": URGENCIES,
    "clocks": CLOCKS,
    "priorities": PRIORITIES,
    "sorts": PAGE_SORTS,
}
"""Codes that the filters of applications offer."""

_MAX_NUMBER: Final = 64
"""Characters of a number, as in `core.bytes.fields`."""


_NOTHING: Final = Footnotes()

_FIRST: Final = EntryPortionQuery()


@dataclass(frozen=True, slots=True)
class NumberForm:
    """The form by which officials state the application number behind a reference.

    Attributes:
        number: The number as the reader filled it in.
        fault: Whether it is no application number.
        body: Canonical JSON to sign; empty until the number is one.
        known: What the record has of the number, in the reader's language.
    """

    number: str = ""
    fault: bool = False
    body: str = ""
    known: str = ""


async def get_applications_page(request: web.Request) -> web.Response:
    """Show a page of applications."""
    context = await page_context(request)
    query = read_filters(ApplicationsPageQuery, request.query.items())
    query, view = await read_by(
        query, lambda by: queries.applications(context, by, (by.page - 1) * PAGE, PAGE)
    )
    numbers = [item.number for item in view.items] if "threads" in query.columns else []
    page = applications_page(
        view,
        query,
        lists=await list_choices(context),
        threads=await queries.threads_by_number(context, numbers) if numbers else {},
        saved=await saved_views(context, "applications"),
        writes=context.writes,
    )
    return await show(context, page)


async def get_application_page(request: web.Request) -> web.Response:
    """Show an application: both sides' statements next to each other."""
    context = await page_context(request)
    row = await queries.find_application(context, request.match_info["number"])
    await see_corrected(context, row)
    match = await _matched(context, row, request.query.get("found_as", ""))
    corrects = request.query.get("corrects", "") if context.writes else ""
    back = take_back_form(context, row, request.query.get("link", ""))
    form = mark_form(context, row, corrects)
    asked = read_query(EntryPortionQuery, request.query.items())
    return await _show_application(context, row, form, match, back, asked)


async def _matched(context: PageContext, row: ApplicationRow, text: str) -> NumberForm | None:
    """Return the form for the number behind a reference; None where nobody may fill it in."""
    if not is_reference(row.number) or not context.writes:
        return None
    number = cells.plain(text)
    if not number:
        return NumberForm()
    try:
        link = parse_model(
            Link,
            canonical.dumps({"number": number, "former": row.number, "basis": "matched"}),
        )
    except Malformed:
        return NumberForm(number[:_MAX_NUMBER], fault=True)
    known = await context.own.stores.lists.earlier([number])
    words = (
        context.t.gettext("number-form.listed", list=known[number].list)
        if number in known
        else context.t.gettext("number-form.unlisted")
    )
    return NumberForm(number, body=canonical.dumps(link.model_dump()).decode(), known=words)


async def post_application(request: web.Request) -> web.Response:
    """Check an act on the clock and show the body to sign.

    Raises:
        NotAllowed: `owner` on the EU's node, unless a writer corrects an act of the EU; and as
            `page_context`.
        NotFound: As `mark_form`.
    """
    context = await page_context(request, *OFFICIALS)
    corrects = request.query.get("corrects", "")
    if not (context.writes_for("cn") or (corrects and context.writes)):
        raise NotAllowed("owner", "CN states acts; the EU corrects its own.")
    form = await read_form(request, context.reader)
    row = await queries.find_application(context, request.match_info["number"])
    return await _show_application(context, row, await checked_mark(context, row, form, corrects))


async def get_differences(request: web.Request) -> web.Response:
    """Show a page of applications in which the sides differ."""
    context = await page_context(request)
    query = read_filters(DifferencesPageQuery, request.query.items())
    query, view = await read_by(
        query, lambda by: queries.differences(context, by, (by.page - 1) * PAGE, PAGE)
    )
    return await show(context, differences_page(view, query, await list_choices(context)))


@operation(
    Operation("Find applications", response=ApplicationsFound, query=ApplicationsQuery),
)
async def get_applications(request: web.Request, query: ApplicationsQuery) -> ApplicationsFound:
    """Return applications with both sides' latest statements and clocks."""
    context = await page_context(request)
    return await queries.applications(context, query, query.offset, query.size)


@operation(
    Operation("Find differences", response=DifferencesFound, query=DifferencesQuery),
)
async def get_differing(request: web.Request, query: DifferencesQuery) -> DifferencesFound:
    """Return applications in which the sides' latest statements differ, with counts by kind."""
    context = await page_context(request)
    return await queries.differences(context, query, query.offset, query.size)


@operation(Operation("Read an application", response=ApplicationDetail, query=ApplicationQuery))
async def get_application(request: web.Request, _query: ApplicationQuery) -> ApplicationDetail:
    """Return an application with both sides' histories, clocks, links, lists and threads."""
    context = await page_context(request)
    row = await queries.find_application(context, request.match_info["number"])
    threads = await context.own.stores.applications.threads_on([row.number])
    return await queries.application(context, row, threads)


def applications_page(
    view: ApplicationsFound,
    query: ApplicationsPageQuery,
    *,
    lists: Sequence[tuple[str, str]],
    threads: Mapping[str, Sequence[ThreadRow]],
    saved: SavedViewList | None,
    writes: bool,
) -> ViewPage:
    """Make the page of applications.

    Args:
        view: The applications.
        query: The filters and columns.
        lists: Lists for the filter, as number and name.
        threads: Threads by number of their applications.
        saved: The reader's saved views.
        writes: Whether the reader may open threads, and on the EU's node ask for priority.
    """
    more = {
        "query": query,
        "pages": paging(query.page, view.total, PAGE, f"/applications?{query.address}"),
        "lists": lists,
        "columns": COLUMNS,
        **CHOICES,
        "threads": threads,
        "cells": Cells,
        "saved": saved,
        "writes": writes,
    }
    return ViewPage("applications/applications.html", "applications", view, more)


def application_page(  # noqa: PLR0913 - what the page shows
    view: ApplicationDetail,
    cut: StatedPortions,
    threads: Sequence[tuple[ThreadRow, Pair]],
    *,
    form: MarkForm | None,
    match: NumberForm | None,
    writes: bool,
    beside: Footnotes = _NOTHING,
    back: TakeBackForm | None = None,
) -> ViewPage:
    """Make the page of an application.

    Args:
        view: The application.
        cut: What the page shows of statements and acts.
        threads: Threads on the application, with their subjects.
        form: The form for an act on the clock; None for readers who may not sign one.
        match: The form for the number behind a reference; None for another application.
        writes: Whether the reader may open threads, and on the EU's node ask for priority.
        beside: What stands beside the statements.
        back: The form by which our side takes back a link; None without one.
    """
    more = {
        "cut": cut,
        "threads": threads,
        "confirmed": beside.reasons,
        "notes": beside.notes,
        "form": form,
        "match": match,
        "back": back,
        "bases": clock_marks.BASES,
        "writes": writes,
    }
    return ViewPage("applications/application.html", "application", view, more)


def differences_page(
    view: DifferencesFound, query: DifferencesPageQuery, lists: Sequence[tuple[str, str]]
) -> ViewPage:
    """Make the page of differences; `lists`: lists for the filter, as number and name."""
    more = {
        "query": query,
        "pages": paging(query.page, view.total, PAGE, f"/differences?{query.address}"),
        "lists": lists,
        "states": STATES,
        "sorts": DIFFERENCE_SORTS,
        "cells": Cells,
    }
    return ViewPage("applications/differences.html", "differences", view, more)


async def list_choices(context: PageContext) -> Sequence[tuple[str, str]]:
    """Return the newest lists as number and name, for a filter."""
    return [(f"EU-{row.index}", row.list) for row in await context.own.stores.views.batches(LISTS)]


async def _show_application(
    context: PageContext,
    row: ApplicationRow,
    form: MarkForm,
    match: NumberForm | None = None,
    back: TakeBackForm | None = None,
    asked: EntryPortionQuery = _FIRST,
) -> web.Response:
    threads = await context.own.stores.applications.threads_on([row.number])
    view = await queries.application(context, row, threads)
    about = await subjects(context, threads[:THREADS])
    cut = portions_of(view, asked)
    page = application_page(
        view,
        cut,
        [(each, about.title(each)) for each in threads[:THREADS]],
        form=form if _may_mark(context, form) and not is_reference(row.number) else None,
        match=match,
        writes=context.writes,
        beside=await footnotes(context, row, cut.places(context.peer)),
        back=back,
    )
    return await show(context, page)


def _may_mark(context: PageContext, form: MarkForm) -> bool:
    """Tell whether the reader may sign the act: CN's officials, or the author's side of one."""
    return context.writes_for("cn") or (context.writes and bool(form.corrects))


PAGES: Final[tuple[Route, ...]] = (
    ("GET", "/applications", get_applications_page),
    *FILES,
    *view_routes("applications", ApplicationsPageQuery),
    ("GET", "/applications/{number}", get_application_page),
    ("POST", "/applications/{number}", post_application),
    *CORRECTING,
    *REVOKING,
    ("GET", "/differences", get_differences),
)

API: Final[tuple[Route, ...]] = (
    ("GET", "/api/applications", get_applications),
    *view_api("applications", ApplicationsPageQuery),
    ("GET", "/api/applications/{number}", get_application),
    ("GET", "/api/differences", get_differing),
)
