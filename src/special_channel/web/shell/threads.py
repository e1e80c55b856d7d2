"""Look up threads for pages of several nouns: rows, subjects and lists.

The number of queries does not grow with the number of threads.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from special_channel.core.bytes.errors import Malformed, NotFound
from special_channel.core.bytes.ids import EntryId, Position
from special_channel.core.rows.threads import ThreadRow
from special_channel.ports import Stored
from special_channel.web.shared.references import BatchRef, batch_ref
from special_channel.web.shared.words import Pair
from special_channel.web.shell.content import beginning, erased_of, title
from special_channel.web.shell.context import PageContext

MANY: Final = 10_000
"""Questions of a page of threads. Only a fault has more: the limit saves the memory."""


@dataclass(frozen=True, slots=True)
class Subjects:
    """Subjects of threads."""

    openings: Mapping[EntryId, Stored]
    erased: Mapping[EntryId, Mapping[int, Position]]

    def title(self, thread: ThreadRow) -> Pair:
        """Return a thread's subject."""
        opening = self.openings.get(thread.opening.id)
        erased = self.erased.get(thread.opening.id, ())
        return title(None) if opening is None else beginning(opening, erased)


async def find_thread(context: PageContext, which: str) -> ThreadRow:
    """Look up a thread by its number (EU-142) or its id.

    Raises:
        NotFound: `thread-unknown`.
    """
    try:
        key: Position | str = Position.parse(which)
    except Malformed:
        key = which
    row = await context.own.views.thread(key)
    if row is None:
        raise NotFound("thread-unknown", "There is no such thread here.")
    return row


async def subjects(context: PageContext, threads: Iterable[ThreadRow]) -> Subjects:
    """Read the subjects of threads."""
    openings = await context.own.record.find([row.opening.id for row in threads])
    return Subjects(openings, await erased_of(context, [*openings.values()]))


async def batch_refs(context: PageContext, batches: Sequence[str]) -> Mapping[str, BatchRef]:
    """Look up references to lists by id, with our side's counts."""
    ids = sorted({batch for batch in batches if batch != "standing"})
    if not ids:
        return {}
    rows = await context.own.views.batches_by_id(ids)
    counts = await context.own.views.counts(ids, context.party)
    return {id_: batch_ref(row, counts.get(id_, {})) for id_, row in rows.items()}
