"""Hands our cosignatures over until the peer has them, and asks for parts that never came.

Does not make cosignatures: `cosigning.py` does.
"""

from __future__ import annotations

from collections.abc import Callable

import structlog

from special_channel.broker.identity import Identity
from special_channel.broker.receipts import Readable
from special_channel.core.errors import Refused
from special_channel.core.leaf import Leaf
from special_channel.link.checking import examine
from special_channel.link.client import PeerAnswered, PeerClient
from special_channel.link.cosigning import UNFOUNDED, OwnCosignatures
from special_channel.ports.mirror import Alarms, Gap, MirrorBook

log = structlog.get_logger(__name__)


class Delivery:
    """Posts the newest cosignature. The peer may fetch it by its own poll as well."""

    def __init__(
        self, record: Readable, identity: Identity, client: PeerClient, alarms: Alarms
    ) -> None:
        self._record = record
        self._peer = identity.peer
        self._client = client
        self._alarms = alarms
        self._handed = 0

    async def step(self) -> bool:
        """Hand over what the peer lacks; tell whether it is done with.

        A peer that has just met us does not hold our founding yet, and can't check what we
        cosigned: it is asked again later, and nobody is told.

        Raises:
            Unavailable: `peer-unreachable`; try again.
        """
        size = (await self._record.head(self._peer)).cosigned
        if size <= self._handed:
            return False
        note = await self._record.cosigned(self._peer, size - 1)
        if note is None:
            return False
        try:
            await self._client.cosignature(note)
            self._alarms.quiet("cosignature-unwanted")
        except PeerAnswered as error:
            if error.facts.get("answer") == UNFOUNDED:
                log.info("cosignature.waits", size=size)
                return False
            # Its own log has another root there, or is shorter: a matter for its operator
            # and ours, not for retrying each second.
            self._alarms.sound("cosignature-unwanted", size=size, **_answer(error))
        self._handed = size
        return True


def _answer(error: PeerAnswered) -> dict[str, str | int]:
    return {"reason": error.facts.get("answer", "")}


class GapFiller:
    """Asks again for parts that never came."""

    def __init__(
        self,
        record: Readable,
        book: MirrorBook,
        identity: Identity,
        client: PeerClient,
        cosignatures: OwnCosignatures,
        woken: Callable[[], None],
    ) -> None:
        self._record = record
        self._book = book
        self._identity = identity
        self._client = client
        self._cosignatures = cosignatures
        self._woken = woken

    async def step(self) -> int:
        """Try each gap once, cosign what is whole, and return how many gaps are left.

        Raises:
            Unavailable: `peer-unreachable`.
        """
        peer = self._identity.peer
        for gap in await self._book.gaps(peer):
            try:
                await self._fill(gap)
            except Refused:
                continue  # nonsense for one entry; the others are asked for all the same
        if await self._cosignatures.after_gap():
            self._woken()
        return len(await self._book.gaps(peer))

    async def _fill(self, gap: Gap) -> None:
        peer = self._identity.peer
        held = await self._record.entries(peer, gap.index, 1)
        page = await self._client.log(gap.index, 1)
        if page.first != gap.index or not page.commits:
            return
        sent = page.commits[0].entries[0]
        if not held or sent.leaf.encode() != held[0].leaf:
            return  # another leaf proves nothing here: the mirror finds a fork by its root
        found = examine(Leaf.parse(held[0].leaf), gap.index, sent)
        for ordinal in gap.parts:
            disclosure = found.parts[ordinal] if ordinal < len(found.parts) else None
            if disclosure is not None:
                await self._book.fill(peer, gap.index, ordinal, disclosure)
