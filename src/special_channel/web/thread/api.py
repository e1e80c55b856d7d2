"""Threads and open questions over the API."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from aiohttp import web

from special_channel.core.bytes import canonical, dsse, parts
from special_channel.core.bytes.ids import Party, Position
from special_channel.core.bytes.times import timestamp
from special_channel.core.rows.questions import QuestionRow
from special_channel.ports import Stored
from special_channel.web.http.openapi import Route
from special_channel.web.http.operation import Operation, operation
from special_channel.web.shared.dates import due_history
from special_channel.web.shared.query import Query
from special_channel.web.shared.references import ask_number
from special_channel.web.shell.content import number_of
from special_channel.web.shell.context import PageContext, page_context
from special_channel.web.shell.damage import lost_of
from special_channel.web.shell.last_heard import last_heard_of
from special_channel.web.shell.threads import find_thread, thread_items
from special_channel.web.thread.views import (
    EntryItem,
    FileItem,
    QuestionItem,
    QuestionsFound,
    ThreadDetail,
)


class QuestionsQuery(Query):
    """Open questions, of one answering side or of both."""

    answering: Party | None = None


@operation(Operation("Read a thread with its entries", response=ThreadDetail))
async def get_thread(request: web.Request) -> ThreadDetail:
    """Return a thread, then its entries in display order with their texts, then its questions."""
    context = await page_context(request)
    position = Position.parse(request.match_info["number"])
    row = await find_thread(context, str(position))
    entries = await context.own.stores.views.thread_entries(row.thread)
    asks = await context.own.stores.views.asks(threads=[row.thread])
    notes = await context.own.stores.views.notes([row.thread])
    lost = lost_of(entries, [row.position, *(Position(n.party, n.index) for n in notes)])
    passed = context.own.status.check().passed
    return ThreadDetail(
        **context.sizes,
        items=(
            *await thread_items(context, [row]),
            *map(entry_item, entries),
            *(EntryItem(position=str(each), damaged=("entry",)) for each in lost),
            *await question_items(context, asks),
        ),
        check_passed_at=passed.isoformat() if passed else None,
    )


@operation(Operation("List open questions", response=QuestionsFound, query=QuestionsQuery))
async def get_asks(request: web.Request, query: QuestionsQuery) -> QuestionsFound:
    """Return open questions, the nearest due first."""
    context = await page_context(request)
    rows = await context.own.stores.views.asks(answering=query.answering, only_open=True)
    return QuestionsFound(**context.sizes, items=await question_items(context, rows))


async def question_items(
    context: PageContext, rows: Sequence[QuestionRow]
) -> tuple[QuestionItem, ...]:
    """Read items of questions."""
    heard = await last_heard_of(context, rows)
    return tuple(
        QuestionItem(
            number=ask_number(row),
            note=row.note,
            q=row.q,
            asker=row.asker,
            index=row.index,
            thread=row.thread,
            accepted=row.accepted,
            rule=row.rule,
            due=row.due,
            agreed=row.is_agreed,
            outcome=row.outcome(),
            is_provisional=row.is_provisional,
            history=due_history(context, row, writes=context.writes),
            known_up_to=timestamp(at) if (at := heard.at(row)) else None,
        )
        for row in rows
    )


def entry_item(entry: Stored) -> EntryItem:
    """Return the item of an entry: payload, texts and files, as far as they are here."""
    payload = canonical.loads(dsse.decode(entry.envelope).payload) if entry.envelope else None
    found = [parts.parse(part) for part in entry.parts if part is not None]
    return EntryItem(
        position=number_of(entry),
        id=entry.id,
        accepted=entry.accepted,
        verdict=entry.code,
        damaged=entry.damaged,
        payload=payload,
        texts=tuple(
            part.text for part in found if isinstance(part, parts.SubjectPart | parts.TextPart)
        ),
        files=tuple(
            FileItem(name=part.name, sha256=part.sha256, len=part.len)
            for part in found
            if isinstance(part, parts.FilePart)
        ),
    )


API: Final[tuple[Route, ...]] = (
    ("GET", "/api/threads/{number}", get_thread),
    ("GET", "/api/asks", get_asks),
)
