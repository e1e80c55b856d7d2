"""Post our cosignatures that no poll of the peer has fetched, and request missing parts again.

Does not make cosignatures: `cosigning.py` does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import structlog

from special_channel.broker.identity import Identity
from special_channel.core.bytes.errors import Refused
from special_channel.core.log.leaf import Leaf
from special_channel.link.checking import examine
from special_channel.link.client import PeerClient, PeerRefusedRequest
from special_channel.link.cosigning import UNFOUNDED, OwnCosignatures, known_party
from special_channel.link.status import LinkStatus
from special_channel.ports import Alarms, SharedRecord
from special_channel.stores.mirror import Gap, MirrorBook

log = structlog.get_logger(__name__)


class Delivery:
    """Posts our newest cosignature to the peer, unless the peer's polls have fetched it."""

    def __init__(
        self,
        record: SharedRecord,
        cosigning: OwnCosignatures,
        client: PeerClient,
        alarms: Alarms,
        status: LinkStatus,
    ) -> None:
        """`status` knows what the peer's polls fetched."""
        self._record = record
        self._status = status
        self._cosigning = cosigning
        self._identity = cosigning.identity
        self._peer = cosigning.identity.peer
        self._client = client
        self._alarms = alarms
        self._handed = 0

    async def step(self) -> bool:
        """Post the newest cosignature if the peer has not got it; return whether it responded.

        False also if the peer can't check the cosignature yet: the next step tries again.

        Raises:
            Unavailable: `peer-unreachable`; try again.
        """
        size = (await self._record.head(self._peer)).cosigned
        if size <= self._handed:
            return False
        if size <= self._status.polled:
            self._handed = size
            self._alarms.quiet("cosignature-unwanted")
            return False
        note = await self._cosigning.newest(self._handed)
        if not note:
            return False
        try:
            await self._client.cosignature(note)
            self._alarms.quiet("cosignature-unwanted")
        except PeerRefusedRequest as error:
            if error.facts.get("answer") == UNFOUNDED:
                # A new peer does not have our founding entry, so no alarm sounds.
                log.info("cosignature.waits", size=size)
                return False
            if error.facts.get("answer") == "cosignature-absent" and await self._succeeding():
                log.info("cosignature.waits", size=size)
                return False
            # The peer's log has another root at this size, or is shorter: an alarm for both
            # operators; retrying each second would not help.
            self._alarms.sound("cosignature-unwanted", size=size, **_answer(error))
        self._handed = size
        return True

    async def _succeeding(self) -> bool:
        """Tell whether the peer may not have mirrored the succession of our cosigning key yet."""
        own = self._identity.party
        row = await known_party(self._record, own)
        if row is None:
            return False
        return (await self._record.head(own)).cosigned <= row.cosigning[-1].start


def _answer(error: PeerRefusedRequest) -> dict[str, str | int]:
    return {"reason": error.facts.get("answer", "")}


@dataclass(eq=False)
class GapFiller:
    """Requests missing parts again."""

    record: SharedRecord
    book: MirrorBook
    identity: Identity
    client: PeerClient
    cosignatures: OwnCosignatures
    woken: Callable[[], None]

    async def step(self) -> int:
        """Try each gap once, cosign complete commits, and return the number of gaps left.

        Raises:
            Unavailable: `peer-unreachable`.
        """
        peer = self.identity.peer
        gaps = await self.book.gaps(peer)
        head = await self.record.head(peer)
        if not gaps and head.cosigned >= head.size:
            return 0  # as after nearly every change
        for gap in gaps:
            try:
                await self._fill(gap)
            except Refused:
                continue  # a bad response for one entry must not hold up the others
        if await self.cosignatures.after_gap():
            self.woken()
        return len(await self.book.gaps(peer))

    async def _fill(self, gap: Gap) -> None:
        peer = self.identity.peer
        stored = await self.record.entries(peer, gap.index, 1)
        page = await self.client.log(gap.index, 1)
        if page.first != gap.index or not page.commits:
            return
        sent = page.commits[0].entries[0]
        if not stored or sent.leaf.encode() != stored[0].leaf:
            return  # another leaf proves nothing here: the mirror detects a fork by its root
        checked = examine(Leaf.parse(stored[0].leaf), gap.index, sent)
        for ordinal in gap.parts:
            disclosure = checked.parts[ordinal] if ordinal < len(checked.parts) else None
            if disclosure is not None:
                await self.book.fill(peer, gap.index, ordinal, disclosure)
