"""Write the results of a batch of looks: re-check each intent under the lock, then commit.

Entries of the shared log, entries of the private log and alerts are one transaction: a crash
leaves all or nothing, and two workers write once. Drafts for passed due times are signed before
the lock, while another batch is written. Under the lock a draft is used if its inputs are
unchanged, and signed again otherwise. Does not send requests to the peer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import structlog

from special_channel.broker.act import Act
from special_channel.broker.commit import Heads
from special_channel.broker.node_entries import NodeEntrySigner
from special_channel.channels.alerts import UNCONFIRMED, Alert, State
from special_channel.core.bytes.errors import ChannelError, RuleBroken, Unavailable
from special_channel.core.bytes.times import instant, timestamp
from special_channel.core.rows.charter import ReplyRule
from special_channel.core.rows.private import EscalationRow, PrivateKey, PrivateRows, escalation_key
from special_channel.core.rows.questions import QuestionRow
from special_channel.core.rows.threads import ThreadRow
from special_channel.core.rules.alerting import Hearing, hearing
from special_channel.core.rules.state import RowKey, Rows, question_key
from special_channel.core.time.calendars import Words
from special_channel.core.time.ladder import PlannedStep, TakenStep
from special_channel.escalation.alert_factory import AlertFactory, repeats
from special_channel.escalation.deps import EscalationDeps
from special_channel.escalation.drafts import Draft, Facts, Intent, Prepared
from special_channel.escalation.evidence import Evidence
from special_channel.escalation.people import Staff
from special_channel.escalation.plan import Rules, is_over, is_passed, step_after, step_ahead
from special_channel.escalation.relevance import WARNING_STEP
from special_channel.escalation.reminders import REFUSED_SECONDS, SKEW_SECONDS
from special_channel.escalation.statements import (
    deadline_moved,
    deadline_passed,
    escalation_raised,
)
from special_channel.ports import Transaction
from special_channel.stores.outbox import Outgoing
from special_channel.stores.work import QuestionKey

log = structlog.get_logger(__name__)

LINES: Final = 20
"""Process log lines about single entries of one batch, in addition to one summary line. The record
has every entry."""

TOGETHER: Final = 25
"""Questions prepared before control returns to the event loop: about 5 ms of work."""

_DESK: Final = Words(en="Desk", zh="承办处室")
"""Office of the recipients of warnings."""

_STEPS: Final = tuple(range(1, 10))
"""Valid step numbers of a ladder."""


@dataclass(frozen=True, slots=True)
class _WriteContext:
    """Time, heads and rows that new entries are built from: under the lock, or just before."""

    stating: NodeEntrySigner
    now: datetime
    threads: Rows
    firsts: Mapping[QuestionKey, str]
    locked: bool = False
    """Whether signing in our side's shared log is refused. Our officials are alerted anyway."""


