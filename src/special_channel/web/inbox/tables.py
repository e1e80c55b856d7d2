"""The list of threads as a file."""

from __future__ import annotations

from typing import Final

from special_channel.desk.extracts import Extract
from special_channel.web.inbox import queries
from special_channel.web.inbox.queries import ThreadsPageQuery
from special_channel.web.inbox.views import ThreadsFound
from special_channel.web.shared.references import ask_number
from special_channel.web.shared.silence import line
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.frame import numbered
from special_channel.web.shell.list_files import (
    both_titles,
    file_routes,
    list_extract,
    list_facts,
    wall_clock,
)
from special_channel.web.shell.questions import last_heard_of
from special_channel.web.shell.threads import batch_refs

MAX_THREADS: Final = 10_000
"""Threads of a file, the last changed ones: as many as the channel is meant for."""

COLUMNS: Final = (
    "thread", "subject", "translation", "weekly_list", "thread_state", "eu_notes", "cn_notes",
    "question", "answering", "due", "question_state", "holder",
)  # fmt: skip


async def threads_extract(context: PageContext, query: ThreadsPageQuery) -> Extract:
    """Make a table of the threads of a query, each with its nearest open question."""
    listed, items, total = await queries.threads_listed(context, query, MAX_THREADS)
    heard = await last_heard_of(context, [each.question for each in listed if each.question])
    refs = await batch_refs(context, [each.thread.opening.batch for each in listed])
    label = context.t.label
    lines = []
    for each, item in zip(listed, items, strict=True):
        ask, due, batch = each.question, each.due, refs.get(each.thread.opening.batch)
        asked = [""] * 4
        if ask and due:
            asked = [
                numbered(context, ask_number(ask)),
                label("side", due.answering),
                wall_clock(context, due.at),
                line(ask.outcome(), due, heard.at(ask), context),
            ]
        lines.append(
            [
                numbered(context, item.number),
                *both_titles(item.title),
                batch.name if batch else "",
                label("show", "closed" if item.closed else "open"),
                str(item.notes_eu),
                str(item.notes_cn),
                *asked,
                item.holder.name if item.holder else "",
            ]
        )
    found = ThreadsFound(**context.sizes, scope=query.scope, items=())
    facts = [
        ("filter", f"{label('show', query.show)}, {label('scope', query.scope)}"),
        # A file that ends before the list does says so.
        ("threads", str(total) if total <= len(lines) else f"{len(lines)} / {total}"),
        ("times", label("capital", context.party)),
    ]
    return list_extract(context, "threads", COLUMNS, lines, list_facts(context, found, facts))


FILES: Final = file_routes("threads", ThreadsPageQuery, threads_extract)
