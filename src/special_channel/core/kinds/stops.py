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
)
from special_channel.core.kinds.kind import Case, Kind, row
from special_channel.core.rows import directory_folds
from special_channel.core.rows.directory import KeyRow, PersonRow
from special_channel.core.rows.past import Past, Placed
from special_channel.core.rules.judge_context import JudgeContext, owned
from special_channel.core.rules.state import Row, RowKey, Rows, person_key
from special_channel.core.rules.stopping import is_of_doubt, judge_stopper, open_stops

_Stop = KeySuspended | KeyRestored

STOPPABLE: Final = frozenset({"node", "link", "service"})
"""Machines that are suspended and revoked; the founding's others are succeeded (K11, K16)."""


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
    if found.machine and found.machine not in STOPPABLE:
        raise NotAllowed("role", "This key is succeeded, never stopped.", kind=entry.kind)
    return found


def _judge_reason(reason: str, target: KeyRow | PersonRow) -> None:
    person = isinstance(target, PersonRow) or not target.machine
    if person != (reason == "stated-at-home"):
        raise RuleBroken("reason-place", "The reason of a person's stop is stated at home alone.")


def _judge_ended(target: KeyRow | PersonRow, detail: str) -> None:
    if isinstance(target, KeyRow) and target.ended is not None:
        raise RuleBroken("key-ended", detail)


def _judge_suspended(entry: KeySuspended, case: Case) -> None:
    past, context = case.past, case.context
    target = _stopped(entry, past, context)
    _judge_reason(entry.body.reason, target)
    # Nobody could lift it: one person would put all that the key signed in doubt for good.
    _judge_ended(target, "A key that has ended is not suspended.")
    judge_since(entry.body.since, past)
    judge_stopper(case.candidate, entry, target, past, context)


def _judge_restored(entry: KeyRestored, case: Case) -> None:
    target = _stopped(entry, case.past, case.context, "key-ended")
    _judge_reason(entry.body.reason, target)
    _judge_ended(target, "A key that has ended is not restored.")
    # The suspension of a person is lifted from all keys at once, never from one of them.
    whole = isinstance(target, PersonRow)
    stops = (stop for stop in target.stops if stop.whole == whole)
    open_ = {stop.id for stop in stops if stop.holds(case.past.index)}
    if entry.ref not in open_:
        raise RuleBroken("reference", "No such suspension is in force.", id=entry.ref)


def _rows_of_stop(entry: _Stop, rows: Rows) -> list[PersonRow | KeyRow]:
    if entry.body.key is not None:
        return [row(rows, KeyRow, ("key", entry.body.key))]
    person = row(rows, PersonRow, person_key(party_of(entry.by), str(entry.body.person)))
    return [person, *keys_of(person, rows)]


def _fold_suspended(entry: KeySuspended, rows: Rows, placed: Placed) -> Iterator[Row]:
    stopped = _rows_of_stop(entry, rows)
    yield from directory_folds.suspended(stopped, placed, entry)
    by = row(rows, KeyRow, ("key", entry.by))
    if by.person and by.person != stopped[0].person and not is_of_doubt(stopped[0], by, rows):
        person = row(rows, PersonRow, person_key(by.party, by.person))
        before = open_stops(by.party, by.person, rows)
        yield directory_folds.stopping(person, before, placed, entry)


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


def _fold_revoked(entry: KeyRevoked, rows: Rows, placed: Placed) -> Iterator[Row]:
    yield directory_folds.revoked(row(rows, KeyRow, ("key", entry.body.key)), placed, entry)


KINDS = (
    Kind(KeySuspended, _stop_needs, _judge_suspended, _fold_suspended),
    Kind(KeyRestored, _stop_needs, _judge_restored, _fold_restored),
    Kind(KeyRevoked, _revoked_needs, _judge_revoked, _fold_revoked),
)
