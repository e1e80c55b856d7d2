"""`special-channel found`: draw a party's keys and create its log, the only way to create a log."""

from __future__ import annotations

import asyncio
import re
from base64 import b64encode
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from special_channel.broker.append import Appender
from special_channel.broker.commit import Committer
from special_channel.broker.identity import Identity
from special_channel.config import Settings
from special_channel.core.bytes.errors import Malformed
from special_channel.core.bytes.ids import PARTIES, Digest, MachineRole, Party, peer_of
from special_channel.core.bytes.suites import PrivateKey
from special_channel.core.bytes.times import timestamp
from special_channel.core.rows.submission import Submission
from special_channel.core.rules.judge_context import Pin
from special_channel.desk.founding import founding, party_keys
from special_channel.desk.keyfile import KeyFile
from special_channel.ports import Clock
from special_channel.ports.start import StartNote
from special_channel.stores.migrations import migrate
from special_channel.stores.published import PublishedFiles
from special_channel.stores.record import PostgresRecord, open_record
from special_channel.stores.start_notes import StartMarks, StartNotes
from special_channel.wiring.engines import engines, owner_of
from special_channel.wiring.files import identity_of
from special_channel.wiring.sources import SystemRandomness, clock_of

_OLDER_FOUNDING: Final = re.compile(
    rb"sc1 \S{1,40} \d{1,16} party\.founded - [0-9a-f]{64} [0-9a-f]{64}"
)
"""First leaf of a log before leaves counted entries of the directory."""


@dataclass(frozen=True, slots=True)
class Founded:
    """Values to be pinned by the other side and overseers.

    `root` is the digest of the root set, and pins it; `link` is the public key, `ed25519:` and
    base64.
    """

    party: Party
    origin: str
    root: Digest
    link: str


async def found(settings: Settings) -> Founded:
    """Draw keys, write their files, migrate, append `party.founded`.

    Raises:
        Malformed: `already-founded` if keys or a log exist.
        Unavailable, Refused: As `engines` and the append.
    """
    node, clock, randomness = settings.node, clock_of(settings), SystemRandomness()
    if any(node.keys.glob("*.json")):
        raise Malformed("already-founded", "There are keys already; nothing was changed.")
    keys = party_keys(node.party, node.origin, randomness.bytes)

    def write() -> None:
        node.keys.mkdir(parents=True, mode=0o700, exist_ok=True)
        for name, key in keys.files():
            key.write(node.keys / f"{name}.json")

    entry = founding(keys, node.origin, node.private_origin, timestamp(clock.now()))
    return await create(settings, keys.pin, keys.machines, entry, write)


async def create(
    settings: Settings,
    root: Digest,
    machines: Mapping[MachineRole, KeyFile],
    entry: Submission,
    before: Callable[[], None] = lambda: None,
) -> Founded:
    """Migrate, and begin the log with its founding.

    Args:
        settings: The node's.
        root: The pin of the root set.
        machines: Keys of the node's machines.
        entry: The founding.
        before: Called once it is certain that there is no log.

    Raises:
        Malformed: `already-founded` if there is a log.
        Unavailable, Refused: As `engines` and the append.
    """
    node, clock = settings.node, clock_of(settings)
    async with engines(settings) as addresses:
        await migrate(owner_of(addresses))
        async with open_record(addresses.node) as record:
            if (await record.head(node.party)).size:
                raise Malformed("already-founded", "There is a log already; nothing was changed.")
            before()
            identity = _identity(settings, root, machines)
            published = PublishedFiles(guard_folder(settings))
            async with appending(record, identity, published, clock) as appender:
                await appender.submit([entry])
            # A new log can't have lost entries, so the node may sign at its first start.
            marks = await StartMarks(record.pool, guard_folder(settings), node.party)()
            note = StartNote(marks, timestamp(clock.now()))
            StartNotes(guard_folder(settings), node.party).write(note)
    return Founded(
        party=node.party,
        origin=node.origin,
        root=root,
        link=public_text(machines["link"].private),
    )


async def refuse_older(record: PostgresRecord) -> None:
    """Refuse a record whose first leaf has the form of an earlier version.

    Raises:
        Malformed: `record-older`.
    """
    for party in PARTIES:
        for entry in await record.entries(party, 0, 1):
            # Of such a leaf the record reads no column, and would report every entry as damaged.
            if _OLDER_FOUNDING.fullmatch(entry.leaf):
                raise Malformed("record-older", "An earlier version wrote this record; begin anew.")


def public_text(key: PrivateKey) -> str:
    """Format a public key as in settings and trust files: `ed25519:` and base64."""
    return f"{key.suite}:{b64encode(key.public).decode()}"


def _identity(
    settings: Settings, root: Digest, machines: Mapping[MachineRole, KeyFile]
) -> Identity:
    """Make the identity for the first checkpoint, with a placeholder for an unknown peer."""
    party, peer = settings.node.party, peer_of(settings.node.party)
    unknown = Pin(peer, f"unpinned.invalid/{peer}", "0" * 64)
    pinned = settings.pins.get(peer)
    other = Pin(peer, pinned.origin, pinned.root) if pinned else unknown
    own = Pin(party, settings.node.origin, root)
    return identity_of(settings, {party: own, peer: other}, machines)


def guard_folder(settings: Settings) -> Path:
    """Return the folder of the rollback guard (next to the keys); create the folder if missing."""
    folder = settings.node.keys / "published"
    folder.mkdir(parents=True, mode=0o700, exist_ok=True)
    return folder


@asynccontextmanager
async def appending(
    record: PostgresRecord, identity: Identity, published: PublishedFiles, clock: Clock
) -> AsyncIterator[Appender]:
    """Run an appender for the block, in a process in which nothing else waits for changes."""
    committer = Committer(record, identity, published, clock, lambda _log, _size: None)
    appender = Appender(record, identity, committer)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(appender.run())
        yield appender
        running.cancel()
