"""Alerts for one step: whom it tells, by which way, and what is known.

Does not send: the outbox does. Holds no case content: an `Alert` has no field for it.
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
from special_channel.core.time.ladder import Planned
from special_channel.escalation.people import Staff, Ways
from special_channel.ports.people import Official
from special_channel.ports.work import Outgoing

_ALERT: Final = TypeAdapter(Alert)
_DIGEST: Final = TypeAdapter(Digest)
_NOTICE: Final = TypeAdapter(Notice)


def write_alert(alert: Alert) -> str:
    """Write an alert as the outbox keeps it."""
    return _ALERT.dump_json(alert).decode()


def read_alert(document: str) -> Alert:
    """Read an alert from the outbox."""
    return _ALERT.validate_json(document)


def write_digest(digest: Digest) -> str:
    """Write a digest as the outbox keeps it."""
    return _DIGEST.dump_json(digest).decode()


def read_digest(document: str) -> Digest:
    """Read a digest from the outbox."""
    return _DIGEST.validate_json(document)


def write_notice(notice: Notice) -> str:
    """Write a notice as the outbox keeps it."""
    return _NOTICE.dump_json(notice).decode()


def read_notice(document: str) -> Notice:
    """Read a notice from the outbox."""
    return _NOTICE.validate_json(document)


def derived_id(base: str, *facts: str) -> str:
    """Return the id of what follows from an alert: a repeat, another way, another person."""
    return sha256("\n".join(["special-channel/alert/v1", base, *facts]).encode()).hexdigest()


def page_of(thread: str, id_: str) -> str:
    """Return the address of an alert's own page, from its thread's: there one acknowledges."""
    root, _, _ = thread.rpartition("/threads/")
    return f"{root}/alerts/{id_}"


def to_another(alert: Outgoing, official: Official, ways: Ways, now: datetime) -> Outgoing:
    """Make the same alert for another person, on their first way."""
    channel = ways.first(official)
    return _moved(alert, official, (channel, ways), now, derived_id(alert.base, official.email))


def another_way(
    alert: Outgoing, official: Official, channel: str, ways: Ways, now: datetime
) -> Outgoing:
    """Make the same alert to the same person on another channel."""
    recipient, _ = ways.recipient(official, channel)
    made = derived_id(alert.base, recipient, channel)
    moved = _moved(alert, official, (channel, ways), now, made)
    return replace(moved, base=alert.base)


def _moved(
    alert: Outgoing, official: Official, way: tuple[str, Ways], now: datetime, id_: str
) -> Outgoing:
    channel, ways = way
    recipient, number = ways.recipient(official, channel)
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
    """Write an alert's document for a person."""
    if alert.kind == "digest":
        digest = read_digest(alert.document)
        return write_digest(replace(digest, id=id_, to=official.email, lang=official.language))
    if alert.kind == "notice":
        notice = read_notice(alert.document)
        return write_notice(replace(notice, id=id_, to=official.email, lang=official.language))
    told = read_alert(alert.document)
    page = page_of(told.url, id_)
    return write_alert(replace(told, id=id_, to=official.email, lang=official.language, page=page))


@dataclass(frozen=True, slots=True)
class _Addressed:
    """Whom one alert reaches, and how; `number` is 0 where it reaches a group."""

    id: str
    official: Official
    channel: str
    recipient: str
    number: int
    at_once: bool


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
        first: Id of the first alert about this ask and due, None if this step makes it.
        ways: The ways to people.
        hearing: When those whom the step tells may be reached, and the desk on duty.
        urgent: Nobody is spared: step or reply rule says so.
        calendar: The own side's, for repeats.
        link_down_since: With state `link-down`.
        gap: With state `behind-gap`.
        known: With state `unconfirmed`: up to when the other side's record is known, if it is.
    """

    row: QuestionRow
    planned: Planned
    now: datetime
    state: State
    desk: str
    url: str
    first: str | None
    ways: Ways
    hearing: Hearing
    calendar: Calendar
    urgent: bool = False
    link_down_since: datetime | None = None
    gap: Position | None = None
    known: datetime | None = None

    def alerts(self, staff: Staff) -> list[Outgoing]:
        """Make one alert for each whom the step tells, in their language, and its repeats."""
        ordinary = {one.email: one for one in staff.told(self.planned.step, self.desk)}
        duty = {one.email: one for one in staff.desk(self.hearing.duty)}
        made: dict[str, _Addressed] = {}
        for official in (ordinary | duty).values():
            one = self._addressed(official, at_once=self.urgent or official.email in duty)
            made.setdefault(one.id, one)
        first = self.first or min(made, default=None)
        firsts = [self._outgoing(one, first) for one in made.values()]
        return [*firsts, *(again for one in firsts for again in self._repeats(one))]

    def _addressed(self, official: Official, *, at_once: bool) -> _Addressed:
        row, step, channel = self.row, self.planned.step, self.ways.first(official)
        recipient, number = self.ways.recipient(official, channel)
        id_ = alert_id(row.note, row.q, row.due, step.number, recipient, channel)
        return _Addressed(id_, official, channel, recipient, number, at_once)

    def _outgoing(self, one: _Addressed, first: str | None) -> Outgoing:
        """Make one alert; all but the first about an ask and due name that one."""
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
        held = None if one.at_once or self.hearing.at <= self.now else self.hearing.at
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
            not_before=held,
        )

    def _repeats(self, one: Outgoing) -> Iterator[Outgoing]:
        repeat = self.planned.step.repeat
        if repeat is None:
            return
        at = one.since
        for turn in range(1, repeat.times + 1):
            at = repeat.every.after(at, self.calendar)
            id_ = derived_id(one.id, "repeat", str(turn))
            told = read_alert(one.document)
            again = replace(
                told,
                id=id_,
                at=at,
                planned=at,
                first=told.first or one.id,
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
