"""Read keys, enrolments, the directory, and losses of our logs after a restore.

Does not confirm or refuse keys, and does not sign.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from special_channel.broker.recovering import Recovery
from special_channel.core.bytes import canonical, dsse
from special_channel.core.bytes.errors import ChannelError, Corrupt
from special_channel.core.bytes.ids import PARTIES, Digest, KeyId, Party
from special_channel.core.bytes.times import instant, timestamp
from special_channel.core.entries import PrivateRestored, parse
from special_channel.core.rows.directory import KeyRow
from special_channel.ports import LogName
from special_channel.stores.people import Official
from special_channel.web.http.services import (
    ActServices,
    DeskServices,
    NodeServices,
    Services,
    StoreServices,
)
from special_channel.web.people.views import (
    Directory,
    DirectoryEntry,
    FirstSignature,
    KeyItem,
    LostLog,
    PendingKey,
    PendingKeys,
    RecoveryView,
)
from special_channel.web.shell.content import number_of
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.people import author_of, people


async def side_keys(context: PageContext) -> tuple[KeyItem, ...]:
    """Read the keys of our side except the node's, newest first."""
    keys = (await context.own.stores.views.keys()).values()
    rows = [row for row in keys if row.party == context.party and row.person]
    holders = await context.own.desk.officials.of_keys([row.key for row in rows])
    return await _items(context, rows, holders)


async def pending_keys(desk: DeskServices) -> PendingKeys:
    """Read the keys that wait for signatures, oldest first."""
    waiting = await desk.acts.acts.waiting(desk.acts.clock.now())
    keys = [act for act in waiting if act.kind == "key.enrolled"]
    holders = await desk.officials.of_keys([act.key for act in keys])
    return PendingKeys(
        enrolments=tuple(
            PendingKey(
                key=act.key,
                name=holders[act.key].name,
                person=holders[act.key].person,
                role=holders[act.key].role,
                unit=holders[act.key].unit,
                desk=holders[act.key].desk,
                at=timestamp(act.at),
                envelope=act.envelope.decode(),
            )
            for act in keys
            if act.key in holders
        )
    )


def root_pins(node: NodeServices) -> dict[Party, Digest]:
    """Return the pins of both parties' roots."""
    return {party: pin.root for party, pin in node.identity.pins.items()}


async def directory(stores: StoreServices) -> Directory:
    """Read both parties' directory entries, in order."""
    entries = {party: await stores.views.directory_entries(party) for party in PARTIES}
    return Directory(
        **{
            party: tuple(
                DirectoryEntry(position=number_of(each), envelope=each.envelope.decode())
                for each in entries[party]
            )
            for party in PARTIES
        }
    )


async def _items(
    context: PageContext, rows: Iterable[KeyRow], holders: Mapping[KeyId, Official]
) -> tuple[KeyItem, ...]:
    entries = await context.own.stores.views.directory_entries(context.party)
    accepted = {entry.index: instant(entry.accepted) for entry in entries}
    return tuple(
        KeyItem(
            author=author_of(context, row, holders.get(row.key)),
            suite=row.suite,
            state="active" if row.now == "unknown" else row.now,
            since=accepted.get(_last_change(row)),
            this_computer=row.key == context.reader.key,
        )
        for row in sorted(rows, key=lambda row: -row.enrolled)
    )


def _last_change(row: KeyRow) -> int:
    """Return the index of the last entry about a key or about all keys of its person."""
    stops = [index for stop in row.stops for index in (stop.index, stop.restored)]
    return max(index for index in (row.enrolled, row.ended, *stops) if index is not None)


async def read_recovery(own: Services, *, tolerant: bool = False) -> RecoveryView:
    """Compare both our logs with their guards.

    Args:
        own: The services.
        tolerant: Whether to omit the loss of a log whose guard is damaged.

    Raises:
        Corrupt: `published-damaged` for a damaged guard.
        Unavailable: `database-unavailable`.
    """
    recovery, party = recovery_of(own.acts), own.node.identity.party
    shared = await _lost(own, party, tolerant=tolerant)
    private = await _lost(own, "private", tolerant=tolerant)
    pending = await recovery.pending() if private else None
    return RecoveryView(
        reason=own.status.ready(),
        shared=shared,
        tail_lost=shared is not None and recovery.tail_lost(),
        private=private,
        pending=pending.decode() if pending else None,
        log=own.node.identity.origin(party),
        private_log=own.node.identity.private_origin,
    )


async def first_signature(context: PageContext, view: RecoveryView) -> FirstSignature | None:
    """Return the first signature; None without a signature for the current loss."""
    if not view.pending:
        return None
    envelope = dsse.decode(view.pending.encode())
    try:
        entry = parse(envelope.payload)
    except ChannelError:  # signed before an update of the node
        return None
    if not isinstance(entry, PrivateRestored):
        return None
    if canonical.dumps(entry.body.model_dump()).decode() != view.body:
        return None
    return FirstSignature(
        entry_id=envelope.id,
        author=(await people(context, [entry.by])).author(entry.by),
        at=instant(entry.at),
        payload=envelope.payload.decode(),
    )


def recovery_of(acts: ActServices) -> Recovery:
    """Return the service that continues a log after a loss."""
    assert acts.recovery is not None  # noqa: S101 - own bug: wiring sets it
    return acts.recovery


async def _lost(own: Services, log: LogName, *, tolerant: bool) -> LostLog | None:
    recovery = recovery_of(own.acts)
    try:
        lost = await recovery.lost(log)
    except Corrupt:
        if tolerant:
            return None
        raise
    if lost is None:
        return None
    return LostLog(
        log=own.node.identity.origin(lost.log),
        held=lost.held,
        signed=lost.signed,
        root=lost.root.hex(),
        last_accepted=await recovery.last_time(lost.log),
    )
