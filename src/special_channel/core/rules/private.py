"""Judge and fold of one side's private log.

Works like the shared logs with a single owner. Private entries are never sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Generic, TypeVar

from special_channel.core.bytes.errors import BadSignature, NotAllowed, RuleBroken
from special_channel.core.bytes.ids import EntryId, Role, party_of
from special_channel.core.entries import (
    AccessEnded,
    AccessGranted,
    AccessRead,
    ActRecorded,
    AlertSent,
    ColumnsKept,
    DraftChecked,
    DraftCleared,
    DraftReturned,
    DraftRouted,
    EscalationAcknowledged,
    EscalationRaised,
    ExportMade,
    FilesScanned,
    NodeStarted,
    NoteInternal,
    PrivateEntry,
    PrivateErased,
    PrivateRestored,
    QuarantineAgreed,
    QuarantineAsked,
    RecordRepaired,
    SenseConfirmed,
    ThreadAssigned,
)
from special_channel.core.entries.private import Raising
from special_channel.core.rows.past import Past, PlacedPrivately
from special_channel.core.rows.private import (
    AccessRow,
    AssignmentRow,
    ColumnsRow,
    EscalationRow,
    PartsRow,
    PrivateKey,
    PrivateRow,
    PrivateRows,
    access_row,
    escalation_key,
    private_key_of,
)
from special_channel.core.rows.threads import ThreadRow
from special_channel.core.rules.confirming import fold_confirmed, judge_confirmed
from special_channel.core.rules.judge_context import JudgeContext, check_order
from special_channel.core.rules.private_case import PrivateCandidate, PrivateCase, PrivatePlace
from special_channel.core.rules.quarantine import (
    agreed_needs,
    fold_agreed,
    fold_asked,
    judge_agreed,
    judge_asked,
)
from special_channel.core.rules.roles import MAY_SIGN
from special_channel.core.rules.routing import (
    fold_checked,
    fold_released,
    fold_returned,
    fold_routed,
    judge_checked,
    judge_released,
    judge_returned,
    judge_routed,
    route_key,
    routed_needs,
)
from special_channel.core.rules.signers import (
    function_of,
    is_rooted,
    judge_service,
    known_service,
    others,
    standing_key,
)
from special_channel.core.rules.wording import judge_words

_E = TypeVar("_E", bound=PrivateEntry)


def _nothing(*_: object) -> tuple[()]:
    return ()


@dataclass(frozen=True, slots=True)
class PrivateKind(Generic[_E]):
    """One kind of private entry.

    Attributes:
        model, needs: Class of its payload; keys of private rows that judge and fold read.
        judge: Refuses what breaks a rule of the kind, after the checks common to all.
        fold: The private rows that a valid entry changes.
    """

    model: type[_E]
    needs: Callable[[_E], Iterable[PrivateKey]] = _nothing
    judge: Callable[[_E, PrivateCase], object] = _nothing
    fold: Callable[[_E, PrivateRows, PlacedPrivately], Iterable[PrivateRow]] = _nothing


# Steps of the ladder -------------------------------------------------------------------


def _step_key(body: Raising) -> PrivateKey:
    return escalation_key(body.id, body.q, body.due, body.step)


def _raised_needs(entry: EscalationRaised) -> Iterator[PrivateKey]:
    yield _step_key(entry.body)


def _judge_raised(entry: EscalationRaised, case: PrivateCase) -> None:
    if _step_key(entry.body) in case.rows:
        raise RuleBroken("escalation-known", "This step is already raised for this due time.")


def _fold_raised(
    entry: EscalationRaised, _: PrivateRows, placed: PlacedPrivately
) -> Iterator[PrivateRow]:
    body = entry.body
    yield EscalationRow(
        note=body.id,
        q=body.q,
        due=body.due,
        step=body.step,
        role=body.role,
        fired=body.fired,
        known=body.known,
        index=placed.index,
        id=placed.id,
    )


def _acknowledged_needs(entry: EscalationAcknowledged) -> Iterator[PrivateKey]:
    # The entry names the raising entry, so the store looks up steps by entry id, too.
    yield "escalation", entry.ref


def _judge_acknowledged(entry: EscalationAcknowledged, case: PrivateCase) -> None:
    step = _raised_by(case.rows, entry.ref)
    if step is None:
        raise RuleBroken("reference", "The entry names no step that was raised.", id=entry.ref)
    if step.acknowledged:
        raise RuleBroken("escalation-acknowledged", "Somebody has acknowledged this step.")


def _fold_acknowledged(
    entry: EscalationAcknowledged, rows: PrivateRows, placed: PlacedPrivately
) -> Iterator[PrivateRow]:
    step = _raised_by(rows, entry.ref)
    assert step is not None  # noqa: S101 - own bug, not input: it was judged
    yield replace(step, acknowledged=(*step.acknowledged, placed.index))


def _raised_by(rows: PrivateRows, id_: EntryId) -> EscalationRow | None:
    steps = (row for row in rows.values() if isinstance(row, EscalationRow) and row.id == id_)
    return next(steps, None)


# Assignment, and columns that stay with our side ---------------------------------------


def _assigned_needs(entry: ThreadAssigned) -> Iterator[PrivateKey]:
    yield "assignment", entry.thread


def _fold_assigned(
    entry: ThreadAssigned, _: PrivateRows, placed: PlacedPrivately
) -> Iterator[PrivateRow]:
    yield AssignmentRow(entry.thread, entry.body.person or "", placed.index)


def _columns_needs(entry: ColumnsKept) -> Iterator[PrivateKey]:
    yield "columns", entry.body.list


def _fold_columns(
    entry: ColumnsKept, _: PrivateRows, placed: PlacedPrivately
) -> Iterator[PrivateRow]:
    data = (placed.data or b"").decode()
    yield ColumnsRow(entry.body.list, placed.index, placed.id, data)


# Release of a draft ----------------------------------------------------------------------


def _cleared_needs(entry: DraftCleared) -> Iterator[PrivateKey]:
    yield route_key(entry.body.id)
    yield from (("entry", id_) for id_ in entry.body.confirmed)


def _judge_cleared(entry: DraftCleared, case: PrivateCase) -> None:
    """Refuse a release before its turn, or that names anything but earlier confirmations."""
    for id_ in entry.body.confirmed:
        row = case.rows.get(("entry", id_))
        if not isinstance(row, PartsRow) or row.kind != "sense.confirmed":
            raise RuleBroken("reference", "The private log holds no such confirmation.", id=id_)
    judge_released(entry, case)


def _draft_needs(entry: DraftChecked | DraftReturned) -> Iterator[PrivateKey]:
    yield route_key(entry.body.id)


# Erasure, and the end of a lost log ----------------------------------------------------


def _erased_needs(entry: PrivateErased) -> Iterator[PrivateKey]:
    yield "entry", entry.ref
    # The store looks up columns by the id of their entry, too.
    yield "columns", entry.ref


def _judge_erased(entry: PrivateErased, case: PrivateCase) -> None:
    """Refuse an erasure of an unknown entry or part, or by an unnamed order."""
    # Any part of the private log may be erased: the other side's state does not depend on it.
    target = case.rows.get(("entry", entry.ref))
    if not isinstance(target, PartsRow):
        raise RuleBroken("reference", "The private log holds no such entry.", id=entry.ref)
    check_order(entry.body)
    for place in entry.body.parts:
        if place >= len(target.roles):
            raise RuleBroken(
                "erase-part", "There is no such part, or it can't be erased.", part=place
            )


def _fold_erased(
    entry: PrivateErased, rows: PrivateRows, _: PlacedPrivately
) -> Iterator[PrivateRow]:
    # Empty the only part of `columns.kept`; columns from a later entry have another id.
    for row in rows.values():
        if isinstance(row, ColumnsRow) and row.id == entry.ref:
            yield replace(row, data="")


def _judge_restored(entry: PrivateRestored, case: PrivateCase) -> None:
    """Refuse a restoration without a loss, at another size, or without a second person."""
    if entry.body.size != case.place.index or entry.body.signed < entry.body.size:
        raise RuleBroken(
            "restored-size",
            "The private log does not go on at this size.",
            size=entry.body.size,
            held=case.place.index,
        )
    _judge_second(entry, case)


# What overseers and services may read ----------------------------------------------------


def _judge_access(entry: AccessGranted, case: PrivateCase) -> None:
    """Refuse an access without two other persons of oversight, unless the root grants it (K29)."""
    reader = entry.body.person
    if entry.body.key is not None:
        # What a service reads, the person who answers for it reads.
        reader = known_service(entry.body.key, case.past, case.context).owner
    if is_rooted(case.candidate.signed, case.past, case.context):
        return
    # Before the count of persons: the reader's own grant does not wait for a second overseer.
    signers = (case.context.key(key) for key in case.candidate.signed)
    if any(row is not None and row.person == reader for row in signers):
        raise NotAllowed("own-grant", "A signer is the reader of the grant.")
    _judge_second(entry, case)


def _fold_access(
    entry: AccessGranted, _: PrivateRows, placed: PlacedPrivately
) -> Iterator[PrivateRow]:
    yield access_row(placed.id, placed.index, entry.body)


def _judge_access_end(entry: AccessEnded, case: PrivateCase) -> None:
    """Refuse an end of an unknown access, or one that too few parts of the root signed."""
    is_rooted(case.candidate.signed, case.past, case.context)
    if ("access", entry.ref) not in case.rows:
        raise RuleBroken("reference", "The private log grants no such access.", id=entry.ref)


def _fold_access_end(
    entry: AccessEnded, rows: PrivateRows, placed: PlacedPrivately
) -> Iterator[PrivateRow]:
    row = rows.get(("access", entry.ref))
    if isinstance(row, AccessRow) and row.ended is None:
        yield replace(row, ended=placed.index)


SECOND_ROLES: Final[Mapping[str, frozenset[Role]]] = {
    "access.granted": frozenset({"oversight"}),
    "private.restored": frozenset({"head", "director"}),
}
"""Private kinds that a second person signs as well, with that person's roles."""


