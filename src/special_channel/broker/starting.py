"""Whether this node may sign at once, or has to see the peer's head of our log first.

A database and a guard that were restored together agree with each other, and both are old. So
the node keeps a note beside the guard of what a restored one does not have in common with the
one before (`ports/start.py`). If anything differs at start, or a part is missing, it signs
nothing in the shared log until the peer's head of our log is seen, or until an operator has said
on this machine that it starts alone. A snapshot of the whole machine brings all of it back alike
and can't be told from a restart: `wait_for_peer_at_start` is for such machines.

Does not ask the peer: `link/heal.py` does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Final

import structlog

from special_channel.broker.act import Act, Decide
from special_channel.broker.commit import Heads
from special_channel.broker.identity import Identity
from special_channel.core.bytes.canonical import Value
from special_channel.core.bytes.errors import ChannelError
from special_channel.core.bytes.times import timestamp
from special_channel.core.rows.writing import part_refs, sign, text_part
from special_channel.ports import Clock, Transaction
from special_channel.ports.mirror import Alarms, Sleep
from special_channel.ports.start import Alone, Marks, StartNote, StartNotes

log = structlog.get_logger(__name__)

GUARD_MISSING: Final = "guard-missing"
CHANGED: Final = "database-changed"
AWAITED: Final = "peer-awaited"
DAMAGED: Final = "published-damaged"
"""The guard's file can't be read: as good as missing."""

WAITS: Final = frozenset({GUARD_MISSING, CHANGED, AWAITED, DAMAGED})
"""Reasons for waiting that end when the peer's head of our log is seen, or by `start-alone`."""

ALONE: Final = "started-alone"
LOOK_SECONDS: Final = 2.0


class StartCheck:
    """One process's answer to whether it may sign before the peer is seen.

    Attributes:
        alone: The decision by which this node signs without having seen the peer's head.
    """

    def __init__(
        self,
        marks: Callable[[], Awaitable[Marks]],
        notes: StartNotes,
        clock: Clock,
        alarms: Alarms,
        *,
        always: bool,
    ) -> None:
        """Compare `marks` with `notes`; `always`: wait for the peer at every start."""
        self._marks = marks
        self._notes = notes
        self._clock = clock
        self._alarms = alarms
        self._always = always
        self._began = timestamp(clock.now())
        self._confirmed = False
        self.alone: Alone | None = None

    async def waits(self) -> str:
        """Return why this process has to wait for the peer, empty if it may sign.

        Raises:
            Unavailable: `database-unavailable`.
        """
        note = await asyncio.to_thread(self._notes.read)
        self._tell(note)
        if self._confirmed:
            return ""
        marks = await self._marks()
        if note is None or not marks.inode:
            return GUARD_MISSING
        differences = marks.differences(note.marks)
        if differences:
            log.warning("start.changed", differ=",".join(differences))
            return CHANGED
        since = note.alone.at if note.alone else note.at
        if self._always and since < self._began:
            return AWAITED
        self._confirmed = True
        return ""

    def is_alone(self) -> bool:
        """Tell whether this node signs without having seen the peer's head of our log."""
        return self.alone is not None and not self.alone.over

    async def seen(self) -> None:
        """Note that the peer's head of our log was seen, and agrees with what is held here.

        Raises:
            Unavailable: `database-unavailable`.
        """
        alone = self.alone
        if self._confirmed and (alone is None or alone.over):
            return
        # A decision that is not in the private log yet still has to come there.
        await self._note(None if alone is None or alone.entered else replace(alone, over=True))

    async def go_alone(self, alone: Alone) -> None:
        """Note that the node signs without having seen the peer.

        Raises:
            Unavailable: `database-unavailable`.
        """
        log.warning("start.alone", by=alone.by, reason=alone.reason)
        await self._note(alone)

    async def entered(self) -> None:
        """Note that the decision to start alone stands in the private log.

        Raises:
            Unavailable: `database-unavailable`.
        """
        if self.alone is not None:
            await self._note(None if self.alone.over else replace(self.alone, entered=True))

    async def _note(self, alone: Alone | None) -> None:
        note = StartNote(await self._marks(), timestamp(self._clock.now()), alone)
        await asyncio.to_thread(self._notes.write, note)
        self._confirmed = True
        self._tell(note)

    def _tell(self, note: StartNote | None) -> None:
        self.alone = note.alone if note else None
        if self.alone is None or self.alone.over:
            self._alarms.quiet(ALONE)
        else:
            self._alarms.sound(ALONE, at=self.alone.at)


@dataclass(frozen=True, slots=True)
class AloneWriting:
    """What taking a request works with.

    Attributes:
        identity: Whose node this is; its node key signs.
        append: Appends to the private log.
        waits: Tells why nothing is signed in the shared log.
        renew: Begins the guard again where it is missing: what is held counts from now on.
        go: Looks again whether it may be.
        draw: Draws a part's salt, 32 random bytes.
        clock: Tells the time.
        lang: The language of the side's operator.
    """

    identity: Identity
    append: Callable[[Decide], Awaitable[object]]
    waits: Callable[[], str]
    renew: Callable[[], Awaitable[object]]
    go: Callable[[], Awaitable[object]]
    draw: Callable[[], bytes]
    clock: Clock
    lang: str


class StartAlone:
    """Takes an operator's request to start alone into effect, and into the private log."""

    def __init__(self, check: StartCheck, notes: StartNotes, writing: AloneWriting) -> None:
        self._check = check
        self._notes = notes
        self._to = writing

    async def run(self, sleep: Sleep) -> None:
        """Look for a request until cancelled."""
        while True:
            try:
                await self.step()
            except ChannelError as error:
                log.warning("start.alone-delayed", problem=error.code)
            await sleep(LOOK_SECONDS)

    async def step(self) -> None:
        """Take a request if one was left and this node waits.

        A request that nothing waits for is dropped: it must not count at a later start.

        Raises:
            Unavailable, OutcomeUnknown: As the append; it is tried again.
        """
        asked = await asyncio.to_thread(self._notes.asked_alone)
        if asked is not None:
            if self._to.waits() in WAITS:
                await self._to.renew()
                await self._check.go_alone(asked)
                await self._to.go()
            else:
                log.warning("start.alone-not-needed", by=asked.by)
            self._notes.drop_request()
        if self._check.alone is not None and not self._check.alone.entered:
            # The private log may take no entries either; then this one follows.
            await self._to.append(self._stated(self._check.alone))
            await self._check.entered()

    def _stated(self, said: Alone) -> Decide:
        identity = self._to.identity
        part = text_part("text", self._to.draw(), f"{said.by}: {said.reason}")
        now = timestamp(self._to.clock.now())

        async def decide(_transaction: Transaction, heads: Heads) -> Act:
            payload: dict[str, Value] = {
                "v": 1,
                "log": identity.private_origin,
                "kind": "node.started",
                "by": identity.node.key,
                "at": now,
                "seen": [],
                "lang": self._to.lang,
                "body": {"said": said.at, "size": heads.own.size},
                "parts": part_refs((part,)),
            }
            return Act(private=[sign(payload, [identity.node], [part])])

        return decide
