"""Dependencies that wiring passes to the link, in bundles.

Does not open connections, read the clock or draw randomness.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from special_channel.broker.commit import Committer
from special_channel.broker.identity import Identity
from special_channel.broker.live import Changes
from special_channel.broker.starting import StartCheck
from special_channel.core.rows.writing import Signer
from special_channel.link.automatic import Append
from special_channel.link.client import PeerClient
from special_channel.link.pages import HOLD_SECONDS
from special_channel.link.trust import PinnedLinkKey
from special_channel.ports import Alarms, Clock, Published, SharedRecord, Sleep
from special_channel.stores.mirror import EvidenceBook, MirrorBook, SharedFiles
from special_channel.stores.waiting import WaitingRoom

HEADS_SECONDS: Final = 60.0
"""Nodes exchange stamped heads each minute (rule 9)."""


@dataclass(frozen=True, slots=True)
class LinkNode:
    """The node that the link runs on.

    Attributes:
        identity: The node's party and keys.
        changes: Notifies tasks of this process when the shared logs change.
        alarms: Alerts the operator.
        clock: Current and monotonic time.
        sleep: Sleeps for a number of seconds.
        hint: Notifies the party's other processes.
        unreadable: Counts malformed requests and responses of the peer.
    """

    identity: Identity
    changes: Changes
    alarms: Alarms
    clock: Clock
    sleep: Sleep
    hint: Callable[[], None] = lambda: None
    unreadable: Callable[[], None] = lambda: None

    def wake(self) -> None:
        """Notify readers in all processes of the party."""
        self.changes.notify()
        self.hint()


@dataclass(frozen=True, slots=True)
class SharedStores:
    """The stores of shared logs, on the link's database role.

    Attributes:
        record: The shared logs, without the private log.
        book: Gaps, commit boundaries and entries by kind of mirrored logs.
        room: Storage for commits queued behind a gap.
        evidence: Storage for faults of the peer's log.
        files: Attachments of shared entries, stored and missing.
    """

    record: SharedRecord
    book: MirrorBook
    room: WaitingRoom
    evidence: EvidenceBook
    files: SharedFiles


@dataclass(frozen=True, slots=True)
class OwnLog:
    """Acts on our side's log, and what must hold before the node signs.

    Attributes:
        append: Appends to our log under the lock.
        stamp: Makes a stamped head of our log, durable before the call returns (rule 9).
        erase: Executes our log's erasure orders (`broker.recovering`). Restored entries may bring
            texts back, so healing executes them again.
        gate: The committer; signs nothing while `read_only` names a reason.
        published: The rollback guard, outside the database.
        start: The start check of this process.
    """

    append: Append
    stamp: Callable[[], Awaitable[str]]
    erase: Callable[[], Awaitable[int]]
    gate: Committer
    published: Published
    start: StartCheck


@dataclass(frozen=True, slots=True)
class Peer:
    """The client of the peer's node, the peer's first link key, and our link keys with a file."""

    client: PeerClient
    pinned: PinnedLinkKey
    held: Callable[[], Sequence[Signer]] = lambda: ()


@dataclass(frozen=True, slots=True)
class Exchange:
    """What is exchanged with the peer besides entries, and how often.

    Attributes:
        ran: Returns the seconds since this node's reminders last ran, None if unknown.
        undelivered: Returns the age in seconds of our oldest undelivered entry, None if unknown.
        heartbeat_seconds: Interval between exchanges of stamped heads.
        hold_seconds: Longest time that a poll of the peer waits here.
    """

    ran: Callable[[], int | None] = lambda: None
    undelivered: Callable[[], int | None] = lambda: None
    heartbeat_seconds: float = HEADS_SECONDS
    hold_seconds: float = HOLD_SECONDS


@dataclass(frozen=True, slots=True)
class LinkDeps:
    """Dependencies of `Link`; each part takes the bundles that it needs."""

    node: LinkNode
    stores: SharedStores
    own_log: OwnLog
    peer: Peer
    exchange: Exchange = field(default_factory=Exchange)
