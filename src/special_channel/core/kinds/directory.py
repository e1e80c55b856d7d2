"""Parties and their keys: founding, enrolment, suspension, revocation, restoration."""

from __future__ import annotations

from collections.abc import Iterator

from special_channel.core.bytes.errors import NotAllowed, RuleBroken
from special_channel.core.bytes.ids import party_of
from special_channel.core.entries import (
    KeyEnrolled,
    KeyRestored,
    KeyRevoked,
    KeySuspended,
    PartyFounded,
)
from special_channel.core.kinds.kind import (
    Case,
    Kind,
    row,
)
from special_channel.core.rows import directory
from special_channel.core.rows.directory import KeyRow
from special_channel.core.rows.past import Placed
from special_channel.core.rules.judge_context import owned
from special_channel.core.rules.state import Row, RowKey, Rows

_Changed = KeySuspended | KeyRevoked | KeyRestored


def _fold_founded(entry: PartyFounded, _: Rows, placed: Placed) -> Iterator[Row]:
    party, keys = directory.founded(placed, entry)
    yield party
    yield from keys


def _fold_enrolled(entry: KeyEnrolled, _: Rows, placed: Placed) -> Iterator[Row]:
    yield directory.enrolled(placed, entry)


def _changed_needs(entry: _Changed, _: bytes | None) -> Iterator[RowKey]:
    yield "key", entry.body.key


def _judge_changed(entry: _Changed, case: Case) -> None:
    past, context = case.past, case.context
    owned(party_of(entry.body.key), past)
    target, author = context.key(entry.body.key), context.key(entry.by)
    if target is None or author is None or target.standing(past) == "unknown":
        raise RuleBroken("reference", "The key named is not enrolled.", id=entry.body.key)
    if entry.body.key == entry.by and not isinstance(entry, KeySuspended):
        raise NotAllowed("role", "Nobody revokes or restores the own key.", kind=entry.kind)
    # Suspension can't wait: any official of the key's desk may suspend, and the roles above
    # (docs/rules.md, "Directory and charter").
    if author.role == "desk" and author.desk != target.desk:
        raise NotAllowed(
            "role", "A key is suspended by its own desk or a head of unit.", kind=entry.kind
        )
    # Link keys are replaced with their machines; the keys of the founding are bound to the log.
    if target.role in {"root", "node", "checkpoint", "cosigning"}:
        raise NotAllowed("role", "A node's own keys are not changed this way.", kind=entry.kind)


def _fold_changed(entry: _Changed, rows: Rows, placed: Placed) -> Iterator[Row]:
    yield directory.changed(row(rows, KeyRow, ("key", entry.body.key)), placed, entry)


# Checks of founding and enrolment are checks of keys: `judge.py`, step 6.
KINDS = (
    Kind(PartyFounded, fold=_fold_founded),
    Kind(KeyEnrolled, fold=_fold_enrolled),
    Kind(KeySuspended, _changed_needs, _judge_changed, _fold_changed),
    Kind(KeyRevoked, _changed_needs, _judge_changed, _fold_changed),
    Kind(KeyRestored, _changed_needs, _judge_changed, _fold_changed),
)
