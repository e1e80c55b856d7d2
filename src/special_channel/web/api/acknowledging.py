"""Storing entries of the private log: above all that a person has a step of the own ladder.

Admission is stricter than the log: only who was told of a step acknowledges it, and a list's
columns are kept anew without what is erased only in the place of those that hold it. Sent again,
an entry gets the receipt that it got before.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from special_channel.broker.act import Act
from special_channel.broker.commit import Heads
from special_channel.broker.receipts import Accepted, receipt_of
from special_channel.core.bytes.errors import NotAllowed, RuleBroken
from special_channel.core.entries import (
    ColumnsKept,
    Entry,
    EscalationAcknowledged,
    PrivateErased,
)
from special_channel.core.rows.submission import Submission, read
from special_channel.core.rules.private import ColumnsRow, PrivateKey
from special_channel.ports import Stored, Transaction
from special_channel.web.http.services import Services

_ID: Final = re.compile(r"[0-9a-f]{64}")

SENT_BY_PAGES: Final = frozenset({"escalation.acknowledged", "columns.kept"})
"""Kinds of the private log that an official's browser signs."""

GROUP: Final = 0
"""Stands for whoever reads a channel, where a step was told to a group."""


async def store(own: Services, submissions: Sequence[Submission]) -> list[Accepted]:
    """Append entries to the private log, all or none, or return what they got before.

    Raises:
        NotAllowed: `not-told`.
        RuleBroken: `columns-newer`.
        Refused: As the judge; nothing was written.
        Unavailable, OutcomeUnknown: As the append.
    """
    incoming = [read(item, whole=True) for item in submissions]
    known = await _known(own, [item.id for item in incoming])
    if len(known) == len(incoming):
        return [await _again(own, known[item.id]) for item in incoming]
    for item in incoming:
        if isinstance(item.entry, EscalationAcknowledged):
            await _was_told(own, item.entry)

    async def decide(transaction: Transaction, _heads: Heads) -> Act:
        await _in_place_of_erased(transaction, [item.entry for item in incoming])
        return Act(private=submissions)

    return await own.appender.act(decide)


async def find(own: Services, which: str) -> Stored | None:
    """Return what a page sent to the private log, by its id; the browser asks if it arrived."""
    if not _ID.fullmatch(which):
        return None
    found = (await _known(own, [which])).get(which)
    return found if found is not None and found.kind in SENT_BY_PAGES else None


async def _known(own: Services, ids: Sequence[str]) -> dict[str, Stored]:
    return dict(await own.private.find_private(ids)) if own.private is not None else {}


async def _again(own: Services, entry: Stored) -> Accepted:
    receipt = await receipt_of(own.record, entry)
    return Accepted(entry.id, entry.log, entry.index, receipt, known=True)


async def _in_place_of_erased(transaction: Transaction, entries: Sequence[Entry]) -> None:
    """Keep an erasure from putting an older copy of a list's columns over a newer one."""
    erased = {entry.ref for entry in entries if isinstance(entry, PrivateErased)}
    lists = {entry.body.list for entry in entries if isinstance(entry, ColumnsKept)}
    if not erased or not lists:
        return
    keys: frozenset[PrivateKey] = frozenset(("columns", name) for name in lists)
    standing = await transaction.private_rows(keys)
    if any(isinstance(row, ColumnsRow) and row.id not in erased for row in standing.values()):
        raise RuleBroken("columns-newer", "The list's columns were kept anew meanwhile.")


async def _was_told(own: Services, entry: EscalationAcknowledged) -> None:
    told = await own.history.told(entry.ref)
    official = await own.officials.of_key(entry.by)
    if not told or GROUP in told or (official is not None and official.id in told):
        return  # nobody told at all: whoever takes it on is welcome
    raise NotAllowed("not-told", "Only who was told of a step can acknowledge it.")
