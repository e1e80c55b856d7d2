"""The list of differences: where the two sides' latest statements are not the same.

Does not compare: `core.rows.applications` does. Does not say which side is right.
"""

from __future__ import annotations

from dataclasses import replace

from special_channel.core.bytes.ids import EntryId
from special_channel.core.rows.applications import DIFFERENCES
from special_channel.core.rows.batches import BatchRow
from special_channel.stores.applications import (
    ANY,
    ApplicationFilter,
    DifferenceCounts,
    FoundApplications,
    ListedApplication,
)
from special_channel.web.pages.application import Asked, DifferenceLine, DifferencesPage
from special_channel.web.reading.applications import (
    BATCHES,
    PAGE,
    asked_of,
    assertion,
    batch_choices,
    list_ref,
    query_of,
)
from special_channel.web.reading.batch import find_batch
from special_channel.web.shared.differences import differences_of
from special_channel.web.shared.paging import paging
from special_channel.web.shared.references import application_url, last_entries
from special_channel.web.shell.context import PageContext

__all__ = ["asked_of", "differences", "find", "line"]


async def find(
    context: PageContext, asked: Asked, offset: int, limit: int
) -> tuple[FoundApplications, DifferenceCounts, BatchRow | None]:
    """Find the applications that differ, and count those of the same population."""
    row = await find_batch(context, asked.batch) if asked.batch else None
    batch: EntryId = row.batch if row else ""
    states = {context.party: asked.own, context.peer: asked.peer}
    sought = ApplicationFilter(
        text=asked.text,
        eu=states["eu"],
        cn=states["cn"],
        differs=asked.differs or ANY,
        batch=batch,
    )
    found = await context.own.applications.sought(sought, offset, limit)
    return found, await context.own.applications.differing(batch), row


async def differences(context: PageContext, asked: Asked, page: int) -> DifferencesPage:
    """Read one page of the differences: by kind, batch, number and either side's state.

    Raises:
        NotFound: `batch-unknown`.
    """
    found, counts, batch = await find(context, asked, (page - 1) * PAGE, PAGE)
    query = query_of(
        replace(
            Asked(),
            text=asked.text,
            own=asked.own,
            peer=asked.peer,
            differs=asked.differs,
            batch=asked.batch,
        )
    )
    return DifferencesPage(
        rows=tuple(line(context, held) for held in found.rows),
        paging=paging(page, found.total, PAGE, f"/differences?{query}"),
        up_to=last_entries(counts.eu, counts.cn),
        known=counts.known,
        both=counts.both,
        differing=counts.differing,
        kinds=tuple((kind, counts.kinds.get(kind, 0)) for kind in DIFFERENCES),
        kind=asked.differs,
        batch=asked.batch,
        batch_name=batch.list if batch else "",
        batches=batch_choices(await context.own.views.batches(BATCHES)),
        query=query,
        text=asked.text,
        states=(asked.own, asked.peer),
    )


def line(context: PageContext, held: ListedApplication) -> DifferenceLine:
    """Return what differs in one application, the own side's word first."""
    row = held.application
    return DifferenceLine(
        number=row.number,
        url=application_url(row.number),
        list=list_ref(held.batch) if held.batch else None,
        own=assertion(row, context.party),
        peer=assertion(row, context.peer),
        differences=differences_of(context.t, row, context.party),
    )
