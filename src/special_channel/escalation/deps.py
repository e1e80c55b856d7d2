"""Dependencies and settings that wiring passes to escalation.

Does not open connections, read the clock or draw randomness.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from special_channel.broker.act import Decide
from special_channel.broker.identity import Identity
from special_channel.broker.live import Changes
from special_channel.channels.alerts import Composer
from special_channel.core.bytes.ids import Position
from special_channel.core.rows.charter import Charter
from special_channel.core.time.calendars import Calendar
from special_channel.core.time.due import Calendars
from special_channel.core.time.ladder import Ladder
from special_channel.desk.thread_titles import ThreadTitles
from special_channel.escalation.people import Channels, Staff, read_staff
from special_channel.escalation.plan import Rules
from special_channel.ports import (
    Alarms,
    Clock,
    PeerHead,
    Randomness,
    Sleep,
    Timers,
    Transaction,
)
from special_channel.stores.doubts import DoubtStore
from special_channel.stores.occurrences import Occurrences
from special_channel.stores.outbox import Outbox
from special_channel.stores.people import Officials
from special_channel.stores.record import PostgresRecord
from special_channel.stores.work import Looks, OpenQuestions

DatabaseClock = Callable[[Transaction], Awaitable[datetime]]
"""Return the database's time, within a transaction that holds the head lock."""


@dataclass(frozen=True, slots=True)
class Canary:
    """Settings of the end-to-end test alert.

    Attributes:
        every: Interval between two canaries; zero disables canaries (tests only).
        to: Address of the operator, to test the first channel too. Empty: the canary stops at
            the outbox.
    """

    every: timedelta = timedelta(hours=1)
    to: str = ""


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    """Intervals and batch size of the worker. Changes and reminders can wake the worker earlier.

    Attributes:
        poll_seconds: Longest wait between two claims.
        lease_seconds: Lease of a claim; a crash delays its timers by at most this long.
        sweep_seconds: Interval between comparisons of database and reminders, ±25 %.
        batch: Timers per claim, and the most questions in one transaction, whose lock other
            writers wait for (about 0.3 s).
    """

    poll_seconds: float = 1.0
    lease_seconds: float = 30.0
    sweep_seconds: float = 10.0
    batch: int = 400


@dataclass(frozen=True, slots=True)
class NodeContext:
    """The node that escalation runs on, with its time and randomness.

    Attributes:
        identity: Party of the node and the node key that signs.
        url: Base URL of our node's pages, without a slash at the end.
        changes: Wakes tasks that wait for a change of the record.
        alarms: Alarms for the operator.
        clock: Clock of the node; no other clock decides whether a due time has come.
        randomness: Source of tokens and jitter.
        sleep: Waits for a number of seconds.
    """

    identity: Identity
    url: str
    changes: Changes
    alarms: Alarms
    clock: Clock
    randomness: Randomness
    sleep: Sleep

    def jittered(self, seconds: float, share: float) -> float:
        """Return a wait changed by up to ±`share` at random.

        `seconds` is the planned wait, `share` a fraction of 1.
        """
        # Without jitter, all workers would claim at the same moment.
        draw = int.from_bytes(self.randomness.bytes(2)[-2:]) / 0xFFFF
        return seconds * (1 + share * (2 * draw - 1))


@dataclass(frozen=True, slots=True)
class RecordStores:
    """The record, its open questions, and the planned looks at them.

    Attributes:
        record: The whole record.
        append: `Appender.perform`: takes the lock and commits.
        doubts: Doubt about keys and entries.
        asks: Query of open questions.
        looks: Planned looks.
        ledger: Clock of the database; nothing fires while it differs too much from the node's.
            None: no comparison, for tests that set the time by hand.
    """

    record: PostgresRecord
    append: Callable[[Decide], Awaitable[object]]
    doubts: DoubtStore
    asks: OpenQuestions
    looks: Looks
    ledger: DatabaseClock | None = None


@dataclass(frozen=True, slots=True)
class ReminderStore:
    """Reminders, and the administrative view of the same reminders."""

    timers: Timers
    index: Timers


@dataclass(frozen=True, slots=True)
class AlertContext:
    """The outbox, the recipients, and the channels to them.

    Attributes:
        outbox: Queue of alerts.
        occurrences: Reports to our officials about undelivered entries.
        officials: Directory of our officials.
        channels: Channels to our officials.
        composer: Renders letters.
        office_hours: Whether alerts wait for the recipient's office to open.
        canary: Settings of the end-to-end test alert.
        unreadable: Counts unreadable responses of channels.
        titles: Titles of threads, where our side lets mails show them; None where it does not.
    """

    outbox: Outbox
    occurrences: Occurrences
    officials: Officials
    channels: Channels
    composer: Composer
    office_hours: bool = False
    canary: Canary = field(default_factory=Canary)
    unreadable: Callable[[], None] = lambda: None
    titles: ThreadTitles | None = None


@dataclass(frozen=True, slots=True)
class PeerState:
    """What escalation asks of the link.

    Attributes:
        heads: Requests the peer's stamped head.
        down_since: Time since when the link is down, or None.
        gap: Position of the peer's incomplete entry that blocks judging, or None.
    """

    heads: PeerHead
    down_since: Callable[[], datetime | None]
    gap: Callable[[], Position | None]


@dataclass(frozen=True, slots=True)
class DueRules:
    """Rules of due times and steps.

    Attributes:
        ladder: Our side's ladder.
        calendars: Calendars of both sides.
        adopted: Returns the calendars that a charter adopted; None while a release is missing.
    """

    ladder: Ladder
    calendars: Calendars
    adopted: Callable[[Charter], Calendars | None] = lambda _charter: None


@dataclass(frozen=True, slots=True)
class Reports:
    """Functions that are told what escalation did.

    Attributes:
        lateness: Called with the seconds between planned time and execution.
        pulse: Called with the name of each task whose step succeeded.
        outcome: Called with channel, state and seconds of each closed alert.
    """

    lateness: Callable[[float], None] = lambda _seconds: None
    pulse: Callable[[str], None] = lambda _task: None
    outcome: Callable[[str, str, float], None] = lambda _channel, _state, _seconds: None


@dataclass(frozen=True, slots=True)
class EscalationDeps:
    """Dependencies of one node's escalation, in bundles; each class takes those that it needs."""

    node: NodeContext
    stores: RecordStores
    reminders: ReminderStore
    alerts: AlertContext
    link: PeerState
    times: DueRules
    reports: Reports = field(default_factory=Reports)
    settings: WorkerSettings = field(default_factory=WorkerSettings)

    @property
    def calendar(self) -> Calendar:
        """Our side's calendar: steps wait for its working days."""
        return self.times.calendars[self.node.identity.party]

    async def staff(self) -> Staff:
        """Read our officials, by their place on the ladder."""
        party = self.node.identity.party
        return await read_staff(self.alerts.officials, self.times.ladder, party)

    def rules(self, staff: Staff) -> Rules:
        """Return the rules of planning, given the officials present."""
        return Rules(self.node.identity.party, self.times.ladder, self.calendar, staff.absent())
