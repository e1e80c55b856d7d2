"""Whether an alert that waits is still wanted, and by whom.

Decided again from the record before every attempt: what was answered, moved, ended,
overtaken or acknowledged meanwhile is not sent, and that is recorded. Does not send.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from special_channel.core.bytes.times import instant
from special_channel.core.rows.questions import QuestionRow
from special_channel.core.rules.private import EscalationRow
from special_channel.escalation.digesting import NEVER_LISTED
from special_channel.escalation.house import House
from special_channel.escalation.people import Staff
from special_channel.escalation.plan import key_of
from special_channel.ports.people import Official
from special_channel.ports.work import AskKey, Outgoing

Fate = Literal["wanted", "superseded", "acknowledged"]

WARNING_STEP: Final = 100
"""A warning's step is this and the share of the time that has gone."""

REQUESTED_SHARE: Final = 100
"""Share of the time that has gone when a requested date has come; a charter's are smaller."""

REQUESTED_STEP: Final = WARNING_STEP + REQUESTED_SHARE
"""Step of the one reminder that our own desk has of a date that it requested."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the record says just now about the asks of some alerts."""

    rows: Mapping[AskKey, QuestionRow]
    raised: Mapping[AskKey, Sequence[EscalationRow]]
    reached: Mapping[tuple[AskKey, str], int]
    now: datetime

    def fate(self, alert: Outgoing) -> Fate:
        """Say what is to become of an alert about an ask."""
        row = self.rows.get(alert.ask)
        if row is None or not row.is_open or row.due != alert.due:
            return "superseded"
        if alert.step == REQUESTED_STEP:
            return "superseded" if row.is_agreed else "wanted"
        if alert.kind == "warning":
            return "superseded" if self.now >= instant(row.due) else "wanted"
        steps = [one for one in self.raised.get(alert.ask, ()) if one.due == alert.due]
        if self.reached.get((alert.ask, alert.due), 0) > alert.step:
            return "superseded"  # overtaken: whoever is above has been told
        if any(one.step == alert.step and one.acknowledged for one in steps):
            return "acknowledged"
        return "wanted"


async def read_wanted(house: House, alerts: Sequence[Outgoing]) -> Wanted:
    """Read what the record says about the asks of these alerts.

    Raises:
        Unavailable: `database-unavailable`.
    """
    asks = sorted({one.ask for one in alerts if one.kind not in NEVER_LISTED})
    if not asks:
        return Wanted({}, {}, {}, house.clock.now())
    rows = {key_of(row): row for row in await house.asks.get(asks)}
    raised, reached = await house.asks.raised(asks), await house.outbox.reached(asks)
    return Wanted(rows, raised, reached, house.clock.now())


def has_moved(staff: Staff, alert: Outgoing) -> bool:
    """Tell whether a person who was to be told has another office, address or is gone.

    An alert follows the office, not the person. The desk on duty is told as it was.
    """
    if not alert.official or alert.urgent or alert.kind not in {"step", "repeat"}:
        return False
    person = next((one for one in staff.officials if one.id == alert.official), None)
    if person is None or person.email != alert.recipient:
        return True
    steps = [step for step in staff.ladder.steps if step.number >= alert.step]
    return not any(staff.ladder.tells(step, person.role, person.desk) for step in steps)


def holders(staff: Staff, alert: Outgoing, told: AbstractSet[str]) -> list[Official]:
    """Return who holds an alert's step now and had no alert about it."""
    steps = [step for step in staff.ladder.steps if step.number == alert.step]
    return [one for step in steps for one in staff.told(step, "") if one.email not in told]
