"""A guarded append: decided under the lock, with entries in our shared and private logs.

Does not lock, commit or answer: the appender does.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from special_channel.broker.commit import Committer, Heads, Plan
from special_channel.broker.offering import check_stored, stored_files
from special_channel.broker.private import place_private
from special_channel.broker.working import RootCache, WorkingSet, counter_at
from special_channel.core.bytes.canonical import Value, loads
from special_channel.core.bytes.errors import Unavailable
from special_channel.core.bytes.ids import KeyId, Position
from special_channel.core.rows.submission import Authored, Incoming, Submission, read
from special_channel.core.rules.state import Rows
from special_channel.ports import Transaction
from special_channel.ports.owed import OwedEntry


@dataclass(frozen=True, slots=True)
class Act:
    """The contents of a guarded append: shared and private entries, and an effect.

    Entries that the node itself has just signed are `Authored`, and are judged like all others.

    Attributes:
        shared: Entries for our shared log.
        private: Entries for our private log.
        effect: Runs in the same transaction, after the entries are written.
        rows: Rows already read in this transaction.
        may_follow: Queue the node's private entries (`broker/owing.py`) while the private log
            takes none, instead of refusing them.
        restores: Let a log that is behind its guard go on (`broker/recovering.py`).
    """

    shared: Sequence[Submission | Authored] = ()
    private: Sequence[Submission | Authored] = ()
    effect: Callable[[Transaction], Awaitable[None]] | None = None
    rows: Rows = field(default_factory=dict)
    may_follow: bool = False
    restores: bool = False


Decide = Callable[[Transaction, Heads], Awaitable[Act | None]]
"""Decides under the lock on an act; None writes nothing."""


async def plan_act(
    act: Act, committer: Committer, roots: RootCache, transaction: Transaction, heads: Heads
) -> Plan:
    """Judge and fold an act's entries: shared entries, then private ones.

    Raises:
        Refused: The codes of the judges; nothing is written.
        Unavailable: `read-only`, `private-log-behind`.
    """
    identity = committer.identity
    if act.shared and not act.restores:
        heads.must_sign()
    incoming = [_offered(item) for item in act.shared]
    private = [_offered(item) for item in act.private]
    offered = [item for item, _ in (*incoming, *private)]
    working = WorkingSet(identity.pins, roots, act.rows)
    await working.load(transaction, offered)
    ours = [item for item, _ in incoming]
    asked = [(item, heads.peer.size) for item in ours]
    await working.load_answers(transaction, identity.party, asked)
    counter = await counter_at(transaction, heads.own, ours)
    places = heads.places(Position(identity.party, heads.own.size), ours, counter)
    entries = [
        working.place(item, place, signed)
        for (item, signed), place in zip(incoming, places, strict=True)
    ]
    working.keep()
    check_stored(offered, await stored_files(transaction, offered))
    if private:
        try:
            heads = await committer.lock_private(transaction, heads, restores=act.restores)
        except Unavailable:
            if not act.may_follow:
                raise
            owed = [_owed(item) for item, _ in private]
            return Plan(entries, working.changed, owed=owed, effect=act.effect)
    stored, rows = await place_private(private, working, transaction, heads, identity, len(entries))
    return Plan(entries, working.changed, stored, rows, effect=act.effect, restores=act.restores)


def _offered(item: Submission | Authored) -> tuple[Incoming, frozenset[KeyId] | None]:
    """Parse an entry; return it and its verified signers, None if not verified yet."""
    if isinstance(item, Authored):
        return item.incoming, item.signed
    return read(item, whole=True), None


def _owed(item: Incoming) -> OwedEntry:
    """Return the queue row for a node-signed entry, to be signed again later."""
    payload: Value = loads(item.envelope.payload)
    assert isinstance(payload, dict)  # noqa: S101 - own bug: it was read as an entry
    body = payload["body"]
    assert isinstance(body, dict)  # noqa: S101 - as above
    return OwedEntry(item.entry.kind, body, item.entry.at)
