"""Look up weekly lists for pages of several nouns."""

from __future__ import annotations

from special_channel.core.bytes.errors import Malformed, NotFound
from special_channel.core.bytes.ids import Position
from special_channel.core.rows.batches import BatchRow
from special_channel.web.shell.context import PageContext


async def find_batch(context: PageContext, number: str) -> BatchRow:
    """Look up a weekly list by its batch's number, such as `EU-120`.

    Raises:
        NotFound: `batch-unknown`.
    """
    try:
        row = await context.own.stores.views.batch(Position.parse(number))
    except Malformed:
        row = None
    if row is None:
        raise NotFound("batch-unknown", "There is no such batch here.")
    return row
