"""The private log of one side: what may stand in it, and the rows it makes.

The same machinery as the shared logs with one owner. Does not know how to send anything.
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
    """One step of the own ladder that was raised; `index` is in the private log."""

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
    """Whose thread it is on the own side; empty: nobody's."""

    thread: str
    key: str
    index: int


@dataclass(frozen=True, slots=True)
class ColumnsRow:
    """The one-side-only columns of a list: canonical JSON of the `data` part.

    `data` is empty where that part is erased.
    """

    list: str
    index: int
    id: EntryId
    data: str


@dataclass(frozen=True, slots=True)
class PartsRow:
    """An entry of the private log by the first letters of its parts' roles. The log has it."""

    id: EntryId
    roles: str


PrivateRow = EscalationRow | AssignmentRow | ColumnsRow | PartsRow
PrivateRows = Mapping[PrivateKey, PrivateRow]


@dataclass(frozen=True, slots=True)
class PrivateCandidate:
    """A private entry to be judged; `signed` is what `judge.prove` returned."""

    envelope: Envelope
    entry: PrivateEntry
    id: str
    signed: frozenset[KeyId]
    data: bytes | None = None


def escalation_key(note: EntryId, q: str, due: str, step: int) -> PrivateKey:
    """Return the key under which one step is kept: unique per ask, due and step (rule 15)."""
    return "escalation", f"{note}:{q}:{due}:{step}"


def private_key_of(row: PrivateRow) -> PrivateKey:
    """Return the key under which a row is kept."""
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
    """Return the keys of the private rows that judging and folding may look at."""
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
            # It names the entry that raised the step, so the store finds steps by that id too.
            return frozenset({("escalation", entry.ref)})
        case PrivateErased():
            # Columns, too, are found by the entry that keeps them.
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
    """Where a private entry is to stand: the log's origin and the index in it."""

    origin: str
    index: int


def judge_private(
    candidate: PrivateCandidate,
    past: Past,
    context: JudgeContext,
    rows: PrivateRows,
    place: PrivatePlace,
) -> None:
    """Refuse a private entry that may not stand there after `past` of the shared logs.

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
    """A loss is accepted by two persons, where the log goes on, and only if there is one."""
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
    """A step is raised once per ask and due, and acknowledged by one person, once."""
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
    """Any part of an earlier entry can go: nobody else's state rests on it."""
    named = rows.get(("entry", entry.ref))
    if not isinstance(named, PartsRow):
        raise RuleBroken("reference", "The private log holds no such entry.", id=entry.ref)
    check_order(entry.body)
    for place in entry.body.parts:
        if place >= len(named.roles):
            raise RuleBroken(
                "erase-part", "There is no such part, or it can't be erased.", part=place
            )


def _raised_by(rows: PrivateRows, id_: EntryId) -> EscalationRow | None:
    found = (row for row in rows.values() if isinstance(row, EscalationRow) and row.id == id_)
    return next(found, None)


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
            kept = ColumnsRow(
                entry.body.list, placed.index, placed.id, (placed.data or b"").decode()
            )
            return {private_key_of(kept): kept}
        case EscalationAcknowledged():
            found = _raised_by(rows, entry.ref)
            assert found is not None  # noqa: S101 - own bug, not input: it was judged
            row = replace(found, acknowledged=(*found.acknowledged, placed.index))
            return {private_key_of(row): row}
        case PrivateErased():
            # The one part of `columns.kept`; a list that was kept anew since stays as it is.
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
