"""What proves that an ask had arrived, and that no answer existed (rules 9 to 12).

Does not decide: it brings signed notes and the times in them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from special_channel.core.bytes.errors import Unavailable
from special_channel.core.bytes.ids import PARTIES, Party, Position
from special_channel.core.bytes.times import instant
from special_channel.core.log.checkpoint import cosigned_at, parse_body
from special_channel.core.log.note import Note, VerifierKey
from special_channel.core.replay.needs import PARTY_ROWS
from special_channel.core.rows.charter import Charter, CharterRow, InForce, charter_of, in_force
from special_channel.core.rows.directory import PartyRow
from special_channel.core.rows.past import Past
from special_channel.core.rows.questions import QuestionRow
from special_channel.core.rules.earliest import stated_calendars
from special_channel.core.rules.rebasing import counted_anew, started
from special_channel.core.rules.replying import due_by, notice_ends
from special_channel.core.time.due import Calendars, Due
from special_channel.escalation.house import House
from special_channel.escalation.statements import Moving

FRESH_SECONDS: Final = 0.5
"""How long a deadline that is passing waits for the other side's stamped head (rule 11)."""

AGAIN_SECONDS: Final = 0.1
EVERYTHING: Final = 2**53
"""Larger than any log: a past that holds all that is known."""

_TRIES: Final = 5
"""A head is stamped in whole seconds, rounded down: a clock that is a little behind ours
stamps the second before the due time, so we ask again within the half second."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A cosignature that covers an ask, and the instant in it."""

    note: str
    at: datetime


