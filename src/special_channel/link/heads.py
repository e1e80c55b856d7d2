"""Fetch, verify and store the peer's stamped heads, and compare states (rules 6 and 9).

Does not decide the effect of a head on a due time: `escalation` does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

import structlog

from special_channel.broker.identity import Identity
from special_channel.broker.live import Changes
from special_channel.core.bytes.errors import ChannelError
from special_channel.core.log import checkpoint
from special_channel.core.log.checkpoint import Checkpoint
from special_channel.core.rows.charter import SUPPORTED_RULES
from special_channel.core.rows.directory import PartyRow
from special_channel.core.rows.log_keys import cosigned_time, key_at, verify_checkpoint
from special_channel.link.checking import MirrorStopped
from special_channel.link.client import REPLY_SECONDS, Heartbeat, PeerClient
from special_channel.link.cosigning import party_row
from special_channel.link.pages import HeadReply, SentState
from special_channel.ports import Alarms, SharedRecord

log = structlog.get_logger(__name__)

FRESH_SECONDS: Final = 0.5
"""How long the check of a passing due time waits for a fresh head (rule 11)."""


@dataclass(eq=False)
class PeerHeads:
    """Exchanges stamped heads with the peer, every minute and on request."""

    record: SharedRecord
    identity: Identity
    client: PeerClient
    changes: Changes
    alarms: Alarms
    fault: Callable[[MirrorStopped], Awaitable[None]]

    async def exchange(
        self, seconds: float = REPLY_SECONDS, heartbeat: Heartbeat | None = None
    ) -> HeadReply:
        """Fetch and verify a fresh head, store it if its tree is mirrored, and compare states.

        `heartbeat`: our node's report for the officials of the peer.

        Raises:
            Unavailable: `peer-unreachable`.
            MirrorStopped: `split-view` and the codes of `checkpoint.verify`.
            Refused: The response is not a head.
        """
        reply = await self.client.head(seconds, heartbeat)
        await self._keep(reply.head)
        await self._compare(reply.state)
        return reply

    async def fresh_head(self, timeout: float = FRESH_SECONDS) -> str | None:  # noqa: ASYNC109 - the port's promise: this long, then None
        """Return a fresh stamped head with a fully mirrored tree; None after `timeout` seconds.

        The head is stored before the return. Responses of the peer never raise.
        """
        try:
            async with asyncio.timeout(timeout):
                reply = await self.client.head(timeout)
                while True:
                    version = self.changes.version
                    if await self._keep(reply.head):
                        return reply.head
                    await self.changes.after(version, timeout)
        except (TimeoutError, ChannelError):
            return None
        except Exception:
            # A due time passes without the peer's head, too: no response of the peer stops it.
            log.exception("heads.unreadable")
            return None

    async def _keep(self, text: str) -> bool:
        try:
            return await self.keep(text)
        except MirrorStopped as fault:
            await self.fault(fault)
            raise

    async def keep(self, text: str) -> bool:
        """Verify and store a stamped head of the peer; False if its tree is not mirrored yet.

        Raises:
            MirrorStopped: `split-view`: the peer signed another tree of a mirrored size;
                `checkpoint-…`, `cosignature-…`: a signature is missing or wrong.
            RuleBroken: `party-unknown`.
        """
        peer = self.identity.peer
        async with self.record.begin() as transaction:
            row = await party_row(transaction, peer)
            tree = peer, _size(text)
            root = (await transaction.roots(frozenset({tree}))).get(tree)
            if root is None:
                # Its keys are those in force at its size: known once the tree is mirrored (K18).
                return False
            signed, time = _verified(text, row)
            if root != signed.root:
                raise MirrorStopped(
                    "split-view",
                    "The peer signed another tree of this size.",
                    text,
                    size=signed.size,
                )
            head = await transaction.lock(peer)
            if time > head.stamp:
                await transaction.note(peer, text, size=signed.size, stamp=time)
        return True

    async def _compare(self, theirs: SentState) -> None:
        if theirs.rules != max(SUPPORTED_RULES):
            return
        eu, cn, digest = await self.record.state()
        if (eu, cn) != (theirs.eu, theirs.cn):
            return
        if digest == theirs.digest:
            self.alarms.quiet("views-diverged")
        else:
            self.alarms.sound("views-diverged", eu=eu, cn=cn)


def _size(text: str) -> int:
    try:
        return checkpoint.parse(text)[1].size
    except ChannelError as error:
        raise MirrorStopped(error.code, error.detail, text) from error


def _verified(text: str, party: PartyRow) -> tuple[Checkpoint, int]:
    try:
        signed = verify_checkpoint(text, party.checkpoint, origin=party.origin)
        return signed, cosigned_time(text, (key_at(party.cosigning, signed.size),))
    except ChannelError as error:
        raise MirrorStopped(error.code, error.detail, text) from error
