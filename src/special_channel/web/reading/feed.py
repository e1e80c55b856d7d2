"""What a calendar feed holds: the open questions that the own side is to answer.

Does not decide who may read a feed: `web/handlers/feeds.py` does.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from special_channel.core.bytes.ids import EntryId
from special_channel.core.bytes.times import instant
from special_channel.core.rows.questions import QuestionRow
from special_channel.messages.silence import event
from special_channel.ports import Stored
from special_channel.stores.deadlines import FeedScope
from special_channel.web.pages.feed import FeedEvent, write
from special_channel.web.reading.deadlines import OPEN
from special_channel.web.shared import capitals
from special_channel.web.shared.dues import due_of
from special_channel.web.shared.references import ask_number
from special_channel.web.shared.silence import standing
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.scopes import fitting


async def feed(context: PageContext, scope: FeedScope) -> bytes:
    """Write the feed of a reader: the same bytes as long as nothing has changed."""
    views = context.own.views
    asks = await views.asks(answering=context.party, only_open=True, limit=OPEN)
    if scope == "desk":
        threads = await views.threads_by_id(sorted({row.thread for row in asks}))
        fits = await fitting(context, "unit", [*threads.values()])
        asks = [row for row in asks if row.thread in threads and fits(threads[row.thread])]
    moves = await context.own.record.find([row.moves[-1].id for row in asks if row.moves])
    name = context.t.gettext(f"feed.name.{scope}")
    return write(name, context.lang, [_event(context, row, moves) for row in asks])


def _event(context: PageContext, row: QuestionRow, moves: Mapping[EntryId, Stored]) -> FeedEvent:
    due = due_of(context, row)
    host = context.own.identity.origin(context.party).partition("/")[0]
    number = ask_number(row)
    url = f"{context.own.url}/entries/{row.position}"
    # The year is left out: its bytes must not change with the present.
    at = capitals.both(due.at, context.party, context.lang, due.at)
    return FeedEvent(
        uid=f"{number.lower().replace(' ', '-')}@{host}",
        summary=event(context.t, standing(row.outcome(), due, context.party), number),
        url=url,
        at=due.at,
        changed=_changed(row, moves),
        sequence=len(row.moves),
        provisional=due.provisional,
        description=f"{at}\n{url}",
    )


def _changed(row: QuestionRow, moves: Mapping[EntryId, Stored]) -> datetime:
    """Return when the date in force was stated: by its last move, else by the question."""
    moved = moves.get(row.moves[-1].id) if row.moves else None
    return instant(moved.accepted if moved is not None else row.accepted)
