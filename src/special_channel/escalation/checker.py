"""Check questions whose time has come, and record passed due times and ladder steps.

Every look decides from the record alone, so reminders may be lost, duplicated or late. Under the
lock on both heads the question's row is read again; entries, rows and alerts are one transaction
(rule 16). Steps:

1. Is the question open, and is its due time firm?
2. Was the question delivered in time?
3. Has the due time come, by `Clock`?
4. Does the other side's signed head show an answer?
5. Under the lock (`writer.py`): check again, then write.

Does not access Redis, does not send mail.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal

import structlog

from special_channel.core.bytes.errors import ChannelError, Corrupt, OutcomeUnknown, Unavailable
from special_channel.core.bytes.times import instant, timestamp
from special_channel.core.rows.private import EscalationRow
from special_channel.core.rows.questions import QuestionRow
from special_channel.core.rules.alerting import next_warning
from special_channel.core.rules.state import EntryRow, RowKey
from special_channel.escalation.canary import CANARY, Canaries
from special_channel.escalation.deps import EscalationDeps
from special_channel.escalation.drafts import Intent
from special_channel.escalation.evidence import Delivery, Evidence, read_evidence
from special_channel.escalation.plan import (
    Rules,
    is_over,
    is_passed,
    key_of,
    step_ahead,
)
from special_channel.escalation.relevance import REQUESTED_SHARE, REQUESTED_STEP, WARNING_STEP
from special_channel.escalation.statements import Moving
from special_channel.escalation.writer import EscalationWriter
from special_channel.stores.work import Look, QuestionKey

log = structlog.get_logger(__name__)

FILE_AGAIN: Final = timedelta(seconds=60)
"""Delay until the folder is read again for an adopted calendar release that is missing."""

SIGN_AGAIN: Final = timedelta(seconds=5)
"""Delay until a look is repeated whose entry the shared log refused for now."""

HEAD_AGAIN: Final = timedelta(seconds=2)
"""Delay until the peer's head is requested again, if no entry is allowed without a fresh head."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Result of a look.

    `done`: recorded, or nothing to record; the next look is planned from the record. `again`:
    look again at `at`. `waiting`: only an event, no time, leads to another look. `failed`:
    `code` is the error code.
    """

    kind: Literal["done", "again", "waiting", "failed"]
    at: datetime | None = None
    undelivered: bool = False
    code: str = ""


DONE: Final = Verdict("done")
WAITING: Final = Verdict("waiting")


class DueTimeChecker:
    """Checks questions and writes the results."""

    def __init__(self, deps: EscalationDeps) -> None:
        self._deps = deps
        self._head: str | None = None
        self._canaries = Canaries(deps)

    async def look(
        self, asks: Sequence[QuestionKey], looks: Mapping[QuestionKey, Look]
    ) -> dict[QuestionKey, Verdict]:
        """Check questions and write due entries, in one transaction unless the judge refuses.

        Returns:
            A verdict per question.

        Raises:
            Unavailable, OutcomeUnknown: The write is not confirmed; look again.
            Corrupt: Stop the worker.
        """
        if CANARY in asks:
            rest = [ask for ask in asks if ask != CANARY]
            canary = {CANARY: await self._fly(looks.get(CANARY))}
            return canary | (await self.look(rest, looks) if rest else {})
        deps, now = self._deps, self._deps.node.clock.now()
        evidence, staff = await read_evidence(deps), await deps.staff()
        rows = {key_of(row): row for row in await deps.stores.asks.get(asks)}
        dues = {instant(row.due) for row in rows.values()}
        until = max((due for due in dues if due <= now), default=now)
        self._reuse(evidence, until, looks)
        await evidence.load_proofs([row for row in rows.values() if row.is_open])
        desks = await _desks(self._deps, rows.values())
        warned = await self._warned(rows)
        rules = deps.rules(staff)
        check = _BatchCheck(deps, evidence, rules, now, until, desks, warned)
        raised = await deps.stores.asks.raised(asks)
        verdicts: dict[QuestionKey, Verdict] = {}
        intents: list[Intent] = []
        for ask in sorted(asks):
            if not ((row := rows.get(ask)) and row.is_open):
                verdicts[ask] = DONE
                continue
            outcome = await _guarded(check, row, raised.get(ask, ()), looks.get(ask))
            if isinstance(outcome, Verdict):
                verdicts[ask] = outcome
            else:
                intents.append(outcome)
        self._head = evidence.head
        if not check.provisional and any(_is_recounted(intent) for intent in intents):
            self._deps.node.alarms.quiet("deadline-provisional")
        return verdicts | await self._act(EscalationWriter(deps, evidence, staff, rules), intents)

    async def _warned(
        self, rows: Mapping[QuestionKey, QuestionRow]
    ) -> Mapping[tuple[QuestionKey, str], int]:
        """Return the last warning's step, by question and due time, where we may warn our desk."""
        own = self._deps.node.identity.party
        asks = [ask for ask, row in rows.items() if row.asker != own or not row.is_agreed]
        return await self._deps.alerts.outbox.warned(asks) if asks else {}

    async def _fly(self, look: Look | None) -> Verdict:
        if look is None:
            return DONE
        try:
            return Verdict("again", await self._canaries.fly(look))
        except (Unavailable, OutcomeUnknown, Corrupt):
            raise
        except Exception as error:
            log.exception("canary.failed")
            return _failed(error)

    def _reuse(
        self, evidence: Evidence, until: datetime, looks: Mapping[QuestionKey, Look]
    ) -> None:
        """Reuse the previous batch's head if its stamp is late enough for this batch."""
        # An answer after the stamp is an answer after the due time (rule 8). If the proof of
        # delivery came late, the head must be newer than the proof.
        time = evidence.head_time(self._head, self._deps.node.identity.peer)
        late = any(look.undelivered for look in looks.values())
        if self._head is not None and time is not None and time >= until and not late:
            evidence.reuse_head(self._head)

    async def _act(
        self, writer: EscalationWriter, intents: list[Intent]
    ) -> dict[QuestionKey, Verdict]:
        if not intents:
            return {}
        try:
            deferred = await writer.act(intents)
        except (Unavailable, Corrupt):
            raise
        except Exception as error:
            # Covers an unknown outcome too: the next look reads the rows that were written.
            if len(intents) == 1:
                log.exception("fire.failed", asks=1)
                return {intents[0].ask: _failed(error)}
        else:
            again = Verdict("again", self._deps.node.clock.now() + SIGN_AGAIN)
            # After the reminder of a requested date, no look is planned until somebody acts.
            ends = {one.ask: WAITING if one.is_reminder else DONE for one in intents}
            return {ask: again if ask in deferred else end for ask, end in ends.items()}
        # A refused intent must not block the others, so bisect until it is alone.
        half = len(intents) // 2
        return await self._act(writer, intents[:half]) | await self._act(writer, intents[half:])


