"""Evidence that a question was delivered and that no answer existed (rules 9 to 12).

Does not decide: loads signed notes and reads the times in them, and the doubt about a note's keys.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, partial
from typing import Final

import structlog

from special_channel.core.bytes.errors import BadSignature, Corrupt, Unavailable
from special_channel.core.bytes.ids import PARTIES, Party, Position
from special_channel.core.bytes.times import instant
from special_channel.core.log.checkpoint import parse_body
from special_channel.core.log.note import Note
from special_channel.core.replay.needs import PARTY_ROWS
from special_channel.core.rows.charter import Charter, CharterRow, charter_of, in_force
from special_channel.core.rows.directory import PartyRow
from special_channel.core.rows.log_keys import LogKey, cosigned_time, trusted
from special_channel.core.rows.past import Past
from special_channel.core.rows.questions import QuestionRow
from special_channel.core.rules.doubt import NO_DOUBT, EntryDoubt, KnownDoubts
from special_channel.core.rules.earliest import stated_calendars
from special_channel.core.rules.rebasing import counted_anew, started
from special_channel.core.rules.replying import due_by, notice_ends
from special_channel.core.time.due import Calendars, Due
from special_channel.escalation.deps import EscalationDeps
from special_channel.escalation.statements import Moving

log = structlog.get_logger(__name__)

FRESH_SECONDS: Final = 0.5
"""Longest wait of a passing due time for the other side's stamped head (rule 11)."""

AGAIN_SECONDS: Final = 0.1
EVERYTHING: Final = 2**53
"""Larger than any log size: a past of all known entries."""

_TRIES: Final = 5
"""A head is stamped in whole seconds, rounded down: a clock slightly behind ours stamps the second
before the due time, so we request the head again within the half second."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A cosigned note that covers a question, and the cosignature's time."""

    note: str
    at: datetime


