"""Alerts for one step: whom it tells, and what is known.

Does not send: the outbox does. Holds no case content: an `Alert` has no field for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pydantic import TypeAdapter

from special_channel.channels.alerts import Alert, State, alert_id
from special_channel.core.asks import AskRow
from special_channel.core.ladder import Planned
from special_channel.core.times import instant
from special_channel.escalation.people import Staff
from special_channel.messages.catalogue import Lang
from special_channel.ports.work import Outgoing

_DOCUMENT: Final = TypeAdapter(Alert)


def write_alert(alert: Alert) -> str:
    """Write an alert as the outbox keeps it."""
    return _DOCUMENT.dump_json(alert).decode()


def read_alert(document: str) -> Alert:
    """Read an alert from the outbox."""
    return _DOCUMENT.validate_json(document)


@dataclass(frozen=True, slots=True)
class Telling:
    """One step that is being taken.

    Attributes:
        row: The ask.
        planned: The step.
        now: When it is taken.
        state: What is known.
        desk: Whose ask it is on the own side, or empty.
        url: The thread's page on the own node.
        channel: The way alerts take.
        first: Id of the first alert about this ask and due, None if this step makes it.
        link_down_since: With state `link-down`.
    """

    row: AskRow
    planned: Planned
    now: datetime
    state: State
    desk: str
    url: str
    channel: str
    first: str | None
    link_down_since: datetime | None = None

    def alerts(self, staff: Staff) -> list[Outgoing]:
        """Make one alert for each whom the step tells, in her language."""
        told = {one.email: one.language for one in staff.told(self.planned.step, self.desk)}
        ids = {to: self._id(to) for to in told}
        first = self.first or min(ids.values(), default=None)
        return [self._outgoing(ids[to], to, lang, first) for to, lang in told.items()]

    def _id(self, to: str) -> str:
        row, step = self.row, self.planned.step.number
        return alert_id(row.note, row.q, row.due, step, to, self.channel)

    def _outgoing(self, id_: str, to: str, lang: Lang, first: str | None) -> Outgoing:
        row, step = self.row, self.planned.step
        alert = Alert(
            id=id_,
            to=to,
            lang=lang,
            position=row.position,
            question=row.q,
            state=self.state,
            due=instant(row.due),
            at=self.now,
            planned=self.planned.at,
            step=step.number,
            title=step.title,
            url=self.url,
            link_down_since=self.link_down_since,
            first=None if first == id_ else first,
            unmanned=self.planned.unmanned,
        )
        ask = (row.note, row.q)
        document = write_alert(alert)
        return Outgoing(id_, ask, row.due, step.number, self.channel, document, self.now)