async def _guarded(
    check: _BatchCheck, row: QuestionRow, raised: Sequence[EscalationRow], look: Look | None
) -> Intent | Verdict:
    try:
        return await check.at(row, raised, look)
    except (Unavailable, OutcomeUnknown, Corrupt):
        raise
    except Exception as error:
        log.exception("look.failed", position=str(row.position), q=row.q)
        return _failed(error)


def _is_recounted(intent: Intent) -> bool:
    return intent.moved_to is not None and intent.moved_to.basis == "calendar"


def _failed(error: Exception) -> Verdict:
    code = error.code if isinstance(error, ChannelError) else type(error).__name__
    return Verdict("failed", code=code)


@dataclass(frozen=True, slots=True)
class _BatchCheck:
    """Check of one batch of questions at one moment.

    `until` is the latest due time of the batch that has passed; `provisional` collects questions
    whose provisional due time has come. `warned` has the last warning's step, by question and
    due time.
    """

    deps: EscalationDeps
    evidence: Evidence
    rules: Rules
    now: datetime
    until: datetime
    desks: Mapping[str, str]
    warned: Mapping[tuple[QuestionKey, str], int] = field(default_factory=dict)
    provisional: list[QuestionKey] = field(default_factory=list)

    async def at(
        self, row: QuestionRow, raised: Sequence[EscalationRow], look: Look | None
    ) -> Intent | Verdict:
        """Return a verdict, or an intent to write."""
        if is_over(row) or not row.is_agreed:
            return WAITING if is_over(row) else self._requested(row)
        if row.is_provisional:  # step 1
            return await self._provisional(row)
        delivery = await self.evidence.delivery(row)  # step 2
        if row.asker != self.deps.node.identity.party:
            if delivery is None or self.evidence.is_late(row, delivery):
                return WAITING  # the asking side moves the due time (rule 12)
            return self._warning(row) or await self._step(row, raised)
        if is_passed(row):
            return await self._step(row, raised)
        return await self._own(row, delivery, look)

    def _requested(self, row: QuestionRow) -> Intent | Verdict:
        """Remind our desk once of a date that we requested; no due time passes (rule 15)."""
        if row.asker != self.deps.node.identity.party:
            return WAITING
        if self.now < instant(row.due):
            return Verdict("again", instant(row.due))
        if self.warned.get((key_of(row), row.due), 0) >= REQUESTED_STEP:
            return WAITING
        return Intent(row, warning_share=REQUESTED_SHARE)

    def _warning(self, row: QuestionRow) -> Intent | Verdict | None:
        """Warn our desk before the due time, or look again at the time of the next warning."""
        if self.now >= instant(row.due):
            return None
        charter = self.evidence.charter(row)
        rule = charter.reply_rule(row.rule) if charter is not None and row.rule else None
        if charter is None or rule is None or not rule.warnings:
            return None
        calendars = self.deps.times.adopted(charter) or self.deps.times.calendars
        last = self.warned.get((key_of(row), row.due), WARNING_STEP) - WARNING_STEP
        ahead = next_warning(row, rule, calendars, self.now, last)
        if ahead is None:
            return None
        if ahead.at > self.now:
            return Verdict("again", ahead.at)
        return Intent(row, warning_share=ahead.share)

    async def _own(
        self, row: QuestionRow, delivery: Delivery | None, look: Look | None
    ) -> Intent | Verdict:
        """Check our question, whose current due time is not recorded as passed."""
        if delivery is not None and self.evidence.is_late(row, delivery):
            return self._move(row, delivery)
        if self.now < instant(row.due):  # step 3
            return Verdict("again", instant(row.due))
        if delivery is None:
            return Verdict("waiting", undelivered=True)
        return await self._pass(row, delivery, look)

    async def _provisional(self, row: QuestionRow) -> Intent | Verdict:
        """Recalculate a provisional due time if a calendar release has arrived; else wait."""
        if row.asker == self.deps.node.identity.party:
            moving = await self.evidence.recounted(row, self.now)
            if moving is not None:
                return Intent(row, moved_to=moving)
        if self.now < instant(row.due):
            return Verdict("again", self._until(instant(row.due)))
        self.provisional.append(key_of(row))
        self.deps.node.alarms.sound("deadline-provisional", position=str(row.position), q=row.q)
        missing = self.evidence.release_missing
        return Verdict("again", self._until(None)) if missing else Verdict("waiting")

    def _until(self, due: datetime | None) -> datetime:
        """Return the time of the next look: soon while an adopted release's file is missing."""
        soon = self.now + FILE_AGAIN
        return soon if due is None or (self.evidence.release_missing and soon < due) else due

    def _move(self, row: QuestionRow, delivery: Delivery) -> Intent:
        moved = self.evidence.moved_due(row, delivery, self.now)
        moving = Moving(
            due=timestamp(moved.instant),
            basis="delivered-late",
            delivered=delivery.note,
            provisional=moved.provisional,
        )
        return Intent(row, moved_to=moving)

    async def _pass(
        self, row: QuestionRow, delivery: Delivery, look: Look | None
    ) -> Intent | Verdict:
        head = await self.evidence.fresh_head(self.until)  # step 4
        if head is None:
            if look is not None and look.undelivered:
                # The proof came after the due time: only a fresh head of the peer shows that no
                # answer came with the proof (rule 11).
                return Verdict("again", self.now + HEAD_AGAIN, undelivered=True)
            head = await self.evidence.stored_head(row.answering)
        if self.evidence.shows_answer(head, row):
            head = None
        desk = self.desks.get(row.note, "")
        return Intent(row, (), delivery_note=delivery.note, head=head, desk=desk)

    async def _step(self, row: QuestionRow, raised: Sequence[EscalationRow]) -> Intent | Verdict:
        following = step_ahead(row, raised, self.rules)
        if following is None:
            return DONE
        if following.at > self.now:
            return Verdict("again", following.at)
        desk = self.desks.get(row.note, "")
        return Intent(row, _about_due(row, raised), desk=desk, has_steps=bool(raised))


def _about_due(row: QuestionRow, raised: Sequence[EscalationRow]) -> tuple[EscalationRow, ...]:
    """Return the steps raised about the current due time."""
    return tuple(step for step in raised if step.due == row.due)


async def _desks(deps: EscalationDeps, rows: Iterable[QuestionRow]) -> dict[str, str]:
    """Return the desk of each author by note id, for our questions only."""
    own = deps.node.identity.party
    notes = frozenset[RowKey](("entry", row.note) for row in rows if row.asker == own)
    if not notes:
        return {}
    rows_of = await deps.stores.record.rows(notes)
    entries = [row for row in rows_of.values() if isinstance(row, EntryRow)]
    people = await deps.alerts.officials.of_keys(sorted({row.by for row in entries}))
    return {row.id: people[row.by].desk for row in entries if row.by in people}
