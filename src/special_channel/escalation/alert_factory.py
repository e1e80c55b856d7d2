"""Build the alerts of a ladder step: recipients, channels and document.

Does not send: the outbox does. Includes no case content: `Alert` has no field for content.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Final

from pydantic import TypeAdapter

from special_channel.channels.alerts import Alert, State, alert_id
from special_channel.channels.digests import Digest
from special_channel.channels.notices import Notice
from special_channel.core.bytes.ids import Position
from special_channel.core.bytes.times import instant
from special_channel.core.rows.questions import QuestionRow
from special_channel.core.rules.alerting import Hearing
from special_channel.core.time.calendars import Calendar
from special_channel.core.time.ladder import PlannedStep
from special_channel.escalation.people import Channels, Staff
from special_channel.stores.outbox import Outgoing
from special_channel.stores.people import Official

_ALERT: Final = TypeAdapter(Alert)
_DIGEST: Final = TypeAdapter(Digest)
_NOTICE: Final = TypeAdapter(Notice)


def write_alert(alert: Alert) -> str:
    """Serialize an alert for the outbox."""
    return _ALERT.dump_json(alert).decode()


def read_alert(document: str) -> Alert:
    """Parse an alert from the outbox."""
    return _ALERT.validate_json(document)


def write_digest(digest: Digest) -> str:
    """Serialize a digest for the outbox."""
    return _DIGEST.dump_json(digest).decode()


def read_digest(document: str) -> Digest:
    """Parse a digest from the outbox."""
    return _DIGEST.validate_json(document)


def write_notice(notice: Notice) -> str:
    """Serialize a notice for the outbox."""
    return _NOTICE.dump_json(notice).decode()


def read_notice(document: str) -> Notice:
    """Parse a notice from the outbox."""
    return _NOTICE.validate_json(document)


def derived_id(base: str, *facts: str) -> str:
    """Return the id of an alert derived from another: a repeat, another channel or person."""
    return sha256("\n".join(["special-channel/alert/v1", base, *facts]).encode()).hexdigest()


def page_of(thread: str, id_: str) -> str:
    """Return the URL of the page to acknowledge an alert, from its thread's URL."""
    root, _, _ = thread.rpartition("/threads/")
    return f"{root}/alerts/{id_}"


def for_person(alert: Outgoing, official: Official, channels: Channels, now: datetime) -> Outgoing:
    """Copy an alert for another person, on that person's first channel."""
    channel = channels.first(official)
    return _readdressed(
        alert, official, (channel, channels), now, derived_id(alert.base, official.email)
    )


def for_channel(
    alert: Outgoing, official: Official, channel: str, channels: Channels, now: datetime
) -> Outgoing:
    """Copy an alert for the same person, on another channel."""
    recipient, _ = channels.recipient(official, channel)
    id_ = derived_id(alert.base, recipient, channel)
    copy = _readdressed(alert, official, (channel, channels), now, id_)
    return replace(copy, base=alert.base)


def _readdressed(
    alert: Outgoing, official: Official, target: tuple[str, Channels], now: datetime, id_: str
) -> Outgoing:
    channel, channels = target
    recipient, number = channels.recipient(official, channel)
    return replace(
        alert,
        id=id_,
        base=id_,
        channel=channel,
        recipient=recipient,
        official=number,
        document=readdressed(alert, id_, official),
        at=now,
        not_before=None,
        attempts=0,
        failing=None,
    )


def readdressed(alert: Outgoing, id_: str, official: Official) -> str:
    """Return an alert's document with another id, address and language."""
    if alert.kind == "digest":
        digest = read_digest(alert.document)
        return write_digest(replace(digest, id=id_, to=official.email, lang=official.language))
    if alert.kind == "notice":
        notice = read_notice(alert.document)
        return write_notice(replace(notice, id=id_, to=official.email, lang=official.language))
    step = read_alert(alert.document)
    page = page_of(step.url, id_)
    return write_alert(replace(step, id=id_, to=official.email, lang=official.language, page=page))


