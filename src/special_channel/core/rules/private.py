"""Judge and fold of one side's private log.

Works like the shared logs with a single owner. Private entries are never sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from special_channel.core.bytes.dsse import Envelope
from special_channel.core.bytes.errors import BadSignature, NotAllowed, RuleBroken
from special_channel.core.bytes.ids import EntryId, KeyId, party_of
from special_channel.core.entries import (
    AccessRead,
    AlertSent,
    ColumnsKept,
    DraftCleared,
    DraftReturned,
    EscalationAcknowledged,
    EscalationRaised,
    ExportMade,
    NodeStarted,
    NoteInternal,
    PrivateEntry,
    PrivateErased,
    PrivateRestored,
    RecordRepaired,
    ThreadAssigned,
)
from special_channel.core.rows.directory import KeyRow
from special_channel.core.rows.past import Past, PlacedPrivately
from special_channel.core.rows.threads import ThreadRow
from special_channel.core.rules.judge_context import JudgeContext, check_order
from special_channel.core.rules.roles import MAY_SIGN, TWO_PERSONS

PrivateTable = Literal["escalation", "assignment", "columns", "entry"]
PrivateKey = tuple[PrivateTable, str]


@dataclass(frozen=True, slots=True)
class EscalationRow:
    """One raised step of our side's escalation ladder; `index` is in the private log."""

    note: EntryId
    q: str
    due: str
    step: int
    role: str
    fired: str
    known: str
    index: int
    id: EntryId
    acknowledged: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class AssignmentRow:
    """Key of the official assigned to a thread on our side; empty for nobody."""

    thread: str
    key: str
    index: int


@dataclass(frozen=True, slots=True)
class ColumnsRow:
    """Columns of a list that stay with our side: canonical JSON of the `data` part.

    `data` is empty after an erasure of the part.
    """

    list: str
    index: int
    id: EntryId
    data: str


@dataclass(frozen=True, slots=True)
class PartsRow:
    """The first letters of the part roles of a private entry. Read from the log, not folded."""

    id: EntryId
    roles: str


PrivateRow = EscalationRow | AssignmentRow | ColumnsRow | PartsRow
PrivateRows = Mapping[PrivateKey, PrivateRow]


@dataclass(frozen=True, slots=True)
class PrivateCandidate:
    """A private entry to judge; `signed` holds the key ids returned by `judge.prove`."""

    envelope: Envelope
    entry: PrivateEntry
    id: str
    signed: frozenset[KeyId]
    data: bytes | None = None


def escalation_key(note: EntryId, q: str, due: str, step: int) -> PrivateKey:
    """Return the key of a step's row: unique by question, due time and step (rule 15)."""
    return "escalation", f"{note}:{q}:{due}:{step}"


def private_key_of(row: PrivateRow) -> PrivateKey:
    """Return a row's key."""
    match row:
        case EscalationRow():
            return escalation_key(row.note, row.q, row.due, row.step)
        case AssignmentRow():
            return "assignment", row.thread
        case ColumnsRow():
            return "columns", row.list
        case PartsRow():  # pragma: no branch - a closed union
            return "entry", row.id


def private_needs(entry: PrivateEntry) -> frozenset[PrivateKey]:
    """Return the keys of the private rows that judge and fold may read."""
    match entry:
        case EscalationRaised():
            return frozenset(
                {escalation_key(entry.body.id, entry.body.q, entry.body.due, entry.body.step)}
            )
        case ThreadAssigned():
            return frozenset({("assignment", entry.thread)})
        case ColumnsKept():
            return frozenset({("columns", entry.body.list)})
        case EscalationAcknowledged():
            # The entry names the raising entry, so the store looks up steps by entry id, too.
            return frozenset({("escalation", entry.ref)})
        case PrivateErased():
            # The store looks up columns by the id of their entry, too.
            return frozenset({("entry", entry.ref), ("columns", entry.ref)})
        case (  # pragma: no branch - a closed union
            AccessRead()
            | AlertSent()
            | ExportMade()
            | NoteInternal()
            | DraftCleared()
            | DraftReturned()
            | PrivateRestored()
            | NodeStarted()
            | RecordRepaired()
        ):
            return frozenset()


@dataclass(frozen=True, slots=True)
class PrivatePlace:
    """Position for a private entry: the log's origin and the index in the log."""

    origin: str
    index: int


