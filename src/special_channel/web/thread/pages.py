"""Pages of a thread, of its updates, and of a new thread; addresses of single entries."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import orjson
from aiohttp import web

from special_channel.broker.live import Cursor
from special_channel.core.bytes.errors import NotAllowed
from special_channel.web.http.openapi import Route
from special_channel.web.shared.query import read_query
from special_channel.web.shared.references import batch_ref
from special_channel.web.shared.words import Pair, paired
from special_channel.web.shell.batches import find_batch
from special_channel.web.shell.composer import new_thread_page, thread_composer
from special_channel.web.shell.context import OFFICIALS, PageContext, page_context
from special_channel.web.shell.forms import local_path, posted, read_form, see_other
from special_channel.web.shell.frame import ViewPage, bare_frame
from special_channel.web.shell.responses import html, show
from special_channel.web.shell.threads import find_thread
from special_channel.web.thread import queries
from special_channel.web.thread.queries import ThreadQuery
from special_channel.web.thread.views import LANGUAGES, Arrival, NoteView, ThreadView

MAX_APPLICATIONS: Final = 400
"""As `core.entries.threads.Opening` allows."""


async def get_thread(request: web.Request) -> web.Response:
    """Show a thread, and remember that it was read."""
    context = await page_context(request)
    number = request.match_info["number"]
    row = await find_thread(context, number)
    if number != str(row.position):
        return see_other(f"/threads/{row.position}")
    query = read_query(ThreadQuery, request.query.items())
    data = await queries.read_thread(context, row)
    response = await show(context, thread_page(await queries.thread_view(data, query.languages)))
    await queries.remember(data)
    return response


async def get_update(request: web.Request) -> web.Response:
    """Return what an open page of a thread lacks since a cursor of the live stream.

    Marks nothing as read.
    """
    context = await page_context(request)
    row = await find_thread(context, request.match_info["number"])
    query = read_query(ThreadQuery, request.query.items())
    data = await queries.read_thread(context, row)
    view = await queries.thread_view(data, query.languages)
    since = Cursor.parse(query.after) if query.after else None
    arrived = queries.arrivals(data, view, since)
    changed = queries.changed_notes(data, view, since)
    return html(update_page(view, arrived, changed), bare_frame(context), 200)


async def post_read(request: web.Request) -> web.Response:
    """Mark a thread as read up to its newest entry."""
    context = await page_context(request)
    fields = await read_form(request, context.reader)
    row = await find_thread(context, request.match_info["number"])
    await queries.remember(await queries.read_thread(context, row))
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


def thread_page(view: ThreadView) -> ViewPage:
    """Make the page of a thread."""
    return ViewPage("thread/thread.html", "thread", view, {"languages": LANGUAGES})


def update_page(
    view: ThreadView, arrivals: Sequence[Arrival], changed: Sequence[NoteView]
) -> ViewPage:
    """Make the document of an update: new items and changed notes, drawn as on the page."""
    more = {"arrivals": arrivals, "changed": changed}
    return ViewPage("thread/update.html", "thread", view, more)


def _draft_of(batch: str) -> str:
    """Return the name of the draft that keeps the chosen applications of a list."""
    return f"chosen-{batch}"


def _standing_list(context: PageContext) -> Pair | None:
    charter = context.document
    return paired(context.party, charter.standing_en, charter.standing_zh) if charter else None


PAGES: Final[tuple[Route, ...]] = (
    ("GET", "/threads/{number}", get_thread),
    ("GET", "/threads/{number}/now", get_update),
    ("POST", "/threads/{number}/read", post_read),
    ("GET", "/batches/{number}/new-thread", get_new_thread),
    ("POST", "/batches/{number}/new-thread", post_new_thread),
)
