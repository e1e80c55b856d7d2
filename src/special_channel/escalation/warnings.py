"""Plan warnings before a due time, and build their alerts for the answering side's desk.

A warning is an alert without an entry in the shared log. Does not send; `alert_factory.py` builds
alerts after the due time.
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
from special_channel.escalation.alert_factory import page_of, write_alert
from special_channel.escalation.deps import EscalationDeps
from special_channel.escalation.evidence import Evidence
from special_channel.escalation.people import Channels, Staff
from special_channel.escalation.relevance import REQUESTED_SHARE, WARNING_STEP
from special_channel.stores.outbox import Outgoing
from special_channel.stores.people import Official
from special_channel.stores.work import QuestionKey

_DESK: Final = Words(en="Desk", zh="承办处室")


def warning_ahead(
    deps: EscalationDeps,
    evidence: Evidence,
    row: QuestionRow,
    warned: Mapping[tuple[QuestionKey, str], int],
) -> DueWarning | None:
    """Return the next warning about a question of the other side, due or ahead, or None.

    `warned`: step of the last warning, by question and due time.
    """
    charter = evidence.charter(row)
    rule = charter.reply_rule(row.rule) if charter is not None and row.rule else None
    if charter is None or rule is None or not rule.warnings:
        return None
    calendars = deps.times.adopted(charter) or deps.times.calendars
    last = warned.get(((row.note, row.q), row.due), WARNING_STEP) - WARNING_STEP
    return next_warning(row, rule, calendars, deps.node.clock.now(), last)


@dataclass(frozen=True, slots=True)
class WarningFactory:
    """Builds the alerts of one warning.

    Attributes:
        row: The question: for us to answer, or ours with a date that we requested.
        share: Per cent of elapsed time.
        now: Time of the warning.
        url: URL of the thread's page on our node.
        channels: Channels to our officials.
        hearing: Earliest time of delivery to our desk.
    """

    row: QuestionRow
    share: int
    now: datetime
    url: str
    channels: Channels
    hearing: Hearing

    def alerts(self, staff: Staff) -> list[Outgoing]:
        """Build one alert per official with the warned role, in the official's language."""
        desk = {one.email: one for one in staff.officials if one.role == WARNED_ROLE and one.email}
        return list({one.id: one for one in map(self._outgoing, desk.values())}.values())

    def _outgoing(self, official: Official) -> Outgoing:
        row, step, channel = self.row, WARNING_STEP + self.share, self.channels.first(official)
        recipient, number = self.channels.recipient(official, channel)
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
