"""Links between numbers of one matter, and the number behind a reference of the EU."""

from __future__ import annotations

from dataclasses import replace

from special_channel.core.bytes.ids import Party
from special_channel.core.entries.batches import Link
from special_channel.core.rows.application_facts import NumberLink
from special_channel.core.rows.applications import ApplicationRow
from special_channel.core.rows.past import Placed


def linked(
    row: ApplicationRow | None, number: str, placed: Placed, stated: Link, sheet_row: int = 0
) -> ApplicationRow:
    """Add a side's link between the number and another number of the application.

    `sheet_row`: row of the sheet that states it; 0 without a sheet.
    """
    row = row or ApplicationRow(number)
    link = NumberLink(
        party=placed.position.party,
        index=placed.position.index,
        id=placed.id,
        number=stated.number,
        former=stated.former,
        basis=stated.basis,
        row=sheet_row,
    )
    # Both logs add links, so sort by log and index: no rule depends on another order (rule 4).
    links = sorted((*row.links, link), key=lambda each: (each.party, each.index))
    return replace(row, links=tuple(links))


def found_as(reference: ApplicationRow, party: Party) -> NumberLink | None:
    """Return the number that a side states for a reference; None without one.

    The last statement holds, unless a correction replaces it, its side takes it back, or CN states
    a match later by which nothing was found.
    """
    replaced = reference.replacements(party)
    lost = [
        replaced.origin((each.index, each.row))
        for each in reference.matches
        if party == "cn" and each.match != "found" and replaced.live((each.index, each.row))
    ]
    matched = [
        link
        for link in reference.live_links
        if (link.basis, link.party, link.former) == ("matched", party, reference.number)
        and replaced.live((link.index, link.row))
        and replaced.origin((link.index, link.row)) > max(lost, default=(-1, 0))
    ]
    return matched[-1] if matched else None
