"""Checks of the statement that an entry corrects, revokes, or marks as different.

Does not check that the statement is the latest, or that a difference exists: these concern what is
plausible, not what is valid.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from special_channel.core.bytes.errors import NotAllowed, RuleBroken
from special_channel.core.bytes.ids import Party
from special_channel.core.entries import StatementRef
from special_channel.core.kinds.kind import Case
from special_channel.core.rows.applications import ApplicationRow
from special_channel.core.rows.corrections import stated
from special_channel.core.rules.judge_context import named
from special_channel.core.rules.state import EntryRow, RowKey

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
        known = stated(application, party, (entry.index, ref.row or 0))
    if entry.kind not in kinds or not known:
        raise RuleBroken("reference", "No such statement on this number.", id=ref.id)
    return entry
