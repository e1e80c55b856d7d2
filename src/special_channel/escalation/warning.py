"""Warnings before a due time: when the next one is, and whom on the answering side it tells.

No entries: a warning is an alert, recorded as any other. Does not send; steps after the
due time are `telling.py`'s.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from special_channel.channels.alerts import Alert, alert_id
from special_channel.core.bytes.times import instant
from special_channel.core.rows.questions import QuestionRow
from special_channel.core.rules.alerting import WARNED_ROLE, DueWarning, Hearing, next_warning
from special_channel.core.time.calendars import Words
from special_channel.escalation.evidence import Evidence
from special_channel.escalation.house import House
from special_channel.escalation.people import Staff, Ways
from special_channel.escalation.telling import page_of, write_alert
from special_channel.escalation.wanted import REQUESTED_SHARE, WARNING_STEP
from special_channel.ports.people import Official
from special_channel.ports.work import AskKey, Outgoing

_DESK: Final = Words(en="Desk", zh="承办处室")


def warning_ahead(
    house: House,
    evidence: Evidence,
    row: QuestionRow,
    warned: Mapping[tuple[AskKey, str], int],
) -> DueWarning | None:
    """Return the warning about an ask of the other side that is due or ahead.

    `warned`: the step of the last one, by ask and due time.
    """
    charter = evidence.charter(row)
    rule = charter.reply_rule(row.rule) if charter is not None and row.rule else None
    if charter is None or rule is None or not rule.warnings:
        return None
    calendars = house.adopted(charter) or house.calendars
    last = warned.get(((row.note, row.q), row.due), WARNING_STEP) - WARNING_STEP
    return next_warning(row, rule, calendars, house.clock.now(), last)


@dataclass(frozen=True, slots=True)
class Ahead:
    """One warning that is being given.

    Attributes:
        row: The ask; ours to answer, or ours with a date that we requested.
        share: Per cent of the time that has gone.
        now: When it is given.
        url: The thread's page on the own node.
        ways: The ways to people.
        hearing: When the own desk may be reached.
    """

    row: QuestionRow
    share: int
    now: datetime
    url: str
    ways: Ways
    hearing: Hearing

    def alerts(self, staff: Staff) -> list[Outgoing]:
        """Make one alert for each of the own desk, in their language."""
        told = {one.email: one for one in staff.officials if one.role == WARNED_ROLE and one.email}
        return list({one.id: one for one in map(self._outgoing, told.values())}.values())

    def _outgoing(self, official: Official) -> Outgoing:
        row, step, channel = self.row, WARNING_STEP + self.share, self.ways.first(official)
        recipient, number = self.ways.recipient(official, channel)
        id_ = alert_id(row.note, row.q, row.due, step, recipient, channel)
        alert = Alert(
            id=id_,
            to=official.email,
            lang=official.language,
            position=row.position,
            question=row.q,
            state="requested" if self.share == REQUESTED_SHARE else "warning",
            due=instant(row.due),
            at=self.now,
            planned=self.now,
            step=step,
            title=_DESK,
            url=self.url,
            page=page_of(self.url, id_),
        )
        return Outgoing(
            id=id_,
            ask=(row.note, row.q),
            due=row.due,
            step=step,
            channel=channel,
            document=write_alert(alert),
            at=self.now,
            kind="warning",
            recipient=recipient,
            official=number,
            base=id_,
            not_before=self.hearing.at if self.hearing.at > self.now else None,
        )
