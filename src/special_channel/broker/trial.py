"""Try an entry against the record, under the lock and without writing it.

Tells which refusal the judge gives now, and for an entry that only lacks signatures whether its
kind would allow it. Does not store, sign or decide what a lack means: `desk/acts.py` does.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import cast

from special_channel.broker.commit import Heads
from special_channel.broker.identity import Identity
from special_channel.broker.working import WorkingSet, counter_at
from special_channel.core.bytes.errors import Refused
from special_channel.core.bytes.ids import Position
from special_channel.core.entries import SharedEntry
from special_channel.core.kinds.kind import Case
from special_channel.core.kinds.table import KINDS
from special_channel.core.replay.judge import prove
from special_channel.core.rows.charter import InForce, in_force
from special_channel.core.rows.past import Past
from special_channel.core.rows.submission import Incoming
from special_channel.core.rules.judge_context import Candidate, JudgeContext
from special_channel.ports import Transaction


@dataclass(frozen=True, slots=True)
class Trial:
    """What the judge says of an entry at the next index.

    Attributes:
        candidate: The entry with its verified signers.
        past: The past in which it was judged.
        context: The rows that the judge read.
        charter: The charter in force in the past.
        lack: The refusal, if more signatures could lift it; None if the entry is valid now.
    """

    candidate: Candidate
    past: Past
    context: JudgeContext
    charter: InForce | None
    lack: Refused | None


async def try_entry(
    transaction: Transaction,
    heads: Heads,
    identity: Identity,
    incoming: Incoming,
    lacks: Collection[str],
) -> Trial:
    """Judge an entry at the next index of our log, and write nothing.

    `lacks`: codes that more signatures could lift.

    Raises:
        Refused: The judge's codes, except `lacks`.
    """
    working = WorkingSet(identity.pins)
    await working.load(transaction, [incoming])
    await working.load_answers(transaction, identity.party, [(incoming, heads.peer.size)])
    counter = await counter_at(transaction, heads.own, [incoming])
    [slot] = heads.places(Position(identity.party, heads.own.size), [incoming], counter)
    entry = cast(SharedEntry, incoming.entry)
    signed = prove(incoming.envelope, entry, working.rows)
    candidate = Candidate(incoming.envelope, entry, incoming.id, signed, incoming.data)
    past = Past(identity.party, slot.position.index, slot.frontier)
    lack: Refused | None = None
    try:
        working.place(incoming, slot, signed)
    except Refused as error:
        if error.code not in lacks:
            raise
        lack = error
    context = working.context_at(entry, past)
    charter = in_force(context.charters(), past)
    if lack is not None:
        # The judge stops at the missing signature, before the rules of the kind: an act that those
        # refuse would wait for days in vain.
        _judge_kind(entry, Case(candidate, past, context, charter), lacks)
    return Trial(candidate, past, context, charter, lack)


def _judge_kind(entry: SharedEntry, case: Case, lacks: Collection[str]) -> None:
    try:
        KINDS[type(entry)].judge(entry, case)
    except Refused as error:
        if error.code not in lacks:
            raise
