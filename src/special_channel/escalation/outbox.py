"""Sends alerts: at least once each, under one id, and says in the private log what became of it.

An alert goes on until it is delivered, acknowledged or nobody wants it any more: back-off
on one way, then the recipient's next way, then whoever is next on the ladder, and the
operator is alarmed. A crash between the mail server's "250" and our commit sends a second
time with the same Message-ID and the same bytes. Does not decide whom a step tells.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, cast

import structlog

from special_channel.broker.act import Act
from special_channel.broker.commit import Heads
from special_channel.broker.node_entries import NodeEntrySigner
from special_channel.channels.digests import Digest, digest_id, digest_letter
from special_channel.channels.notices import notice_letter
from special_channel.core.bytes.errors import ChannelError, NotAllowed, Unavailable
from special_channel.core.bytes.times import timestamp
from special_channel.escalation.digesting import WINDOW, Grouping, gathering, grouped
from special_channel.escalation.house import House
from special_channel.escalation.noticing import is_wanted
from special_channel.escalation.people import Staff, read_staff
from special_channel.escalation.statements import alert_sent
from special_channel.escalation.telling import (
    another_way,
    read_alert,
    read_digest,
    read_notice,
    to_another,
    write_digest,
)
from special_channel.escalation.wanted import Wanted, has_moved, holders, read_wanted
from special_channel.ports import Delivered, Letter, Transaction
from special_channel.ports.people import Official
from special_channel.ports.work import AlertState, Left, Outgoing, Way

log = structlog.get_logger(__name__)

BACKOFF: Final = tuple(
    timedelta(seconds=seconds)
    for seconds in (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
)
"""Waits between attempts: the example schedule of Standard Webhooks 1.0.0, three days in
all. https://www.standardwebhooks.com/ , "Retries"."""

PATIENCE: Final = timedelta(minutes=30)
"""How long one way may fail before the recipient's next one is taken, if there is one."""

LEASE: Final = timedelta(seconds=180)
"""Longer than three letters take at worst: replies of a mail server at 20 s each are four
a letter, and one that doesn't answer is not asked again in the same turn."""

AT_ONCE: Final = 8
"""Recipients served side by side."""

LISTED: Final = 400
"""Alerts that one entry of the private log names (`alert.sent`, `of`)."""

_JITTER: Final = 0.2
_IDLE_SECONDS: Final = 5.0
_WORRYING_ATTEMPTS: Final = 3
_LONGEST_WAIT: Final = timedelta(days=1)
"""A service that asks for more patience than this is asked again all the same."""


@dataclass(frozen=True, slots=True)
class _Turn:
    """What one turn of sending knows of the record and the people."""

    wanted: Wanted
    staff: Staff
    now: datetime


