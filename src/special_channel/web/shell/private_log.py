"""Store entries of the private log, such as the takeover of a step of our ladder.

Admission is stricter than the log: only a recipient of a step's alert takes the step over, only an
official of our side who signs is assigned a thread, and columns without an erased part replace only
columns with the part. A repeated entry gets the same receipt.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from special_channel.broker.act import Act
from special_channel.broker.commit import Heads
from special_channel.broker.receipts import Accepted, receipt_of
from special_channel.core.bytes.errors import NotAllowed, RuleBroken
from special_channel.core.bytes.ids import EntryId, KeyId, PersonId, peer_of
from special_channel.core.entries import (
    ColumnsKept,
    Entry,
    EscalationAcknowledged,
    PrivateErased,
    QuarantineAsked,
    SenseConfirmed,
    ThreadAssigned,
)
from special_channel.core.rows.private import ColumnsRow, PrivateKey
from special_channel.core.rows.submission import Submission, read
from special_channel.desk.access import check_grant
from special_channel.ports import Stored, Transaction
from special_channel.web.http.services import DeskServices, Services, StoreServices
from special_channel.web.shell.colleagues import acts_as_official
from special_channel.web.shell.reasons import read_reasons

_ID: Final = re.compile(r"[0-9a-f]{64}")

SENT_BY_PAGES: Final = frozenset(
    {"escalation.acknowledged", "columns.kept", "note.internal", "thread.assigned"}
    | {"quarantine.asked", "quarantine.agreed", "sense.confirmed"}
)
"""Kinds of the private log that an official's browser signs."""

_OF_ONE: Final = frozenset({"note.internal", "sense.confirmed"})
"""Kinds that only the browser with the key finds by id."""

GROUP: Final = 0
"""Recipient number of a group: everybody who reads its channel."""


async def store(own: Services, submissions: Sequence[Submission]) -> list[Accepted]:
    """Append entries to the private log, all or none, or return the receipts of stored ones.

    Raises:
        NotAllowed: `not-told`.
        RuleBroken: `columns-newer`; `reference` for a request whose file is not quarantined; for a
            thread assigned, as `_may_hold`.
        Malformed: As `check_grant`, for a grant of access that two overseers or the root signed;
            as `read_reasons`.
        Refused: As the judge; nothing was written.
        Unavailable, OutcomeUnknown: As the append.
    """
    incoming = [read(item, whole=True) for item in submissions]
    known = await _known(own.stores, [item.id for item in incoming])
    if len(known) == len(incoming):
        return [await _again(own.stores, known[item.id]) for item in incoming]
    read_reasons(
        sent
        for sent, item in zip(submissions, incoming, strict=True)
        if isinstance(item.entry, SenseConfirmed)
    )
    for item in incoming:
        if isinstance(item.entry, EscalationAcknowledged):
            await _was_told(own, item.entry)
        if isinstance(item.entry, QuarantineAsked):
            await _is_quarantined(own.desk, item.entry)
    assigned = {i.entry.body.person for i in incoming if isinstance(i.entry, ThreadAssigned)}
    for person in sorted(assigned - {None}, key=str):
        await _may_hold(own, str(person))

    async def decide(transaction: Transaction, _heads: Heads) -> Act:
        for item in incoming:
            await check_grant(transaction, item.entry, own.node.clock.now())
        await _in_place_of_erased(transaction, [item.entry for item in incoming])
        return Act(private=submissions)

    return await own.acts.appender.act(decide)


async def stored(stores: StoreServices, id_: EntryId) -> Accepted | None:
    """Return the receipt of a stored entry, as it was given first; None if it is not stored."""
    entry = (await _known(stores, [id_])).get(id_)
    return None if entry is None else await _again(stores, entry)


async def find(stores: StoreServices, which: str, key: KeyId) -> Stored | None:
    """Look up an entry sent to the private log by a page, for a browser without a response.

    Returns an internal note, and reasons for findings, to the browser that signed them alone.
    """
    if not _ID.fullmatch(which):
        return None
    entry = (await _known(stores, [which])).get(which)
    if entry is None or entry.kind not in SENT_BY_PAGES:
        return None
    return entry if entry.kind not in _OF_ONE or entry.by == key else None


async def _known(stores: StoreServices, ids: Sequence[str]) -> dict[str, Stored]:
    return dict(await stores.views.find_private(ids))


async def _again(stores: StoreServices, entry: Stored) -> Accepted:
    receipt = await receipt_of(stores.record, entry)
    return Accepted(entry.id, entry.log, entry.index, receipt, known=True)


async def _in_place_of_erased(transaction: Transaction, entries: Sequence[Entry]) -> None:
    """Refuse an erasure that would replace newer columns of a list by an older copy."""
    erased = {entry.ref for entry in entries if isinstance(entry, PrivateErased)}
    lists = {entry.body.list for entry in entries if isinstance(entry, ColumnsKept)}
    if not erased or not lists:
        return
    keys: frozenset[PrivateKey] = frozenset(("columns", name) for name in lists)
    rows = (await transaction.private_rows(keys)).values()
    if any(isinstance(row, ColumnsRow) and row.id not in erased for row in rows):
        raise RuleBroken("columns-newer", "The list's columns were kept anew meanwhile.")


async def _was_told(own: Services, entry: EscalationAcknowledged) -> None:
    recipients = await own.alerts.history.told(entry.ref)
    official = await own.desk.officials.of_key(entry.by)
    # A step without recipients is open to everybody.
    if not recipients or GROUP in recipients or (official and official.id in recipients):
        return
    raise NotAllowed("not-told", "Only who was told of a step can acknowledge it.")


async def _is_quarantined(desk: DeskServices, entry: QuarantineAsked) -> None:
    if await desk.scanner.scans.find_sealed(entry.body.file) is None:
        raise RuleBroken("reference", "No such file is quarantined.", id=entry.body.file)


async def _may_hold(own: Services, person: PersonId) -> None:
    """Refuse to assign a thread to anybody but an official of our side who can sign.

    Raises:
        RuleBroken: `person-unknown`, `assign-other-side`, `assign-stopped`.
    """
    views, party = own.stores.views, own.node.identity.party
    row = (await views.persons(party, [person])).get(person)
    if row is None:
        if await views.persons(peer_of(party), [person]):
            raise RuleBroken("assign-other-side", "The person is an official of the other side.")
        raise RuleBroken("person-unknown", "No such person holds a function.")
    if not acts_as_official((await views.keys(row.keys)).values()):
        raise RuleBroken("assign-stopped", "The person has no active key of an official.")
