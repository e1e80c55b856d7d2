"""How far lists are: what `view_statements.HOW_FAR` counts by both sides' states, taken together.

Does not ask for the rows: `views.py` does, once for all of these.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import asyncpg

from special_channel.core.ids import EntryId, Party
from special_channel.ports.views import Progress


def counts_of(
    rows: Iterable[asyncpg.Record], batches: Sequence[EntryId], party: Party
) -> Mapping[EntryId, Mapping[str, int]]:
    """Return how many rows of each batch a side holds in which state."""
    made: dict[EntryId, Counter[str]] = {batch: Counter() for batch in batches}
    for row in rows:
        made[row["batch"]][row[party]] += row["rows"]
    return made


def progress_of(
    rows: Iterable[asyncpg.Record], open_threads: Mapping[EntryId, int]
) -> Mapping[EntryId, Progress]:
    """Return how far each batch is that has standing rows."""
    made: dict[EntryId, Progress] = {}
    for row in rows:
        batch = row["batch"]
        far = made.get(batch, Progress(open_threads=open_threads.get(batch, 0)))
        made[batch] = replace(
            far,
            answered=far.answered + row["answered"],
            differing=far.differing + row["differing"],
            eu_as_of=max(far.eu_as_of, row["eu_as_of"]),
            cn_as_of=max(far.cn_as_of, row["cn_as_of"]),
        )
    return made
