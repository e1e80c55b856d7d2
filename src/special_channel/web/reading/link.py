"""Reads how the link stands, and what waits behind a gap in the other side's log."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from special_channel.core.bytes.ids import ThreadId
from special_channel.core.bytes.times import instant
from special_channel.ports.waiting import WaitingLine
from special_channel.web.pages.link import LinkPage, Standing, Unchecked
from special_channel.web.shell.context import PageContext

SHOWN: Final = 200
"""Entries listed at most."""


async def link_page(context: PageContext) -> LinkPage:
    """Read the page."""
    room, state = context.own.waiting, context.own.link()
    waits, lines = await room.waits(context.peer), await room.lines(context.peer, SHOWN)
    return LinkPage(
        logs=tuple(
            Standing(
                party == context.party, context.heads[party].size, context.heads[party].cosigned
            )
            for party in (context.party, context.peer)
        ),
        last_heard=state.last_heard,
        stopped=state.stopped,
        waits_for=str(waits.gap) if waits.gap else "",
        unchecked=_unchecked(lines, await _threads(context, lines)),
        more=waits.entries > len(lines),
        waiting=waits.entries - waits.lacking,
        elsewhere=max(state.behind - waits.entries, 0),
    )


async def unchecked_of_thread(
    context: PageContext, thread: ThreadId
) -> tuple[tuple[Unchecked, ...], str]:
    """Return what waits of one thread, and the number of the entry that it waits for."""
    lines = await context.own.waiting.lines(context.peer, SHOWN, thread=thread)
    if not lines:
        return (), ""
    gap = (await context.own.waiting.waits(context.peer)).gap
    return _unchecked(lines, {}), str(gap) if gap else ""


def _unchecked(lines: Sequence[WaitingLine], threads: dict[ThreadId, str]) -> tuple[Unchecked, ...]:
    return tuple(
        Unchecked(
            position=str(line.position),
            kind=line.kind,
            accepted=instant(line.accepted),
            lacking=line.lacking,
            thread=threads.get(line.thread) if line.thread else None,
        )
        for line in lines
    )


async def _threads(context: PageContext, lines: Sequence[WaitingLine]) -> dict[ThreadId, str]:
    named = sorted({line.thread for line in lines if line.thread})
    rows = await context.own.views.threads_by_id(named) if named else {}
    return {thread: str(row.position) for thread, row in rows.items()}
