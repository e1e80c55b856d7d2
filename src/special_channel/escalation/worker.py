"""Worker loops: claim reminders, check questions, plan next looks, sweep. Works without Redis.

Any number of workers may run; the lock on the heads serializes their writes. Does not decide about
questions: `checker.py` does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, NoReturn

import structlog

from special_channel.core.bytes.errors import Corrupt, OutcomeUnknown, Unavailable
from special_channel.escalation.checker import DueTimeChecker, Verdict
from special_channel.escalation.deps import EscalationDeps
from special_channel.escalation.outbox import AlertSender
from special_channel.escalation.planner import TimerPlanner
from special_channel.escalation.reminders import Reminders, ask_of, timer_id
from special_channel.ports import Claim
from special_channel.stores.work import Look, QuestionKey

log = structlog.get_logger(__name__)

MAX_ATTEMPTS: Final = 5
"""Consecutive failures after which a look is set aside and the operator alarmed."""

FIRST_BACKOFF: Final = timedelta(seconds=5)
"""Delay before the second attempt; doubled for each further attempt."""

REST_SECONDS: Final = 0.1
"""Pause between a change of the record and the round that looks at it, to limit queries."""

IN_A_ROW: Final = 4
"""Batches before the loop runs its other steps again: about two seconds."""

_JITTER: Final = 0.2
_SWEEP_JITTER: Final = 0.25
_AGAIN_SECONDS: Final = 1.0


class Worker:
    """Runs one node's escalation."""

    def __init__(self, deps: EscalationDeps) -> None:
        self._deps = deps
        self._reminders = Reminders(deps.node, deps.reminders, deps.settings)
        self.planner = TimerPlanner(deps, self._reminders)
        self.checker = DueTimeChecker(deps)
        self.sender = AlertSender(deps)
        self._behind = False
        self._in_hand: set[QuestionKey] = set()

    async def run(self, before_sending: Callable[[], Awaitable[None]] | None = None) -> NoReturn:
        """Run checks, sweeps and sending until cancelled; sending begins after `before_sending`."""

        async def send() -> None:
            if before_sending is not None:
                await before_sending()
            await self._for_ever("sending", self.sender.step)

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._for_ever("looking", self.step), name="escalation-looking")
            tasks.create_task(self._for_ever("sweeping", self._sweeping), name="escalation-sweep")
            tasks.create_task(send(), name="escalation-mail")
        raise AssertionError("all run for ever")

    async def _for_ever(self, name: str, step: Callable[[], Awaitable[float]]) -> None:
        """Run steps for ever; a step returns the longest wait in seconds until the next step."""
        while True:
            version = self._deps.node.changes.version
            try:
                seconds = await step()
            except (Unavailable, OutcomeUnknown) as error:
                log.warning("escalation.delayed", task=name, problem=error.code)
                seconds = _AGAIN_SECONDS
            except Corrupt:
                raise
            except Exception:
                # One fault must not suppress all later due times.
                log.exception("escalation.failed", task=name)
                self._deps.node.alarms.sound("escalation-failed", task=name)
                seconds = _AGAIN_SECONDS
            else:
                self._deps.node.alarms.quiet("escalation-failed")
                self._deps.reports.pulse(name)
            if seconds > 0:
                await self._rest(version, seconds)

    async def _rest(self, version: int, seconds: float) -> None:
        """Wait for a change, at most `seconds`, and then some more for the changes after it.

        What a change has to do at once, such as its way to the other side, goes first, and changes
        in a row are looked at together. Nothing that is due waits for it.
        """
        clock, changes = self._deps.node.clock, self._deps.node.changes
        end = clock.monotonic() + seconds
        if await changes.after(version, seconds) != version:
            await self._deps.node.sleep(max(min(REST_SECONDS, end - clock.monotonic()), 0.0))

    async def step(self) -> float:
        """Claim due reminders and check their questions; return the seconds to wait.

        Raises:
            Unavailable, OutcomeUnknown: From the record; retry the step.
        """
        await self.planner.follow()
        token, claim = await self._claim()
        if claim is None:
            return await self._straight()
        if claim.epoch is None:
            await self.planner.rebuild()
        if not claim.items:
            return self._wait(claim) if claim.epoch else 0.0
        if self._behind:
            await self._side_by_side(token, claim)
        else:
            await self._serve(token, claim)
        return 0.0

    async def _claim(self) -> tuple[str, Claim | None]:
        token = self._deps.node.randomness.bytes(16).hex()
        claim = await self._reminders.claim(token)
        # After a full claim more reminders are due than fit into a batch.
        self._behind = claim is not None and len(claim.items) == self._deps.settings.batch
        return token, claim

    async def _side_by_side(self, token: str, claim: Claim) -> None:
        """Serve due reminders in two tasks: one batch is checked while another is written.

        Raises:
            Unavailable, OutcomeUnknown: As `step`; the other task's batches are served.
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
        """Without reminders, check the questions whose looks are due in the database."""
        settings, now = self._deps.settings, self._deps.node.clock.now()
        soon = now + timedelta(seconds=settings.poll_seconds)
        looks = await self._deps.stores.looks.due(soon, settings.batch)
        asks = [look.ask for look in looks if look.at <= now]
        if asks:
            await self._look(asks)
            return 0.0
        return (looks[0].at - now).total_seconds() if looks else settings.poll_seconds

    async def sweep(self) -> None:
        """Restore missing reminders, and check questions with overdue looks.

        Raises:
            Unavailable, OutcomeUnknown: From the record; retry the sweep.
        """
        overdue = [ask for ask in await self.planner.sweep() if ask not in self._in_hand]
        if self._behind:
            return  # overdue looks are waiting in the queue of a full claim
        for first in range(0, len(overdue), self._deps.settings.batch):
            await self._look(overdue[first : first + self._deps.settings.batch])

    async def _sweeping(self) -> float:
        # A separate wait, since changes of the record must not start a sweep.
        settings = self._deps.settings
        await self._deps.node.sleep(self._deps.node.jittered(settings.sweep_seconds, _SWEEP_JITTER))
        await self.sweep()
        return 0.0

    async def _look(self, asks: Sequence[QuestionKey]) -> dict[QuestionKey, Verdict]:
        self._in_hand.update(asks)  # a sweep skips these
        try:
            looks = await self._deps.stores.looks.get(asks)
            verdicts = await self.checker.look(asks, looks)
            await self._settle(verdicts, looks)
        finally:
            self._in_hand.difference_update(asks)
        return verdicts

    async def _settle(
        self, verdicts: Mapping[QuestionKey, Verdict], looks: Mapping[QuestionKey, Look]
    ) -> None:
        """Plan next looks: from the record for verdict `done`, else from the verdict."""
        now = self._deps.node.clock.now()
        done = [ask for ask, verdict in verdicts.items() if verdict.kind == "done"]
        rows = await self._deps.stores.asks.get(done)
        await self.planner.arm(rows)
        known = {(row.note, row.q) for row in rows}
        await self._deps.stores.looks.drop([ask for ask in done if ask not in known])
        planned = [
            _next(looks[ask], verdict, now)
            for ask, verdict in verdicts.items()
            if verdict.kind != "done" and ask in looks
        ]
        for look in planned:
            if look.state == "stuck":
                self._deps.node.alarms.sound("timer-stuck", note=look.ask[0], q=look.ask[1])
        await self._deps.stores.looks.plan(planned)

    async def _return(self, token: str, claim: Claim, verdicts: dict[QuestionKey, Verdict]) -> None:
        """Release or complete claimed reminders, with times in the store's clock."""
        now = self._deps.node.clock.now()
        looks = await self._deps.stores.looks.get(
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
        poll = self._deps.node.jittered(self._deps.settings.poll_seconds, _JITTER)
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