class Evidence:
    """Signed notes of one batch of asks. The peer is asked for its head once for all.

    `lacking`: the charter in force adopted a calendar release that isn't held here.
    """

    def __init__(
        self, house: House, cosigning: dict[Party, VerifierKey], charters: Charters
    ) -> None:
        self._house = house
        self._cosigning = cosigning
        self._charters = charters
        self._asked = False
        self.lacking = False
        self._head: str | None = None
        self._kept: dict[Party, str | None] = {}
        self._times: dict[tuple[str, Party], datetime] = {}
        self._notes: dict[Position, str | None] = {}
        self._proofs: dict[str, Delivery] = {}

    async def bring(self, rows: Iterable[QuestionRow]) -> None:
        """Read the proofs of delivery of these asks in one go.

        Raises:
            Unavailable: `database-unavailable`.
        """
        for party in PARTIES:
            indexes = sorted({row.index for row in rows if row.asker == party})
            if indexes:
                found = await self._house.record.cosigned_above(party, indexes)
                self._notes |= {Position(party, index): found.get(index) for index in indexes}

    async def delivery(self, row: QuestionRow) -> Delivery | None:
        """Return the first proof held that an ask had arrived, or None.

        On the asker's node it is the peer's cosignature, on the answering side's its own.
        """
        if row.position not in self._notes:
            await self.bring([row])
        note = self._notes[row.position]
        if note is None:
            return None
        if note not in self._proofs:
            at = cosigned_at(note, self._cosigning[row.answering])
            self._proofs[note] = Delivery(note, datetime.fromtimestamp(at, UTC))
        return self._proofs[note]

    def head_time(self, head: str | None, answering: Party) -> datetime | None:
        """Return the time of a stamped head."""
        if head is None:
            return None
        if (head, answering) not in self._times:
            time = cosigned_at(head, self._cosigning[answering])
            self._times[head, answering] = datetime.fromtimestamp(time, UTC)
        return self._times[head, answering]

    async def fresh_head(self, until: datetime) -> str | None:
        """Return the peer's fresh head whose tree we hold, stamped `until` or later if it can be.

        None: nothing came in time. What comes may bear an earlier time, where the peer's
        clock is behind.
        """
        if not self._asked:
            self._asked = True
            self._head = await self._ask(until)
        return self._head

    @property
    def head(self) -> str | None:
        """The head that was asked for, if one was and came."""
        return self._head

    async def kept_head(self, answering: Party) -> str | None:
        """Return the newest stamped head kept of that side, where no fresh one came.

        Raises:
            Unavailable: `database-unavailable`.
        """
        if answering not in self._kept:
            self._kept[answering] = await self._house.record.stamped(answering)
        return self._kept[answering]

    def shows_answer(self, head: str | None, row: QuestionRow) -> bool:
        """Tell whether an answer, withdrawn since, still stands in this head (rule 11)."""
        return head is not None and row.stands_at(parse_body(Note.parse(head).text).size)

    def hold(self, head: str) -> None:
        """Use this head of an earlier batch, and don't ask."""
        self._asked, self._head = True, head

    async def _ask(self, until: datetime) -> str | None:
        clock, peer = self._house.clock, self._house.identity.peer
        began = clock.monotonic()
        head: str | None = None
        for _ in range(_TRIES):
            left = FRESH_SECONDS - (clock.monotonic() - began)
            if left <= 0:
                break
            fresh = await self._house.heads.fresh_head(left)
            if fresh is None:
                break
            head = fresh
            time = self.head_time(head, peer)
            if time is not None and time >= until:
                break
            await self._house.sleep(AGAIN_SECONDS)
        return head

    def charter(self, row: QuestionRow) -> Charter | None:
        """Return the charter that an ask names."""
        return self._charters.get(row.charter)

    def is_late(self, row: QuestionRow, delivery: Delivery) -> bool:
        """Tell whether an ask arrived after its due time or inside the minimum notice.

        Only of a counted due time: who accepted or proposed one had the question (rule 12).

        Raises:
            Malformed: As `core.due.due`.
        """
        charter = self._charters.get(row.counted_by[0])
        rule = charter.reply_rule(row.rule) if charter and row.is_counted else None
        if charter is None or rule is None:
            return False
        calendars = self._calendars(charter)
        ends = notice_ends(charter.limits, rule, calendars, row.answering, delivery.at)
        return ends > instant(row.due)

    def moved_due(self, row: QuestionRow, delivery: Delivery, now: datetime) -> Due:
        """Count the due time anew from delivery; from now where that has passed already.

        Raises:
            Malformed: As `core.due.due`.
        """
        charter = self.charter(row)
        rule = charter.reply_rule(row.rule) if charter else None
        assert charter is not None and rule is not None  # noqa: S101, PT018 - `is_late` said so
        calendars, answering = self._calendars(charter), row.answering
        counted = due_by(rule, calendars, answering, delivery.at)
        return counted if counted.instant > now else due_by(rule, calendars, answering, now)

    async def recounted(self, row: QuestionRow, now: datetime) -> Moving | None:
        """Count a provisional due time by the calendars adopted since; None: still provisional.

        Never earlier than it was (that needs the other side's proposal) nor than the
        minimum notice from now. Under another rule of that name nothing is counted: a
        person rebases.

        Raises:
            Malformed: As `core.due.due`.
        """
        charter, force = self.charter(row), self._charters.in_force(self._house.identity.party)
        rule = charter.reply_rule(row.rule) if charter and row.rule else None
        if force is None or rule is None or force.charter.reply_rule(row.rule) != rule:
            return None
        before = self._charters.get(row.counted_by[0])
        if before is None or before.calendars == force.charter.calendars:
            return None
        calendars, named = self._house.adopted(force.charter), force.charter.calendar(row.answering)
        if calendars is None or named is None:
            self.lacking = True
            self._house.alarms.sound("calendar-missing", side=row.answering)
            return None
        self._house.alarms.quiet("calendar-missing")
        start = await self._start(row)
        earliest = notice_ends(force.charter.limits, rule, calendars, row.answering, now)
        counted = counted_anew(row, rule, calendars, start, earliest)
        if counted.provisional:
            return None
        return Moving(counted.stamp, "calendar", counted_by=(force.digest, named.digest))

    async def _start(self, row: QuestionRow) -> datetime:
        """Return from when an ask counts: its own time, or its delivery's if that was late."""
        delivery = await self.delivery(row)
        return started(row, delivery.at if delivery else None)

    def _calendars(self, charter: Charter) -> Calendars:
        """Return the calendars that a charter adopted; our own where it does not state its days."""
        held = self._house.adopted(charter)
        return held or {**self._house.calendars, **stated_calendars(charter.calendars)}


class Charters:
    """Charters by their digest."""

    def __init__(self, rows: list[CharterRow]) -> None:
        self._rows = rows
        self._known: dict[str, Charter | None] = {}

    def in_force(self, own: Party) -> InForce | None:
        """Return the charter in force at the heads that this node holds."""
        return in_force(tuple(self._rows), Past(own, EVERYTHING, EVERYTHING))

    def get(self, digest: str) -> Charter | None:
        """Return the charter with this digest."""
        if digest not in self._known:  # a batch asks for few, often
            self._known[digest] = charter_of(tuple(self._rows), digest)
        return self._known[digest]


async def read_evidence(house: House) -> Evidence:
    """Read what notes are checked by: both sides' cosigning keys, and all charters.

    Raises:
        Unavailable: `party-unknown` while one of the foundings is not held.
    """
    async with house.record.begin() as transaction:
        rows = await transaction.rows(frozenset(PARTY_ROWS))
    cosigning: dict[Party, VerifierKey] = {}
    for party in PARTIES:
        row = rows.get(("party", party))
        if not isinstance(row, PartyRow):
            raise Unavailable("party-unknown", "A side's founding is not held yet.", party=party)
        cosigning[party] = VerifierKey.parse(row.cosigning_vkey)
    charters = Charters([row for row in rows.values() if isinstance(row, CharterRow)])
    return Evidence(house, cosigning, charters)


__all__ = ["Charters", "Delivery", "Evidence", "read_evidence"]
