"""Own questions that the charter in force would date otherwise, counted by this node.

Does not move them: a person signs `deadline.moved` with a body from here, and the judge decides.
"""

from __future__ import annotations

from typing import Any

from aiohttp import web

from special_channel.web.http.operation import Body, Operation, operation
from special_channel.web.reading.dates import rebase_of
from special_channel.web.shell.context import page_context
from special_channel.web.shell.deliveries import delivered
from special_channel.web.shell.threads import MANY


class RebaseItem(Body):
    """One own question: the date in force, and the one by the charter in force.

    `body` is what a `deadline.moved` in `thread`, about the note `ref`, would say.
    """

    ask: str
    thread: str
    ref: str
    rule: str
    due: str
    to: str
    provisional: bool
    changes: bool
    body: dict[str, Any]


class RebaseItems(Body):
    """The nearest due first; empty also while a calendar of the charter is not held here."""

    charter: int
    items: tuple[RebaseItem, ...]


@operation(Operation("List own questions to be counted anew", response=RebaseItems))
async def get_rebases(request: web.Request) -> RebaseItems:
    """Return the open questions of the own side that another charter or calendar dates anew."""
    context = await page_context(request)
    asks = await context.own.views.asks(answering=context.peer, only_open=True, limit=MANY)
    reached = await delivered(context, [row.position for row in asks])
    found = []
    for row in asks:
        made = rebase_of(context, row, reached.at(row.position))
        if made is not None:
            found.append(
                RebaseItem(
                    ask=f"{row.position}:{row.q}",
                    thread=row.thread,
                    ref=row.note,
                    rule=row.rule,
                    due=row.due,
                    to=made.counted.stamp,
                    provisional=made.counted.provisional,
                    changes=made.changes(row),
                    body=dict(made.body(row)),
                )
            )
    return RebaseItems(charter=context.charter.number if context.charter else 0, items=tuple(found))
