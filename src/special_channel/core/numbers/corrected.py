"""Corrections that change figures of an earlier record: before and after, with both positions.

Compares a row as recorded up to earlier sizes of both logs with the same row after later
corrections. Does not count applications and does not judge a correction.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from special_channel.core.bytes.ids import PARTIES, Party
from special_channel.core.numbers.statuses import ApplicationStatus, statuses
from special_channel.core.rows.application_facts import MatchFact
from special_channel.core.rows.applications import ApplicationRow, Stated
from special_channel.core.rows.licences import Issue, LicenceRow, corrected_issues
from special_channel.core.rows.recorded import Extent, as_recorded, licence_as_recorded
from special_channel.core.rows.replacements import Place

Corrected = Stated | MatchFact | Issue
"""What a correction replaces, or states in its place."""


@dataclass(frozen=True, slots=True)
class Correction:
    """A correction made since: the statement then, and the one in its place.

    Attributes:
        number: The application, or the licence of a corrected issue.
        party: The side that corrects its own statement.
        before: The statement as recorded then; None for a row of a list without a state.
        before_at: Its place.
        after: The statement in its place; None for a row of a list without a state, or for a
            licence that names the application no more.
        after_at: Place of the correcting statement.
    """

    number: str
    party: Party
    before: Corrected | None
    before_at: Place
    after: Corrected | None
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
        for each in _corrections(recorded, corrected, party, extent.sizes[party])
    )


def _counted(row: ApplicationRow, party: Party, on: str) -> ApplicationStatus | None:
    # A date of a statement decides whether a status counts, and is no figure itself.
    status = status_on(row, party, on)
    return replace(status, as_of="") if status else None


def _corrections(
    recorded: ApplicationRow, corrected: ApplicationRow, party: Party, size: int
) -> Iterator[Correction]:
    # By the places and not by the statements: rows of lists and answers without a state are
    # corrected too, and are no statements.
    then, now = recorded.replacements(party), corrected.replacements(party).by
    words: dict[Place, Corrected] = {}
    if party == "cn":
        words |= {(each.index, each.row): each for each in corrected.matches}
    stated: list[Stated] = [*corrected.history(party), *corrected.marks(party)]
    words |= {each.place: each for each in stated}
    found = []
    for place in now:
        if place[0] >= size or not then.live(place):
            continue
        last = place
        while last in now:
            last = now[last]
        made = Correction(recorded.number, party, words.get(place), place, words.get(last), last)
        found.append(made)
    yield from sorted(found, key=lambda each: each.after_at)


def licence_corrections_since(row: LicenceRow, extent: Extent, on: str) -> tuple[Correction, ...]:
    """Return the later corrections of a licence that change what is counted on an ISO date.

    Counted are its kind, its control codes, its applications and its date of issue.
    """
    recorded, corrected = (licence_as_recorded(row, each) for each in (extent.recorded, extent))
    if recorded is None or corrected is None or _issued(recorded, on) == _issued(corrected, on):
        return ()
    _, replaced = corrected_issues(corrected.issues)
    by_index = {each.index: each for each in corrected.issues}
    found = []
    for before in recorded.live:
        after = before
        while after.id in replaced:
            after = by_index[replaced[after.id]]
        if after is not before:
            places = (before.index, 0), (after.index, 0)
            found.append(Correction(row.licence, "cn", before, places[0], after, places[1]))
    return tuple(sorted(found, key=lambda each: each.after_at))


def _issued(row: LicenceRow, on: str) -> tuple[object, ...] | None:
    issued_on, now = row.live[0].issued_on, row.now
    if issued_on > on:
        return None
    return issued_on, now.type, {line.code for line in now.lines}, {*now.applications}