def _judge_second(entry: PrivateEntry, case: PrivateCase) -> None:
    for key in case.candidate.signed - {entry.by}:
        standing_key(case.context, key, case.past)
    signers = others(case.candidate.signed, entry.by, case.context)
    if not any(row.roles(case.past) & SECOND_ROLES[entry.kind] for row in signers):
        raise BadSignature("signature-missing", "A second person's signature is missing.")


KINDS: Final[Mapping[type[PrivateEntry], PrivateKind[Any]]] = {
    kind.model: kind
    for kind in (
        PrivateKind(
            AccessEnded, lambda end: (("access", end.ref),), _judge_access_end, _fold_access_end
        ),
        PrivateKind(AccessGranted, judge=_judge_access, fold=_fold_access),
        PrivateKind(AccessRead),
        PrivateKind(ActRecorded),
        PrivateKind(AlertSent),
        PrivateKind(ColumnsKept, _columns_needs, fold=_fold_columns),
        PrivateKind(DraftChecked, _draft_needs, judge_checked, fold_checked),
        PrivateKind(DraftCleared, _cleared_needs, _judge_cleared, fold_released),
        PrivateKind(DraftReturned, _draft_needs, judge_returned, fold_returned),
        PrivateKind(DraftRouted, routed_needs, judge_routed, fold_routed),
        PrivateKind(
            EscalationAcknowledged, _acknowledged_needs, _judge_acknowledged, _fold_acknowledged
        ),
        PrivateKind(EscalationRaised, _raised_needs, _judge_raised, _fold_raised),
        PrivateKind(ExportMade),
        PrivateKind(FilesScanned),
        PrivateKind(NodeStarted),
        PrivateKind(NoteInternal),
        PrivateKind(PrivateErased, _erased_needs, _judge_erased, _fold_erased),
        PrivateKind(PrivateRestored, judge=_judge_restored),
        PrivateKind(QuarantineAgreed, agreed_needs, judge_agreed, fold_agreed),
        PrivateKind(QuarantineAsked, judge=judge_asked, fold=fold_asked),
        PrivateKind(RecordRepaired),
        PrivateKind(SenseConfirmed, judge=judge_confirmed, fold=fold_confirmed),
        PrivateKind(
            ThreadAssigned, _assigned_needs, lambda made, _: judge_words(made), _fold_assigned
        ),
    )
}
"""The private kinds. A test compares them with the vocabulary."""


