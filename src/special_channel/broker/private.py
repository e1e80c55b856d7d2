"""Judges and folds entries of the private log, in the transaction of shared entries.

Does not send anything: the link has no access to the private log.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from special_channel.broker.commit import Heads
from special_channel.broker.identity import Identity
from special_channel.broker.working import (
    WorkingSet,
    counter_at,
    leaf_of,
    stored_with,
    thread_of,
)
from special_channel.core.bytes.errors import RuleBroken
from special_channel.core.bytes.ids import KeyId
from special_channel.core.entries import PRIVATE_KINDS, PrivateEntry
from special_channel.core.replay.judge import prove
from special_channel.core.rows.past import Past, PlacedPrivately
from special_channel.core.rows.private import PrivateKey, PrivateRow
from special_channel.core.rows.submission import Incoming
from special_channel.core.rules.private import fold_private, judge_private, private_needs
from special_channel.core.rules.private_case import PrivateCandidate, PrivatePlace
from special_channel.ports import Stored, Transaction


async def place_private(
    incoming: Sequence[tuple[Incoming, frozenset[KeyId] | None]],
    working: WorkingSet,
    transaction: Transaction,
    heads: Heads,
    identity: Identity,
    shared: int,
) -> tuple[list[Stored], dict[PrivateKey, PrivateRow]]:
    """Judge and fold the private entries of an act.

    Args:
        incoming: Entries with their verified signers; None: verify here.
        working: Rows of keys and threads.
        transaction: Reads private rows.
        heads: Heads under the lock, the private head included.
        identity: Our side's party and origins.
        shared: Number of shared entries in the same act; they come first.

    Returns:
        Entries to store, and changed private rows by key.

    Raises:
        Refused: The codes of `judge_private`, `kind-other-log`.
    """
    if not incoming:
        return [], {}
    entries = [_private(item) for item, _ in incoming]
    keys = frozenset(key for entry in entries for key in private_needs(entry))
    rows: dict[PrivateKey, PrivateRow] = dict(await transaction.private_rows(keys))
    changed: dict[PrivateKey, PrivateRow] = {}
    written: list[Stored] = []
    own_size = heads.own.size + shared
    assert heads.private is not None  # noqa: S101 - own bug: the act locked it
    first = heads.private.size
    counter = await counter_at(transaction, heads.private, [item for item, _ in incoming])
    for step, ((item, known), entry) in enumerate(zip(incoming, entries, strict=True)):
        index = first + step
        signed = prove_private(item, working) if known is None else known
        candidate = PrivateCandidate(item.envelope, entry, item.id, signed, item.data)
        past = Past(identity.party, own_size, heads.peer.size)
        place = PrivatePlace(identity.private_origin, index)
        judge_private(candidate, past, working.judge_context(), rows, place)
        placed = PlacedPrivately(
            index, own_size, heads.peer.size, heads.accepted, item.id, entry, item.data
        )
        folded = fold_private(rows, placed)
        rows.update(folded)
        changed.update(folded)
        counts = counter.count(entry.kind, thread_of(item))
        leaf = leaf_of(item, heads.accepted, (own_size, heads.peer.size), counts)
        written.append(stored_with("private", index, leaf, item.submission, entry.by))
    return written, changed


def prove_private(item: Incoming, working: WorkingSet) -> frozenset[KeyId]:
    """Verify the signatures of a private entry; return the signers."""
    return prove(item.envelope, item.entry, working.rows)


def _private(item: Incoming) -> PrivateEntry:
    if item.entry.kind not in PRIVATE_KINDS:
        raise RuleBroken(
            "kind-other-log", "This kind stands in a shared log alone.", kind=item.entry.kind
        )
    return cast(PrivateEntry, item.entry)