class Evidence:
    """Signed notes for one batch of questions. The peer's head is requested once per batch.

    Attributes:
        release_missing: The charter in force adopted a calendar release that is not stored here.
        head: The peer's head, received or reused, or None.
    """

    def __init__(
        self,
        deps: EscalationDeps,
        cosigning: dict[Party, tuple[LogKey, ...]],
        charters: tuple[CharterRow, ...],
        doubts: KnownDoubts,
    ) -> None:
        self._deps = deps
        self._doubts = doubts
        self._cosigning = cosigning
        self._charters = charters
        # Cached: a batch looks up few charters often.
        self._charter_of = cache(partial(charter_of, charters))
        self._asked = False
        self.release_missing = False
        self.head: str | None = None
        self._kept: dict[Party, str | None] = {}
        self._times: dict[tuple[str, Party], datetime] = {}
        self._notes: dict[Position, str | None] = {}

    async def load_proofs(self, rows: Iterable[QuestionRow]) -> None:
        """Read the proofs of delivery of questions in one query per side.

        Raises:
            Unavailable: `database-unavailable`.
        """
        for party in PARTIES:
            indexes = sorted({row.index for row in rows if row.asker == party})
            if indexes:
                notes = await self._deps.stores.record.cosigned_above(party, indexes)
                self._notes |= {Position(party, index): notes.get(index) for index in indexes}

    async def delivery(self, row: QuestionRow) -> Delivery | None:
        """Return the first stored proof that a question was delivered, or None.

        The proof is the answering side's cosignature, on both nodes.
        """
        if row.position not in self._notes:
            await self.load_proofs([row])
        note = self._notes[row.position]
        if note is not None and not self._counts(note, row.answering):
            # By a key that is compromised by now: the newest note covers the question, too.
            size = (await self._deps.stores.record.head(row.asker)).cosigned
            note = await self._deps.stores.record.cosigned(row.asker, size - 1)
        if note is None or not self._counts(note, row.answering):
            return None
        return Delivery(note, self._time(note, row.answering))

    def head_time(self, head: str | None, answering: Party) -> datetime | None:
        """Return the time of a stamped head; None without a head."""
        return None if head is None else self._time(head, answering)

    def _counts(self, note: str, party: Party) -> bool:
        """Tell whether a key of the party that is not compromised cosigned a note (K18)."""
        try:
            self._time(note, party)
        except BadSignature:
            return False
        return True

    def _time(self, note: str, party: Party) -> datetime:
        """Return the time of a party's cosignature, cached."""
        if (note, party) not in self._times:
            time = cosigned_time(note, self._cosigning[party])
            self._times[note, party] = datetime.fromtimestamp(time, UTC)
        return self._times[note, party]

    async def fresh_head(self, until: datetime) -> str | None:
        """Return the peer's fresh head, for a tree that we have, or None if none came in time.

        Requests a stamp of `until` or later; the stamp is earlier if the peer's clock is behind.
        """
        if not self._asked:
            self._asked = True
            self.head = await self._ask(until)
        return self.head

    async def stored_head(self, answering: Party) -> str | None:
        """Return the newest stored head of a side, as a fallback for a fresh head.

        Raises:
            Unavailable: `database-unavailable`.
        """
        if answering not in self._kept:
            note = await self._deps.stores.record.stamped(answering)
            kept = note if note is not None and self._counts(note, answering) else None
            self._kept[answering] = kept
        return self._kept[answering]

    def shows_answer(self, head: str | None, row: QuestionRow) -> bool:
        """Return whether this head covers an answer that was withdrawn later (rule 11)."""
        return head is not None and row.stands_at(parse_body(Note.parse(head).text).size)

    def reuse_head(self, head: str) -> None:
        """Use the head of an earlier batch instead of a request."""
        self._asked, self.head = True, head

    async def _ask(self, until: datetime) -> str | None:
        clock, peer = self._deps.node.clock, self._deps.node.identity.peer
        began = clock.monotonic()
        head: str | None = None
        for _ in range(_TRIES):
            left = FRESH_SECONDS - (clock.monotonic() - began)
            if left <= 0:
                break
            fresh = await self._deps.link.heads.fresh_head(left)
            if fresh is None:
                break
            head = fresh
            time = self.head_time(head, peer)
            if time is not None and time >= until:
                break
            await self._deps.node.sleep(AGAIN_SECONDS)
        return head

    def charter(self, row: QuestionRow) -> Charter | None:
        """Return the charter that a question names."""
        return self._charter_of(row.charter)

    def doubt(self, row: QuestionRow) -> EntryDoubt | None:
        """Return the doubt about a question's note; None without doubt, or confirmed."""
        return self._doubts.of(row.position)

    def is_late(self, row: QuestionRow, delivery: Delivery) -> bool:
        """Return whether a question was delivered after its due time or within minimum notice.

        False unless the due time was counted by a rule: a side that accepted or proposed a due
        time had received the question (rule 12).

        Raises:
            Malformed: As `core.due.due`.
        """
        charter = self._charter_of(row.counted_by[0])
        rule = charter.reply_rule(row.rule) if charter and row.is_counted else None
        if charter is None or rule is None:
            return False
        calendars = self._calendars(charter)
        ends = notice_ends(charter.limits, rule, calendars, row.answering, delivery.at)
        return ends > instant(row.due)

    def moved_due(self, row: QuestionRow, delivery: Delivery, now: datetime) -> Due:
        """Calculate the due time from delivery, or from `now` if the result has passed.

        Raises:
            Malformed: As `core.due.due`.
        """
        charter = self.charter(row)
        rule = charter.reply_rule(row.rule) if charter else None
        assert charter is not None and rule is not None  # noqa: S101, PT018 - `is_late` checks both
        calendars, answering = self._calendars(charter), row.answering
        counted = due_by(rule, calendars, answering, delivery.at)
        return counted if counted.instant > now else due_by(rule, calendars, answering, now)

    async def recounted(self, row: QuestionRow, now: datetime) -> Moving | None:
        """Recalculate a provisional due time by newly adopted calendars; None: still provisional.

        The result is not earlier than the old due time and not earlier than the minimum notice
        from now. If the charter in force changed the reply rule, the result is None.

        Raises:
            Malformed: As `core.due.due`.
        """
        known = Past(self._deps.node.identity.party, EVERYTHING, EVERYTHING)
        charter, force = self.charter(row), in_force(self._charters, known)
        rule = charter.reply_rule(row.rule) if charter and row.rule else None
        if force is None or rule is None or force.charter.reply_rule(row.rule) != rule:
            return None  # a person must rebase the question to a changed rule
        before = self._charter_of(row.counted_by[0])
        if before is None or before.calendars == force.charter.calendars:
            return None
        calendars = self._deps.times.adopted(force.charter)
        named = force.charter.calendar(row.answering)
        if calendars is None or named is None:
            self.release_missing = True
            self._deps.node.alarms.sound("calendar-missing", side=row.answering)
            return None
        self._deps.node.alarms.quiet("calendar-missing")
        start = await self._start(row)
        earliest = notice_ends(force.charter.limits, rule, calendars, row.answering, now)
        # Never earlier than before: an earlier due time needs the other side's proposal.
        counted = counted_anew(row, rule, calendars, start, earliest)
        if counted.provisional:
            return None
        return Moving(counted.stamp, "calendar", counted_by=(force.digest, named.digest))

    async def _start(self, row: QuestionRow) -> datetime:
        """Return the start of a question's period: its own time, or the time of late delivery."""
        delivery = await self.delivery(row)
        return started(row, delivery.at if delivery else None)

    def _calendars(self, charter: Charter) -> Calendars:
        """Return a charter's adopted calendars, else our calendars with days the charter states."""
        adopted = self._deps.times.adopted(charter)
        return adopted or {**self._deps.times.calendars, **stated_calendars(charter.calendars)}


async def read_evidence(deps: EscalationDeps) -> Evidence:
    """Read both sides' cosigning keys, all charters, and the doubt about entries.

    Raises:
        Unavailable: `party-unknown` while a side's founding entry is not stored.
    """
    rows = await deps.stores.record.rows(frozenset(PARTY_ROWS))
    cosigning: dict[Party, tuple[LogKey, ...]] = {}
    for party in PARTIES:
        row = rows.get(("party", party))
        if not isinstance(row, PartyRow):
            raise Unavailable("party-unknown", "A side's founding is not held yet.", party=party)
        cosigning[party] = trusted(row.cosigning)
    charters = tuple(row for row in rows.values() if isinstance(row, CharterRow))
    return Evidence(deps, cosigning, charters, await _doubts(deps))


async def _doubts(deps: EscalationDeps) -> KnownDoubts:
    """Read the doubt about entries; none if a row of it is damaged."""
    heads = await deps.stores.record.heads()
    try:
        return await deps.stores.doubts.known(heads)
    except Corrupt as error:
        # Doubt changes no due time, so an alert without it is better than no alert.
        log.warning("doubt.unreadable", code=error.code)
        return NO_DOUBT
