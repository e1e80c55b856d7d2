"""Suspension, restoration and revocation of keys.

Rules are K11 to K13 of docs/rules.md. What `since` makes doubtful is in `rules/doubt.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from special_channel.core.bytes.errors import NotAllowed, RuleBroken
from special_channel.core.bytes.ids import KeyId, party_of
from special_channel.core.entries import (
    KeyRestored,
    KeyRevoked,
    KeySuspended,
)
from special_channel.core.kinds.directory import (
    judge_since,
    keys_of,
    known_person,
    needs_person,
    signs_for,
)
from special_channel.core.kinds.kind import Case, Kind, row
from special_channel.core.rows import directory_folds
from special_channel.core.rows.directory import KeyRow, PersonRow
from special_channel.core.rows.past import Past, Placed
from special_channel.core.rules.judge_context import JudgeContext, owned
from special_channel.core.rules.signers import function_of
from special_channel.core.rules.state import Row, RowKey, Rows, person_key

_Stop = KeySuspended | KeyRestored

_LEADERS: Final = frozenset({"registrar", "head", "director"})
"""Roles that may suspend any key of their side."""


def _stop_needs(entry: _Stop, _: bytes | None) -> Iterator[RowKey]:
    if entry.body.key is not None:
        yield "key", entry.body.key
    else:
        yield from needs_person(str(entry.body.person))


def _stopped(
    entry: _Stop, past: Past, context: JudgeContext, code: str = "person-ended"
) -> KeyRow | PersonRow:
    """Look up the key or person that an entry stops or restores; `code` if the person has left."""
    if entry.body.key is None:
        return known_person(str(entry.body.person), past, context, code)
    return _known_key(entry.body.key, entry, past, context)


def _known_key(key: KeyId, entry: _Stop | KeyRevoked, past: Past, context: JudgeContext) -> KeyRow:
    owned(party_of(key), past)
    found = context.key(key)
    if found is None or found.standing(past) == "unknown":
        raise RuleBroken("reference", "The key named is not enrolled.", id=key)
    # Keys of the founding are bound to the log: they are succeeded, never stopped.
    if found.machine and found.machine not in {"link", "service"}:
        raise NotAllowed("role", "A node's own keys are not changed this way.", kind=entry.kind)
    return found


def _judge_reason(reason: str, target: KeyRow | PersonRow) -> None:
    person = isinstance(target, PersonRow) or not target.machine
    if person != (reason == "stated-at-home"):
        raise RuleBroken("reason-place", "The reason of a person's stop is stated at home alone.")


def _judge_suspended(entry: KeySuspended, case: Case) -> None:
    past, context = case.past, case.context
    target = _stopped(entry, past, context)
    _judge_reason(entry.body.reason, target)
    judge_since(entry.body.since, past)
    # Suspension can't wait: any official of a desk of the holder's may suspend, and the holder, and
    # the roles above; the node for a person with a stop card (K11).
    role, grant = function_of(entry, past, context)
    if role in _LEADERS or signs_for(target.person, case):
        return
    own_desk = grant is not None and grant.desk in _desks(target, past)
    by_card = role == "node" and target.person
    if not (own_desk or by_card):
        raise NotAllowed(
            "role", "A key is suspended by its own desk or a head of unit.", kind=entry.kind
        )


def _desks(target: KeyRow | PersonRow, past: Past) -> frozenset[str]:
    if isinstance(target, KeyRow) and target.machine:
        return frozenset({target.desk})
    return frozenset(one.desk for one in target.grants if one.holds(past, past.party))


def _judge_restored(entry: KeyRestored, case: Case) -> None:
    target = _stopped(entry, case.past, case.context, "key-ended")
    _judge_reason(entry.body.reason, target)
    if isinstance(target, KeyRow) and target.ended is not None:
        raise RuleBroken("key-ended", "A key that has ended is not restored.")
    # The suspension of a person is lifted from all keys at once, never from one of them.
    whole = isinstance(target, PersonRow)
    stops = (stop for stop in target.stops if stop.whole == whole)
    open_ = {stop.id for stop in stops if stop.holds(case.past.index)}
    if entry.ref not in open_:
        raise RuleBroken("reference", "No such suspension is in force.", id=entry.ref)
    _judge_not_own(target, case)


def _judge_not_own(target: KeyRow | PersonRow, case: Case) -> None:
    if target.person and signs_for(target.person, case):
        raise NotAllowed(
            "role", "Nobody revokes or restores the own key.", kind=case.candidate.entry.kind
        )


def _rows_of_stop(entry: _Stop, rows: Rows) -> list[PersonRow | KeyRow]:
    if entry.body.key is not None:
        return [row(rows, KeyRow, ("key", entry.body.key))]
    person = row(rows, PersonRow, person_key(party_of(entry.by), str(entry.body.person)))
    return [person, *keys_of(person, rows)]


def _fold_suspended(entry: KeySuspended, rows: Rows, placed: Placed) -> Iterator[Row]:
    return directory_folds.suspended(_rows_of_stop(entry, rows), placed, entry)


def _fold_restored(entry: KeyRestored, rows: Rows, placed: Placed) -> Iterator[Row]:
    return directory_folds.restored(_rows_of_stop(entry, rows), placed, entry)


def _revoked_needs(entry: KeyRevoked, _: bytes | None) -> Iterator[RowKey]:
    yield "key", entry.body.key


def _judge_revoked(entry: KeyRevoked, case: Case) -> None:
    past, since = case.past, entry.body.since
    target = _known_key(entry.body.key, entry, past, case.context)
    _judge_reason(entry.body.reason, target)
    judge_since(since, past)
    if target.ended is not None and (
        since is None or (target.since is not None and since >= target.since)
    ):
        raise RuleBroken("since-order", "The key has ended; only an earlier doubt can be stated.")
    _judge_not_own(target, case)


def _fold_revoked(entry: KeyRevoked, rows: Rows, placed: Placed) -> Iterator[Row]:
    yield directory_folds.revoked(row(rows, KeyRow, ("key", entry.body.key)), placed, entry)


KINDS = (
    Kind(KeySuspended, _stop_needs, _judge_suspended, _fold_suspended),
    Kind(KeyRestored, _stop_needs, _judge_restored, _fold_restored),
    Kind(KeyRevoked, _revoked_needs, _judge_revoked, _fold_revoked),
)