# Order of checks -----------------------------------------------------------------------


def private_needs(entry: PrivateEntry) -> frozenset[PrivateKey]:
    """Return the keys of the private rows that judge and fold may read."""
    return frozenset(KINDS[type(entry)].needs(entry))


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
            `escalation-acknowledged`, `erase-order`, `erase-part`, `restored-size`,
            `route-unknown`, `route-known`, `route-step`, `quarantine-agreed`.
        BadSignature: `signature-missing`, `root-threshold`, and the codes of `function_of`.
        NotAllowed: `owner`, `role`, `grant-ended`, `grant-key`, `route-person`, `route-twice`,
            `quarantine-own`.
    """
    entry = candidate.entry
    if entry.log != place.origin:
        raise RuleBroken("entry-other-log", "The entry is meant for another log.", log=entry.log)
    if entry.by not in candidate.signed:
        raise BadSignature("signature-missing", "The author's signature is missing.")
    if any(party_of(key) != past.party for key in candidate.signed):
        raise NotAllowed("owner", "Only the own side signs in its private log.")
    role, _ = function_of(entry, past, context)
    if role not in MAY_SIGN[entry.kind]:
        raise NotAllowed("role", "The role of this key does not allow this kind.", kind=entry.kind)
    judge_service(entry, past, context)
    thread = entry.optional("thread", None)
    if thread is not None and context.row(("thread", thread), ThreadRow) is None:
        raise RuleBroken("thread-unknown", "The thread was not opened in the entry's past.")
    KINDS[type(entry)].judge(entry, PrivateCase(candidate, past, context, rows, place))


def fold_private(rows: PrivateRows, placed: PlacedPrivately) -> dict[PrivateKey, PrivateRow]:
    """Return the private rows that a valid entry changes."""
    changed = KINDS[type(placed.entry)].fold(placed.entry, rows, placed)
    return {private_key_of(row): row for row in changed}
