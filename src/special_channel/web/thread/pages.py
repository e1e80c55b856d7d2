"""Pages of a thread, of its updates and of a new thread; threads and open questions over the API.

Does not sign: the browser does. The API marks nothing as read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any, Final
from urllib.parse import quote_plus

import orjson
from aiohttp import web
from pydantic import Field

from special_channel.broker.live import Cursor
from special_channel.core.bytes.errors import NotAllowed
from special_channel.core.bytes.ids import Party, Position
from special_channel.core.rows.threads import ThreadRow
from special_channel.web.http.openapi import Route
from special_channel.web.http.operation import Body, Empty, Operation, operation
from special_channel.web.shared.marks import NOTHING_MARKED
from special_channel.web.shared.query import NEAREST, read_query
from special_channel.web.shared.references import batch_ref
from special_channel.web.shared.words import Pair, paired
from special_channel.web.shell.composer import (
    MAX_APPLICATIONS,
    new_thread_page,
    note_composer,
    thread_composer,
)
from special_channel.web.shell.context import OFFICIALS, PageContext, page_context
from special_channel.web.shell.file_references import file_references
from special_channel.web.shell.forms import local_path, posted, read_form, see_other
from special_channel.web.shell.frame import ViewPage, bare_frame
from special_channel.web.shell.held import HeldFilters, held_filter
from special_channel.web.shell.marks import read_marks
from special_channel.web.shell.news import see
from special_channel.web.shell.render import page_response, show
from special_channel.web.shell.scopes import Scope, asked_within
from special_channel.web.shell.threads import find_batch, find_thread
from special_channel.web.thread import queries
from special_channel.web.thread.address import ThreadQuery, UpdateQuery
from special_channel.web.thread.asked import open_questions
from special_channel.web.thread.items import ThreadData
from special_channel.web.thread.links import thread_links
from special_channel.web.thread.portions import fitted
from special_channel.web.thread.quoting import quotation
from special_channel.web.thread.ticks import Ticks, to_answer
from special_channel.web.thread.updates import arrivals, changed_notes
from special_channel.web.thread.views import LANGUAGES, QuestionsFound, ThreadView
from special_channel.web.thread.windows import WindowQuery
from special_channel.web.thread.work import work_bar

NOTHING_ASKED: Final = ThreadQuery()


class QuestionsQuery(HeldFilters):
    """Open questions, of one answering side or of both; `scope` and more: in whose threads."""

    answering: Party | None = None
    scope: Scope = "all"


class UnreadEntry(Body):
    """Number of the entry, such as CN-340."""

    entry: Annotated[str, Field(max_length=32)]


async def get_thread_page(request: web.Request) -> web.Response:
    """Show a thread, and mark the thread as read."""
    context = await page_context(request)
    number = request.match_info["number"]
    row = await find_thread(context, number)
    if number != str(row.position):
        return see_other(f"/threads/{row.position}")
    query = read_query(ThreadQuery, request.query.items())
    if query.print:
        return await _print(context, row, query)
    data = await queries.read_thread(context, row, query.window)
    view = await queries.thread_view(data, query.ours_below)
    await see(context, about=[row.thread])
    more = await forms(data, view, query) | {"kept": query.kept}
    more |= {"kept_place": f"&work={quote_plus(query.work)}" if query.work else ""}
    page = thread_page(view, _languages(context, query), more, query)
    response = await show(context, page)
    await queries.remember(data)
    await _remember_view(context, query)
    return response


UNSIGNED: Final[Mapping[str, Any]] = {
    "form": None,
    "ticks": Ticks(),
    "assigns": False,
    "following": "",
    "marks": None,
    "references": (),
    "work": None,
    "closing": "",
    "reopens": None,
}
"""`forms` of a print, which offers no act."""


async def _print(context: PageContext, row: ThreadRow, query: ThreadQuery) -> web.Response:
    """Show a part of a thread to print; marks nothing as read."""
    data = await queries.read_print(context, row, query.later_than, page=True)
    view = await queries.thread_view(data, query.ours_below)
    more = {**UNSIGNED, "printing": True, "links": await thread_links(data, view)}
    more |= {"references": await file_references(context, row.thread)}
    return await show(context, thread_page(view, _languages(context, query), more, query))


async def get_update(request: web.Request) -> web.Response:
    """Return what an open page of a thread lacks since a cursor of the live stream.

    Marks nothing as read.
    """
    context = await page_context(request)
    row = await find_thread(context, request.match_info["number"])
    query = read_query(UpdateQuery, request.query.items())
    data = await queries.read_thread(context, row, query.window, query.shown)
    whole = await queries.thread_view(data, query.ours_below)
    view, cuts, _ = fitted(whole, query, query.limit)
    since = Cursor.parse(query.after) if query.after else None
    more = await forms(data, whole) | {"kept": query.kept, "cuts": cuts}
    more |= {"arrivals": arrivals(data, view, since), "changed": changed_notes(data, view, since)}
    page = update_page(view, _languages(context, query), more)
    return page_response(page, bare_frame(context), 200)


async def post_read(request: web.Request) -> web.Response:
    """Mark a thread as read up to its newest entry."""
    context = await page_context(request)
    fields = await read_form(request, context.reader)
    row = await find_thread(context, request.match_info["number"])
    await queries.remember_all(context, row)
    return see_other(local_path(fields.get("back", ""), "/inbox"))


async def post_unread(request: web.Request) -> web.Response:
    """Mark an entry unread with what follows, and go to the list: the thread's page reads it."""
    context = await page_context(request)
    fields = await read_form(request, context.reader)
    row = await find_thread(context, request.match_info["number"])
    await queries.mark_unread(context, row, fields.get("entry", ""))
    return see_other(local_path(fields.get("back", ""), "/inbox"))


