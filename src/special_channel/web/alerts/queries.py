"""Read alerts from the outbox, with our directory and takeovers from the private log.

Does not decide whom to alert. The number of queries does not grow with the number of alerts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final, Literal, cast, get_args
from urllib.parse import urlsplit

from pydantic import BeforeValidator, TypeAdapter

from special_channel.channels.alerts import Alert
from special_channel.channels.digests import Digest
from special_channel.core.bytes.errors import NotFound
from special_channel.core.bytes.ids import EntryId, KeyId
from special_channel.core.bytes.times import instant
from special_channel.core.rows.questions import QuestionRow
from special_channel.core.rows.threads import ThreadRow
from special_channel.stores.history import Acknowledgement, AlertFilter, AlertItem
from special_channel.stores.outbox import AlertState, Outgoing
from special_channel.stores.people import Official
from special_channel.web.alerts.views import AlertDetail, AlertsView, AlertView
from special_channel.web.shared.days import DayFilters, instants
from special_channel.web.shared.dues import Step
from special_channel.web.shared.query import codes
from special_channel.web.shared.references import ask_number
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.questions import ladders as read_ladders

PAGE: Final = 50
MOST: Final = 1000
"""Alerts on one page, if more than `PAGE` were made at one instant: a page never ends within an
instant, since the next page begins before it."""

STATES: Final[tuple[str, ...]] = get_args(AlertState)

_ALERT: Final = TypeAdapter(Alert)
_DIGEST: Final = TypeAdapter(Digest)


def _instant(text: object) -> object:
    """Read an ISO time with a zone; return None for an empty text."""
    if not isinstance(text, str):
        return text
    at = datetime.fromisoformat(text) if text else None
    if at is not None and at.tzinfo is None:
        raise ValueError(text)
    return at


class AlertsQuery(DayFilters):
    """Filters of alerts: to all or to the reader alone, by state and by day.

    Attributes:
        before: Made before this instant; the next page begins there, newest first.
        after: Made after this instant; the next page begins there, oldest first.
    """

    show: Literal["all", "mine"] = "all"
    state: Annotated[str, codes(STATES)] = ""
    sort: Literal["newest", "oldest"] = "newest"
    before: Annotated[datetime | None, BeforeValidator(_instant)] = None
    after: Annotated[datetime | None, BeforeValidator(_instant)] = None


@dataclass(frozen=True, slots=True)
class _Directory:
    """Our officials by number and by key, and takeovers by entry."""

    officials: Mapping[int, Official]
    of_key: Mapping[KeyId, Official]
    takeovers: Mapping[EntryId, Sequence[Acknowledgement]]

    def takeover(self, fact: Acknowledgement) -> tuple[str, datetime]:
        """Return the name of the official who took over, and the time."""
        official = self.of_key.get(fact.by)
        return official.name if official else "–", instant(fact.accepted)


async def alerts(context: PageContext, query: AlertsQuery) -> AlertsView:
    """Read a page of alerts."""
    rows = await _page(context, _wanted(context, query))
    page = _whole_instants(rows)
    last = page[-1].alert.at if len(page) < len(rows) else None
    oldest = query.sort == "oldest"
    return AlertsView(
        items=await _views(context, page),
        older=None if oldest else last,
        newer=last if oldest else None,
    )


async def first(context: PageContext, query: AlertsQuery, limit: int) -> tuple[AlertView, ...]:
    """Read the first alerts to all or to the reader, in their order, for a file."""
    rows = await context.own.alerts.history.newest(limit, _wanted(context, query))
    return await _views(context, rows)


async def alert(context: PageContext, id_: str) -> AlertDetail:
    """Read an alert.

    Raises:
        NotFound: `page-unknown`.
    """
    rows = await context.own.alerts.history.get(id_)
    if not rows:
        raise NotFound("page-unknown", "There is no such alert.")
    raised = rows[0].raised
    recipients = await context.own.alerts.history.told(raised) if raised else frozenset()
    official = context.reader.official
    # 0 is a group: anybody who reads the channel may take over.
    mine = not recipients or 0 in recipients or (official and official.id in recipients)
    waits = raised and not rows[0].acknowledged and mine and context.writes
    return AlertDetail(items=await _views(context, rows), raised=raised if waits else "")


async def of_thread(
    context: PageContext, thread: ThreadRow
) -> list[tuple[QuestionRow, tuple[AlertView, ...]]]:
    """Read the alerts about a thread, by question."""
    questions = sorted(
        await context.own.stores.views.asks(threads=[thread.thread]),
        key=lambda ask: (ask.index, int(ask.q)),
    )
    rows = [await context.own.alerts.history.of_ask((ask.note, ask.q)) for ask in questions]
    directory = await _directory(context, [row for each in rows for row in each])
    return [
        (ask, tuple(_view(context, row, directory) for row in each))
        for ask, each in zip(questions, rows, strict=True)
    ]


async def ladders(
    context: PageContext, questions: Sequence[QuestionRow]
) -> Mapping[str, tuple[Step, ...]]:
    """Read the steps of our ladder for open questions, by number of question."""
    waiting = [ask for ask in questions if ask.is_open]
    found = await read_ladders(context, waiting)
    return {ask_number(ask): found.steps(ask) for ask in waiting}


async def _page(context: PageContext, wanted: AlertFilter) -> Sequence[AlertItem]:
    """Read a page and more, until the rows reach beyond the instant of the page's last alert."""
    limit = PAGE + 1
    rows = await context.own.alerts.history.newest(limit, wanted)
    while len(rows) == limit < MOST and rows[PAGE - 1].alert.at == rows[-1].alert.at:
        limit = min(limit * 4, MOST)
        rows = await context.own.alerts.history.newest(limit, wanted)
    return rows


