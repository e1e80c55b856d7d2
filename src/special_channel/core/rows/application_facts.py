"""Facts of an application's row next to the sides' statements: lists, links, priority, corrections.

Does not hold statements or rows: `applications.py` does.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from special_channel.core.bytes.ids import EntryId, Party


@dataclass(frozen=True, slots=True)
class PriorityRequestFact:
    """One request by the EU for priority of the application."""

    index: int
    id: EntryId
    reason: str


@dataclass(frozen=True, slots=True)
class PriorityReply:
    """CN's answer to `request`: `granted`, `not_now` or `cannot`."""

    index: int
    id: EntryId
    request: EntryId
    answer: str
    remark: str


WITHDRAWN: Final = "withdrawn"
"""Basis of a link by which its side takes back an earlier one."""


@dataclass(frozen=True, slots=True)
class NumberLink:
    """One side's statement that two numbers mean the same application.

    `row`: row of the sheet that states it; 0 without a sheet.
    """

    party: Party
    index: int
    id: EntryId
    number: str
    former: str
    basis: str
    row: int = 0

    def takes_back(self, other: NumberLink) -> bool:
        """Tell whether it takes back an earlier link of its side, as if that had not been stated.

        A number found for a reference in a sheet is corrected by a sheet.
        """
        mine = (self.party, self.number, self.former)
        same = mine == (other.party, other.number, other.former)
        return self.basis == WITHDRAWN and same and self.index > other.index and not other.row


def live_links(links: Iterable[NumberLink]) -> tuple[NumberLink, ...]:
    """Return the links that their sides did not take back, in their order.

    Rows of sheets that a correction replaces are not left out.
    """
    known = tuple(links)
    back = [each for each in known if each.basis == WITHDRAWN]
    return tuple(
        each
        for each in known
        if each.basis != WITHDRAWN and not any(one.takes_back(each) for one in back)
    )


@dataclass(frozen=True, slots=True)
class ListAppearance:
    """One appearance on a list. `first`: date of the first listing, as stated in the list."""

    index: int
    batch: EntryId
    row: int
    first: str = ""


@dataclass(frozen=True, slots=True)
class MatchFact:
    """A row of a return sheet that states a match alone, without a state.

    `found_as`: the number of a reference that was found.
    """

    index: int
    row: int
    match: str
    id: EntryId
    found_as: str = ""


@dataclass(frozen=True, slots=True)
class CorrectionFact:
    """One statement that corrects an earlier one of the same side.

    Attributes:
        party: The side.
        index: Index of the correcting entry.
        row: Row of its sheet; 0 for an entry without rows.
        corrected: Entry with the named statement.
        corrected_index: Index of that entry.
        corrected_row: Row of its sheet; 0 for an entry without rows.
    """

    party: Party
    index: int
    row: int
    corrected: EntryId
    corrected_index: int
    corrected_row: int


@dataclass(frozen=True, slots=True)
class DifferenceFact:
    """One side's mark of a difference in a field of the application.

    Attributes:
        party: The side that marks.
        index: Index of its entry.
        id: Its entry.
        field: The field on which the statements differ.
        act: `maintained`, `accepted`, `explained` or `asked`.
        eu: Entry with the EU's statement; `eu_row` as in `CorrectionFact`.
        cn: Entry with CN's statement; `cn_row` as in `CorrectionFact`.
        reason: Why both statements are right; empty for another act than `explained`.
        note: Note with the question; empty for another act than `asked`.
        q: Number of the question in the note.
    """

    party: Party
    index: int
    id: EntryId
    field: str
    act: str
    eu: EntryId
    eu_row: int
    cn: EntryId
    cn_row: int
    reason: str = ""
    note: str = ""
    q: str = ""
