"""The worker: claims reminders, looks, plans the next look, sweeps; goes on without Redis.

Any number of workers may run; the fence is in the record. Does not decide anything about
an ask: `firing.py` does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, NoReturn

import structlog

from special_channel.core.bytes.errors import Corrupt, OutcomeUnknown, Unavailable
from special_channel.escalation.arming import Arming
from special_channel.escalation.firing import Firing, Verdict
from special_channel.escalation.house import House
from special_channel.escalation.outbox import Sending
from special_channel.escalation.reminders import Reminders, ask_of, timer_id
from special_channel.ports import Claim
from special_channel.ports.work import AskKey, Look

log = structlog.get_logger(__name__)

MAX_ATTEMPTS: Final = 5
"""Failures in a row after which a look is set aside and an operator is told."""

FIRST_BACKOFF: Final = timedelta(seconds=5)
"""Before the second attempt; doubled for each further one."""

REST_SECONDS: Final = 0.1
"""Between two rounds while the record changes, so that a busy record is not read for ever."""

IN_A_ROW: Final = 4
"""Batches before the worker looks at other things again: some two seconds."""

_JITTER: Final = 0.2
_SWEEP_JITTER: Final = 0.25
_AGAIN_SECONDS: Final = 1.0


class Worker:
    """One node's escalation at work."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._reminders = Reminders(house)
        self.arming = Arming(house, self._reminders)
        self.firing = Firing(house)
        self.sending = Sending(house)
        self._behind = False
        self._in_hand: set[AskKey] = set()

    async def run(self) -> NoReturn:
        """Look, sweep and send until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._for_ever("looking", self.step), name="escalation-looking")
            tasks.create_task(self._for_ever("sweeping", self._sweeping), name="escalation-sweep")
            tasks.create_task(self._for_ever("sending", self.sending.step), name="escalation-mail")
        raise AssertionError("all run for ever")

    async def _for_ever(self, name: str, step: Callable[[], Awaitable[float]]) -> None:
        """Take steps; each says after how many seconds the next is due at the latest."""
        while True:
            version = self._house.changes.version
            try:
                seconds = await step()
            except (Unavailable, OutcomeUnknown) as error:
                log.warning("escalation.delayed", task=name, problem=error.code)
                seconds = _AGAIN_SECONDS
            except Corrupt:
                raise
            except Exception:
                # One fault must not silence all deadlines to come.
                log.exception("escalation.failed", task=name)
                self._house.alarms.sound("escalation-failed", task=name)
                seconds = _AGAIN_SECONDS
            else:
                self._house.alarms.quiet("escalation-failed")
                self._house.pulse(name)
            if seconds > 0:
                rest = min(REST_SECONDS, seconds)
                await self._house.sleep(rest)
                await self._house.changes.after(version, seconds - rest)

    async def step(self) -> float:
        """Claim what is due and look at it; return seconds until there may be more.

        Raises:
            Unavailable, OutcomeUnknown: From the record; take the step again.
        """
        await self.arming.follow()
        token, claim = await self._claim()
        if claim is None:
            return await self._straight()
        if claim.epoch is None:
            await self.arming.rebuild()
        if not claim.items:
            return self._wait(claim) if claim.epoch else 0.0
        if self._behind:
            await self._side_by_side(token, claim)
        else:
            await self._serve(token, claim)
        return 0.0

    async def _claim(self) -> tuple[str, Claim | None]:
        token = self._house.randomness.bytes(16).hex()
        claim = await self._reminders.claim(token)
        # A full claim: more is due than one batch holds, and the reminders bring it.
        self._behind = claim is not None and len(claim.items) == self._house.pace.batch
        return token, claim

    async def _side_by_side(self, token: str, claim: Claim) -> None:
        """Serve what is due in two rows: a batch of one is looked at while one is written.

        Raises:
            Unavailable, OutcomeUnknown: As `step`; what the other row took is served.
        """
        both = await asyncio.gather(
            self._row(token, claim), self._second_row(), return_exceptions=True
        )
        for failed in filter(None, both):
            raise failed

    async def _second_row(self) -> None:
        await self._row(*await self._claim())

    async def _row(self, token: str, claim: Claim | None) -> None:
        """Serve batch after batch while more is due, up to `IN_A_ROW`."""
        left = IN_A_ROW
        while claim is not None and claim.items:
            await self._serve(token, claim)
            left -= 1
            if not left or not self._behind:
                return
            token, claim = await self._claim()

    async def _serve(self, token: str, claim: Claim) -> None:
        try:
            verdicts = await self._look([ask_of(item.id) for item in claim.items])
        except (Unavailable, OutcomeUnknown):
            visible = claim.now_ms + int(_AGAIN_SECONDS * 1000)
            await self._reminders.give_back(token, [(one.id, visible) for one in claim.items], ())
            raise
        await self._return(token, claim, verdicts)

    async def _straight(self) -> float:
        """Without reminders: look at what the record says is due."""
        pace, now = self._house.pace, self._house.clock.now()
        soon = now + timedelta(seconds=pace.poll_seconds)
        looks = await self._house.looks.due(soon, pace.batch)
        asks = [look.ask for look in looks if look.at <= now]
        if asks:
            await self._look(asks)
            return 0.0
        return (looks[0].at - now).total_seconds() if looks else pace.poll_seconds

    async def sweep(self) -> None:
        """Compare the record with the reminders, and look at what they forgot.

        Raises:
            Unavailable, OutcomeUnknown: From the record; sweep again.
        """
        overdue = [ask for ask in await self.arming.sweep() if ask not in self._in_hand]
        if self._behind:
            return  # what is late is so because it waits its turn
        for first in range(0, len(overdue), self._house.pace.batch):
            await self._look(overdue[first : first + self._house.pace.batch])

    async def _sweeping(self) -> float:
        # A wait of its own: changes of the record must not make it sweep.
        pace = self._house.pace
        await self._house.sleep(self._house.jittered(pace.sweep_seconds, _SWEEP_JITTER))
        await self.sweep()
        return 0.0

    async def _look(self, asks: Sequence[AskKey]) -> dict[AskKey, Verdict]:
        self._in_hand.update(asks)  # a sweep leaves these alone
        try:
            looks = await self._house.looks.get(asks)
            verdicts = await self.firing.look(asks, looks)
            await self._settle(verdicts, looks)
        finally:
            self._in_hand.difference_update(asks)
        return verdicts

    async def _settle(
        self, verdicts: Mapping[AskKey, Verdict], looks: Mapping[AskKey, Look]
    ) -> None:
        """Plan what is ahead: from the record for what is done, else as the verdict says."""
        now = self._house.clock.now()
        done = [ask for ask, verdict in verdicts.items() if verdict.kind == "done"]
        rows = await self._house.asks.get(done)
        await self.arming.arm(rows)
        known = {(row.note, row.q) for row in rows}
        await self._house.looks.drop([ask for ask in done if ask not in known])
        planned = [
            _next(looks[ask], verdict, now)
            for ask, verdict in verdicts.items()
            if verdict.kind != "done" and ask in looks
        ]
        for look in planned:
            if look.state == "stuck":
                self._house.alarms.sound("timer-stuck", note=look.ask[0], q=look.ask[1])
        await self._house.looks.plan(planned)

    async def _return(self, token: str, claim: Claim, verdicts: dict[AskKey, Verdict]) -> None:
        """Give back to the reminders what is ahead, in their own clock's frame."""
        now = self._house.clock.now()
        looks = await self._house.looks.get(
            [ask for ask, verdict in verdicts.items() if verdict.kind in {"again", "failed"}]
        )
        ahead = {
            timer_id(look.ask): claim.now_ms + max(int((look.at - now).total_seconds() * 1000), 0)
            for look in looks.values()
            if look.state == "armed"
        }
        done = [item.id for item in claim.items if item.id not in ahead]
        await self._reminders.give_back(token, list(ahead.items()), done)

    def _wait(self, claim: Claim) -> float:
        poll = self._house.jittered(self._house.pace.poll_seconds, _JITTER)
        if claim.next_due_ms is None:
            return poll
        return min(max(claim.next_due_ms - claim.now_ms, 1) / 1000, poll)


def _next(look: Look, verdict: Verdict, now: datetime) -> Look:
    if verdict.kind == "again" and verdict.at is not None:
        undelivered = look.undelivered or verdict.undelivered
        return Look(look.ask, verdict.at, look.generation, undelivered=undelivered)
    if verdict.kind == "waiting":
        return Look(look.ask, now, look.generation, "waiting", verdict.undelivered)
    attempts = look.attempts + 1
    return Look(
        look.ask,
        now + FIRST_BACKOFF * 2 ** (attempts - 1),
        look.generation,
        "stuck" if attempts >= MAX_ATTEMPTS else "armed",
        look.undelivered,
        attempts,
    )
