"""Acts of the root at the node's machine: requests made from the record, and signed acts appended.

Nothing that the root signs comes through the node's API (docs/rules.md, K8). Does not sign in the
root's name: the parts are elsewhere.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import Final

from special_channel.broker.act import Act
from special_channel.broker.commit import Heads
from special_channel.broker.node_entries import NodeEntrySigner
from special_channel.broker.receipts import Accepted
from special_channel.config import Settings
from special_channel.core.bytes import dsse
from special_channel.core.bytes.errors import Malformed, NotFound, RuleBroken
from special_channel.core.bytes.ids import EntryId, KeyId, Party, Position, party_of
from special_channel.core.bytes.times import instant, timestamp
from special_channel.core.entries import (
    PRIVATE_KINDS,
    AccessGranted,
    Entry,
    KeySuspended,
    LogRestored,
    parse,
)
from special_channel.core.rows.directory import KeyRow, PartyRow, PersonRow
from special_channel.core.rows.submission import Submission
from special_channel.core.rules.signing_keys import SigningKey
from special_channel.core.rules.state import RowKey, Rows, person_key
from special_channel.desk import root_payloads
from special_channel.desk.access import Scope, check_grant, check_until
from special_channel.desk.root_files import Request, entry_of
from special_channel.desk.root_payloads import Given, Known
from special_channel.desk.succession import check_holders
from special_channel.ports import Stored, Transaction
from special_channel.stores.record import PostgresRecord, open_record
from special_channel.stores.redis_connection import open_redis
from special_channel.stores.wakeups import RedisWakeups
from special_channel.wiring import files
from special_channel.wiring.engines import engines
from special_channel.wiring.founding import appending
from special_channel.wiring.guards import open_guard
from special_channel.wiring.sources import SystemClock, SystemRandomness

_PRIVATE: Final = re.compile(r"PRIVATE-([0-9]{1,15})")

RECORDED: Final = "root"
"""Word of the private `act.recorded` next to each act of the root."""


async def root_request(settings: Settings, kind: str, given: Given, by: KeyId) -> Request:
    """Build the request for an act of the root from the node's record.

    Raises:
        Malformed: As `root_payloads.request`; `position-malformed`; `access-until`.
        NotFound: `root-unknown` before the founding, `thread-unknown`, `batch-unknown`; as
            `root_payloads.request`.
        NotAllowed: As `root_payloads.request`.
        Unavailable: As `engines`.
    """
    async with engines(settings) as addresses, open_record(addresses.node) as record:
        known = await _known(record, settings.node.party, given)
    now = SystemClock().now()
    made = root_payloads.request(kind, given, known, by=by, at=timestamp(now))
    if isinstance(made.entry, AccessGranted):
        # Before the parts sign: the node would refuse what they signed.
        check_until(instant(made.entry.body.until), now)
    return made


async def _known(record: PostgresRecord, party: Party, given: Given) -> Known:
    row = await _party(record, party)
    entry = given.texts.get("entry", "")
    private = _PRIVATE.fullmatch(entry)
    person, key = given.texts.get("person") or given.texts.get("owner"), given.texts.get("key")
    named: dict[str, RowKey] = {
        **({"person": person_key(party, person)} if person else {}),
        **({"key": ("key", key)} if key else {}),
    }
    rows = await record.rows(frozenset(named.values()))
    found = {name: rows.get(one) for name, one in named.items()}
    person_row, key_row = found.get("person"), found.get("key")
    return Known(
        row,
        await _parts(record, row),
        person_row if isinstance(person_row, PersonRow) else None,
        key_row if isinstance(key_row, KeyRow) and key_row.party == party else None,
        None if private else await _stop(record, party, entry),
        await _scope(record, given),
        await _granted(record, int(private[1])) if private else None,
    )


async def _party(record: PostgresRecord, party: Party) -> PartyRow:
    row = (await record.rows(frozenset({("party", party)}))).get(("party", party))
    if not isinstance(row, PartyRow):
        raise NotFound("root-unknown", "The log has no founding yet.")
    return row


async def _parts(record: PostgresRecord, row: PartyRow) -> Mapping[KeyId, SigningKey]:
    """Return the public keys of the root set in force."""
    keys: frozenset[RowKey] = frozenset(("key", key) for key in row.roots[-1].keys)
    rows: Rows = await record.rows(keys)
    parts = [part for part in map(rows.get, keys) if isinstance(part, KeyRow)]
    return {part.key: SigningKey(part.suite, b64decode(part.public)) for part in parts}


async def _stop(
    record: PostgresRecord, party: Party, position: str
) -> tuple[EntryId, KeySuspended] | None:
    if not position:
        return None
    place = Position.parse(position)
    entries = await record.entries(place.party, place.index, 1)
    if place.party != party or not entries or entries[0].damaged:
        return None
    entry = parse(dsse.decode(entries[0].envelope).payload)
    return (entries[0].id, entry) if isinstance(entry, KeySuspended) else None


async def _granted(record: PostgresRecord, index: int) -> EntryId | None:
    entries = await record.entries("private", index, 1)
    granted = entries and not entries[0].damaged and entries[0].kind == "access.granted"
    return entries[0].id if granted else None


async def _scope(record: PostgresRecord, given: Given) -> Scope:
    """Look up the threads and lists that a grant of access names."""
    threads = [await _opened(record, number) for number in given.thread]
    batches = [await _listed(record, number) for number in given.batch]
    first, last = given.texts.get("from", ""), given.texts.get("to", "")
    return Scope(tuple(threads), tuple(batches), (first, last) if first and last else None)


async def _opened(record: PostgresRecord, number: str) -> str:
    entry = await _entry_at(record, number)
    if entry is None or entry.kind != "thread.opened" or entry.thread is None:
        raise NotFound("thread-unknown", "There is no such thread.", number=number)
    return entry.thread


async def _listed(record: PostgresRecord, number: str) -> EntryId:
    entry = await _entry_at(record, number)
    if entry is None or entry.kind != "batch.listed":
        raise NotFound("batch-unknown", "There is no such list.", number=number)
    return entry.id


async def _entry_at(record: PostgresRecord, number: str) -> Stored | None:
    place = Position.parse(number)
    entries = await record.entries(place.party, place.index, 1)
    return entries[0] if entries and not entries[0].code else None


# Submitting ----------------------------------------------------------------------------


async def submit(settings: Settings, envelope: bytes) -> Accepted:
    """Append an act that enough parts of the root signed, and record it for our own side.

    Raises:
        Malformed: `root-file-malformed`; as `check_grant`.
        RuleBroken: `root-act-only` for an act that the root did not sign; `recover-instead`;
            the judge's codes.
        BadSignature, NotAllowed: The judge's codes.
        Unavailable: `checkpoint-key-absent`, and as the append.
        OutcomeUnknown: As the append.
    """
    signed, entry = entry_of(envelope)
    if isinstance(entry, LogRestored):
        raise RuleBroken("recover-instead", "A log that lost entries goes on by `recover`.")
    identity = files.pinned_identity(settings)
    published, gate = open_guard(settings, identity.party)
    clock = SystemClock()

    async def decide(transaction: Transaction, heads: Heads) -> Act:
        submission = Submission(envelope)
        await check_holders(transaction, entry, clock.now())
        await check_grant(transaction, entry, clock.now())
        if entry.kind in PRIVATE_KINDS:
            return Act(private=[submission])
        stating = NodeEntrySigner(identity, heads, timestamp(clock.now()))
        body = {"act": RECORDED, "of": signed.id} | _about(entry)
        noted = stating.private("act.recorded", body)
        return Act(shared=[submission], private=[noted], may_follow=True)

    async with AsyncExitStack() as stack:
        addresses = await stack.enter_async_context(engines(settings))
        record = await stack.enter_async_context(open_record(addresses.node, gate=gate))
        await _check_rooted(record, entry, signed)
        async with appending(record, identity, published, clock) as appender:
            receipts = await appender.act(decide)
        redis = open_redis(addresses.redis)
        stack.push_async_callback(redis.aclose)
        # A running node looks at its record at once, not at its next poll.
        sender = SystemRandomness().bytes(8).hex()
        await RedisWakeups(redis, settings.redis.prefix, sender).tell_now()
    return receipts[0]


async def _check_rooted(record: PostgresRecord, entry: Entry, signed: dsse.Envelope) -> None:
    """Refuse what the root did not sign: every other act has a door of its own."""
    if party_of(entry.by) not in {"eu", "cn"}:
        raise Malformed("root-file-malformed", "This is no side's act.", field="by")
    row = await _party(record, party_of(entry.by))
    signers = {signature.keyid for signature in signed.signatures}
    rotates = entry.kind == "roots.rotated"
    if not rotates and not signers & set(row.roots[-1].keys):
        raise RuleBroken("root-act-only", "The root in force has not signed this act.")


def _about(entry: Entry) -> dict[str, str]:
    """Return person and key that an act names."""
    body = entry.body
    named = {name: getattr(body, name, None) for name in ("person", "key")}
    return {name: value for name, value in named.items() if value}
