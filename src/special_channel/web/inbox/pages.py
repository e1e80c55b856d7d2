"""Pages of the inbox and of the list of threads."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final, get_args
from urllib.parse import quote, urlencode

from aiohttp import web
from markupsafe import Markup

from special_channel.core.bytes.ids import Party, peer_of
from special_channel.messages.dates import day
from special_channel.web.http.openapi import Route
from special_channel.web.inbox import queries
from special_channel.web.inbox.filters import THREAD_COLUMNS, Show, ThreadsPageQuery
from special_channel.web.inbox.groups import InboxPageQuery
from special_channel.web.inbox.queries import PAGE
from special_channel.web.inbox.tables import FILES
from special_channel.web.inbox.views import InboxView, ThreadsFound
from special_channel.web.inbox.waiting import Sort
from special_channel.web.inbox.walk import WorkQuery, work_step
from special_channel.web.shared.capitals import both, iso, moment, place
from special_channel.web.shared.marks import MarksView
from special_channel.web.shared.paging import Paging, paging
from special_channel.web.shared.query import read_filters, read_query
from special_channel.web.shared.ruler import Ruler
from special_channel.web.shared.viewpoint import Author
from special_channel.web.shared.words import Pair
from special_channel.web.shell.colleagues import Colleague, colleagues, own_desks
from special_channel.web.shell.context import PageContext, page_context
from special_channel.web.shell.corrected import LISTED, see_changes, see_listed
from special_channel.web.shell.filter_faults import read_by
from special_channel.web.shell.forms import local_path, posted, read_form, see_other
from special_channel.web.shell.frame import Frame, ViewPage, bare_frame, frame
from special_channel.web.shell.held import NOBODY
from special_channel.web.shell.marks import own_labels
from special_channel.web.shell.markup import (
    NOTHING,
    Wording,
    escaped,
    html,
    name_with_runs,
    unbroken,
)
from special_channel.web.shell.render import page_response, show
from special_channel.web.shell.saved_views import SavedViewList, saved_views, view_routes
from special_channel.web.shell.scopes import SCOPES
from special_channel.web.shell.threads import LastWords, ThreadItem

NO_LABELS: Final[tuple[Sequence[str], str, str]] = (), "", ""

SHOWS: Final[tuple[Show, ...]] = ("open", "closed", "all")


async def get_inbox(request: web.Request) -> web.Response:
    """Show the inbox in a scope."""
    context = await page_context(request)
    query = read_filters(InboxPageQuery, request.query.items())
    view, (offered, around) = await asyncio.gather(queries.inbox(context, query), _framed(context))
    return await show(context, inbox_page(view, query, offered), around=around)


async def post_corrections(request: web.Request) -> web.Response:
    """Mark the corrections that the inbox showed as seen, and show it again."""
    context = await page_context(request)
    await read_form(request, context.reader)
    sent = await posted(request)

    def shown(name: str) -> list[tuple[str, str]]:
        pairs = [each.partition(" ")[::2] for each in sent.texts_of(name)[:LISTED]]
        return [(number, last) for last, number in pairs]

    await see_listed(context, shown("seen"))
    await see_changes(context, "list", shown("seen-list"))
    await see_changes(context, "licence", shown("seen-licence"))
    return see_other(local_path("".join(sent.texts_of("next")[:1]), "/inbox"))


async def get_update(request: web.Request) -> web.Response:
    """Return what changes on an open inbox: the heading and the news. No row moves."""
    context = await page_context(request)
    query = read_filters(InboxPageQuery, request.query.items())
    view = await queries.inbox(context, query)
    page = ViewPage("inbox/update.html", "inbox", view)
    return page_response(page, bare_frame(context), 200)


async def get_work(request: web.Request) -> web.Response:
    """Open the next thread of the inbox, or the one before."""
    context = await page_context(request)
    query = read_query(WorkQuery, request.query.items())
    return see_other((await work_step(context, query)).url)


async def get_threads(request: web.Request) -> web.Response:
    """Show a page of the list of threads."""
    context = await page_context(request)
    query = read_filters(ThreadsPageQuery, request.query.items())
    query, view = await read_by(query, partial(queries.threads_page, context))
    pages = paging(query.page, view.total or 0, PAGE, f"/threads?{query.address}")
    offered = await _offered(context, await saved_views(context, "threads"))
    return await show(context, threads_page(view, pages, query, offered))


async def _framed(context: PageContext) -> tuple[Offered, Frame]:
    return await _offered(context), await frame(context)


async def _offered(context: PageContext, saved: SavedViewList | None = None) -> Offered:
    return Offered(
        saved,
        [each.label for each in await own_labels(context)],
        own_desks(context),
        [*(await colleagues(context)).values()],
    )


@dataclass(frozen=True, slots=True)
class Offered:
    """Choices of the filters of threads: views and labels of the reader, desks and persons.

    Desks of our side are a code and a title in the reader's language.
    """

    saved: SavedViewList | None = None
    labels: Sequence[str] = ()
    desks: Sequence[tuple[str, str]] = ()
    staff: Sequence[Colleague] = ()


@dataclass(frozen=True, slots=True)
class Cells:
    """Writer of the rows of a list of threads; a template takes three times as long.

    Attributes:
        say: Words in the reader's language.
        party: The reader's side.
        now: Time of the page.
        colon: Colon of the language, with its blank.
        chips: Chips of both sides.
        bar: Macro for the states of a list.
        step: Macro for a step of our ladder.
        doubted: Writes the word beside the number of an entry in doubt.
        picks: Whether the reader may choose threads.
        columns: What is shown of each thread.
        answers: Whether the reader may answer.
    """

    say: Wording
    party: Party
    now: datetime
    colon: str
    chips: Mapping[Party, str]
    bar: Callable[..., str]
    step: Callable[..., str]
    doubted: Callable[[str], Markup]
    picks: bool
    columns: Collection[str] = THREAD_COLUMNS
    answers: bool = False

    def rows(self, items: Iterable[ThreadItem]) -> Iterator[Mapping[str, Markup]]:
        """Write the values of each thread."""
        mark = html(f'<span class="u" role="img" aria-label="{self.say.gettext("Unread")}"></span>')
        for item in items:
            yield {
                "pick": html(self._pick(item.number)) if self.picks else NOTHING,
                "read": NOTHING if item.unread else _READ,
                "unread": _UNREAD if item.unread else NOTHING,
                "mark": mark if item.unread else _UNMARKED,
                "hot": _HOT if item.due and item.due.near else NOTHING,
                "due": html("".join(self._due(item))),
                "title": html(
                    "".join((*self._title(item.title, item.url), *self._last(item.last)))
                ),
                "facts": html("".join(self._facts(item))),
                "step": html(self.step(item.next_step, item.steps))
                if item.next_step and "step" in self.columns
                else NOTHING,
            }

    def _pick(self, number: str) -> str:
        words = self.say.gettext("Choose %(number)s", number=number)
        field = f'<input type="checkbox" name="thread" value="{number}" aria-label="{words}">'
        return f'<label class="pick">{field}</label>'

    def _due(self, item: ThreadItem) -> Iterator[str]:
        say, due = self.say, item.due
        if due:
            yield f"<b>{escaped(item.silence or due.words(self.now, say.lang))}</b>"
            if item.known:
                yield f'<small class="says">{escaped(item.known)}</small>'
            if item.about:
                yield f"<small>{escaped(item.about)}{self.doubted(item.about)}</small>"
            for party in (self.party, peer_of(self.party)):
                yield f"<small>{self._time(due.at, party)} {place(party, say.lang)}</small>"
            if due.provisional:
                note = say.gettext("Provisional: no calendar of that year is in use yet")
                yield f'<small class="says">{note}</small>'
        elif item.at:
            yield f"<b>{moment(item.at, self.party, say.lang, self.now)}</b>"
            yield f"<small>{place(self.party, say.lang)}</small>"

    def _title(self, title: Pair, url: str) -> Iterator[str]:
        first, second = title.in_order(self.say.lang)
        first = self.say.read(first)
        yield f'<a href="{escaped(url)}" lang="{escaped(first.lang)}">{self.say.text(first)}</a>'
        if second and not self.say.alone and "translation" in self.columns:
            yield f'<p class="other" lang="{escaped(second.lang)}">{self.say.text(second)}</p>'

    def _last(self, last: LastWords | None) -> Iterator[str]:
        if last is None or "last" not in self.columns:
            return
        say, author = self.say, last.author
        name = name_with_runs(author.name, say.lang) if author.name else self._official(author)
        doubt = self.doubted(last.number) if last.doubt else ""
        yield f'<p class="snip">{self.chips[author.party]} <b>{name}</b>{doubt} '
        yield f"{self._time(last.at, self.party)}{self.colon}{say.run(last.words)}</p>"

    def _official(self, author: Author) -> str:
        desk = author.desk.first(self.say.lang)
        if not author.place:
            return self.say.run(desk)
        return self.say.gettext("official.numbered", desk=desk.text, number=author.place)

    def _facts(self, item: ThreadItem) -> Iterator[str]:
        say, batch = self.say, item.batch if "list" in self.columns else None
        closed = f" · {say.gettext('closed')}" if item.closed else ""
        name = f" · {escaped(batch.name)}" if batch else ""
        yield f"<span><b>{escaped(item.number)}</b>{self.doubted(item.number)}{closed}{name}</span>"
        if batch and batch.bar and batch.bar.total:
            done, total = batch.bar.done, batch.bar.total
            words = say.gettext(
                "%(done)s of %(total)s approved by our record", done=done, total=total
            )
            yield f"{self.bar(batch.bar)}<span>{words}</span>"
        if item.answered and "answered" in self.columns:
            done, total = item.answered
            words = say.gettext("%(done)s of %(total)s answered", done=done, total=total)
            yield f"<span>{words}</span>"
        if item.holder and "holder" in self.columns:
            words = say.gettext("Assigned to %(name)s", name=item.holder.shown)
            yield f'<span class="held">{words}</span>'
        yield from self._marks(item.marks)
        ours = item.due is not None and item.due.answering == self.party
        if self.answers and item.about and ours and not item.closed:
            yield self._answer(item.url, item.about)

    def _marks(self, marks: MarksView | None) -> Iterator[str]:
        """Write the reader's own marks, which nobody else sees."""
        if marks is None:
            return
        if marks.remind_on:
            words = self.say.gettext("Reminder %(day)s", day=day(marks.remind_on, self.say.lang))
            yield f'<span class="tag line">{words}</span>'
        if marks.done and not marks.remind_on:
            yield f'<span class="tag line">{self.say.gettext("Done")}</span>'
        for each in marks.labels:
            href = f"/threads?show=all&label={quote(each)}"
            yield f'<a class="tag line" href="{escaped(href)}">{escaped(each)}</a>'

    def _answer(self, url: str, about: str) -> str:
        """Lead to the form with the question ticked, as the thread's page does."""
        href = f"{url}?answer={quote(about)}#compose"
        number = f'<span class="vh"> {escaped(about)}</span>'
        words = self.say.gettext("Answer")
        return f'<a class="btn sm" href="{escaped(href)}">{words}{number}</a>'

    def _time(self, at: datetime, party: Party) -> str:
        words = moment(at, party, self.say.lang, self.now)
        return f'<time datetime="{iso(at)}">{words}</time>'


