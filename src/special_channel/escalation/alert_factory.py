"""Build alerts: their recipients, channels and documents.

Does not send: the outbox does. Includes no case content: `Alert` has no field for content.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Any, Final, TypeVar

from pydantic import TypeAdapter

from special_channel.channels.alerts import Alert, alert_id
from special_channel.channels.digests import Digest
from special_channel.channels.notices import Notice
from special_channel.core.rows.questions import QuestionRow
from special_channel.core.rules.alerting import Hearing
from special_channel.core.time.calendars import Calendar
from special_channel.core.time.ladder import Repeat
from special_channel.escalation.people import Address, Channels
from special_channel.ports.mail import MARK
from special_channel.stores.outbox import AlertKind, Outgoing
from special_channel.stores.people import Official

Document = Alert | Digest | Notice
_Document = TypeVar("_Document", Alert, Digest, Notice)

_FORMS: Final[dict[type[Document], TypeAdapter[Any]]] = {
    kind: TypeAdapter(kind) for kind in (Alert, Digest, Notice)
}


def write(document: Document) -> str:
    """Serialize the document of an alert for the outbox."""
    return _FORMS[type(document)].dump_json(document).decode()


def read(kind: type[_Document], text: str) -> _Document:
    """Parse a document from the outbox."""
    document: _Document = _FORMS[kind].validate_json(text)
    return document


def derived_id(base: str, *facts: str) -> str:
    """Return the id of an alert derived from another: a repeat, another channel or person."""
    return sha256("\n".join(["special-channel/alert/v1", base, *facts]).encode()).hexdigest()


def page_of(thread: str, id_: str) -> str:
    """Return the URL of the page to acknowledge an alert, from its thread's URL."""
    # The mark is enough to find an alert, and people see no long number in the address.
    root, _, _ = thread.rpartition("/threads/")
    return f"{root}/alerts/{id_[:MARK]}"


def addressed(
    alert: Outgoing, document: Document, official: Official, address: Address, id_: str
) -> Outgoing:
    """Address an alert and its document to a person, under an id of its own."""
    to: dict[str, Any] = {"id": id_, "to": official.email, "lang": official.language}
    if isinstance(document, Alert):
        to["page"] = page_of(document.url, id_)
    return replace(
        alert,
        id=id_,
        base=id_,
        channel=address.channel,
        recipient=address.recipient,
        official=address.number,
        document=write(replace(document, **to)),
    )


def for_person(alert: Outgoing, official: Official, channels: Channels, now: datetime) -> Outgoing:
    """Copy an alert for another person, on that person's first channel."""
    id_ = derived_id(alert.base, official.email)
    return _readdressed(alert, official, channels.address(official), now, id_)


def for_channel(
    alert: Outgoing, official: Official, channel: str, channels: Channels, now: datetime
) -> Outgoing:
    """Copy an alert for the same person, on another channel."""
    address = channels.address(official, channel)
    id_ = derived_id(alert.base, address.recipient, channel)
    return replace(_readdressed(alert, official, address, now, id_), base=alert.base)


def _readdressed(
    alert: Outgoing, official: Official, address: Address, now: datetime, id_: str
) -> Outgoing:
    kinds: dict[AlertKind, type[Document]] = {"digest": Digest, "notice": Notice}
    document: Document = _FORMS[kinds.get(alert.kind, Alert)].validate_json(alert.document)
    fresh = replace(alert, at=now, not_before=None, attempts=0, failing=None)
    return addressed(fresh, document, official, address, id_)


@dataclass(frozen=True, slots=True)
class AlertFactory:
    """Builds the alerts about one question.

    Attributes:
        row: The question.
        alert: The alert, without recipient. `first`: id of the first alert about question and
            due time; None if these are the first.
        channels: Channels to our officials.
        hearing: Earliest time of delivery.
        kind: `step`, or `warning`, whose mails do not form a thread.
        urgent: Alerts ignore office hours, by step or reply rule.
    """

    row: QuestionRow
    alert: Alert
    channels: Channels
    hearing: Hearing
    kind: AlertKind = "step"
    urgent: bool = False

    def to(self, officials: Iterable[Official], duty: Iterable[Official] = ()) -> list[Outgoing]:
        """Build one alert per recipient, in the recipient's language; at once to those on duty."""
        on_duty = {one.email: one for one in duty}
        recipients: dict[str, tuple[Official, Address]] = {}
        for official in ({one.email: one for one in officials} | on_duty).values():
            address = self.channels.address(official)
            recipients.setdefault(self._id(address), (official, address))
        first = self.alert.first
        if self.kind == "step" and first is None:
            first = min(recipients, default=None)
        return [
            self._outgoing(one, id_, first, at_once=self.urgent or one[0].email in on_duty)
            for id_, one in recipients.items()
        ]

    def _id(self, address: Address) -> str:
        row, step = self.row, self.alert.step
        return alert_id(row.note, row.q, row.due, step, address.recipient, address.channel)

    def _outgoing(
        self, to: tuple[Official, Address], id_: str, first: str | None, *, at_once: bool
    ) -> Outgoing:
        """Build one alert; later alerts about a question and due time refer to the first."""
        row, now = self.row, self.alert.at
        waits = not at_once and self.hearing.at > now
        alert = Outgoing(
            id=id_,
            ask=(row.note, row.q),
            due=row.due,
            step=self.alert.step,
            channel="",
            document="",
            at=now,
            kind=self.kind,
            urgent=at_once,
            not_before=self.hearing.at if waits else None,
        )
        document = replace(self.alert, first=None if first == id_ else first)
        return addressed(alert, document, *to, id_)


def repeats(alert: Outgoing, repeat: Repeat | None, calendar: Calendar) -> Iterator[Outgoing]:
    """Yield the repeats of a step's alert, by our side's calendar."""
    if repeat is None:
        return
    at, original = alert.since, read(Alert, alert.document)
    for turn in range(1, repeat.times + 1):
        at = repeat.every.after(at, calendar)
        id_ = derived_id(alert.id, "repeat", str(turn))
        again = replace(
            original,
            id=id_,
            at=at,
            planned=at,
            first=original.first or alert.id,
            page=page_of(original.url, id_),
        )
        yield replace(
            alert,
            id=id_,
            base=id_,
            kind="repeat",
            repeat=turn,
            not_before=at,
            document=write(again),
        )
