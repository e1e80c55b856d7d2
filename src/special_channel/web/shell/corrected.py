"""New corrections by the other side, for the inbox and the API, and their marks as shown.

Names the replaced and the correcting statement; never a reason. Does not decide replacements: core
does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from special_channel.core.bytes.ids import Position
from special_channel.core.bytes.times import timestamp
from special_channel.core.rows.applications import ApplicationRow
from special_channel.stores.corrections import NEW_FOR
from special_channel.web.shared.corrections import CorrectionItem, corrections_of
from special_channel.web.shared.references import application_url
from special_channel.web.shared.view import View
from special_channel.web.shell.context import PageContext

LISTED: Final = 20
"""Applications with corrections in the inbox; all are counted."""


class CorrectedApplication(View):
    """An application with corrections new to the reader."""

    number: str
    url: str
    corrections: tuple[CorrectionItem, ...]

    @property
    def last(self) -> str:
        """The entry with the last correction."""
        return self.corrections[-1].corrected_in if self.corrections else ""


class CorrectedView(View):
    """Applications with new corrections, the last corrected first; `total`: their number."""

    items: tuple[CorrectedApplication, ...] = ()
    total: int = 0


async def read_corrected(context: PageContext, limit: int = LISTED) -> CorrectedView:
    """Read the other side's corrections not shown to the reader yet."""
    since = timestamp(context.now - NEW_FOR)
    rows, total = await context.own.desk.corrections.applications(
        context.reader.marks_as, context.peer, since, limit
    )
    # An application is new by its last correction; those from before the days are not.
    sizes = await context.own.stores.growth.sizes_at(since) if rows else None
    begin = 0 if sizes is None else sizes.eu if context.peer == "eu" else sizes.cn
    return CorrectedView(
        items=tuple(
            CorrectedApplication(
                number=row.number,
                url=application_url(row.number),
                corrections=corrections_of(context.t, row, context.peer, max(first, begin)),
            )
            for row, first in rows
        ),
        total=total,
    )


async def see_corrected(context: PageContext, row: ApplicationRow) -> None:
    """Mark the other side's corrections of an application as shown to the reader."""
    last = max((each.index for each in row.corrections if each.party == context.peer), default=-1)
    if last >= 0:
        await see_shown(context, {row.number: last})


async def see_listed(context: PageContext, listed: Iterable[tuple[str, str]]) -> None:
    """Mark corrections as shown: applications, with the last correcting entry of each.

    Raises:
        Malformed: `position-malformed`.
    """
    await see_shown(context, {number: Position.parse(last).index for number, last in listed})


async def see_shown(context: PageContext, seen: Mapping[str, int]) -> None:
    """Mark the other side's corrections of applications as shown, up to an entry of each."""
    reader = context.reader.marks_as
    await context.own.desk.corrections.see_applications(reader, context.peer, seen)