async def get_new_thread(request: web.Request) -> web.Response:
    """Show the form of a new thread, on applications of a list or on the standing list.

    Raises:
        NotFound: `batch-unknown`.
        NotAllowed: `role-access`; `charter-absent` before the first charter.
    """
    context = await page_context(request, *OFFICIALS)
    number = request.match_info.get("number", request.query.get("batch", ""))
    row = await find_batch(context, number) if number else None
    chosen: Sequence[str] = request.query.getall("application", ())
    if row and "chosen" in request.query:
        draft = await context.own.desk.drafts.load(context.reader.key, _draft_of(row.batch))
        chosen = orjson.loads(draft.text) if draft else ()
    numbers = tuple(dict.fromkeys(chosen))[:MAX_APPLICATIONS]
    composer = await thread_composer(context, row.batch if row else "standing", numbers)
    if composer is None:
        raise NotAllowed("charter-absent", "No charter is in force yet.")
    if row is None:
        return await show(context, new_thread_page(composer, title=_standing_list(context)))
    counts = await context.own.stores.views.counts([row.batch], context.party)
    batch = batch_ref(row, counts.get(row.batch, {}))
    return await show(context, new_thread_page(composer, batch=batch))


async def post_new_thread(request: web.Request) -> web.Response:
    """Save the applications chosen on a list, and go to the form.

    An address cannot hold a whole list, and the form must survive a reload and a switch of the
    language.

    Raises:
        NotFound: `batch-unknown`.
    """
    context = await page_context(request, *OFFICIALS)
    await read_form(request, context.reader)
    row = await find_batch(context, request.match_info["number"])
    chosen = list((await posted(request)).texts_of("application"))[:MAX_APPLICATIONS]
    text = orjson.dumps(chosen).decode()
    await context.own.desk.drafts.save(context.reader.key, _draft_of(row.batch), text, context.now)
    return see_other(f"/batches/EU-{row.index}/new-thread?chosen=1")


@operation(
    Operation(
        "Read a part of a thread with its entries and questions",
        response=ThreadView,
        query=WindowQuery,
    )
)
async def get_thread(request: web.Request, query: WindowQuery) -> ThreadView:
    """Return a part of a thread in display order; `window` has the cursors to its neighbours."""
    context = await page_context(request)
    number = str(Position.parse(request.match_info["number"]))
    data = await queries.read_thread(context, await find_thread(context, number), query)
    return await queries.thread_view(data)


@operation(Operation("Mark an entry of a thread unread, with what follows"))
async def post_unread_entry(request: web.Request, body: UnreadEntry) -> Empty:
    """Mark an entry unread for the reader alone; opening the thread's page reads it again."""
    context = await page_context(request)
    row = await find_thread(context, request.match_info["number"])
    await queries.mark_unread(context, row, body.entry)
    return Empty()


@operation(Operation("List open questions", response=QuestionsFound, query=QuestionsQuery))
async def get_asks(request: web.Request, query: QuestionsQuery) -> QuestionsFound:
    """Return open questions, the nearest due first."""
    context = await page_context(request)
    wanted = await held_filter(context, query) if query.held else None
    rows = await context.own.stores.views.asks(
        answering=query.answering, only_open=True, wanted=wanted
    )
    rows = await asked_within(context, query.scope, rows)
    return QuestionsFound(**context.sizes, items=await open_questions(context, rows))


