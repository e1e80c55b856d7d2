"""The inbox: what waits for the own side, what for the other, and what is new to read.

Does not page: what is open at once is little. Scopes leave nothing out that is nobody's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from special_channel.core.asks import AskRow
from special_channel.core.errors import Malformed
from special_channel.core.ids import ThreadId
from special_channel.core.threads import ThreadRow
from special_channel.web.pages.inbox import Group, InboxPage, Scope
from special_channel.web.pages.inbox import ThreadRow as Row
from special_channel.web.pages.ruler import Mark, ruler
from special_channel.web.reading.dues import days, due_of, nearest, within_this_week
from special_channel.web.reading.hands import fitting
from special_channel.web.reading.rows import Gathered, gather, is_news
from special_channel.web.reading.scene import OFFICIALS, Scene

SCOPES: Final[tuple[Scope, ...]] = ("mine", "unit", "all")

OPEN: Final = 500
"""Open asks that the page looks at, by side, the nearest due first."""

RECENT: Final = 200
"""Threads that moved last, among which the page looks for something new."""

TO_READ: Final = 50
"""Rows of the group to read."""


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
    new = await _new(scene, quiet)
    gathered = await gather(scene, [*waiting, *new])
    groups = (
        Group("ours", _asked(gathered, waiting, ours, ())),
        Group("theirs", _asked(gathered, waiting, theirs, ours)),
        Group("read", tuple(gathered.row(row) for row in new)),
    )
    due_now = [due_of(scene, row) for row in _shown(ours, waiting)]
    later = [due_of(scene, row) for row in _shown({**theirs, **ours}, waiting)]
    return InboxPage(
        groups=groups,
        scope=scope,
        scope_urls=tuple((one, f"/inbox?scope={one}") for one in SCOPES),
        ruler=ruler(scene.now, party, days(scene), _marks(scene, groups)),
        due_this_week=sum(within_this_week(scene, due) for due in due_now),
        unread=sum(row.unread for group in groups for row in group.rows),
        last_visit=max((one.at for one in gathered.marks.values() if one.at), default=None),
        next_due=min((due for due in later if not due.passed), key=lambda d: d.at, default=None),
    )


def _by_thread(asks: Sequence[AskRow]) -> dict[ThreadId, AskRow]:
    found: dict[ThreadId, list[AskRow]] = {}
    for row in asks:
        found.setdefault(row.thread, []).append(row)
    return {thread: nearest(rows) for thread, rows in found.items()}


def _shown(asks: Mapping[ThreadId, AskRow], rows: Iterable[ThreadRow]) -> list[AskRow]:
    return [asks[row.thread] for row in rows if row.thread in asks]


def _asked(
    gathered: Gathered,
    rows: Iterable[ThreadRow],
    asks: Mapping[ThreadId, AskRow],
    elsewhere: Iterable[ThreadId],
) -> tuple[Row, ...]:
    apart = set(elsewhere)
    mine = [row for row in rows if row.thread in asks and row.thread not in apart]
    mine.sort(key=lambda row: (asks[row.thread].due, row.position))
    return tuple(gathered.row(row, asks[row.thread]) for row in mine)


async def _new(scene: Scene, rows: Sequence[ThreadRow]) -> list[ThreadRow]:
    ids = [row.thread for row in rows]
    marks = await scene.own.reads.marks(scene.reader.key, ids)
    tips = await scene.own.views.tips(ids)
    me = scene.reader.key
    news = [row for row in rows if is_news(marks.get(row.thread), tips.get(row.thread, {}), me)]
    return news[:TO_READ]


def _marks(scene: Scene, groups: Iterable[Group]) -> list[Mark]:
    return [
        Mark(row.number, row.url, row.title.first(scene.lang).text, row.due)
        for group in groups
        for row in group.rows
        if row.due is not None
    ]
