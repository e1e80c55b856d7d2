"""Decides at start whether the node may sign, or has to see the peer's head of our log first.

A database and a guard restored together agree, but both are old. So the node writes marks next
to the guard that differ after a restore (`ports/start.py`). If a mark differs or is missing at
start, the node does not sign the shared log until the peer's head of our log was seen, or an
operator has ordered on this machine to start alone. A snapshot of the whole machine restores the
marks, too, and looks like a restart: `wait_for_peer_at_start` is for such machines.

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
from special_channel.broker.turns import repeat
from special_channel.core.bytes.canonical import Value
from special_channel.core.bytes.times import timestamp
from special_channel.core.rows.writing import part_refs, sign, text_part
from special_channel.ports import Alarms, Clock, Sleep, Transaction
from special_channel.ports.start import AloneDecision, Marks, StartNote
from special_channel.stores.start_notes import StartNotes

log = structlog.get_logger(__name__)

GUARD_MISSING: Final = "guard-missing"
CHANGED: Final = "database-changed"
AWAITED: Final = "peer-awaited"
DAMAGED: Final = "published-damaged"
"""The guard's file can't be read; treated as missing."""

WAITS: Final = frozenset({GUARD_MISSING, CHANGED, AWAITED, DAMAGED})
"""Reasons to wait until the peer's head of our log is seen, or until `start-alone`."""

ALONE: Final = "started-alone"
LOOK_SECONDS: Final = 2.0


class StartCheck:
    """Decides in one process whether to sign before the peer's head was seen.

    Attributes:
        alone: The operator's decision to sign before the peer's head was seen.
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
        self.alone: AloneDecision | None = None

    async def waits(self) -> str:
        """Return why this process has to wait for the peer; empty if signing is allowed.

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
        """Tell whether this node signs although the peer's head of our log was not seen."""
        return self.alone is not None and not self.alone.over

    async def seen(self) -> None:
        """Record that the peer's head of our log was seen and agrees with our log.

        Raises:
            Unavailable: `database-unavailable`.
        """
        alone = self.alone
        if self._confirmed and (alone is None or alone.over):
            return
        # A decision that is not in the private log yet still has to be written there.
        await self._note(None if alone is None or alone.entered else replace(alone, over=True))

    async def go_alone(self, alone: AloneDecision) -> None:
        """Record the decision to sign before the peer's head was seen.

        Raises:
            Unavailable: `database-unavailable`.
        """
        log.warning("start.alone", by=alone.by, reason=alone.reason)
        await self._note(alone)

    async def entered(self) -> None:
        """Record that the decision to start alone is in the private log.

        Raises:
            Unavailable: `database-unavailable`.
        """
        if self.alone is not None:
            await self._note(None if self.alone.over else replace(self.alone, entered=True))

    async def _note(self, alone: AloneDecision | None) -> None:
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


@dataclass(eq=False, kw_only=True)
class StartAlone:
    """Carries out an operator's request to start alone, and records it in the private log.

    Attributes:
        check: Decides whether this process signs.
        notes: The operator's requests.
        identity: The node's identity; the node key signs.
        append: Appends to the private log.
        waits: Returns why the shared log is not signed; empty if signing is allowed.
        renew: Writes a missing guard from the current log.
        go: Checks again whether signing is allowed.
        draw: Returns a part's salt, 32 random bytes.
        clock: Tells the time.
        lang: Language of our operator.
    """

    check: StartCheck
    notes: StartNotes
    identity: Identity
    append: Callable[[Decide], Awaitable[object]]
    waits: Callable[[], str]
    renew: Callable[[], Awaitable[object]]
    go: Callable[[], Awaitable[object]]
    draw: Callable[[], bytes]
    clock: Clock
    lang: str

    async def run(self, sleep: Sleep) -> None:
        """Look for requests at intervals until cancelled."""
        await repeat(self.step, sleep, LOOK_SECONDS, "start.alone-delayed")

    async def step(self) -> None:
        """Carry out a request to start alone if this node waits for the peer; drop it if not.

        Raises:
            Unavailable, OutcomeUnknown: As the append; the next step tries again.
        """
        request = await asyncio.to_thread(self.notes.asked_alone)
        if request is not None:
            if self.waits() in WAITS:
                await self.renew()
                await self.check.go_alone(request)
                await self.go()
            else:
                log.warning("start.alone-not-needed", by=request.by)
            # Dropped in either case: the request must not count at a later start.
            self.notes.drop_request()
        if self.check.alone is not None and not self.check.alone.entered:
            # The private log may take no entries either; then a later step writes it.
            await self.append(self._entry(self.check.alone))
            await self.check.entered()

    def _entry(self, alone: AloneDecision) -> Decide:
        identity = self.identity
        part = text_part("text", self.draw(), f"{alone.by}: {alone.reason}")
        now = timestamp(self.clock.now())

        async def decide(_transaction: Transaction, heads: Heads) -> Act:
            payload: dict[str, Value] = {
                "v": 1,
                "log": identity.private_origin,
                "kind": "node.started",
                "by": identity.node.key,
                "at": now,
                "seen": [],
                "lang": self.lang,
                "body": {"said": alone.at, "size": heads.own.size},
                "parts": part_refs((part,)),
            }
            return Act(private=[sign(payload, [identity.node], [part])])

        return decide