def due_rows(
    say: Wording,
    drawn: Ruler,
    party: Party,
    now: datetime,
    who: Mapping[Party, str],
    doubted: Callable[[str], Markup],
) -> Iterator[Mapping[str, str]]:
    """Write the values of each due time of a ruler's table.

    `party`: the reader's side; `who`: names of the sides; `doubted`: as of `Cells`.
    """
    for each in drawn.listed:
        yield {
            "url": each.url,
            "number": each.number,
            "doubt": doubted(each.number),
            "subject": drawn.labels[each.number],
            "who": who[each.due.answering],
            "iso": iso(each.due.at),
            "at": unbroken(both(each.due.at, party, say.lang, now)),
        }


_READ: Final = Markup(" read")
_UNREAD: Final = Markup(" data-unread")
_UNMARKED: Final = Markup("<span></span>")
_HOT: Final = Markup(" hot")


def inbox_page(
    view: InboxView, query: InboxPageQuery | None = None, offered: Offered | None = None
) -> ViewPage:
    """Make the page of the inbox.

    Args:
        view: The inbox.
        query: Scope, filters and portion; None for no filter.
        offered: Choices of the filters.
    """
    query, offered = query or InboxPageQuery(), offered or Offered()
    more = {
        "scopes": SCOPES,
        "cells": Cells,
        "due_rows": due_rows,
        "query": query,
        "narrowing": urlencode(query.narrowing),
        "listed": query.address(view.scope),
        "here": query.address_here(view.scope),
        "groups": ("ours", "theirs", "reminded", "read"),
        "sorts": get_args(Sort),
        "labels": offered.labels,
        "desks": offered.desks,
        "staff": offered.staff,
        "nobody": NOBODY,
    }
    return ViewPage("inbox/inbox.html", "inbox", view, more)


def threads_page(
    view: ThreadsFound,
    pages: Paging,
    query: ThreadsPageQuery,
    offered: Offered | None = None,
) -> ViewPage:
    """Make the page of the list of threads.

    Args:
        view: The threads.
        pages: Pages of the list.
        query: Filters, order and columns.
        offered: Choices of the filters.
    """
    offered = offered or Offered()
    more = {
        "pages": pages,
        "query": query,
        "shows": SHOWS,
        "scopes": SCOPES,
        "cells": Cells,
        "columns": THREAD_COLUMNS,
        "saved": offered.saved,
        "labels": offered.labels,
        "desks": offered.desks,
        "staff": offered.staff,
        "nobody": NOBODY,
    }
    return ViewPage("inbox/threads.html", "threads", view, more)


PAGES: Final[tuple[Route, ...]] = (
    ("GET", "/inbox", get_inbox),
    ("POST", "/inbox/corrections", post_corrections),
    ("GET", "/inbox/now", get_update),
    ("GET", "/work", get_work),
    ("GET", "/threads", get_threads),
    *FILES,
    *view_routes("threads", ThreadsPageQuery),
)