class EscalationWriter:
    """Writes entries and alerts for a batch of intents."""

    def __init__(
        self, deps: EscalationDeps, evidence: Evidence, staff: Staff, rules: Rules
    ) -> None:
        self._deps = deps
        self._evidence = evidence
        self._staff = staff
        self._rules = rules
        self._hearings: dict[tuple[datetime, str, str, bool], Hearing] = {}
        self._steps: Sequence[int] = tuple(step.number for step in deps.times.ladder.steps)

    async def act(self, intents: Sequence[Intent]) -> frozenset[QuestionKey]:
        """Re-check each intent under the lock and write the valid ones, in one transaction.

        Returns:
            Questions whose entry in the shared log is deferred, because the log refuses new
            signatures at present.

        Raises:
            Refused: The judge refuses an entry; nothing was written.
            Unavailable, OutcomeUnknown, Corrupt: As `deps.stores.append`.
        """
        deps = self._deps
        drafts: list[Draft] = []
        firsts = await deps.alerts.outbox.firsts(
            [(one.ask, one.due) for one in intents if one.has_steps]
        )
        prepared = await self._prepare(intents, firsts)

        async def decide(transaction: Transaction, heads: Heads) -> Act | None:
            try:
                draft, read = await self._decide(intents, firsts, prepared, transaction, heads)
            except ChannelError:
                raise
            except Exception as error:
                # A fault of this module only, so the appender must keep running.
                log.exception("act.failed", asks=len(intents))
                raise RuleBroken("escalation-failed", "A look could not be written.") from error
            drafts[:] = [draft]
            if not draft.shared and not draft.private and not draft.alerts:
                return None

            async def effect(transaction: Transaction) -> None:
                await deps.alerts.outbox.put(transaction, draft.alerts)

            return Act(draft.shared, draft.private, effect, read, may_follow=True)

        await deps.stores.append(decide)
        for draft in drafts:
            self._tell(draft)
        return frozenset(ask for draft in drafts for ask in draft.deferred)

    async def _prepare(
        self, intents: Sequence[Intent], firsts: Mapping[QuestionKey, str]
    ) -> Prepared:
        """Build and sign drafts for passed due times before the lock is taken.

        Drafts name the heads read here; under the lock the heads may have advanced.
        """
        deps = self._deps
        ahead = [one for one in intents if not one.moved_to and not one.warning_share]
        # A single intent gains nothing: its row would only be read twice.
        if len(ahead) <= 1:
            return Prepared(deps.node.clock.now(), {})
        own, peer = deps.node.identity.party, deps.node.identity.peer
        standing = await deps.stores.record.heads()
        now = deps.node.clock.now()
        heads = Heads(standing[own], standing[peer], now, "")
        async with deps.stores.record.begin() as transaction:
            threads = await transaction.rows(_threads(one.row for one in ahead))
        drafts = dict[QuestionKey, tuple[Facts, Draft]]()
        context = _WriteContext(
            NodeEntrySigner(deps.node.identity, heads, timestamp(now)), now, threads, firsts
        )
        for place, intent in enumerate(ahead):
            if place % TOGETHER == 0:
                await asyncio.sleep(0)
            facts = Facts(intent.row, intent.raised, self._url(context, intent.row))
            drafts[intent.ask] = facts, self._passing(context, intent, facts)
        return Prepared(now, drafts)

    async def _decide(
        self,
        intents: Sequence[Intent],
        firsts: Mapping[QuestionKey, str],
        prepared: Prepared,
        transaction: Transaction,
        heads: Heads,
    ) -> tuple[Draft, Rows]:
        """Read each question again under the lock (rule 16). Returns draft and rows read."""
        # The time compared is the one that the entries and their leaves carry: with two readings,
        # a clock set in between would get through unchecked.
        # Entries and leaves carry this very reading: of two, one could pass unchecked if a clock
        # is set in between.
        now = await self._checked(transaction, heads.at)
        asks: frozenset[RowKey] = frozenset(question_key(*one.ask) for one in intents)
        rows = await transaction.rows(asks, lock=True)
        keys = frozenset(key for one in intents for key in self._keys(one))
        steps = {**await transaction.private_rows(keys), **await transaction.owed_steps(keys)}
        threads = _threads(row for row in rows.values() if isinstance(row, QuestionRow))
        stating = NodeEntrySigner(self._deps.node.identity, heads, timestamp(now))
        rows = {**rows, **await transaction.rows(threads)}
        context = _WriteContext(stating, now, rows, firsts, locked=bool(heads.locked))
        draft = Draft()
        for intent in intents:
            row = rows.get(question_key(*intent.ask))
            if not isinstance(row, QuestionRow) or not row.is_open or row.due != intent.due:
                continue  # an answer was first, or the asking side moved or ended the question
            if is_over(row):
                continue  # the answer in force at the due time was withdrawn
            if heads.locked and (intent.moved_to or intent.delivery_note):
                draft.deferred.append(intent.ask)
            if intent.moved_to:
                self._move(draft, context, row, intent)
            elif intent.warning_share:
                self._warn(draft, context, row, intent)
            else:
                facts = Facts(row, self._raised(steps, intent), self._url(context, row))
                ready = None if heads.locked else prepared.about(intent.ask, facts, now)
                draft.add(self._passing(context, intent, facts) if ready is None else ready)
        return draft, rows

    async def _checked(self, transaction: Transaction, now: datetime) -> datetime:
        """Return the lock's time after a comparison with the database's clock.

        Raises:
            Unavailable: `ledger-skew`; the clocks differ by more than `REFUSED_SECONDS`.
        """
        deps = self._deps
        if deps.stores.ledger is None:
            return now
        skew = (await deps.stores.ledger(transaction) - now).total_seconds()
        if abs(skew) > SKEW_SECONDS:
            deps.node.alarms.sound("ledger-skew", seconds=round(skew))
        else:
            deps.node.alarms.quiet("ledger-skew")
        if abs(skew) > REFUSED_SECONDS:
            raise Unavailable("ledger-skew", "The database's clock is far from this node's.")
        return now

    def _move(self, draft: Draft, context: _WriteContext, row: QuestionRow, intent: Intent) -> None:
        moving = intent.moved_to
        if moving is None or is_passed(row) or context.locked:
            return
        if moving.basis == "calendar" and not row.is_provisional:
            return  # another worker was first
        draft.shared.append(deadline_moved(context.stating, row, moving))
        draft.events.append(("deadline.moved", row, context.now))

    def _warn(self, draft: Draft, context: _WriteContext, row: QuestionRow, intent: Intent) -> None:
        """Warn our desk, unless the due time has come or the requested date was agreed."""
        stale = row.is_agreed if intent.is_reminder else context.now >= instant(row.due)
        if stale:
            return
        rule = self._rule(row)
        hearing = self._hearing(row, context.now, urgent=rule is not None and rule.breaks_through)
        state: State = "requested" if intent.is_reminder else "warning"
        alert = self._alert(context, row, state, WARNING_STEP + intent.warning_share, _DESK)
        if not intent.is_reminder:
            alert = self._followed(alert, row, None)
        factory = AlertFactory(row, alert, self._deps.alerts.channels, hearing, kind="warning")
        draft.alerts += factory.to(self._staff.warned())

    def _alert(
        self, context: _WriteContext, row: QuestionRow, state: State, step: int, title: Words
    ) -> Alert:
        """Build an alert about a question, without its recipient."""
        return Alert(
            id="",
            to="",
            lang="en",
            position=row.position,
            question=row.q,
            state=state,
            due=instant(row.due),
            at=context.now,
            planned=context.now,
            step=step,
            title=title,
            url=self._url(context, row),
            doubt=self._evidence.doubt(row),
        )

    def _followed(self, alert: Alert, row: QuestionRow, last: TakenStep | None) -> Alert:
        """Add the next step on our ladder to an alert, if anybody holds its office."""
        following = step_after(row, last, self._rules)
        if following is None or following.unmanned:
            return alert
        return replace(alert, next_title=following.step.title, next_at=following.at)

    def _url(self, context: _WriteContext, row: QuestionRow) -> str:
        thread = context.threads.get(("thread", row.thread))
        number = thread.position if isinstance(thread, ThreadRow) else row.position
        return f"{self._deps.node.url}/threads/{number}"

    def _passing(self, context: _WriteContext, intent: Intent, facts: Facts) -> Draft:
        """Record that the due time passed, and take the ladder step that is due."""
        draft, row = Draft(), facts.row
        ours = row.asker == self._deps.node.identity.party
        passed = is_passed(row)
        if ours and not passed:
            if not intent.delivery_note:
                return draft
            if not context.locked:
                notes = intent.delivery_note, intent.head
                draft.shared.append(deadline_passed(context.stating, row, notes))
                draft.events.append(("deadline.passed", row, instant(row.due)))
        planned = step_ahead(row, facts.raised, self._rules)
        if planned is None or not planned.is_due(context.now):
            return draft
        state = self._state(row, intent)
        step = planned.step
        known = "unconfirmed" if state in UNCONFIRMED else state
        taken = step.number, step.role, known
        draft.private.append(escalation_raised(context.stating, row, taken))
        draft.alerts += self._step_alerts(context, intent, facts, (planned, state))
        draft.events.append(("escalation.raised", row, planned.at))
        draft.unmanned = planned.unmanned
        return draft

    def _keys(self, intent: Intent) -> list[PrivateKey]:
        # The configured ladder may be shorter now than when earlier steps were taken.
        steps = _STEPS if intent.has_steps else self._steps
        return [escalation_key(*intent.ask, intent.due, step) for step in steps]

    def _raised(self, rows: PrivateRows, intent: Intent) -> tuple[EscalationRow, ...]:
        steps = (rows.get(key) for key in self._keys(intent))
        return tuple(row for row in steps if isinstance(row, EscalationRow))

    def _state(self, row: QuestionRow, intent: Intent) -> State:
        if row.asker != self._deps.node.identity.party:
            return "answering"
        fact = next((fact for fact in row.passed if fact.due == row.due), None)
        if fact is not None:
            confirmed = fact.confirmed
        else:
            time = self._evidence.head_time(intent.head, row.answering)
            confirmed = time is not None and time >= instant(row.due)
        if confirmed:
            return "confirmed"
        if self._deps.link.down_since() is not None:
            return "link-down"
        return "unconfirmed" if self._deps.link.gap() is None else "behind-gap"

    def _step_alerts(
        self, context: _WriteContext, intent: Intent, facts: Facts, taken: tuple[PlannedStep, State]
    ) -> list[Outgoing]:
        """Build the alerts of a ladder step, and their repeats."""
        row, (planned, state) = facts.row, taken
        step, link = planned.step, self._deps.link
        rule = self._rule(row)
        urgent = step.urgent or (rule is not None and rule.breaks_through)
        hearing = self._hearing(row, context.now, urgent=urgent)
        alert = replace(
            self._alert(context, row, state, step.number, step.title),
            planned=planned.at,
            link_down_since=link.down_since() if state == "link-down" else None,
            gap=link.gap() if state == "behind-gap" else None,
            first=context.firsts.get(intent.ask),
            unmanned=planned.unmanned,
            known=self._evidence.head_time(intent.head, row.answering),
        )
        alert = self._followed(alert, row, TakenStep(step.number, context.now))
        factory = AlertFactory(row, alert, self._deps.alerts.channels, hearing, urgent=urgent)
        firsts = factory.to(
            self._staff.recipients(step, intent.desk), self._staff.desk(hearing.duty)
        )
        calendar = self._deps.calendar
        return [*firsts, *(more for one in firsts for more in repeats(one, step.repeat, calendar))]

    def _rule(self, row: QuestionRow) -> ReplyRule | None:
        charter = self._evidence.charter(row)
        return charter.reply_rule(row.rule) if charter is not None and row.rule else None

    def _hearing(self, row: QuestionRow, now: datetime, *, urgent: bool) -> Hearing:
        """Return when our officials may be reached. Only delivery waits; the record does not."""
        key = now, row.charter, row.rule, urgent  # the same for most of a batch
        if key not in self._hearings:
            charter = self._evidence.charter(row)
            duty = charter.duty_desk(self._deps.node.identity.party) if charter else None
            reachable = hearing(self._deps.calendar, now, self._rule(row), duty, urgent=urgent)
            waits = self._deps.alerts.office_hours
            self._hearings[key] = reachable if waits else Hearing(now, reachable.duty)
        return self._hearings[key]

    def _tell(self, draft: Draft) -> None:
        now = self._deps.node.clock.now()
        waited = [max((now - planned).total_seconds(), 0.0) for _, _, planned in draft.events]
        for late in waited:
            self._deps.reports.lateness(late)
        if len(waited) > LINES:
            log.info("due.together", entries=len(waited), late_seconds=round(max(waited), 3))
        for late, (event, row, _) in zip(waited[:LINES], draft.events, strict=False):
            log.info(
                event,
                position=str(row.position),
                q=row.q,
                due=row.due,
                fired=now.isoformat(),
                late_seconds=round(late, 3),
            )
        if draft.unmanned:
            self._deps.node.alarms.sound("escalation-unmanned")
        elif draft.private:
            self._deps.node.alarms.quiet("escalation-unmanned")


def _threads(asks: Iterable[QuestionRow]) -> frozenset[RowKey]:
    return frozenset(("thread", row.thread) for row in asks)
