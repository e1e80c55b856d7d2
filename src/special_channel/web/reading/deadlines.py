"""The deadlines page: every question that somebody waits for, and those lately decided.

A fixed number of queries. Does not page in the database: what is open at once is little.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final
from urllib.parse import urlencode

from special_channel.core.asks import AskRow
from special_channel.core.calendars import Calendar
from special_channel.core.errors import Malformed
from special_channel.core.ids import Party
from special_channel.core.threads import ThreadRow
from special_channel.core.times import instant, timestamp
from special_channel.web.capitals import local
from special_channel.web.pages.batch import Paging
from special_channel.web.pages.deadlines import (
    SIDE_FILTERS,
    STATE_FILTERS,
    Asked,
    DeadlineRow,
    DeadlinesPage,
)
from special_channel.web.pages.lanes import DAYS, Lane, LaneDay, LaneMark, Lanes, lane, place
from special_channel.web.reading.asks import ask_number
from special_channel.web.reading.dues import due_of, now_step
from special_channel.web.reading.frame import shared_hours
from special_channel.web.reading.hands import fitting
from special_channel.web.reading.inbox import OPEN
from special_channel.web.reading.rows import UNSEEN, Gathered, gather
from special_channel.web.reading.scene import Scene
from special_channel.web.reading.threads import paging

PAGE: Final = 100
"""Rows of one page (web.md, part 4)."""

DECIDED: Final = 500
"""Decided questions that the page looks at, the latest due first."""

BACK: Final = timedelta(weeks=6)
"""How far back what is decided is shown."""

MAX_BATCH: Final = 32


def asked_of(query: Mapping[str, str]) -> Asked:
    """Read the filters of an address.

    Raises:
        Malformed: `request-malformed`, with the field.
    """
    side = next((one for one in SIDE_FILTERS if one == query.get("side", "")), None)
    state = next((one for one in STATE_FILTERS if one == query.get("state", "")), None)
    batch = query.get("batch", "")
    if side is None or state is None or len(batch) > MAX_BATCH:
        field = "side" if side is None else "state" if state is None else "batch"
        raise Malformed("request-malformed", "There is no such filter.", field=field)
    return Asked(side, state, batch, query.get("desk") == "1")


async def deadlines(scene: Scene, asked: Asked, page: int) -> DeadlinesPage:
    """Read the page."""
    asks = await _asks(scene, asked)
    threads = await scene.own.views.threads_by_id(sorted({row.thread for row in asks}))
    fits = await fitting(scene, "unit" if asked.desk else "all", [*threads.values()])
    gathered = await gather(scene, [row for row in threads.values() if fits(row)], UNSEEN)
    near = [row for row in asks if row.thread in threads and fits(threads[row.thread])]
    batches = _batches(scene, gathered, [threads[row.thread] for row in near])
    kept = [
        row
        for row in near
        if _is_wanted(scene, row, asked)
        and asked.batch in {"", _batch_of(gathered, threads[row.thread])}
    ]
    rows = [_row(gathered, threads[row.thread], row) for row in kept]
    first = _first(scene)
    return DeadlinesPage(
        lanes=_lanes(scene, rows, first),
        rows=tuple(rows[(page - 1) * PAGE : page * PAGE]),
        paging=_paging(page, len(rows), asked),
        asked=asked,
        ours=sum(row.is_open and row.answering == scene.party for row in kept),
        theirs=sum(row.is_open and row.answering == scene.peer for row in kept),
        passed=sum(row.due.passed for row in rows),
        earlier=sum(_on(row) < first for row in rows),
        later=sum(_on(row) >= first + timedelta(days=DAYS) for row in rows),
        shared=_shared(scene, first),
        batches=batches,
        next_due=next((row.due for row in rows if not row.due.passed), None),
    )


async def _asks(scene: Scene, asked: Asked) -> Sequence[AskRow]:
    """Return the questions of the sides and the state that are asked for, nearest first."""
    sides: dict[str, tuple[Party, ...]] = {
        "ours": (scene.party,), "theirs": (scene.peer,), "": (scene.party, scene.peer),
    }  # fmt: skip
    answering = sides[asked.side]
    if asked.state == "decided":
        found = await scene.own.past_asks.decided(timestamp(scene.now - BACK), DECIDED)
        return [row for row in found if row.answering in answering]
    views = scene.own.views
    held = [
        row
        for party in answering
        for row in await views.asks(answering=party, only_open=True, limit=OPEN)
    ]
    return sorted(held, key=lambda row: (row.due, row.answering != scene.party, row.index, row.q))


def _is_wanted(scene: Scene, row: AskRow, asked: Asked) -> bool:
    due = due_of(scene, row)
    if asked.state == "passed":
        return due.passed
    return asked.state != "provisional" or due.provisional


def _row(gathered: Gathered, thread: ThreadRow, row: AskRow) -> DeadlineRow:
    number = str(thread.position)
    proposal = row.proposals[-1].due if row.proposals and row.is_open else row.due
    return DeadlineRow(
        number=ask_number(row),
        url=f"/threads/{number}#{row.position}",
        thread=number,
        title=gathered.title(thread),
        due=due_of(gathered.scene, row),
        outcome=row.outcome(),
        answered_in=_answer(row),
        next_step=now_step(gathered.ladder(row)) if row.is_open else None,
        batch=gathered.batches.get(thread.opening.batch),
        first_due=instant(row.first_due) if row.moves else None,
        basis=row.moves[-1].basis if row.moves else "",
        proposed=instant(proposal) if proposal != row.due else None,
    )


def _answer(row: AskRow) -> str | None:
    return f"{row.answering.upper()}-{row.answers[0].index}" if row.answers else None


def _batch_of(gathered: Gathered, thread: ThreadRow) -> str:
    ref = gathered.batches.get(thread.opening.batch)
    return ref.position if ref else "standing"


def _batches(
    scene: Scene, gathered: Gathered, threads: Iterable[ThreadRow]
) -> tuple[tuple[str, str], ...]:
    """Return what a reader may choose from: the batches that the dates belong to."""
    names = {ref.position: ref.name for ref in gathered.batches.values()}
    found = {_batch_of(gathered, thread) for thread in threads}
    document = scene.document
    if document is not None:
        zh = scene.lang == "zh-CN"
        names["standing"] = document.standing_zh if zh else document.standing_en
    return tuple(sorted((key, names.get(key, key)) for key in found))


def _paging(page: int, total: int, asked: Asked) -> Paging:
    fields = {"side": asked.side, "state": asked.state, "batch": asked.batch}
    query = {name: value for name, value in fields.items() if value}
    if asked.desk:
        query["desk"] = "1"
    return paging(page, total, PAGE, f"/deadlines?{urlencode(query) or 'side='}")


def _first(scene: Scene) -> date:
    """Return the Monday of the own side's present week."""
    today = local(scene.now, scene.party).date()
    return today - timedelta(days=today.weekday())


