"""The fence: what a look came to is written under the lock, or not at all.

Entries of the shared log, of the private log and alerts are one transaction, so a crash
leaves all or nothing, and two workers write once. What a due time that passed is likely to
make is signed before the lock, while another batch is written; under the lock it is taken if
all that it was made from still stands, and made anew if not. Does not ask the peer anything.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog

from special_channel.broker.act import Act
from special_channel.broker.commit import Heads
from special_channel.broker.node_entries import NodeEntrySigner
from special_channel.channels.alerts import State
from special_channel.core.bytes.errors import ChannelError, RuleBroken, Unavailable
from special_channel.core.bytes.times import instant, timestamp
from special_channel.core.rows.charter import ReplyRule
from special_channel.core.rows.questions import QuestionRow
from special_channel.core.rows.threads import ThreadRow
from special_channel.core.rules.alerting import Hearing, hearing
from special_channel.core.rules.private import (
    EscalationRow,
    PrivateKey,
    PrivateRows,
    escalation_key,
)
from special_channel.core.rules.state import RowKey, Rows, question_key
from special_channel.core.time.ladder import Planned
from special_channel.escalation.drafts import Draft, Facts, Intent, Prepared
from special_channel.escalation.evidence import Evidence
from special_channel.escalation.house import House
from special_channel.escalation.people import Staff
from special_channel.escalation.plan import Rules, is_over, is_passed, step_ahead
from special_channel.escalation.reminders import REFUSED_SECONDS, SKEW_SECONDS
from special_channel.escalation.statements import (
    deadline_moved,
    deadline_passed,
    escalation_raised,
)
from special_channel.escalation.telling import Telling
from special_channel.escalation.warning import Ahead
from special_channel.ports import Transaction
from special_channel.ports.work import AskKey

log = structlog.get_logger(__name__)

LINES: Final = 20
"""Lines of the process log about one batch, beside one about all of it: the record names each."""

UNCONFIRMED: Final[frozenset[State]] = frozenset({"unconfirmed", "link-down", "behind-gap"})
"""What the record calls unconfirmed; why it is so, alerts alone say."""

TOGETHER: Final = 25
"""Asks prepared before others of this process have their turn: some 5 ms."""

_STEPS: Final = tuple(range(1, 10))
"""Numbers that a ladder's steps may have."""


@dataclass(frozen=True, slots=True)
class _Moment:
    """When and over which heads entries are made: under the lock, or just before it."""

    stating: NodeEntrySigner
    now: datetime
    threads: Rows
    firsts: Mapping[AskKey, str]
    locked: bool = False
    """Whether nothing may be signed in our side's shared log: own people are told all the same."""


