"""Statements that an entry corrects, revokes, or marks as different: checked, and folded.

Does not check that the statement is the latest, or that a difference exists: these concern what is
plausible, not what is valid.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from special_channel.core.bytes.errors import NotAllowed, RuleBroken
from special_channel.core.bytes.ids import Party
from special_channel.core.entries import StatementRef
from special_channel.core.kinds.kind import Case, row
from special_channel.core.rows import corrections as facts
from special_channel.core.rows.applications import ApplicationRow, Statement
from special_channel.core.rows.batches import ListingRow, listing_restated
from special_channel.core.rows.past import Placed
from special_channel.core.rows.replacements import Place
from special_channel.core.rules.judge_context import named
from special_channel.core.rules.state import EntryRow, RowKey, Rows, listing_key

CORRECTABLE: Final = frozenset(
    {
        "application.asserted",
        "approval.revoked",
        "batch.amended",
        "batch.answered",
        "batch.listed",
        "clock.marked",
    }
)
"""Kinds with statements on applications that a correction may replace."""

DIFFERING: Final = CORRECTABLE | {"application.linked", "licence.issued"}
"""Kinds with statements on applications that may differ from the other side's."""


def statement_needs(refs: Iterable[StatementRef | None]) -> Iterator[RowKey]:
    """Yield the row keys of the named entries."""
    yield from (("entry", ref.id) for ref in refs if ref is not None)


def judge_corrections(case: Case, corrections: Iterable[tuple[str, StatementRef | None]]) -> None:
    """Refuse corrections of anything but own statements on the same number.

    `corrections`: application numbers with the statements to replace, None for no correction. One
    entry corrects a statement once.

    Raises:
        RuleBroken: `reference`.
        NotAllowed: `owner`.
    """
    # An earlier entry may have corrected the statement already. That is not judged: an export of a
    # list holds the entries that its sheets name, not the entries that name the same statement.
    replaced: set[tuple[str, int]] = set()
    for number, ref in corrections:
        if ref is None:
            continue
        place = ref.id, ref.row or 0
        if place in replaced:
            raise RuleBroken("reference", "This statement is corrected twice.", id=ref.id)
        replaced.add(place)
        judge_statement(case, number, ref, case.past.party, CORRECTABLE)


def judge_statement(
    case: Case, number: str, ref: StatementRef, party: Party, kinds: frozenset[str]
) -> EntryRow:
    """Look up the entry with a side's statement on an application, in the past.

    Raises:
        RuleBroken: `reference`.
        NotAllowed: `owner`.
    """
    entry = named(case.context, case.past, ref.id)
    if entry.party != party:
        raise NotAllowed("owner", "This is another side's statement.")
    application = case.context.row(("application", number), ApplicationRow)
    # The row of an application doesn't hold the later terms of its licences.
    known = entry.kind == "licence.issued" and ref.row is None
    if application is not None and not known:
        known = facts.stated(application, party, (entry.index, ref.row or 0))
    if entry.kind not in kinds or not known:
        raise RuleBroken("reference", "No such statement on this number.", id=ref.id)
    return entry


# Folded --------------------------------------------------------------------------------


def corrected(
    application: ApplicationRow,
    rows: Rows,
    placed: Placed,
    ref: StatementRef | None,
    sheet_row: int = 0,
) -> ApplicationRow:
    """Add a correction to the row of its application; None corrects nothing."""
    if ref is None:
        return application
    index = row(rows, EntryRow, ("entry", ref.id)).index
    return facts.corrected(application, placed, ref, index, sheet_row)


def answers_behind(
    rows: Rows, corrections: Iterable[tuple[str, StatementRef | None]]
) -> Iterator[RowKey]:
    """Yield the keys of list rows that may show an answer of CN that a correction replaces.

    `corrections`: as in `judge_corrections`.
    """
    for number, ref in corrections:
        application = rows.get(("application", number))
        if ref and isinstance(application, ApplicationRow):
            entry = rows.get(("entry", ref.id))
            # An entry that comes in the same group has no row yet. What it corrects itself is
            # among the rows that it needs.
            index = entry.index if isinstance(entry, EntryRow) else -1
            yield from _list_rows(application, (index, ref.row or 0))


def _list_rows(application: ApplicationRow, place: Place) -> Iterator[RowKey]:
    """Yield the keys of list rows that may show CN's statement at a place.

    An answer is shown in the list row with its number, and in each row that showed what it
    corrected.
    """
    numbers = {row for _, row in application.replacements("cn").chain(place)}
    for each in application.listed:
        if each.row in numbers:
            yield listing_key(each.batch, each.row)


def replaced_answers(application: ApplicationRow, rows: Rows, place: Place) -> list[ListingRow]:
    """Return the list rows that show an answer of CN which the statement at `place` replaces."""
    replaced = application.replacements("cn").of.get(place)
    if replaced is None:
        return []
    listings = (rows.get(key) for key in _list_rows(application, replaced))
    return [
        each for each in listings if isinstance(each, ListingRow) and each.answer_place == replaced
    ]


def restated_answers(
    application: ApplicationRow, rows: Rows, placed: Placed, statement: Statement | None
) -> Iterator[ListingRow]:
    """Yield the list rows whose answer an entry of CN without a sheet replaces.

    `statement`: what the entry states; None for one act alone.
    """
    if placed.position.party == "cn":
        for each in replaced_answers(application, rows, (placed.position.index, 0)):
            yield listing_restated(each, placed, statement)
