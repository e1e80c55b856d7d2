"""Tell our registrars, heads, directors and overseers of acts on people, and keep alarms on.

Runs with the outbox. Each act is told at once, outside office hours as well, also to the person
whom it is about; after three within ten minutes further ones come as one list, except stops, which
never wait. Alarms stay on
until somebody takes them (`web/people_alarms`). Says what the record says: neither names nor
reasons are in a letter.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Final

import structlog
from pydantic import TypeAdapter

from special_channel.broker.act import Act
from special_channel.broker.commit import Heads
from special_channel.channels.notices import PEOPLE, ActLine, Notice
from special_channel.core.bytes.ids import Party
from special_channel.core.bytes.times import instant
from special_channel.core.rules.state import RowKey
from special_channel.escalation.alert_factory import addressed, derived_id
from special_channel.escalation.deps import EscalationDeps
from special_channel.escalation.people import Staff
from special_channel.escalation.people_acts import (
    BURST,
    BURST_TIME,
    PeopleAct,
    act_of,
    parsed,
    row_keys,
)
from special_channel.escalation.watch import keep_doing
from special_channel.ports import Stored, Transaction
from special_channel.ports.conditions import PEOPLE_ALARMS
from special_channel.stores.outbox import Outgoing
from special_channel.stores.people import Official
from special_channel.stores.people_acts import PeopleActs, PeopleAlarm, SeenAct

log = structlog.get_logger(__name__)

TOLD_ROLES: Final = frozenset({"registrar", "head", "director", "oversight"})
"""Roles of our directory that are told of every act on people."""

AT_ONCE: Final = 3
TOGETHER: Final = timedelta(minutes=10)
"""So many acts within this time are told as they come; the rest follow as one list."""

EVERY_SECONDS: Final = 2.0

_LINE: Final = TypeAdapter(ActLine)


class PeopleNotices:
    """Queues letters about acts on people, and sounds the alarms that nobody has taken."""

    def __init__(self, deps: EscalationDeps, acts: PeopleActs) -> None:
        self._deps = deps
        self._acts = acts

    async def run(self) -> None:
        """Run steps until cancelled; a failed step is retried in the next turn."""
        await keep_doing("people", self.step, asyncio.sleep, EVERY_SECONDS)

    async def step(self) -> None:
        """Look at new entries of both logs, tell what is due, and set the alarms.

        Raises:
            Unavailable, OutcomeUnknown: Retry the step.
        """
        own = self._deps.node.identity.party
        for party in (own, self._deps.node.identity.peer):
            while await self._look(party):
                pass
        await self._tell()
        await self._alarm()

    async def _look(self, party: Party) -> bool:
        """Look at the next entries of a log; return whether there may be more."""
        before = await self._acts.next(party)
        if before is None:
            size = (await self._deps.stores.record.heads())[party].size
            # The founding, and what a node did before it knew notices, is no news.
            await self._seen(party, None, size, ())
            return False
        entries = await self._acts.entries(party, before)
        if not entries:
            return False
        acts = await self._described(party, entries)
        return await self._seen(party, before, entries[-1].index + 1, acts)

    async def _described(self, party: Party, entries: Sequence[Stored]) -> list[PeopleAct]:
        read = parsed(entries)
        keys: set[RowKey] = {
            key for _, envelope, entry in read for key in row_keys(party, envelope, entry)
        }
        rows = await self._deps.stores.record.rows(frozenset(keys)) if keys else {}
        return [act_of(party, *each, rows) for each in read]

    async def _seen(
        self, party: Party, before: int | None, after: int, acts: Sequence[PeopleAct]
    ) -> bool:
        own = party == self._deps.node.identity.party
        alarms = [alarm for act in acts for alarm in _alarms(act, own=own)]
        moved = False

        async def decide(transaction: Transaction, _heads: Heads) -> Act | None:
            nonlocal moved
            moved = await self._acts.move(transaction, party, before, after)
            if not moved:
                return None  # another worker was first
            if own:
                await self._acts.keep(transaction, [_stored(act) for act in acts])
            for alarm in alarms:
                await self._acts.sound(transaction, alarm)
            return Act()

        await self._deps.stores.append(decide)
        return moved

    async def _tell(self) -> None:
        untold = await self._acts.untold()
        if not untold:
            return
        now = self._deps.node.clock.now()
        recent = await self._acts.told_since(now - TOGETHER)
        # A stop never waits: its owner was promised a message within minutes. What waits for the
        # ten minutes to pass comes together, however few they are.
        stops = any(_LINE.validate_json(act.line).kind == "key.suspended" for act in untold)
        if stops or not recent or recent + len(untold) <= AT_ONCE:
            await self._send(untold)

    async def _send(self, acts: Sequence[SeenAct]) -> None:
        deps, now = self._deps, self._deps.node.clock.now()
        staff = await deps.staff()
        persons = {act.person for act in acts} - {""}
        letters = {one.id: one for one in self._letters(acts, recipients(staff, persons))}

        async def decide(transaction: Transaction, _heads: Heads) -> Act | None:
            if not await self._acts.tell(transaction, [act.idx for act in acts], now):
                return None  # another worker was first
            await deps.alerts.outbox.put(transaction, list(letters.values()))
            return Act()

        await deps.stores.append(decide)
        log.info("people.told", acts=len(acts), letters=len(letters))

    def _letters(
        self, acts: Sequence[SeenAct], officials: Iterable[Official]
    ) -> Iterable[Outgoing]:
        deps, now = self._deps, self._deps.node.clock.now()
        lines = tuple(_LINE.validate_json(act.line) for act in acts)
        party = deps.node.identity.party
        url = f"{deps.node.url}/people/{party}"
        notice = Notice("", "", "en", now, PEOPLE, lines[0].at, url, len(lines), acts=lines)
        occurrence = f"{PEOPLE} {lines[0].position}"
        template = Outgoing(
            id="",
            ask=("", ""),
            due=occurrence,
            step=0,
            channel="",
            document="",
            at=now,
            kind="notice",
            urgent=True,
        )
        for official in officials:
            address = deps.alerts.channels.address(official)
            id_ = derived_id("people", occurrence, address.recipient, address.channel)
            yield addressed(template, notice, official, address, id_)

    async def _alarm(self) -> None:
        await self._burst()
        open_ = {alarm.code: alarm for alarm in await self._acts.open()}
        for code in sorted(PEOPLE_ALARMS):
            alarm = open_.get(code)
            if alarm is None:
                self._deps.node.alarms.quiet(code)
            else:
                self._deps.node.alarms.sound(code, position=f"{alarm.log.upper()}-{alarm.idx}")

    async def _burst(self) -> None:
        now = self._deps.node.clock.now()
        last = await self._acts.last_counted(now - BURST_TIME)
        if last is None or await self._acts.persons_since(now - BURST_TIME) < BURST:
            return

        async def decide(transaction: Transaction, _heads: Heads) -> Act:
            party = self._deps.node.identity.party
            alarm = PeopleAlarm(0, "people-burst", party, last.idx, "", last.at)
            await self._acts.sound(transaction, alarm)
            return Act()

        if not await self._acts.was_sounded("people-burst", now - BURST_TIME):
            await self._deps.stores.append(decide)


def recipients(staff: Staff, persons: Iterable[str]) -> list[Official]:
    """Return who is told of acts about persons and has an address."""
    about = frozenset(persons)
    told = {one.id for role in TOLD_ROLES for one in staff.in_role(role)}
    return [one for one in staff.officials if one.email and (one.id in told or one.person in about)]


def _stored(act: PeopleAct) -> SeenAct:
    line = _LINE.dump_json(act.line).decode()
    at = instant(act.stored.accepted)
    return SeenAct(act.stored.index, line, act.person, act.counted, at)


def _alarms(act: PeopleAct, *, own: bool) -> Iterable[PeopleAlarm]:
    author = act.author if own else ""
    for code in act.alarms() if own else act.peer_alarms():
        at = instant(act.stored.accepted)
        yield PeopleAlarm(0, code, act.party, act.stored.index, author, at)
