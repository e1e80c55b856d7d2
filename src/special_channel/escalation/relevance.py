"""Decide whether a queued alert is still relevant, and for which officials.

Decided from the record before every attempt: an alert is closed unsent if its question was
answered, moved or ended, or its step acknowledged or followed by a higher step. Does not send.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from special_channel.core.bytes.times import instant
from special_channel.core.rows.private import EscalationRow
from special_channel.core.rows.questions import QuestionRow
from special_channel.escalation.deps import EscalationDeps
from special_channel.escalation.grouping import NEVER_LISTED
from special_channel.escalation.people import Staff
from special_channel.escalation.plan import key_of
from special_channel.stores.outbox import Outgoing
from special_channel.stores.people import Official
from special_channel.stores.work import QuestionKey

Fate = Literal["wanted", "superseded", "acknowledged"]

WARNING_STEP: Final = 100
"""Base of a warning's step number: base plus per cent of elapsed time."""

REQUESTED_SHARE: Final = 100
"""Per cent of elapsed time at a requested date; a charter's warnings have smaller shares."""

REQUESTED_STEP: Final = WARNING_STEP + REQUESTED_SHARE
"""Step number of the only reminder to our desk about a date that we requested."""


@dataclass(frozen=True, slots=True)
class AlertRelevance:
    """Current state of the questions of a batch of alerts.

    Attributes:
        rows: Questions by key.
        raised: Raised steps by question.
        reached: Highest step with a sent alert, by question and due time.
        now: Time of the query.
    """

    rows: Mapping[QuestionKey, QuestionRow]
    raised: Mapping[QuestionKey, Sequence[EscalationRow]]
    reached: Mapping[tuple[QuestionKey, str], int]
    now: datetime

    def fate(self, alert: Outgoing) -> Fate:
        """Decide whether to send, supersede or close an alert about a question."""
        row = self.rows.get(alert.ask)
        if row is None or not row.is_open or row.due != alert.due:
            return "superseded"
        if alert.step == REQUESTED_STEP:
            return "superseded" if row.is_agreed else "wanted"
        if alert.kind == "warning":
            return "superseded" if self.now >= instant(row.due) else "wanted"
        steps = [one for one in self.raised.get(alert.ask, ()) if one.due == alert.due]
        if self.reached.get((alert.ask, alert.due), 0) > alert.step:
            return "superseded"  # the holders of a higher step were alerted already
        if any(one.step == alert.step and one.acknowledged for one in steps):
            return "acknowledged"
        return "wanted"


async def read_relevance(deps: EscalationDeps, alerts: Sequence[Outgoing]) -> AlertRelevance:
    """Read the current state of the questions of alerts.

    Raises:
        Unavailable: `database-unavailable`.
    """
    asks = sorted({one.ask for one in alerts if one.kind not in NEVER_LISTED})
    if not asks:
        return AlertRelevance({}, {}, {}, deps.node.clock.now())
    rows = {key_of(row): row for row in await deps.stores.asks.get(asks)}
    raised, reached = await deps.stores.asks.raised(asks), await deps.alerts.outbox.reached(asks)
    return AlertRelevance(rows, raised, reached, deps.node.clock.now())


def has_moved(staff: Staff, alert: Outgoing) -> bool:
    """Return whether an alert's recipient changed office or address, or left."""
    # An alert follows the office, not the person. Urgent alerts stay with the desk on duty.
    if not alert.official or alert.urgent or alert.kind not in {"step", "repeat"}:
        return False
    person = next((one for one in staff.officials if one.id == alert.official), None)
    if person is None or person.email != alert.recipient:
        return True
    steps = [step for step in staff.ladder.steps if step.number >= alert.step]
    return not any(staff.desks_told(step, person) for step in steps)


def holders(staff: Staff, alert: Outgoing, alerted: AbstractSet[str]) -> list[Official]:
    """Return the current holders of an alert's step, without the addresses in `alerted`."""
    steps = [step for step in staff.ladder.steps if step.number == alert.step]
    return [one for step in steps for one in staff.recipients(step, "") if one.email not in alerted]
