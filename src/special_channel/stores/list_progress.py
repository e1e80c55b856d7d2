"""Sum the counts of `view_statements.HOW_FAR` (rows of a list by both sides' states) by list.

Does not run the query: `views.py` does, once for both functions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import asyncpg

from special_channel.core.bytes.ids import EntryId, Party
from special_channel.ports.views import Progress


def counts_of(
    rows: Iterable[asyncpg.Record], batches: Sequence[EntryId], party: Party
) -> Mapping[EntryId, Mapping[str, int]]:
    """Return the number of rows by batch and by the side's state."""
    counts: dict[EntryId, Counter[str]] = {batch: Counter() for batch in batches}
    for row in rows:
        counts[row["batch"]][row[party]] += row["rows"]
    return counts


def progress_of(
    rows: Iterable[asyncpg.Record], open_threads: Mapping[EntryId, int]
) -> Mapping[EntryId, Progress]:
    """Return the progress of each batch with rows that are not withdrawn."""
    by_batch: dict[EntryId, Progress] = {}
    for row in rows:
        batch = row["batch"]
        progress = by_batch.get(batch, Progress(open_threads=open_threads.get(batch, 0)))
        by_batch[batch] = replace(
            progress,
            answered=progress.answered + row["answered"],
            differing=progress.differing + row["differing"],
            eu_as_of=max(progress.eu_as_of, row["eu_as_of"]),
            cn_as_of=max(progress.cn_as_of, row["cn_as_of"]),
        )
    return by_batch