def judge_private(
    candidate: PrivateCandidate,
    past: Past,
    context: JudgeContext,
    rows: PrivateRows,
    place: PrivatePlace,
) -> None:
    """Refuse a private entry that is invalid at `place`, after `past` of the shared logs.

    Raises:
        RuleBroken: `entry-other-log`, `thread-unknown`, `escalation-known`, `reference`,
            `escalation-acknowledged`, `erase-order`, `erase-part`, `restored-size`.
        BadSignature: `signature-missing`, `key-unknown`, `key-suspended`, `key-revoked`.
        NotAllowed: `owner`, `role`.
    """
    entry = candidate.entry
    if entry.log != place.origin:
        raise RuleBroken("entry-other-log", "The entry is meant for another log.", log=entry.log)
    if entry.by not in candidate.signed:
        raise BadSignature("signature-missing", "The author's signature is missing.")
    if any(party_of(key) != past.party for key in candidate.signed):
        raise NotAllowed("owner", "Only the own side signs in its private log.")
    row = _in_use(entry.by, past, context)
    if row.role not in MAY_SIGN[entry.kind]:
        raise NotAllowed("role", "The role of this key does not allow this kind.", kind=entry.kind)
    thread = entry.optional("thread", None)
    if thread is not None and context.row(("thread", thread), ThreadRow) is None:
        raise RuleBroken("thread-unknown", "The thread was not opened in the entry's past.")
    _judge_step(entry, rows)
    if isinstance(entry, PrivateErased):
        _judge_erasure(entry, rows)
    if isinstance(entry, PrivateRestored):
        _judge_restoration(candidate, entry, past, context, place)


def _in_use(key: KeyId, past: Past, context: JudgeContext) -> KeyRow:
    row = context.key(key)
    standing = "unknown" if row is None else row.standing(past)
    if row is None or standing != "active":
        raise BadSignature(f"key-{standing}", "The key was not in use at this point.", key=key)
    return row


def _judge_restoration(
    candidate: PrivateCandidate,
    entry: PrivateRestored,
    past: Past,
    context: JudgeContext,
    place: PrivatePlace,
) -> None:
    """Refuse a restoration without a loss, at another size, or without a second person."""
    if entry.body.size != place.index or entry.body.signed < entry.body.size:
        raise RuleBroken(
            "restored-size",
            "The private log does not go on at this size.",
            size=entry.body.size,
            held=place.index,
        )
    others = [_in_use(key, past, context) for key in candidate.signed - {entry.by}]
    if not any(row.role in TWO_PERSONS[entry.kind] for row in others):
        raise BadSignature("signature-missing", "A second person's signature is missing.")


def _judge_step(entry: PrivateEntry, rows: PrivateRows) -> None:
    """Refuse to raise or acknowledge a step twice, or to acknowledge an unknown step."""
    if isinstance(entry, EscalationRaised) and private_needs(entry) & rows.keys():
        raise RuleBroken("escalation-known", "This step is already raised for this due time.")
    if not isinstance(entry, EscalationAcknowledged):
        return
    step = _raised_by(rows, entry.ref)
    if step is None:
        raise RuleBroken("reference", "The entry names no step that was raised.", id=entry.ref)
    if step.acknowledged:
        raise RuleBroken("escalation-acknowledged", "Somebody has acknowledged this step.")


def _judge_erasure(entry: PrivateErased, rows: PrivateRows) -> None:
    """Refuse an erasure of an unknown entry or part, or by an unnamed order."""
    # Any part of the private log may be erased: the other side's state does not depend on it.
    target = rows.get(("entry", entry.ref))
    if not isinstance(target, PartsRow):
        raise RuleBroken("reference", "The private log holds no such entry.", id=entry.ref)
    check_order(entry.body)
    for place in entry.body.parts:
        if place >= len(target.roles):
            raise RuleBroken(
                "erase-part", "There is no such part, or it can't be erased.", part=place
            )


def _raised_by(rows: PrivateRows, id_: EntryId) -> EscalationRow | None:
    steps = (row for row in rows.values() if isinstance(row, EscalationRow) and row.id == id_)
    return next(steps, None)


def fold_private(rows: PrivateRows, placed: PlacedPrivately) -> dict[PrivateKey, PrivateRow]:
    """Return the private rows that a valid entry changes."""
    entry = placed.entry
    match entry:
        case EscalationRaised():
            body = entry.body
            raised = EscalationRow(
                body.id,
                body.q,
                body.due,
                body.step,
                body.role,
                body.fired,
                body.known,
                placed.index,
                placed.id,
            )
            return {private_key_of(raised): raised}
        case ThreadAssigned():
            assigned = AssignmentRow(entry.thread, entry.body.key or "", placed.index)
            return {private_key_of(assigned): assigned}
        case ColumnsKept():
            columns = ColumnsRow(
                entry.body.list, placed.index, placed.id, (placed.data or b"").decode()
            )
            return {private_key_of(columns): columns}
        case EscalationAcknowledged():
            step = _raised_by(rows, entry.ref)
            assert step is not None  # noqa: S101 - own bug, not input: it was judged
            row = replace(step, acknowledged=(*step.acknowledged, placed.index))
            return {private_key_of(row): row}
        case PrivateErased():
            # Empty the only part of `columns.kept`; columns from a later entry have another id.
            return {
                key: replace(row, data="")
                for key, row in rows.items()
                if isinstance(row, ColumnsRow) and row.id == entry.ref
            }
        case (  # pragma: no branch - a closed union
            NoteInternal()
            | DraftCleared()
            | DraftReturned()
            | AccessRead()
            | AlertSent()
            | ExportMade()
            | PrivateRestored()
            | NodeStarted()
            | RecordRepaired()
        ):
            return {}
