"""All batches, newest first, with the own side's states as a bar."""

from __future__ import annotations

from typing import Final

from special_channel.core.bytes.times import instant
from special_channel.stores.batch_views import Progress
from special_channel.web.pages.batch import BatchesPage, BatchLine
from special_channel.web.reading.list_check import may_list
from special_channel.web.shared.paging import paging
from special_channel.web.shared.references import batch_ref
from special_channel.web.shell.context import PageContext

PAGE: Final = 25


async def batches(context: PageContext, page: int) -> BatchesPage:
    """Read one page of the batches."""
    views = context.own.views
    rows = await views.batches(PAGE, (page - 1) * PAGE)
    ids = [row.batch for row in rows]
    counts = await views.counts(ids, context.party)
    progress = await views.progress(ids)
    lines = []
    for row in rows:
        far = progress.get(row.batch, Progress())
        lines.append(
            BatchLine(
                ref=batch_ref(row, counts.get(row.batch, {})),
                listed_at=instant(row.accepted),
                rows=row.standing,
                answered_rows=far.answered,
                open_threads=far.open_threads,
                differing=far.differing,
            )
        )
    return BatchesPage(
        tuple(lines),
        paging(page, await views.batch_count(), PAGE, "/batches?show=all"),
        lists=may_list(context),
    )