def _wanted(context: PageContext, query: AlertsQuery) -> AlertFilter:
    """Return the filter of the store: days of our capital as instants, the reader by number."""
    official = context.reader.official
    mine = official.id if official else -1
    since, until = (instant(at) if at else None for at in instants(context.party, *query.days()))
    ends = [at for at in (until, query.before) if at]
    return AlertFilter(
        mine if query.show == "mine" else None,
        cast("AlertState | Literal['']", query.state),
        since,
        min(ends) if ends else None,
        query.after,
        oldest=query.sort == "oldest",
    )


def _whole_instants(rows: Sequence[AlertItem]) -> Sequence[AlertItem]:
    page, more = rows[:PAGE], rows[PAGE:]
    return [*page, *(row for row in more if row.alert.at == page[-1].alert.at)]


async def _views(context: PageContext, rows: Sequence[AlertItem]) -> tuple[AlertView, ...]:
    directory = await _directory(context, rows)
    return tuple(_view(context, row, directory) for row in rows)


async def _directory(context: PageContext, rows: Sequence[AlertItem]) -> _Directory:
    own = context.own
    raised = sorted({row.raised for row in rows if row.acknowledged and row.raised})
    takeovers = await own.alerts.acknowledgements.of(raised) if raised else {}
    keys = sorted({fact.by for facts in takeovers.values() for fact in facts})
    return _Directory(
        {one.id: one for one in await own.desk.officials.all()},
        await own.desk.officials.of_keys(keys) if keys else {},
        takeovers,
    )


def _view(context: PageContext, row: AlertItem, directory: _Directory) -> AlertView:
    sent = row.alert
    digest = _DIGEST.validate_json(sent.document) if sent.kind == "digest" else None
    alert = None if digest else _ALERT.validate_json(sent.document)
    official = directory.officials.get(sent.official)
    waits = row.state == "waiting"
    held = waits and sent.not_before is not None and sent.not_before > context.now
    takeovers = directory.takeovers.get(row.raised, ())
    return AlertView(
        id=sent.id,
        kind=sent.kind,
        number=alert.number if alert else "",
        thread_url=urlsplit(alert.url).path if alert else "",
        made_at=sent.at,
        due=alert.due if alert else None,
        step=sent.step,
        title=alert.title if alert else None,
        role=_role(context, sent, official) if official else "",
        name=official.name if official else "",
        channel=sent.channel,
        state=row.state,
        attempts=sent.attempts,
        repeat=sent.repeat,
        listed=tuple(one.number for one in digest.alerts) if digest else (),
        held_until=sent.not_before if held else None,
        closed_at=row.closed,
        next_at=row.next_at if waits and not held else None,
        error=row.error if row.state != "sent" else "",
        acknowledged=tuple(directory.takeover(fact) for fact in takeovers),
        open=bool(row.raised) and not row.acknowledged,
    )


def _role(context: PageContext, sent: Outgoing, official: Official) -> str:
    """Return in which role an official was alerted: a stand-in in that of the step."""
    steps = context.own.times.ladder.steps if sent.kind in {"step", "repeat"} else ()
    return next((step.role for step in steps if step.number == sent.step), official.role)