def thread_page(
    view: ThreadView,
    languages: str,
    forms: Mapping[str, Any],
    query: ThreadQuery = NOTHING_ASKED,
) -> ViewPage:
    """Make the page of a thread.

    Args:
        view: The thread.
        languages: How to show the languages, a word of `LANGUAGES`.
        forms: What the reader may sign, by `forms`.
        query: Names the portion of a heavy note.
    """
    fit = fitted(view, query)
    more = {**_shown(languages), **forms, "cuts": fit.cuts, "limit": fit.limit}
    return ViewPage("thread/thread.html", "thread", fit.view, more)


def update_page(view: ThreadView, languages: str, more: Mapping[str, Any]) -> ViewPage:
    """Make the document of an update: new items and changed notes, drawn as on the page."""
    return ViewPage("thread/update.html", "thread", view, {**_shown(languages), **more})


def _languages(context: PageContext, query: ThreadQuery) -> str:
    """Return how to show the languages; a reader of one language alone has no choice."""
    if context.alone:
        return context.lang[:2]
    official = context.reader.official
    return query.view or (official.text_view if official else "")


async def _remember_view(context: PageContext, query: ThreadQuery) -> None:
    """Store how the reader's next threads show the languages, where the address says it."""
    chosen = next((each for each in LANGUAGES if each == query.view), None)
    official = context.reader.official
    if chosen and official and official.text_view != chosen:
        await context.own.desk.officials.set_reading(official.id, chosen, dense=official.dense)


def _shown(languages: str) -> dict[str, Any]:
    shown = languages if languages in LANGUAGES else "pair"
    return {
        "languages": LANGUAGES,
        "shown": shown,
        "printing": False,
        "viewed": "" if shown == "pair" else f"&view={shown}",
        "kept": "",
        "kept_place": "",
    }


async def forms(
    data: ThreadData, view: ThreadView, query: ThreadQuery = NOTHING_ASKED
) -> dict[str, Any]:
    """Return the acts of the reader on the whole thread; `query`: the act to begin with.

    Returns:
        `form`: The form for a note, or None; `ticks`: what it offers to answer. `links`: Links of
            the thread.
        `assigns`: Whether the reader may assign the thread.
        `following`: How the reader follows the thread, or empty. `marks`: the reader's marks.
        `references`: References of our records office, the last first.
        `work`: The acts of a reader who works through the inbox, or None.
        `closing`: JSON body that closes the thread with our open questions; empty for a reader
            who may not close it.
        `reopens`: Id of the close that the reader may undo, or None.
    """
    context, close = data.context, data.close
    followed = await context.own.desk.choices.followed(context.reader.row.person)
    waiting = [ask for ask in view.asks if ask.is_open and ask.asker == context.party]
    own = [{"id": ask.note, "q": ask.q} for ask in waiting]
    closable = context.writes and not close and data.row.opening.party == context.party
    quote = quotation(view.items, query.quote, context.lang)
    work = await work_bar(data, view, query) if query.work else None
    answer = work.answer if work and query.answer == NEAREST else query.answer
    begun = {"quote": quote, "answer": answer}
    form = None if close else await note_composer(context, data.row, **begun)
    if form and work:
        form = replace(form, next_url=work.next_url)
    chosen = {answer, *form.draft.answers} if form else ()
    marks = await read_marks(context, [data.row.thread])
    return {
        "links": await thread_links(data, view),
        "assigns": context.writes,
        "following": followed.get(data.row.thread, ""),
        "references": await file_references(context, data.row.thread),
        "marks": marks.get(data.row.thread, NOTHING_MARKED) if context.reader.row.person else None,
        "work": work,
        "form": form,
        "ticks": to_answer(view, context.party, chosen),
        "closing": orjson.dumps({"asks": own} if own else {}).decode() if closable else "",
        "reopens": close.id if close and context.writes else None,
    }


def _draft_of(batch: str) -> str:
    """Return the name of the draft that keeps the chosen applications of a list."""
    return f"chosen-{batch}"


def _standing_list(context: PageContext) -> Pair | None:
    charter = context.document
    return paired(context.party, charter.standing_en, charter.standing_zh) if charter else None


PAGES: Final[tuple[Route, ...]] = (
    ("GET", "/threads/{number}", get_thread_page),
    ("GET", "/threads/{number}/now", get_update),
    ("POST", "/threads/{number}/read", post_read),
    ("POST", "/threads/{number}/unread", post_unread),
    ("GET", "/batches/{number}/new-thread", get_new_thread),
    ("POST", "/batches/{number}/new-thread", post_new_thread),
)

API: Final[tuple[Route, ...]] = (
    ("GET", "/api/threads/{number}", get_thread),
    ("POST", "/api/threads/{number}/unread", post_unread_entry),
    ("GET", "/api/asks", get_asks),
)
