"""Reads the history of alerts: the outbox, the own directory, the private log.

Does not decide whom to tell. A fixed number of queries, however many alerts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, get_args
from urllib.parse import quote, urlsplit

from pydantic import TypeAdapter

from special_channel.channels.alerts import Alert
from special_channel.channels.digests import Digest
from special_channel.core.bytes.errors import Malformed
from special_channel.core.bytes.ids import EntryId, KeyId
from special_channel.core.bytes.times import instant
from special_channel.core.rows.questions import QuestionRow
from special_channel.core.rows.threads import ThreadRow
from special_channel.ports.history import Acknowledgement
from special_channel.ports.people import Official
from special_channel.ports.work import AlertItem
from special_channel.web.pages.alerts import (
    AlertGroup,
    AlertLine,
    AlertsPage,
    Show,
    ThreadAlertsPage,
    Told,
)
from special_channel.web.reading import dues
from special_channel.web.reading.words import content, title
from special_channel.web.shared.references import ask_number
from special_channel.web.shared.steps import Step
from special_channel.web.shell.context import Scene

PAGE: Final = 50
MOST: Final = 1000
"""Alerts on one page, where more than `PAGE` were made at one instant: an instant is never
cut in two, since the next page begins before it."""

_ALERT: Final = TypeAdapter(Alert)
_DIGEST: Final = TypeAdapter(Digest)


@dataclass(frozen=True, slots=True)
class _People:
    """The own people by number, and who acknowledged what."""

    officials: Mapping[int, Official]
    of_key: Mapping[KeyId, Official]
    acknowledged: Mapping[EntryId, Sequence[Acknowledgement]]

    def said(self, fact: Acknowledgement) -> tuple[str, datetime]:
        """Return who acknowledged, as the own side calls them, and when."""
        found = self.of_key.get(fact.by)
        return found.name if found else "–", instant(fact.accepted)


def show_of(text: str) -> Show:
    """Return which alerts are asked for.

    Raises:
        Malformed: `request-malformed`.
    """
    for show in get_args(Show):
        if text == show:
            found: Show = show
            return found
    raise Malformed("request-malformed", "Show all or mine.", field="show")


def before_of(text: str) -> datetime | None:
    """Return before when alerts are asked for; empty: the newest.

    Raises:
        Malformed: `request-malformed`.
    """
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise Malformed("request-malformed", "An instant is asked for.", field="before")
    return found


async def alerts(scene: Scene, show: Show, before: datetime | None) -> AlertsPage:
    """Read a page of all alerts, or of those to the reader."""
    official = scene.reader.official
    number = None if show == "all" else official.id if official else -1
    items = await _newest(scene, before, number)
    page = _whole_instants(items)
    people = await _people(scene, page)
    older = page[-1].alert.at.isoformat() if len(page) < len(items) else None
    query = f"show={show}&before={quote(older)}" if older else ""
    return AlertsPage(
        lines=tuple(_line(scene, item, people) for item in page),
        show=show,
        older_url=f"/alerts?{query}" if older else None,
        back_url=f"/alerts?show={show}" if before else None,
    )


async def thread_alerts(scene: Scene, row: ThreadRow) -> ThreadAlertsPage:
    """Read all alerts about the asks of a thread."""
    asks = sorted(
        await scene.own.views.asks(threads=[row.thread]), key=lambda ask: (ask.index, int(ask.q))
    )
    found = [(ask, await scene.own.history.of_ask((ask.note, ask.q))) for ask in asks]
    people = await _people(scene, [item for _, items in found for item in items])
    opening = (await scene.own.record.find([row.opening.id])).get(row.opening.id)
    ladders = await _ladders(scene, asks)
    return ThreadAlertsPage(
        number=str(row.position),
        title=title(content(opening) if opening else None),
        groups=tuple(
            replace(_group(scene, ask, items, people), steps=ladders.get(ask_number(ask), ()))
            for ask, items in found
        ),
    )


async def _ladders(scene: Scene, asks: Sequence[QuestionRow]) -> Mapping[str, tuple[Step, ...]]:
    """Return all steps of our ladder for each ask that is open, taken or ahead."""
    waiting = [ask for ask in asks if ask.is_open]
    raised = await scene.own.views.escalations(sorted({ask.note for ask in waiting}))
    names = dues.holders(scene.own.ladder, await scene.own.officials.all())
    over = await dues.taken_over(scene, raised)
    return {ask_number(ask): dues.steps(scene, ask, raised, names, over) for ask in waiting}


async def lines(scene: Scene, items: Sequence[AlertItem]) -> tuple[AlertLine, ...]:
    """Return alerts as lines of a table."""
    people = await _people(scene, items)
    return tuple(_line(scene, item, people) for item in items)


def _group(
    scene: Scene, ask: QuestionRow, items: Sequence[AlertItem], people: _People
) -> AlertGroup:
    lines = tuple(_line(scene, item, people) for item in items)
    return AlertGroup(ask_number(ask), instant(ask.due), lines)


async def _newest(scene: Scene, before: datetime | None, official: int | None) -> list[AlertItem]:
    """Read a page and more: until it reaches beyond the instant at which it would be cut."""
    limit = PAGE + 1
    items = list(await scene.own.history.newest(limit, before, official))
    while len(items) == limit < MOST and items[PAGE - 1].alert.at == items[-1].alert.at:
        limit = min(limit * 4, MOST)
        items = list(await scene.own.history.newest(limit, before, official))
    return items


def _whole_instants(items: list[AlertItem]) -> list[AlertItem]:
    if len(items) <= PAGE:
        return items
    last = items[PAGE - 1].alert.at
    return [item for place, item in enumerate(items) if place < PAGE or item.alert.at == last]


async def _people(scene: Scene, items: Sequence[AlertItem]) -> _People:
    own = scene.own
    raised = sorted({item.raised for item in items if item.acknowledged and item.raised})
    acknowledged = await own.acknowledgements.of(raised) if raised else {}
    keys = sorted({fact.by for facts in acknowledged.values() for fact in facts})
    return _People(
        {one.id: one for one in await own.officials.all()},
        await own.officials.of_keys(keys) if keys else {},
        acknowledged,
    )


def _line(scene: Scene, item: AlertItem, people: _People) -> AlertLine:
    told = item.alert
    digest = _DIGEST.validate_json(told.document) if told.kind == "digest" else None
    alert = None if digest else _ALERT.validate_json(told.document)
    official = people.officials.get(told.official)
    waits = item.state == "waiting"
    held = told.not_before if waits and told.not_before and told.not_before > scene.now else None
    return AlertLine(
        id=told.id,
        url=f"/alerts/{told.id}",
        kind=told.kind,
        number=_number(alert) if alert else "",
        thread_url=urlsplit(alert.url).path if alert else "",
        made_at=told.at,
        due=alert.due if alert else None,
        step=told.step,
        title=alert.title if alert else None,
        told=Told(official.role, official.name) if official else Told(),
        channel=told.channel,
        state=item.state,
        attempts=told.attempts,
        repeat=told.repeat,
        listed=tuple(_number(one) for one in digest.alerts) if digest else (),
        held_until=held,
        closed_at=item.closed,
        next_at=item.next_at if waits and held is None else None,
        error=item.error if item.state != "sent" else "",
        acknowledged=tuple(people.said(fact) for fact in people.acknowledged.get(item.raised, ())),
        open=bool(item.raised) and not item.acknowledged,
    )


def _number(alert: Alert) -> str:
    return f"{alert.position} Q{alert.question}"
