"""What wiring hands to escalation.

Does not open connections, read the clock or draw randomness.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta

from special_channel.broker.act import Decide
from special_channel.broker.identity import Identity
from special_channel.broker.live import Changes
from special_channel.channels.alerts import Composer
from special_channel.core.rows.charter import Charter
from special_channel.core.time.calendars import Calendar
from special_channel.core.time.due import Calendars
from special_channel.core.time.ladder import Ladder
from special_channel.escalation.people import Staff, Ways
from special_channel.escalation.plan import Rules
from special_channel.ports import Clock, Randomness, TimerIndex, Timers
from special_channel.ports.ledger import LedgerClock
from special_channel.ports.mirror import Alarms, Sleep
from special_channel.ports.occurrences import Occurrences
from special_channel.ports.people import Officials
from special_channel.ports.work import Gap, LinkDown, Looks, OpenAsks, Outbox, PeerHead, WholeRecord


def _unknown(_charter: Charter) -> Calendars | None:
    """Know no charter's calendars."""
    return None


def _unseen(_seconds: float) -> None:
    """Observe nothing."""


def _unheard(_task: str) -> None:
    """Note nothing."""


def _uncounted(_channel: str, _state: str, _seconds: float) -> None:
    """Count nothing."""


@dataclass(frozen=True, slots=True)
class Canary:
    """How often alerts are tried from end to end.

    Attributes:
        every: Between two; zero sends none, which only a test may want.
        to: An address of the operator's, to try the first way as well; empty: the canary
            goes as far as the outbox.
    """

    every: timedelta = timedelta(hours=1)
    to: str = ""


@dataclass(frozen=True, slots=True)
class Pace:
    """How often escalation looks by itself; hints and reminders make it faster.

    Attributes:
        poll_seconds: Longest wait between two claims.
        lease_seconds: How long a claim is held; a crash delays its timers by this at most.
        sweep_seconds: Between two comparisons of the record with the reminders, ±25 %.
        batch: Timers a claim, and at most so many questions in one transaction: others wait for
            its lock some 0.3 s.
    """

    poll_seconds: float = 1.0
    lease_seconds: float = 30.0
    sweep_seconds: float = 10.0
    batch: int = 400


@dataclass(frozen=True, slots=True)
class House:
    """One node's escalation.

    Attributes:
        identity: Whose node this is; its node key signs.
        record: The whole record.
        append: `Appender.perform`: the fence.
        asks: Reads open asks.
        looks: Planned looks.
        timers: Reminders.
        index: The same reminders, seen whole.
        outbox: Alerts on their way.
        occurrences: What own people were told about undelivered entries.
        officials: The own people.
        ways: The ways to them.
        composer: Writes letters.
        heads: Asks for the peer's stamped head.
        link_down: Since when the link is down.
        gap: The peer's entry that has not come whole, for which others wait unjudged.
        ladder: The own side's.
        calendars: Both sides'.
        url: Address of the own node's pages, without a slash at the end.
        changes: Wakes whoever waits for the record to change.
        alarms: Tells the operator.
        clock: Tells the time; it alone decides what may fire.
        randomness: For tokens and jitter.
        sleep: Waits.
        pace: How often to look.
        lateness: Told how many seconds after its time each thing fired.
        office_hours: Whether alerts wait for the recipient's office to open.
        canary: How often alerts are tried from end to end, and to whom.
        pulse: Told the name of each task that did its work.
        outcome: Told channel, state and seconds of each alert that ended.
        unreadable: Counts answers of a way to people that could not be read.
        adopted: Brings the calendars that a charter adopted; None while a release is lacking.
        ledger: The database's clock; nothing fires while it and `clock` are far apart. None:
            not compared, as where time is moved by hand.
    """

    identity: Identity
    record: WholeRecord
    append: Callable[[Decide], Awaitable[object]]
    asks: OpenAsks
    looks: Looks
    timers: Timers
    index: TimerIndex
    outbox: Outbox
    occurrences: Occurrences
    officials: Officials
    ways: Ways
    composer: Composer
    heads: PeerHead
    link_down: LinkDown
    gap: Gap
    ladder: Ladder
    calendars: Calendars
    url: str
    changes: Changes
    alarms: Alarms
    clock: Clock
    randomness: Randomness
    sleep: Sleep
    pace: Pace = field(default_factory=Pace)
    lateness: Callable[[float], None] = _unseen
    office_hours: bool = False
    canary: Canary = field(default_factory=Canary)
    pulse: Callable[[str], None] = _unheard
    outcome: Callable[[str, str, float], None] = _uncounted
    unreadable: Callable[[], None] = lambda: None
    adopted: Callable[[Charter], Calendars | None] = _unknown
    ledger: LedgerClock | None = None

    @property
    def calendar(self) -> Calendar:
        """The own side's calendar: steps wait for its working days."""
        return self.calendars[self.identity.party]

    def rules(self, staff: Staff) -> Rules:
        """Return what plans are made by, with these people there."""
        return Rules(self.identity.party, self.ladder, self.calendar, staff.absent())

    def jittered(self, seconds: float, share: float) -> float:
        """Spread a wait by up to ± a share of it, so that workers don't march in step."""
        draw = int.from_bytes(self.randomness.bytes(2)[-2:]) / 0xFFFF
        return seconds * (1 + share * (2 * draw - 1))
