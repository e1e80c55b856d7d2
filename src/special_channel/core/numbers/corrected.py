"""Corrections that change figures of an earlier record: before and after, with both positions.

Compares a row as recorded up to earlier sizes of both logs with the same row after later
corrections. Does not count applications and does not judge a correction.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from special_channel.core.bytes.ids import PARTIES, Party
from special_channel.core.numbers.statuses import ApplicationStatus, statuses
from special_channel.core.rows.applications import ApplicationRow, Stated
from special_channel.core.rows.recorded import Extent, as_recorded
from special_channel.core.rows.replacements import Place


@dataclass(frozen=True, slots=True)
class Correction:
    """A correction made since: the statement then, and the one in its place.

    Attributes:
        number: The application.
        party: The side that corrects its own statement.
        before: The statement as recorded then; `before_at`: its place.
        after: The statement in its place; None for one that states neither a state nor an act.
        after_at: Place of the correcting statement.
    """

    number: str
    party: Party
    before: Stated
    before_at: Place
    after: Stated | None
    after_at: Place


def status_on(row: ApplicationRow, party: Party, on: str) -> ApplicationStatus | None:
    """Return a side's status as of an ISO date; None without a statement by then."""
    return next((each for each in reversed(statuses(row, party)) if each.as_of <= on), None)


def corrections_since(row: ApplicationRow, extent: Extent, on: str = "") -> tuple[Correction, ...]:
    """Return the later corrections that change a side's status as of an ISO date.

    Without a date, all later corrections of what was recorded then.

    Returns:
        In the order of the correcting entries, the EU's first. A correction that leaves the
        status as it was makes no difference and is left out.
    """
    # Most rows have no correction, and a figure of 12,000 rows asks each of them.
    if not any(each.index >= extent.sizes[each.party] for each in row.corrections):
        return ()
    recorded = as_recorded(row, extent.sizes)
    corrected = as_recorded(row, extent.sizes, extent.corrected)
    return tuple(
        each
        for party in PARTIES
        if not on or _counted(recorded, party, on) != _counted(corrected, party, on)
        for each in _corrections(recorded, corrected, party)
    )


def _counted(row: ApplicationRow, party: Party, on: str) -> ApplicationStatus | None:
    # A date of a statement decides whether a status counts, and is no figure itself.
    status = status_on(row, party, on)
    return replace(status, as_of="") if status else None


def _corrections(
    recorded: ApplicationRow, corrected: ApplicationRow, party: Party
) -> Iterator[Correction]:
    replaced = corrected.replacements(party).by
    stated: list[Stated] = [*corrected.history(party), *corrected.marks(party)]
    places = {each.place: each for each in stated}
    found = []
    for before in recorded.live(party):
        last = before.place
        while last in replaced:
            last = replaced[last]
        if last != before.place:
            after = places.get(last)
            found.append(Correction(recorded.number, party, before, before.place, after, last))
    yield from sorted(found, key=lambda each: each.after_at)