class Sending:
    """Delivers what waits in the outbox."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._worrying: set[str] = set()

    async def step(self) -> float:
        """Send alerts whose turn has come; return seconds until there may be more.

        Raises:
            Unavailable, OutcomeUnknown: From the record; what was sent is sent again later
                under the same id.
        """
        house, now = self._house, self._house.clock.now()
        queued = await house.outbox.queued(now)
        if not queued:
            return _IDLE_SECONDS
        left = await house.outbox.left([one.way for one in queued], now - WINDOW)
        coming = gathering(queued, left, now)
        # While a herd gathers, each commit of it wakes this step: nothing is claimed then.
        ready = any(one.alone or one.way not in coming for one in queued)
        claimed = await house.outbox.claim(now, now + LEASE, AT_ONCE, list(coming)) if ready else ()
        if not claimed:
            rest = [(until - now).total_seconds() for until in coming.values()]
            return min([_IDLE_SECONDS, *rest])
        turn = _Turn(
            await read_wanted(house, claimed), await read_staff(house.officials, house.ladder), now
        )
        ways: dict[Way, list[Outgoing]] = {}
        for alert in claimed:
            if not await self._ended(alert, turn):
                ways.setdefault((alert.recipient, alert.channel), []).append(alert)
        left = await house.outbox.left(list(ways), now - WINDOW)
        async with asyncio.TaskGroup() as tasks:
            for way, alerts in ways.items():
                tasks.create_task(self._serve(alerts, left.get(way, ()), turn))
        return 0.0

    async def _ended(self, alert: Outgoing, turn: _Turn) -> bool:
        """End an alert that nobody wants any more, or that is another person's by now."""
        if alert.kind == "canary":
            return False
        if alert.kind == "digest":
            return await self._digest_ended(alert)
        if alert.kind == "notice":
            return await self._notice_ended(alert, turn)
        fate = turn.wanted.fate(alert)
        if fate != "wanted":
            await self._close(alert, cast(AlertState, fate))
            return True
        if not has_moved(turn.staff, alert):
            return False
        told = await self._house.outbox.told(alert.ask, alert.due)
        others = holders(turn.staff, alert, told)
        if alert.kind == "repeat":
            others = []  # a successor has repeats of their own, or was told already
        await self._close(alert, "superseded", then=self._to(others, alert))
        return True

    async def _notice_ended(self, notice: Outgoing, turn: _Turn) -> bool:
        if await is_wanted(self._house, notice, turn.staff):
            return False
        await self._close(notice, "superseded")
        return True

    async def _digest_ended(self, digest: Outgoing) -> bool:
        children = await self._house.outbox.folded(digest.id)
        wanted = await read_wanted(self._house, children)
        if any(wanted.fate(child) == "wanted" for child in children):
            return False
        await self._close(digest, "superseded")
        return True

    async def _serve(self, alerts: list[Outgoing], left: Sequence[Left], turn: _Turn) -> None:
        """Send to one recipient on one channel: alone, listed together, or later."""
        grouping = grouped(alerts, left, turn.now)
        if grouping.hold and grouping.until is not None:
            await self._house.outbox.hold([one.id for one in grouping.hold], grouping.until)
        if grouping.fold:
            await self._fold(grouping, turn)
        waiting = list(grouping.send)
        while waiting and await self._deliver(waiting.pop(0), turn):
            pass
        if waiting:  # the way failed: the others don't try it in the same turn
            again = turn.now + BACKOFF[0]
            await self._house.outbox.hold([one.id for one in waiting], again)

    async def _fold(self, grouping: Grouping, turn: _Turn) -> None:
        """Put one message in the place of many; it leaves with the next turn."""
        children = grouping.fold
        first = children[0]
        ids = [one.id for one in children]
        id_ = digest_id(first.recipient, first.channel, ids)
        alerts = sorted(
            (read_alert(one.document) for one in children), key=lambda one: (one.due, one.id)
        )
        document = Digest(
            id_, alerts[0].to, alerts[0].lang, turn.now, f"{self._house.url}/alerts", tuple(alerts)
        )
        digest = Outgoing(
            id=id_,
            ask=("", ""),
            due=min(one.due for one in children),
            step=min(one.step for one in children),
            channel=first.channel,
            document=write_digest(document),
            at=turn.now,
            kind="digest",
            recipient=first.recipient,
            official=first.official,
            base=id_,
            urgent=any(one.urgent for one in children),
        )

        async def decide(_transaction: Transaction, _heads: Heads) -> Act | None:
            async def effect(transaction: Transaction) -> None:
                await self._house.outbox.fold(transaction, digest, ids, turn.now)

            return Act(effect=effect)

        await self._house.append(decide)
        log.info("alert.digest", alert=id_, listed=len(ids), channel=first.channel)

    async def _deliver(self, alert: Outgoing, turn: _Turn) -> bool:
        """Try once; False if the way failed."""
        try:
            delivered = await self._send(alert)
        except NotAllowed as error:
            await self._elsewhere(alert, turn, error, "refused")
            return error.code != "channel-gone"
        except Unavailable as error:
            await self._later(alert, turn, error)
            return False
        except Exception:
            # Of one way alone: what its other end says must not hold up the other ways.
            log.exception("alert.unreadable", alert=alert.id, channel=alert.channel)
            self._house.unreadable()
            failed = Unavailable(
                "channel-temporary", "The answer could not be read.", said="", reply=0
            )
            await self._later(alert, turn, failed)
            return False
        self._works(alert.channel)
        await self._close(alert, "sent", delivered.provider)
        return True

    async def _send(self, alert: Outgoing) -> Delivered:
        way = self._house.ways.channels.get(alert.channel)
        if alert.kind == "canary" and way is None:
            return Delivered(alert.id, "canary")
        if way is None:
            raise Unavailable("alert-channels-dead", "There is no such way to people here.")
        return await way.send(self._letter(alert))

    def _letter(self, alert: Outgoing) -> Letter:
        composer = self._house.composer
        if alert.kind == "digest":
            return digest_letter(composer, read_digest(alert.document))
        if alert.kind == "notice":
            return notice_letter(composer, read_notice(alert.document))
        if alert.kind == "canary":
            return composer.test_letter(alert.id, alert.recipient, "en", alert.at)
        return composer.letter(read_alert(alert.document))

    async def _later(self, alert: Outgoing, turn: _Turn, error: Unavailable) -> None:
        """Try the same way again, or another one after `PATIENCE`."""
        failing, now = alert.failing or turn.now, self._house.clock.now()
        others = self._other_ways(alert, turn)
        patience = failing + PATIENCE
        if others and (now >= patience or alert.channel not in self._house.ways.channels):
            await self._close(alert, "diverted", error.code, then=others)
            return
        if alert.attempts > len(BACKOFF) and self._house.ways.channels:
            await self._elsewhere(alert, turn, error, "undeliverable")
            return
        if alert.attempts >= _WORRYING_ATTEMPTS:
            self._worrying.add(alert.channel)
            self._house.alarms.sound("mail-temporary", reason=error.code, channel=alert.channel)
        at = now + self._wait(alert, error)
        if others:
            at = max(min(at, patience), now + _asked(error))
        log.warning("alert.later", alert=alert.id, attempt=alert.attempts, problem=error.code)
        await self._house.outbox.retry(alert.id, at, error.code, failing)

    def _wait(self, alert: Outgoing, error: ChannelError) -> timedelta:
        planned = BACKOFF[min(alert.attempts, len(BACKOFF)) - 1].total_seconds()
        spread = timedelta(seconds=self._house.jittered(planned, _JITTER))
        return max(spread, _asked(error))

    def _works(self, channel: str) -> None:
        self._worrying.discard(channel)
        if not self._worrying:
            self._house.alarms.quiet("mail-temporary")

    async def _elsewhere(
        self, alert: Outgoing, turn: _Turn, error: ChannelError, state: AlertState
    ) -> None:
        """Take another way, or tell another person where none is left."""
        others = self._other_ways(alert, turn)
        if others:
            await self._close(alert, "diverted", error.code, then=others)
            return
        if alert.kind == "canary":
            await self._close(alert, state, error.code)
            return
        told = await self._house.outbox.told(alert.ask, alert.due) | {alert.recipient}
        last = alert.step if alert.kind != "warning" else 0
        nexts = self._to(turn.staff.after(last, told), alert)
        if alert.kind == "notice":
            nexts = []  # it went to all heads at once: nobody is told in another's place
        self._house.alarms.sound(
            "alert-undeliverable", alert=alert.id, reason=error.code, passed_on=len(nexts)
        )
        await self._close(alert, state, error.code, then=nexts)

    def _other_ways(self, alert: Outgoing, turn: _Turn) -> list[Outgoing]:
        """Make the same alert for the next way of each whom this one was to reach."""
        house, made = self._house, dict[str, Outgoing]()
        for one in self._reached(alert, turn.staff):
            channel = house.ways.after(one, alert.channel)
            if channel is not None:
                other = another_way(alert, one, channel, house.ways, house.clock.now())
                made.setdefault(other.id, other)
        return list(made.values())

    def _reached(self, alert: Outgoing, staff: Staff) -> list[Official]:
        if alert.official:
            return [one for one in staff.officials if one.id == alert.official]
        if alert.kind == "canary":
            return []
        return [
            one
            for one in holders(staff, alert, frozenset())
            if alert.channel in {*self._house.ways.of(one)} or not alert.recipient
        ]

    def _to(self, officials: Sequence[Official], alert: Outgoing) -> list[Outgoing]:
        house = self._house
        return [to_another(alert, one, house.ways, house.clock.now()) for one in officials]

    async def _close(
        self,
        alert: Outgoing,
        state: AlertState,
        provider: str = "",
        then: Sequence[Outgoing] = (),
    ) -> None:
        """End an alert and say so in the private log, with what follows, or not at all."""
        house, now = self._house, self._house.clock.now()
        listed: list[str] = []
        if alert.kind == "digest":
            listed = [one.id for one in await house.outbox.folded(alert.id)]

        async def decide(transaction: Transaction, heads: Heads) -> Act | None:
            if not await house.outbox.close(transaction, alert.id, state, now, provider):
                return None  # another worker was first

            async def effect(transaction: Transaction) -> None:
                await house.outbox.put(transaction, then)

            parts = [listed[at : at + LISTED] for at in range(0, len(listed), LISTED)] or [[]]
            stating = NodeEntrySigner(house.identity, heads, timestamp(now))
            said = [alert_sent(stating, alert, state, part) for part in parts]
            return Act(private=said, effect=effect, may_follow=True)

        await house.append(decide)
        house.outcome(alert.channel, state, (now - alert.since).total_seconds())
        log.info("alert.closed", alert=alert.id, state=state, attempt=alert.attempts)


def _asked(error: ChannelError) -> timedelta:
    """Return how much patience the other end asked for."""
    seconds = error.facts.get("retry_after", 0)
    return min(timedelta(seconds=int(seconds)), _LONGEST_WAIT)
