"""What the times of the other side's valid entries show, for pages and API (rules.md, K8 and K28).

States times and accuses nobody: every such entry is valid. Does not decide: the mirror does.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from special_channel.core.bytes.ids import KeyId, Party, Position
from special_channel.core.bytes.times import instant
from special_channel.core.rules.timing import NoticedEntry
from special_channel.web.shared.view import View


class TimeItem(View):
    """An entry whose times show something.

    Attributes:
        position: Number of the entry, and when it was accepted.
        code: `cooling-short`: a registrar, head or director signed an act on people sooner after
            the appointment than the charter says. `grant-overdue`: the time limit of the author's
            function was over.
        key: Whose function was too new.
        until: The time limit of the function.
    """

    position: str
    at: datetime
    kind: str
    code: Literal["cooling-short", "grant-overdue"]
    key: KeyId | None = None
    until: datetime | None = None


class TimeList(View):
    """The newest of such entries first, and their total number."""

    total: int = 0
    items: tuple[TimeItem, ...] = ()


def time_list(party: Party, rows: Sequence[NoticedEntry], total: int) -> TimeList:
    """Make the list of a party's log."""
    return TimeList(total=total, items=tuple(_item(party, row) for row in rows))


def _item(party: Party, row: NoticedEntry) -> TimeItem:
    return TimeItem(
        position=str(Position(party, row.index)),
        at=instant(row.accepted),
        kind=row.kind,
        code=row.notice.code,
        key=row.notice.key or None,
        until=instant(row.notice.until) if row.notice.until else None,
    )