def _on(row: DeadlineRow) -> date:
    """Return the date in the answering side's capital, on which its lane shows it."""
    return local(row.due.at, row.due.answering).date()


def _lanes(scene: Scene, rows: Sequence[DeadlineRow], first: date) -> Lanes:
    own, peer = scene.calendar(scene.party), scene.calendar(scene.peer)
    dates = [first + timedelta(days=n) for n in range(DAYS)]
    shared = [place(n) for n, on in enumerate(dates) if shared_hours(own, peer, on)]
    return Lanes(_lane(scene, own, rows, dates), _lane(scene, peer, rows, dates), tuple(shared))


def _lane(
    scene: Scene, calendar: Calendar, rows: Sequence[DeadlineRow], dates: Sequence[date]
) -> Lane:
    here = calendar.local(scene.now)
    return lane(
        calendar.side,
        [_day(calendar, on) for on in dates],
        _marks(scene, [row for row in rows if row.due.answering == calendar.side]),
        here.date(),
        (here.hour * 60 + here.minute) / 1440,
    )


def _day(calendar: Calendar, on: date) -> LaneDay:
    note = calendar.note(on)
    return LaneDay(on, note.kind, note.name)


def _marks(scene: Scene, rows: Sequence[DeadlineRow]) -> list[LaneMark]:
    """Join the questions of one thread that fall due at one instant."""
    found: dict[tuple[str, datetime], list[DeadlineRow]] = {}
    for row in rows:
        found.setdefault((row.thread, row.due.at), []).append(row)
    return [
        LaneMark(
            number=thread,
            url=each[0].url,
            label=each[0].title.first(scene.lang).text,
            on=_on(each[0]),
            asks=tuple(row.number for row in each),
            tone=_tone(each[0]),
            provisional=each[0].due.provisional,
        )
        for (thread, _), each in found.items()
    ]


def _tone(row: DeadlineRow) -> str:
    if row.next_step is None and row.outcome in {"in-time", "late", "crossed", "ended"}:
        return "done"
    return "due" if row.due.near else row.due.answering


def _shared(scene: Scene, first: date) -> tuple[tuple[datetime, datetime], ...]:
    """Return the shared office hours of the weeks ahead, once for each clock change."""
    own, peer = scene.calendar(scene.party), scene.calendar(scene.peer)
    today = local(scene.now, scene.party).date()
    found: dict[str, tuple[datetime, datetime]] = {}
    for n in range(DAYS):
        on = first + timedelta(days=n)
        hours = shared_hours(own, peer, on) if on >= today else None
        if hours is not None:
            key = f"{local(hours[0], scene.party):%H:%M}{local(hours[0], scene.peer):%H:%M}"
            found.setdefault(key, hours)
    return tuple(found.values())
