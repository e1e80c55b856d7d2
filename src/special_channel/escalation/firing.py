"""Looking at an ask whose time has come, and saying in the record what is so.

Every look decides again from the record, so reminders may be lost, doubled or late. The
fence is the append: under the lock on both heads the ask's row is read once more, and
the entries, the rows and the alerts are one transaction (rule 16). Steps:

1. Is the ask open, and is its due time in force firm?
2. Had it arrived in time for that?
3. Has the time come, by the Clock?
4. What does the other side's signed head say?
5. Under the lock (`acting.py`): is it still so? Then write.

Does not know Redis, does not send mail.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal

import structlog

from special_channel.core.bytes.errors import ChannelError, Corrupt, OutcomeUnknown, Unavailable
from special_channel.core.bytes.times import instant, timestamp
from special_channel.core.rows.questions import QuestionRow
from special_channel.core.rules.private import EscalationRow
from special_channel.core.rules.state import EntryRow, RowKey
from special_channel.escalation.acting import Acting
from special_channel.escalation.canary import CANARY, Canaries
from special_channel.escalation.drafts import Intent
from special_channel.escalation.evidence import Delivery, Evidence, read_evidence
from special_channel.escalation.house import House
from special_channel.escalation.people import read_staff
from special_channel.escalation.plan import Rules, is_held, is_over, is_passed, key_of, step_ahead
from special_channel.escalation.statements import Moving
from special_channel.escalation.wanted import REQUESTED_SHARE, REQUESTED_STEP
from special_channel.escalation.warning import warning_ahead
from special_channel.ports.work import AskKey, Look

log = structlog.get_logger(__name__)

FILE_AGAIN: Final = timedelta(seconds=60)
"""Until the folder is read again for a calendar release that was adopted and is not there."""

SIGN_AGAIN: Final = timedelta(seconds=5)
"""Until a look that may not sign in the shared log looks again whether it may."""

HEAD_AGAIN: Final = timedelta(seconds=2)
"""Until the peer's head is asked for again, where nothing may be said without it."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a look came to.

    `done`: said, or nothing to say; what is ahead follows from the record. `again`: not
    before `at`. `waiting`: for something that no clock brings. `failed`: `code` says why.
    """

    kind: Literal["done", "again", "waiting", "failed"]
    at: datetime | None = None
    undelivered: bool = False
    code: str = ""


DONE: Final = Verdict("done")
WAITING: Final = Verdict("waiting")


class Firing:
    """Looks at asks."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._head: str | None = None
        self._canaries = Canaries(house)

    async def look(
        self, asks: Sequence[AskKey], looks: Mapping[AskKey, Look]
    ) -> dict[AskKey, Verdict]:
        """Look at these asks and write what is due, in one transaction if nothing refuses.

        Raises:
            Unavailable, OutcomeUnknown: Nothing is known to be written; look again.
            Corrupt: Stop.
        """
        if CANARY in asks:
            rest = [ask for ask in asks if ask != CANARY]
            flown = {CANARY: await self._fly(looks.get(CANARY))}
            return flown | (await self.look(rest, looks) if rest else {})
        house, now = self._house, self._house.clock.now()
        evidence, staff = (
            await read_evidence(house),
            await read_staff(house.officials, house.ladder),
        )
        rows = {key_of(row): row for row in await house.asks.get(asks)}
        dues = {instant(row.due) for row in rows.values()}
        until = max((due for due in dues if due <= now), default=now)
        self._reuse(evidence, until, looks)
        await evidence.bring([row for row in rows.values() if row.is_open])
        desks = await _desks(self._house, rows.values())
        warned = await self._warned(rows)
        rules = house.rules(staff)
        looking = _Looking(house, evidence, rules, now, until, desks, warned)
        raised = await house.asks.raised(asks)
        verdicts: dict[AskKey, Verdict] = {}
        intents: list[Intent] = []
        for ask in sorted(asks):
            if not ((row := rows.get(ask)) and row.is_open):
                verdicts[ask] = DONE
                continue
            found = await _guarded(looking, row, raised.get(ask, ()), looks.get(ask))
            if isinstance(found, Verdict):
                verdicts[ask] = found
            else:
                intents.append(found)
        self._head = evidence.head
        if not looking.held and any(_is_recounted(intent) for intent in intents):
            self._house.alarms.quiet("deadline-provisional")
        return verdicts | await self._act(Acting(house, evidence, staff, rules), intents)

    async def _warned(self, rows: Mapping[AskKey, QuestionRow]) -> Mapping[tuple[AskKey, str], int]:
        """Return the last warning about those asks of which our desk may be warned."""
        own = self._house.identity.party
        asks = [ask for ask, row in rows.items() if row.asker != own or not row.is_agreed]
        return await self._house.outbox.warned(asks) if asks else {}

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

    def _reuse(self, evidence: Evidence, until: datetime, looks: Mapping[AskKey, Look]) -> None:
        """Take the head of the batch before, if it was stamped late enough for this one.

        What is answered after the stamp is answered after the due time (rule 8). Not where
        the proof of delivery came late: there the head must be newer than the proof.
        """
        time = evidence.head_time(self._head, self._house.identity.peer)
        late = any(look.undelivered for look in looks.values())
        if self._head is not None and time is not None and time >= until and not late:
            evidence.hold(self._head)

    async def _act(self, acting: Acting, intents: list[Intent]) -> dict[AskKey, Verdict]:
        if not intents:
            return {}
        try:
            held = await acting.act(intents)
        except (Unavailable, Corrupt):
            raise
        except Exception as error:
            # An unknown outcome, too: the next look finds what was written.
            if len(intents) == 1:
                log.exception("fire.failed", asks=1)
                return {intents[0].ask: _failed(error)}
        else:
            again = Verdict("again", self._house.clock.now() + SIGN_AGAIN)
            # Once reminded of a requested date, nothing is ahead until somebody acts.
            ends = {one.ask: WAITING if one.reminds else DONE for one in intents}
            return {ask: again if ask in held else end for ask, end in ends.items()}
        # One that is refused must not hold up the others: by halves it is soon alone.
        half = len(intents) // 2
        return await self._act(acting, intents[:half]) | await self._act(acting, intents[half:])


