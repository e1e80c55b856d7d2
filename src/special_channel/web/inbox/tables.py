"""The list of threads, and the inbox, as files."""

from __future__ import annotations

from itertools import compress
from typing import Final

from special_channel.core.bytes.ids import ThreadId
from special_channel.desk.extracts import Extract
from special_channel.messages.dates import day
from special_channel.web.inbox import queries
from special_channel.web.inbox.filters import ThreadsPageQuery
from special_channel.web.inbox.views import ThreadsFound
from special_channel.web.inbox.waiting import InboxQuery, Listed, Waiting, waiting
from special_channel.web.shared.references import ask_number
from special_channel.web.shared.silence import line
from special_channel.web.shell.colleagues import colleagues, own_desks
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.frame import numbered
from special_channel.web.shell.held import NOBODY, HeldFilters
from special_channel.web.shell.list_files import (
    both_titles,
    days_words,
    file_routes,
    filter_fact,
    list_extract,
    list_facts,
    wall_clock,
)
from special_channel.web.shell.questions import LastHeard, last_heard_of
from special_channel.web.shell.threads import ThreadItem, batch_refs, thread_items

MAX_THREADS: Final = 10_000
"""Threads of a file, the last changed ones: as many as the channel is meant for."""

COLUMNS: Final = (
    "thread", "file_reference", "subject", "translation", "weekly_list", "thread_state",
    "eu_notes", "cn_notes", "question", "answering", "due", "question_state", "answered_of",
    "next_step", "holder", "last_entry", "last_by", "last_at", "last_words",
)  # fmt: skip

CHOSEN: Final = {
    "translation": "translation",
    "weekly_list": "list",
    "answered_of": "answered",
    "next_step": "step",
    "holder": "holder",
    **dict.fromkeys(("last_entry", "last_by", "last_at", "last_words"), "last"),
}
"""Columns of the file that follow a column of the page; the file always has the others.

The file is for our side alone: it has names of colleagues and references of our records office.
"""


async def threads_extract(context: PageContext, query: ThreadsPageQuery) -> Extract:
    """Make a table of the threads of a query, each with its nearest open question.

    It has the columns that the reader chose for the page, and every column if none was chosen.
    """
    listed, items, total = await queries.threads_listed(context, query, MAX_THREADS)
    heard = await last_heard_of(context, [each.question for each in listed if each.question])
    refs = await batch_refs(context, [each.thread.opening.batch for each in listed])
    filed = await context.own.desk.references.in_use([each.thread.thread for each in listed])
    label = context.t.label
    lines = []
    for each, item in zip(listed, items, strict=True):
        batch = refs.get(each.thread.opening.batch)
        lines.append(
            [
                numbered(context, item.number),
                filed.get(each.thread.thread, ""),
                *both_titles(item.title),
                batch.name if batch else "",
                label("show", "closed" if item.closed else "open"),
                str(item.notes_eu),
                str(item.notes_cn),
                *_asked(context, each, heard),
                "/".join(map(str, item.answered)) if item.answered else "",
                _step(context, item),
                item.holder.name if item.holder else "",
                *_last(context, item),
            ]
        )
    shown = [CHOSEN.get(code, "") in {"", *query.columns} for code in COLUMNS]
    lines = [[*compress(cells, shown)] for cells in lines]
    found = ThreadsFound(**context.sizes, scope=query.scope, items=())
    opened = label("side", query.side) if query.side else ""
    words = [
        *(label("show", query.show), label("scope", query.scope), query.batch, opened),
        *(await _held(context, query)),
        days_words(query),
    ]
    facts = [
        filter_fact(context, words),
        # A file that ends before the list does says so.
        ("threads", str(total) if total <= len(lines) else f"{len(lines)} / {total}"),
        ("times", label("capital", context.party)),
    ]
    columns = compress(COLUMNS, shown)
    return list_extract(context, "threads", columns, lines, list_facts(context, found, facts))


