"""The inbox: what waits for the own side, what for the other, and what is new to read.

Does not page: what is due later than the nearest rows stands on the page of deadlines. Scopes
leave nothing out that is nobody's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Literal

from special_channel.core.asks import AskRow
from special_channel.core.errors import Malformed
from special_channel.core.ids import ThreadId
from special_channel.core.threads import ThreadRow
from special_channel.web.pages.inbox import Group, InboxPage, Scope
from special_channel.web.pages.ruler import Mark, ruler
from special_channel.web.reading.dues import days, due_of, nearest, within_this_week
from special_channel.web.reading.hands import fitting
from special_channel.web.reading.rows import Gathered, Seen, gather, is_news, seen_of
from special_channel.web.reading.scene import OFFICIALS, Scene

SCOPES: Final[tuple[Scope, ...]] = ("mine", "unit", "all")

OPEN: Final = 500
"""Open asks that the page looks at, by side, the nearest due first."""

RECENT: Final = 200
"""Threads that moved last, among which the page looks for something new."""

TO_READ: Final = 50
"""Rows of the group to read."""

NEAREST: Final = 50
"""Rows of a group with dates; all of them are counted, and are marks of the ruler."""


def scope_of(text: str | None, role: str) -> Scope:
    """Read a scope. By default a desk sees its unit's threads; who oversees, all of them.

    Raises:
        Malformed: `request-malformed`.
    """
    if text is None:
        return "unit" if role in OFFICIALS else "all"
    if text not in SCOPES:
        raise Malformed("request-malformed", "The scope is mine, unit or all.", field="scope")
    return text


async def inbox(scene: Scene, scope: Scope) -> InboxPage:
    """Read the inbox."""
    views, party = scene.own.views, scene.party
    ours = _by_thread(await views.asks(answering=party, only_open=True, limit=OPEN))
    theirs = _by_thread(await views.asks(answering=scene.peer, only_open=True, limit=OPEN))
    recent = await views.threads(show="all", limit=RECENT)
    asked = await views.threads_by_id(sorted({*ours, *theirs}))
    fits = await fitting(scene, scope, [*asked.values(), *recent])
    waiting = [row for row in asked.values() if fits(row)]
    quiet = [row for row in recent if row.thread not in asked and fits(row)]
    seen = await seen_of(scene, [*waiting, *quiet])
    new = _new(scene, quiet, seen)
    gathered = await gather(scene, [*waiting, *new], seen)
    asked_of_us = _sorted(waiting, ours, ())
    awaited = _sorted(waiting, theirs, ours)
    later = "" if scope == "all" else "&desk=1"
    groups = (
        _group(gathered, "ours", asked_of_us, later),
        _group(gathered, "theirs", awaited, later),
        Group("read", tuple(gathered.row(row) for row in new), len(new)),
    )
    due_now = [due_of(scene, row) for row in _shown(ours, waiting)]
    ahead = [due_of(scene, row) for row in _shown({**theirs, **ours}, waiting)]
    marks = [_mark(gathered, row, ask) for row, ask in (*asked_of_us, *awaited)]
    return InboxPage(
        groups=groups,
        scope=scope,
        scope_urls=tuple((one, f"/inbox?scope={one}") for one in SCOPES),
        ruler=ruler(scene.now, party, days(scene), marks),
        due_this_week=sum(within_this_week(scene, due) for due in due_now),
        unread=sum(gathered.unread(row) for row in (*waiting, *new)),
        last_visit=max((one.at for one in gathered.marks.values() if one.at), default=None),
        next_due=min((due for due in ahead if not due.passed), key=lambda d: d.at, default=None),
    )


def _by_thread(asks: Sequence[AskRow]) -> dict[ThreadId, AskRow]:
    found: dict[ThreadId, list[AskRow]] = {}
    for row in asks:
        found.setdefault(row.thread, []).append(row)
    return {thread: nearest(rows) for thread, rows in found.items()}


def _shown(asks: Mapping[ThreadId, AskRow], rows: Iterable[ThreadRow]) -> list[AskRow]:
    return [asks[row.thread] for row in rows if row.thread in asks]


def _sorted(
    rows: Iterable[ThreadRow], asks: Mapping[ThreadId, AskRow], elsewhere: Iterable[ThreadId]
) -> Sequence[tuple[ThreadRow, AskRow]]:
    """Return threads with the ask that they are listed for, the nearest due first."""
    apart = set(elsewhere)
    mine = [row for row in rows if row.thread in asks and row.thread not in apart]
    mine.sort(key=lambda row: (asks[row.thread].due, row.position))
    return [(row, asks[row.thread]) for row in mine]


def _group(
    gathered: Gathered,
    key: Literal["ours", "theirs"],
    asked: Sequence[tuple[ThreadRow, AskRow]],
    desk: str,
) -> Group:
    return Group(
        key,
        tuple(gathered.row(row, ask) for row, ask in asked[:NEAREST]),
        len(asked),
        f"/deadlines?side={key}{desk}" if len(asked) > NEAREST else None,
    )


def _new(scene: Scene, rows: Sequence[ThreadRow], seen: Seen) -> list[ThreadRow]:
    def is_new(row: ThreadRow) -> bool:
        mark, tips = seen.marks.get(row.thread), seen.tips.get(row.thread, {})
        return is_news(mark, tips, scene.reader.key)

    return [row for row in rows if is_new(row)][:TO_READ]


def _mark(gathered: Gathered, row: ThreadRow, ask: AskRow) -> Mark:
    title = gathered.title(row).first(gathered.scene.lang).text
    number = str(row.position)
    return Mark(number, f"/threads/{number}", title, due_of(gathered.scene, ask))