@dataclass(frozen=True, slots=True)
class _Recipient:
    """Recipient and channel of one alert; `number` is 0 for a group."""

    id: str
    official: Official
    channel: str
    recipient: str
    number: int
    at_once: bool


@dataclass(frozen=True, slots=True)
class AlertFactory:
    """Builds the alerts of one ladder step.

    Attributes:
        row: The question.
        planned: The step.
        now: Time of the step.
        state: State of the question's evidence, as alerts name it.
        desk: Desk of the author of our question, or empty.
        url: URL of the thread's page on our node.
        first: Id of the first alert about question and due time; None: this step makes it.
        channels: Channels to our officials.
        hearing: Earliest time of delivery, and the desk on duty.
        urgent: Alerts ignore office hours, by step or reply rule.
        calendar: Our side's calendar, for repeats.
        link_down_since: Start of the interruption, with state `link-down`.
        gap: Position of the incomplete entry, with state `behind-gap`.
        known: Time of the newest known head of the other side, with state `unconfirmed`.
    """

    row: QuestionRow
    planned: PlannedStep
    now: datetime
    state: State
    desk: str
    url: str
    first: str | None
    channels: Channels
    hearing: Hearing
    calendar: Calendar
    urgent: bool = False
    link_down_since: datetime | None = None
    gap: Position | None = None
    known: datetime | None = None

    def alerts(self, staff: Staff) -> list[Outgoing]:
        """Build one alert per recipient, in the recipient's language, and the repeats."""
        ordinary = {one.email: one for one in staff.recipients(self.planned.step, self.desk)}
        duty = {one.email: one for one in staff.desk(self.hearing.duty)}
        recipients: dict[str, _Recipient] = {}
        for official in (ordinary | duty).values():
            one = self._addressed(official, at_once=self.urgent or official.email in duty)
            recipients.setdefault(one.id, one)
        first = self.first or min(recipients, default=None)
        firsts = [self._outgoing(one, first) for one in recipients.values()]
        return [*firsts, *(again for one in firsts for again in self._repeats(one))]

    def _addressed(self, official: Official, *, at_once: bool) -> _Recipient:
        row, step, channel = self.row, self.planned.step, self.channels.first(official)
        recipient, number = self.channels.recipient(official, channel)
        id_ = alert_id(row.note, row.q, row.due, step.number, recipient, channel)
        return _Recipient(id_, official, channel, recipient, number, at_once)

    def _outgoing(self, one: _Recipient, first: str | None) -> Outgoing:
        """Build one alert; later alerts about a question and due time refer to the first."""
        row, step = self.row, self.planned.step
        alert = Alert(
            id=one.id,
            to=one.official.email,
            lang=one.official.language,
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
            gap=self.gap,
            first=None if first == one.id else first,
            unmanned=self.planned.unmanned,
            page=page_of(self.url, one.id),
            known=self.known,
        )
        opening = None if one.at_once or self.hearing.at <= self.now else self.hearing.at
        return Outgoing(
            id=one.id,
            ask=(row.note, row.q),
            due=row.due,
            step=step.number,
            channel=one.channel,
            document=write_alert(alert),
            at=self.now,
            recipient=one.recipient,
            official=one.number,
            base=one.id,
            urgent=one.at_once,
            not_before=opening,
        )

    def _repeats(self, one: Outgoing) -> Iterator[Outgoing]:
        repeat = self.planned.step.repeat
        if repeat is None:
            return
        at = one.since
        for turn in range(1, repeat.times + 1):
            at = repeat.every.after(at, self.calendar)
            id_ = derived_id(one.id, "repeat", str(turn))
            original = read_alert(one.document)
            again = replace(
                original,
                id=id_,
                at=at,
                planned=at,
                first=original.first or one.id,
                page=page_of(self.url, id_),
            )
            yield replace(
                one,
                id=id_,
                base=id_,
                kind="repeat",
                repeat=turn,
                not_before=at,
                document=write_alert(again),
            )
