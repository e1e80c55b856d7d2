"""Read threads to be assigned, and who can be assigned them. Does not sign: the browser does."""

from __future__ import annotations

from typing import Final

from special_channel.core.bytes.errors import Malformed
from special_channel.web.assign.views import AssignView
from special_channel.web.shared.query import Back, NextText, Query, Text
from special_channel.web.shell.colleagues import assignable, colleagues
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.forms import local_path
from special_channel.web.shell.threads import find_thread, thread_items

MOST: Final = 50
"""Threads assigned at once: a page of the list of threads."""


class AssignQuery(Query):
    """Threads to be assigned.

    Attributes:
        thread: Numbers of the threads.
        nobody: `1` to take them from their holders.
        back: List on which they were chosen, to go on there.
        next: Address to go on to.
    """

    thread: tuple[Text, ...] = ()
    nobody: bool = False
    back: Back = ""
    next: NextText = ""


async def assign(context: PageContext, query: AssignQuery) -> AssignView:
    """Return threads to be assigned, in the order of the query, each once.

    Raises:
        Malformed: `assign-nothing` without a thread, `assign-limit`.
        NotFound: `thread-unknown`.
    """
    numbers = tuple(dict.fromkeys(query.thread))
    if not numbers:
        raise Malformed("assign-nothing", "No thread is chosen.")
    if len(numbers) > MOST:
        raise Malformed("assign-limit", "Too many threads at once.", limit=MOST)
    rows = {row.thread: row for row in [await find_thread(context, each) for each in numbers]}
    return AssignView(
        **context.sizes,
        items=await thread_items(context, [*rows.values()]),
        colleagues=assignable((await colleagues(context)).values()),
        lang=context.languages[0],
        nobody=query.nobody,
        back=query.back,
        goes_on=local_path(query.next, ""),
    )