async def _guarded(
    looking: _Looking, row: QuestionRow, raised: Sequence[EscalationRow], look: Look | None
) -> Intent | Verdict:
    try:
        return await looking.at(row, raised, look)
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
class _Looking:
    """One batch of looks at one moment.

    `until` is the latest due time that it finds passed; `held` gathers asks whose due time
    is provisional and has come. `warned` is the last warning's step, by ask and due time.
    """

    house: House
    evidence: Evidence
    rules: Rules
    now: datetime
    until: datetime
    desks: Mapping[str, str]
    warned: Mapping[tuple[AskKey, str], int] = field(default_factory=dict)
    held: list[AskKey] = field(default_factory=list)

    async def at(
        self, row: QuestionRow, raised: Sequence[EscalationRow], look: Look | None
    ) -> Intent | Verdict:
        """Come to a verdict, or to what is to be written."""
        if is_over(row) or not row.is_agreed:
            return WAITING if is_over(row) else self._requested(row)
        if is_held(row):  # step 1
            return await self._held(row)
        delivery = await self.evidence.delivery(row)  # step 2
        if row.asker != self.house.identity.party:
            if delivery is None or self.evidence.is_late(row, delivery):
                return WAITING  # the asker moves it (rule 12)
            return self._warning(row) or await self._step(row, raised)
        if is_passed(row):
            return await self._step(row, raised)
        return await self._own(row, delivery, look)

    def _requested(self, row: QuestionRow) -> Intent | Verdict:
        """Remind our own desk once of a date that it requested; nothing passes (rule 15)."""
        if row.asker != self.house.identity.party:
            return WAITING
        if self.now < instant(row.due):
            return Verdict("again", instant(row.due))
        if self.warned.get((key_of(row), row.due), 0) >= REQUESTED_STEP:
            return WAITING
        return Intent(row, warns=REQUESTED_SHARE)

    def _warning(self, row: QuestionRow) -> Intent | Verdict | None:
        """Warn the own desk while there is time left, or look again when that is."""
        if self.now >= instant(row.due):
            return None
        ahead = warning_ahead(self.house, self.evidence, row, self.warned)
        if ahead is None:
            return None
        if ahead.at > self.now:
            return Verdict("again", ahead.at)
        return Intent(row, warns=ahead.share)

    async def _own(
        self, row: QuestionRow, delivery: Delivery | None, look: Look | None
    ) -> Intent | Verdict:
        """Look at an own ask whose due time in force is not recorded as passed."""
        if delivery is not None and self.evidence.is_late(row, delivery):
            return self._move(row, delivery)
        if self.now < instant(row.due):  # step 3
            return Verdict("again", instant(row.due))
        if delivery is None:
            return Verdict("waiting", undelivered=True)
        return await self._pass(row, delivery, look)

    async def _held(self, row: QuestionRow) -> Intent | Verdict:
        """Count a provisional due time again where a release has arrived; else hold it."""
        if row.asker == self.house.identity.party:
            moving = await self.evidence.recounted(row, self.now)
            if moving is not None:
                return Intent(row, moved_to=moving)
        if self.now < instant(row.due):
            return Verdict("again", self._until(instant(row.due)))
        self.held.append(key_of(row))
        self.house.alarms.sound("deadline-provisional", position=str(row.position), q=row.q)
        return Verdict("again", self._until(None)) if self.evidence.lacking else Verdict("waiting")

    def _until(self, due: datetime | None) -> datetime:
        """Look again soon where an adopted release is lacking here: its file may come."""
        soon = self.now + FILE_AGAIN
        return soon if due is None or (self.evidence.lacking and soon < due) else due

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
                # The proof came after due: only the peer's head, reached, tells that no
                # answer came with it (rule 11).
                return Verdict("again", self.now + HEAD_AGAIN, undelivered=True)
            head = await self.evidence.kept_head(row.answering)
        if self.evidence.shows_answer(head, row):
            head = None
        desk = self.desks.get(row.note, "")
        return Intent(row, (), passes=delivery.note, head=head, desk=desk)

    async def _step(self, row: QuestionRow, raised: Sequence[EscalationRow]) -> Intent | Verdict:
        following = step_ahead(row, raised, self.rules)
        if following is None:
            return DONE
        if following.at > self.now:
            return Verdict("again", following.at)
        desk = self.desks.get(row.note, "")
        return Intent(row, _about_due(row, raised), desk=desk, told=bool(raised))


def _about_due(row: QuestionRow, raised: Sequence[EscalationRow]) -> tuple[EscalationRow, ...]:
    """Return the steps raised about the due time in force."""
    return tuple(step for step in raised if step.due == row.due)


async def _desks(house: House, rows: Iterable[QuestionRow]) -> dict[str, str]:
    """Return the desk of whoever asked, by note, where the ask is ours."""
    own = house.identity.party
    notes = frozenset[RowKey](("entry", row.note) for row in rows if row.asker == own)
    async with house.record.begin() as transaction:
        rows_of = await transaction.rows(notes)
    found = [row for row in rows_of.values() if isinstance(row, EntryRow)]
    people = await house.officials.of_keys(sorted({row.by for row in found}))
    return {row.id: people[row.by].desk for row in found if row.by in people}
