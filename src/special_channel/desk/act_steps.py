"""Steps of every act that waits for another person's signature (docs/rules.md, K2, K8, K29).

Acts on people and grants of access begin, get a signature and end alike. Does not judge, store or
record a step: `acts.py` and `access.py` do.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from special_channel.broker.receipts import Accepted
from special_channel.core.bytes import dsse
from special_channel.core.bytes.errors import (
    BadSignature,
    Malformed,
    NotAllowed,
    NotFound,
    RuleBroken,
)
from special_channel.core.bytes.ids import EntryId, KeyId
from special_channel.core.entries import Entry, parse
from special_channel.core.rows.directory import KeyRow
from special_channel.desk.act_words import aim_of
from special_channel.ports import Transaction
from special_channel.stores import acts as stored
from special_channel.stores.acts import ActRow, Acts

Closing = Literal["refused", "withdrawn"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """An act after a signature. `accepted`: receipt of its entry; None while the act waits."""

    act: ActRow
    accepted: Accepted | None = None


async def find(acts: Acts, id_: EntryId) -> ActRow:
    """Look up an act.

    Raises:
        NotFound: `act-absent`.
    """
    act = await acts.get(id_)
    if act is None:
        raise NotFound("act-absent", "No act of this id was begun here.", id=id_)
    return act


def signed_second(act: ActRow, envelope: bytes, by: KeyId) -> ActRow:
    """Return an act with the signatures of its second person.

    Raises:
        Malformed: `act-differs` for other bytes than those that wait.
        BadSignature: `signature-missing`.
    """
    sent = dsse.decode(envelope)
    if sent.id != act.id:
        raise Malformed("act-differs", "These are not the bytes of the act.")
    if by not in {signature.keyid for signature in sent.signatures}:
        raise BadSignature("signature-missing", "The act is not signed by its second person.")
    return replace(act, envelope=envelope)


async def check_open(transaction: Transaction, act: ActRow, now: datetime) -> ActRow | None:
    """Lock an act; refuse an ended act. A done act may be sent again.

    Raises:
        RuleBroken: `act-over`.
    """
    held = await stored.hold(transaction, act.id, act.kind)
    if held is not None and held.state_at(now) not in {"waiting", "done"}:
        raise RuleBroken("act-over", "The act waits no longer.", state=held.state_at(now))
    return held


async def check_single(transaction: Transaction, entry: Entry, now: datetime) -> None:
    """Refuse to let two acts with the same aim wait: only the first could be of use.

    Call only for a signer with access to the waiting act: the error names the act.

    Raises:
        RuleBroken: `act-waits`, with the id of the act that waits.
    """
    aim = aim_of(entry)
    for act in await stored.waiting_of(transaction, entry.kind, now):
        if aim_of(parse(dsse.decode(act.envelope).payload)) == aim:
            raise RuleBroken("act-waits", "The same act already waits.", id=act.id)


def check_other(held: ActRow | None, row: KeyRow | None, before: Iterable[KeyRow | None]) -> None:
    """Refuse a second signature by a person who signed before: one person counts once (K2).

    Args:
        held: The waiting act, if any.
        row: Key of who signs now.
        before: Keys of those who signed.

    Raises:
        NotAllowed: `act-own`.
    """
    if held is None or row is None:
        return
    if any(one is not None and one.person == row.person for one in before):
        raise NotAllowed("act-own", "A second signature is another person's.")


def merged_envelope(held: ActRow | None, act: ActRow) -> bytes:
    """Return the act's envelope with all signatures: two persons may sign at the same time."""
    if held is None:
        return act.envelope
    envelope = dsse.decode(held.envelope)
    known = {signature.keyid for signature in envelope.signatures}
    for signature in dsse.decode(act.envelope).signatures:
        if signature.keyid not in known:
            envelope = envelope.with_signature(signature)
    return envelope.encode()


async def closed(
    transaction: Transaction, act: ActRow, state: Closing, by: KeyId, now: datetime
) -> ActRow:
    """Lock an act and return it as it is refused or taken back.

    Raises:
        RuleBroken: `act-over`, also for a done act: its entry stands, and nobody can take
            that back here.
    """
    # The row as locked: a signature may have come since it was looked up.
    held = await check_open(transaction, act, now) or act
    if held.state == "done":
        raise RuleBroken("act-over", "The act waits no longer.", state=held.state)
    return replace(held, state=state, closed=now, closed_by=by)
