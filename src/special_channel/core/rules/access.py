"""What overseers and services may read: who needs a grant, and what a grant admits (K29).

Pure: the time is an argument. Does not look up grants or what a page shows.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from special_channel.core.bytes.ids import EntryId, ThreadId, Timestamp
from special_channel.core.rows.directory import KeyRow
from special_channel.core.rows.private import AccessRow


@dataclass(frozen=True, slots=True)
class Extent:
    """What a page, file or export of one subject shows.

    Attributes:
        threads: Threads of its entries.
        batches: Batches that it shows or belongs to, by the entries that listed them.
        first: Acceptance time of its first entry, of either log.
        last: Acceptance time of its last entry.
    """

    threads: frozenset[ThreadId]
    batches: frozenset[EntryId]
    first: Timestamp
    last: Timestamp


def needs_access(row: KeyRow) -> bool:
    """Return whether a key reads by grants of access alone: an overseer's, or a service's."""
    if row.machine:
        return True
    # A person with a further function reads by that function.
    return all(grant.role == "oversight" for grant in row.grants if grant.end is None)


def is_in_force(grant: AccessRow, now: Timestamp) -> bool:
    """Return whether a grant of access is in force at a time."""
    return grant.ended is None and now < grant.until


def admits(grants: Iterable[AccessRow], extent: Extent | None) -> bool:
    """Return whether grants in force admit a subject.

    Args:
        grants: The reader's grants in force.
        extent: What is shown; None for a list or count over many subjects, which only a grant of
            everything admits.
    """
    return any(grant.whole or (extent is not None and _covers(grant, extent)) for grant in grants)


def _covers(grant: AccessRow, extent: Extent) -> bool:
    """Return whether one grant covers all that a subject shows."""
    if grant.first and not grant.first <= extent.first[:10] <= extent.last[:10] <= grant.last:
        return False
    if not (grant.threads or grant.batches):
        return True
    return not extent.threads.isdisjoint(grant.threads) or not extent.batches.isdisjoint(
        grant.batches
    )
