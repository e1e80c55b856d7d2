"""The reference of our side's records office for a thread, with each change. Our side's alone."""

from __future__ import annotations

from datetime import datetime

from special_channel.core.bytes.ids import ThreadId
from special_channel.web.shared.view import View
from special_channel.web.shell.colleagues import colleagues
from special_channel.web.shell.context import PageContext


class ReferenceChange(View):
    """A reference; empty: removed. `by`: name of the colleague who recorded it."""

    reference: str
    by: str
    at: datetime


async def file_references(context: PageContext, thread: ThreadId) -> tuple[ReferenceChange, ...]:
    """Return the references of a thread, the last first; the first one is in use."""
    rows = await context.own.desk.references.of(thread)
    people = await colleagues(context) if rows else {}
    return tuple(
        ReferenceChange(
            reference=row.reference,
            by=people[row.person].name if row.person in people else "",
            at=row.at,
        )
        for row in rows
    )