class Acting:
    """Writes what a batch of looks came to."""

    def __init__(self, house: House, evidence: Evidence, staff: Staff, rules: Rules) -> None:
        self._house = house
        self._evidence = evidence
        self._staff = staff
        self._rules = rules
        self._hearings: dict[tuple[datetime, str, str, bool], Hearing] = {}
        self._steps: Sequence[int] = tuple(step.number for step in house.ladder.steps)

    async def act(self, intents: Sequence[Intent]) -> frozenset[AskKey]:
        """Write what is still so, in one transaction.

        Returns the questions about which the shared log is still to say something: nothing may
        be signed there at present.

        Raises:
            Refused: The judge refuses; nothing was written.
            Unavailable, OutcomeUnknown, Corrupt: As the append.
        """
        house = self._house
        drafts: list[Draft] = []
        firsts = await house.outbox.firsts([(one.ask, one.due) for one in intents if one.told])
        prepared = await self._prepare(intents, firsts)

        async def decide(transaction: Transaction, heads: Heads) -> Act | None:
            try:
                draft, read = await self._decide(intents, firsts, prepared, transaction, heads)
            except ChannelError:
                raise
            except Exception as error:
                # Our own fault, in our own part of the transaction: the appender goes on.
                log.exception("act.failed", asks=len(intents))
                raise RuleBroken("escalation-failed", "A look could not be written.") from error
            drafts[:] = [draft]
            if not draft.shared and not draft.private and not draft.alerts:
                return None

            async def effect(transaction: Transaction) -> None:
                await house.outbox.put(transaction, draft.alerts)

            return Act(draft.shared, draft.private, effect, read, may_follow=True)

        await house.append(decide)
        for draft in drafts:
            self._tell(draft)
        return frozenset(ask for draft in drafts for ask in draft.held)

    async def _prepare(self, intents: Sequence[Intent], firsts: Mapping[AskKey, str]) -> Prepared:
        """Make before the lock what due times that passed will write, if nothing else happens.

        It names the heads as they were seen here; the lock finds them a little further on. Not
        of a single one: that would only be read twice.
        """
        house = self._house
        ahead = [one for one in intents if not one.moved_to and not one.warns]
        if len(ahead) <= 1:
            return Prepared(house.clock.now(), {})
        own, peer = house.identity.party, house.identity.peer
        standing = await house.record.heads()
        now = house.clock.now()
        heads = Heads(standing[own], standing[peer], now, "")
        async with house.record.begin() as transaction:
            threads = await transaction.rows(_threads(one.row for one in ahead))
        drafts = dict[AskKey, tuple[Facts, Draft]]()
        moment = _Moment(
            NodeEntrySigner(house.identity, heads, timestamp(now)), now, threads, firsts
        )
        for place, intent in enumerate(ahead):
            if place % TOGETHER == 0:
                await asyncio.sleep(0)
            facts = Facts(intent.row, intent.raised, self._url(moment, intent.row))
            drafts[intent.ask] = facts, self._passing(moment, intent, facts)
        return Prepared(now, drafts)

    async def _decide(
        self,
        intents: Sequence[Intent],
        firsts: Mapping[AskKey, str],
        prepared: Prepared,
        transaction: Transaction,
        heads: Heads,
    ) -> tuple[Draft, Rows]:
        """Read each ask once more under the lock (rule 16). Returns the rows read, too."""
        now = await self._borne_out(transaction, heads.at)
        asks: frozenset[RowKey] = frozenset(question_key(*one.ask) for one in intents)
        rows = await transaction.rows(asks, lock=True)
        keys = frozenset(key for one in intents for key in self._keys(one))
        steps = {**await transaction.private_rows(keys), **await transaction.owed_steps(keys)}
        threads = _threads(row for row in rows.values() if isinstance(row, QuestionRow))
        stating = NodeEntrySigner(self._house.identity, heads, timestamp(now))
        rows = {**rows, **await transaction.rows(threads)}
        moment = _Moment(stating, now, rows, firsts, locked=bool(heads.locked))
        draft = Draft()
        for intent in intents:
            row = rows.get(question_key(*intent.ask))
            if not isinstance(row, QuestionRow) or not row.is_open or row.due != intent.due:
                continue  # an answer won, or the asker moved or ended it
            if is_over(row):
                continue  # an answer that stood at the due time was withdrawn
            if heads.locked and (intent.moved_to or intent.passes):
                draft.held.append(intent.ask)
            if intent.moved_to:
                self._move(draft, moment, row, intent)
            elif intent.warns:
                self._warn(draft, moment, row, intent)
            else:
                facts = Facts(row, self._raised(steps, intent), self._url(moment, row))
                made = None if heads.locked else prepared.about(intent.ask, facts, now)
                draft.add(self._passing(moment, intent, facts) if made is None else made)
        return draft, rows

    async def _borne_out(self, transaction: Transaction, now: datetime) -> datetime:
        """Return the lock's time if the database's clock bears it out: else one of them is wrong.

        The time that is compared is the one that the entries and their leaves will carry: of two
        readings, a clock that is set in between would let one through unchecked.

        Raises:
            Unavailable: `ledger-skew`.
        """
        house = self._house
        if house.ledger is None:
            return now
        skew = (await house.ledger.now(transaction) - now).total_seconds()
        if abs(skew) > SKEW_SECONDS:
            house.alarms.sound("ledger-skew", seconds=round(skew))
        else:
            house.alarms.quiet("ledger-skew")
        if abs(skew) > REFUSED_SECONDS:
            raise Unavailable("ledger-skew", "The database's clock is far from this node's.")
        return now

    def _move(self, draft: Draft, moment: _Moment, row: QuestionRow, intent: Intent) -> None:
        moving = intent.moved_to
        if moving is None or is_passed(row) or moment.locked:
            return
        if moving.basis == "calendar" and not row.is_provisional:
            return  # another worker was first
        draft.shared.append(deadline_moved(moment.stating, row, moving))
        draft.told.append(("deadline.moved", row, moment.now))

    def _warn(self, draft: Draft, moment: _Moment, row: QuestionRow, intent: Intent) -> None:
        """Warn the own desk, unless the due time has come meanwhile, or a request is agreed."""
        stale = row.is_agreed if intent.reminds else moment.now >= instant(row.due)
        if stale:
            return
        rule = self._rule(row)
        urgent = rule is not None and rule.breaks_through
        warning = Ahead(
            row=row,
            share=intent.warns,
            now=moment.now,
            url=self._url(moment, row),
            ways=self._house.ways,
            hearing=self._hearing(row, moment.now, urgent=urgent),
        )
        draft.alerts += warning.alerts(self._staff)

    def _url(self, moment: _Moment, row: QuestionRow) -> str:
        thread = moment.threads.get(("thread", row.thread))
        number = thread.position if isinstance(thread, ThreadRow) else row.position
        return f"{self._house.url}/threads/{number}"

    def _passing(self, moment: _Moment, intent: Intent, facts: Facts) -> Draft:
        """Record that the due time passed, and take the step that is due."""
        draft, row = Draft(), facts.row
        ours = row.asker == self._house.identity.party
        passed = is_passed(row)
        if ours and not passed:
            if not intent.passes:
                return draft
            if not moment.locked:
                notes = intent.passes, intent.head
                draft.shared.append(deadline_passed(moment.stating, row, notes))
                draft.told.append(("deadline.passed", row, instant(row.due)))
        planned = step_ahead(row, facts.raised, self._rules)
        if planned is None or not planned.is_due(moment.now):
            return draft
        state = self._state(row, intent)
        step = planned.step
        known = "unconfirmed" if state in UNCONFIRMED else state
        taken = step.number, step.role, known
        draft.private.append(escalation_raised(moment.stating, row, taken))
        telling = self._telling(moment, intent, facts, (planned, state))
        draft.alerts += telling.alerts(self._staff)
        draft.told.append(("escalation.raised", row, planned.at))
        draft.unmanned = planned.unmanned
        return draft

    def _keys(self, intent: Intent) -> list[PrivateKey]:
        # The ladder may have been longer when the first steps were taken.
        steps = _STEPS if intent.told else self._steps
        return [escalation_key(*intent.ask, intent.due, step) for step in steps]

    def _raised(self, rows: PrivateRows, intent: Intent) -> tuple[EscalationRow, ...]:
        found = (rows.get(key) for key in self._keys(intent))
        return tuple(row for row in found if isinstance(row, EscalationRow))

    def _state(self, row: QuestionRow, intent: Intent) -> State:
        if row.asker != self._house.identity.party:
            return "answering"
        fact = next((fact for fact in row.passed if fact.due == row.due), None)
        if fact is not None:
            confirmed = fact.confirmed
        else:
            time = self._evidence.head_time(intent.head, row.answering)
            confirmed = time is not None and time >= instant(row.due)
        if confirmed:
            return "confirmed"
        if self._house.link_down() is not None:
            return "link-down"
        return "unconfirmed" if self._house.gap() is None else "behind-gap"

    def _telling(
        self, moment: _Moment, intent: Intent, facts: Facts, taken: tuple[Planned, State]
    ) -> Telling:
        row, (planned, state) = facts.row, taken
        rule = self._rule(row)
        urgent = planned.step.urgent or (rule is not None and rule.breaks_through)
        return Telling(
            row=row,
            planned=planned,
            now=moment.now,
            state=state,
            desk=intent.desk,
            url=facts.url,
            first=moment.firsts.get(intent.ask),
            ways=self._house.ways,
            hearing=self._hearing(row, moment.now, urgent=urgent),
            calendar=self._house.calendar,
            urgent=urgent,
            link_down_since=self._house.link_down() if state == "link-down" else None,
            gap=self._house.gap() if state == "behind-gap" else None,
            known=self._evidence.head_time(intent.head, row.answering),
        )

    def _rule(self, row: QuestionRow) -> ReplyRule | None:
        charter = self._evidence.charter(row)
        return charter.reply_rule(row.rule) if charter is not None and row.rule else None

    def _hearing(self, row: QuestionRow, now: datetime, *, urgent: bool) -> Hearing:
        """Say when own people may be reached; delivery alone waits, the record does not."""
        asked = now, row.charter, row.rule, urgent  # the same for most of a batch
        if asked not in self._hearings:
            charter = self._evidence.charter(row)
            duty = charter.duty_desk(self._house.identity.party) if charter else None
            heard = hearing(self._house.calendar, now, self._rule(row), duty, urgent=urgent)
            waits = self._house.office_hours
            self._hearings[asked] = heard if waits else Hearing(now, heard.duty)
        return self._hearings[asked]

    def _tell(self, draft: Draft) -> None:
        now = self._house.clock.now()
        waited = [max((now - planned).total_seconds(), 0.0) for _, _, planned in draft.told]
        for late in waited:
            self._house.lateness(late)
        if len(waited) > LINES:
            log.info("due.together", entries=len(waited), late_seconds=round(max(waited), 3))
        for late, (event, row, _) in zip(waited[:LINES], draft.told, strict=False):
            log.info(
                event,
                position=str(row.position),
                q=row.q,
                due=row.due,
                fired=now.isoformat(),
                late_seconds=round(late, 3),
            )
        if draft.unmanned:
            self._house.alarms.sound("escalation-unmanned")
        elif draft.private:
            self._house.alarms.quiet("escalation-unmanned")


def _threads(asks: Iterable[QuestionRow]) -> frozenset[RowKey]:
    return frozenset(("thread", row.thread) for row in asks)