async def _held(context: PageContext, query: HeldFilters) -> tuple[str, str, str]:
    """Name label, desk and person of the filter; empty for none."""
    nobody = context.t.gettext("Nobody")
    desk = dict(own_desks(context)).get(query.desk, query.desk) if query.desk else ""
    holder = query.holder
    if holder not in {"", NOBODY}:
        staff = (await colleagues(context)).values()
        holder = next((one.name for one in staff if str(one.number) == holder), holder)
    assigned = context.t.gettext(
        "Assigned to %(name)s", name=nobody if holder == NOBODY else holder
    )
    return query.label, nobody if desk == NOBODY else desk, assigned if holder else ""


def _step(context: PageContext, item: ThreadItem) -> str:
    """Return the present step of our ladder: a title, or a role."""
    step = item.next_step
    if step is None:
        return ""
    if step.title is None:
        return context.t.label("role", step.role)
    return step.title.zh if context.lang == "zh-CN" else step.title.en


def _last(context: PageContext, item: ThreadItem) -> tuple[str, str, str, str]:
    """Return number, author, time and first words of the last entry."""
    last = item.last
    if last is None:
        return "", "", "", ""
    author = last.author.name or last.author.desk.first(context.lang).text
    return numbered(context, last.number), author, wall_clock(context, last.at), last.words.text


def _asked(context: PageContext, listed: Listed, heard: LastHeard) -> list[str]:
    """Return the nearest open question: number, who answers, due time and state."""
    ask, due = listed.question, listed.due
    if ask is None or due is None:
        return [""] * 4
    return [
        numbered(context, ask_number(ask)),
        context.t.label("side", due.answering),
        wall_clock(context, due.at),
        line(ask.outcome(), due, heard.at(ask), context),
    ]


INBOX_COLUMNS: Final = (
    "inbox_group", "thread", "subject", "translation", "question", "answering", "due",
    "question_state", "put_away",
)  # fmt: skip


async def inbox_extract(context: PageContext, query: InboxQuery) -> Extract:
    """Make a table of the threads of the inbox, by group, in its order. Marks nothing as read."""
    waits = await waiting(context, query, query)
    groups = {
        "ours": waits.ours, "theirs": waits.theirs, "reminded": waits.reminded, "read": waits.new,
    }  # fmt: skip
    listed = [(name, each) for name, part in groups.items() for each in part]
    asks = [each.question for _, each in listed if each.question]
    heard = await last_heard_of(context, asks)
    items = await thread_items(context, [each.thread for _, each in listed])
    label = context.t.label
    lines = [
        [
            label("group", name),
            numbered(context, item.number),
            *both_titles(item.title),
            *_asked(context, each, heard),
            _put_away(context, waits, each.thread.thread),
        ]
        for (name, each), item in zip(listed, items, strict=True)
    ]
    found = ThreadsFound(**context.sizes, scope=waits.scope, items=())
    words = [label("scope", waits.scope), label("group", query.group) if query.group else ""]
    words.append(label("inbox-sort", query.sort))
    facts = [
        filter_fact(context, [*words, *(await _held(context, query))]),
        ("threads", str(len(lines))),
        ("times", label("capital", context.party)),
    ]
    return list_extract(context, "inbox", INBOX_COLUMNS, lines, list_facts(context, found, facts))


def _put_away(context: PageContext, waits: Waiting, thread: ThreadId) -> str:
    """Say how the reader put a thread away: until a day, or as done; empty for a thread left."""
    if thread not in waits.put_away:
        return ""
    marks = waits.marks.get(thread)
    if marks is not None and marks.remind_on:
        return context.t.gettext("Reminder %(day)s", day=day(marks.remind_on, context.lang))
    return context.t.gettext("mark.is-done")


FILES: Final = (
    *file_routes("threads", ThreadsPageQuery, threads_extract),
    *file_routes("inbox", InboxQuery, inbox_extract),
)
