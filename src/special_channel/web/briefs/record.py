"""Rows of a brief, from the present or an earlier record.

An earlier record is counted from all applications, so it is read once per brief. Does not write
sentences.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

from special_channel.core.bytes.ids import EntryId, ThreadId
from special_channel.core.entries import AmendmentSheet, ListSheet, Urgent
from special_channel.core.numbers.changes import state_since
from special_channel.core.numbers.corrected import Correction
from special_channel.core.rows.applications import DIFFERENCES as KINDS
from special_channel.core.rows.applications import ApplicationRow
from special_channel.core.rows.batches import BatchRow
from special_channel.core.rows.meetings import MeetingRow, PointRow
from special_channel.core.rows.questions import QuestionRow
from special_channel.core.rows.recorded import Extent
from special_channel.core.rows.recorded_talks import (
    listing_as_recorded,
    point_as_recorded,
    question_as_recorded,
    recorded_facts,
    thread_as_recorded,
)
from special_channel.core.rows.threads import ThreadRow
from special_channel.stores.applications import ANY, ApplicationFilter, ListedApplication
from special_channel.stores.meetings import MeetingFilter, Sizes, ThreadGrowth
from special_channel.web.shared.data_parts import document
from special_channel.web.shell.content import Content
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.meetings import questions_about
from special_channel.web.shell.translations import notes_said

MEETINGS: Final = 5
"""Number of meetings with promises and differences in a brief, last held first."""

QUESTIONS: Final = 1000
EVER_HELD: Final = 5000
EVER_ASKED: Final = 50_000
"""Meetings and questions of a whole record, from which an earlier one is chosen."""

SEARCHED: Final = 200
"""Line stops searched for applications without a decision."""

DIFFERENCES: Final = 2

_LINE_STOP: Final = "line_stop"

Asked = Mapping[tuple[EntryId, str], QuestionRow]


class BriefRecord(Protocol):
    """Queries of a brief."""

    async def meetings(self, level: str) -> Sequence[MeetingRow]:
        """Return the last meetings of a level, last held first."""
        ...

    async def points(self, meetings: Sequence[EntryId]) -> Sequence[PointRow]:
        """Return the points of meetings, in order within each meeting."""
        ...

    async def open_questions(self) -> Sequence[QuestionRow]:
        """Return open questions of the two sides."""
        ...

    async def notes(self, questions: Iterable[QuestionRow]) -> Mapping[EntryId, Content]:
        """Read the notes of questions, with translations for our side."""
        ...

    async def questions_about(self, points: Sequence[PointRow]) -> Asked:
        """Look up the questions about promises, by note and number."""
        ...

    async def threads(self, ids: Sequence[ThreadId]) -> Mapping[ThreadId, ThreadRow]:
        """Look up threads."""
        ...

    async def line_stops(self) -> Sequence[ListedApplication]:
        """Return line stops by the last list of each application, the newest list first."""
        ...

    async def differing(self) -> tuple[Sequence[ListedApplication], int]:
        """Return the leading differences and their total: line stops first, then states."""
        ...

    async def sizes_at(self, at: str) -> Sizes:
        """Return the sizes of the two logs at an instant."""
        ...

    async def written(self, since: Sizes) -> Mapping[str, int]:
        """Return the number of entries by kind since the given sizes."""
        ...

    async def turned(self, since: Sizes, limit: int) -> tuple[Sequence[ApplicationRow], int]:
        """Return applications with a state changed since, and their total."""
        ...

    async def moved(self, since: Sizes, limit: int) -> tuple[Sequence[ThreadGrowth], int]:
        """Return threads with new entries, latest first, and their total."""
        ...


FILTERS: Final = (
    ApplicationFilter(differs="state", urgency="line_stop", sort="listed"),
    ApplicationFilter(differs="state", sort="listed"),
    ApplicationFilter(differs=ANY, sort="listed"),
)
"""Searches for the leading differences, in this order."""


@dataclass(frozen=True, slots=True)
class PresentRecord:
    """Rows of the present record."""

    context: PageContext

    async def meetings(self, level: str) -> Sequence[MeetingRow]:
        """See `BriefRecord`."""
        rows, _ = await self.context.own.stores.meetings.meetings(MeetingFilter(level), MEETINGS)
        return rows

    async def points(self, meetings: Sequence[EntryId]) -> Sequence[PointRow]:
        """See `BriefRecord`."""
        return await self.context.own.stores.meetings.points(meetings)

    async def open_questions(self) -> Sequence[QuestionRow]:
        """See `BriefRecord`."""
        return await self.context.own.stores.views.asks(only_open=True, limit=QUESTIONS)

    async def notes(self, questions: Iterable[QuestionRow]) -> Mapping[EntryId, Content]:
        """See `BriefRecord`."""
        return await notes_said(self.context, questions)

    async def questions_about(self, points: Sequence[PointRow]) -> Asked:
        """See `BriefRecord`."""
        return await questions_about(self.context, points)

    async def threads(self, ids: Sequence[ThreadId]) -> Mapping[ThreadId, ThreadRow]:
        """See `BriefRecord`."""
        return await self.context.own.stores.views.threads_by_id(ids)

    async def line_stops(self) -> Sequence[ListedApplication]:
        """See `BriefRecord`."""
        sought = ApplicationFilter(urgency="line_stop", sort="listed")
        return (await self.context.own.stores.applications.sought(sought, 0, SEARCHED)).rows

    async def differing(self) -> tuple[Sequence[ListedApplication], int]:
        """See `BriefRecord`."""
        rows: dict[str, ListedApplication] = {}
        total = 0
        for filters in FILTERS:
            if len(rows) >= DIFFERENCES and filters is not FILTERS[-1]:
                continue  # the last one alone counts them all
            sought = await self.context.own.stores.applications.sought(filters, 0, DIFFERENCES)
            total = sought.total
            for row in sought.rows:
                rows.setdefault(row.application.number, row)
        return [*rows.values()][:DIFFERENCES], total

    async def sizes_at(self, at: str) -> Sizes:
        """See `BriefRecord`."""
        return await self.context.own.stores.growth.sizes_at(at)

    async def written(self, since: Sizes) -> Mapping[str, int]:
        """See `BriefRecord`."""
        return await self.context.own.stores.growth.written(since)

    async def turned(self, since: Sizes, limit: int) -> tuple[Sequence[ApplicationRow], int]:
        """See `BriefRecord`."""
        return await self.context.own.stores.growth.turned(since, limit)

    async def moved(self, since: Sizes, limit: int) -> tuple[Sequence[ThreadGrowth], int]:
        """See `BriefRecord`."""
        return await self.context.own.stores.growth.moved(since, limit)


@dataclass(frozen=True, slots=True)
class EarlierRecord:
    """Rows of the first entries of the logs, in the order of `PresentRecord`.

    Attributes:
        listed: All applications with their last appearance on a list, the newest list first.
        corrections: Later corrections of the entries, if counted.
    """

    context: PageContext
    extent: Extent
    listed: Sequence[ListedApplication] = ()
    corrections: Sequence[Correction] = ()
    _stops: list[ListedApplication] = field(default_factory=list)

    @classmethod
    async def read(cls, context: PageContext, extent: Extent) -> EarlierRecord:
        """Read all applications."""
        rows, corrections = await context.own.stores.applications.recorded(extent)
        listed = await _with_urgency(context, rows, extent.eu)
        listed.sort(key=_newest_list)
        stops = [each for each in listed if _urgency(each) == _LINE_STOP]
        return cls(context, extent, listed, corrections, stops)

    async def meetings(self, level: str) -> Sequence[MeetingRow]:
        """See `BriefRecord`."""
        wanted = MeetingFilter(level)
        rows, _ = await self.context.own.stores.meetings.meetings(wanted, EVER_HELD)
        return recorded_facts(rows, self.extent.sizes)[:MEETINGS]

    async def points(self, meetings: Sequence[EntryId]) -> Sequence[PointRow]:
        """See `BriefRecord`."""
        rows = await self.context.own.stores.meetings.points(meetings)
        known = (point_as_recorded(row, self.extent.sizes) for row in rows)
        return [row for row in known if row is not None]

    async def open_questions(self) -> Sequence[QuestionRow]:
        """See `BriefRecord`."""
        rows = await self.context.own.stores.views.asks(limit=EVER_ASKED)
        known = (question_as_recorded(row, self.extent.sizes) for row in rows)
        asked = [row for row in known if row is not None and row.is_open]
        # Sizes that somebody chose can have a question without the opening of its thread.
        threads = await self.threads(sorted({row.thread for row in asked}))
        return [row for row in asked if row.thread in threads][:QUESTIONS]

    async def notes(self, questions: Iterable[QuestionRow]) -> Mapping[EntryId, Content]:
        """See `BriefRecord`."""
        return await notes_said(self.context, questions, self.extent.sizes)

    async def questions_about(self, points: Sequence[PointRow]) -> Asked:
        """See `BriefRecord`."""
        rows = (await questions_about(self.context, points)).items()
        known = ((key, question_as_recorded(row, self.extent.sizes)) for key, row in rows)
        return {key: row for key, row in known if row is not None}

    async def threads(self, ids: Sequence[ThreadId]) -> Mapping[ThreadId, ThreadRow]:
        """See `BriefRecord`."""
        rows = (await self.context.own.stores.views.threads_by_id(ids)).items()
        known = ((id_, thread_as_recorded(row, self.extent.sizes)) for id_, row in rows)
        return {id_: row for id_, row in known if row is not None}

    async def line_stops(self) -> Sequence[ListedApplication]:
        """See `BriefRecord`."""
        return self._stops[:SEARCHED]

    async def differing(self) -> tuple[Sequence[ListedApplication], int]:
        """See `BriefRecord`."""
        by_kind = [(each, each.application.differences()) for each in self.listed]
        differ = [(each, kinds) for each, kinds in by_kind if kinds]
        states = [each for each, kinds in differ if KINDS[0] in kinds]
        stops = [each for each in states if _urgency(each) == _LINE_STOP]
        rows = {
            each.application.number: each
            for each in (*stops, *states, *(each for each, _ in differ))
        }
        return [*rows.values()][:DIFFERENCES], len(differ)

    async def sizes_at(self, at: str) -> Sizes:
        """See `BriefRecord`."""
        return self._within(await self.context.own.stores.growth.sizes_at(at))

    async def written(self, since: Sizes) -> Mapping[str, int]:
        """See `BriefRecord`."""
        return await self.context.own.stores.growth.written(self._within(since), self._end)

    async def turned(self, since: Sizes, limit: int) -> tuple[Sequence[ApplicationRow], int]:
        """See `BriefRecord`."""
        turned = [
            each
            for each in self.listed
            if state_since(each.application, "eu") >= since.eu
            or state_since(each.application, "cn") >= since.cn
        ]
        # Stable: the last key first.
        turned.sort(key=lambda each: each.application.number)
        turned.sort(key=_last_date, reverse=True)
        turned.sort(key=_stopped, reverse=True)
        return [each.application for each in turned[:limit]], len(turned)

    async def moved(self, since: Sizes, limit: int) -> tuple[Sequence[ThreadGrowth], int]:
        """See `BriefRecord`."""
        return await self.context.own.stores.growth.moved(self._within(since), limit, self._end)

    @property
    def _end(self) -> Sizes:
        return Sizes(self.extent.eu, self.extent.cn)

    def _within(self, sizes: Sizes) -> Sizes:
        return Sizes(min(sizes.eu, self.extent.eu), min(sizes.cn, self.extent.cn))


def _urgency(each: ListedApplication) -> str:
    return each.listing.urgency if each.listing else ""


def _stopped(each: ListedApplication) -> bool:
    return each.listing is not None and each.listing.withdrawn < 0 and _urgency(each) == _LINE_STOP


def _newest_list(each: ListedApplication) -> tuple[int, int, str]:
    listed = each.application.listed
    number = each.application.number
    return (-listed[-1].index, listed[-1].row, number) if listed else (1, 0, number)


def _last_date(each: ListedApplication) -> str:
    states = (each.application.latest("eu"), each.application.latest("cn"))
    return max((state.as_of for state in states if state), default="")


async def _with_urgency(
    context: PageContext, rows: Iterable[ListedApplication], size: int
) -> list[ListedApplication]:
    """Return applications with their urgency by the first entries of the EU's log."""
    listed = [*rows]
    since = {
        each.batch.batch: each.batch
        for each in listed
        if each.batch and each.listing and each.listing.amended >= size
    }
    stated = {batch: await _stated(context, row, size) for batch, row in since.items()}
    return [
        replace(
            each,
            listing=listing_as_recorded(
                each.listing, size, stated.get(each.listing.batch, {}).get(each.listing.row)
            ),
        )
        if each.listing
        else each
        for each in listed
    ]


async def _stated(context: PageContext, batch: BatchRow, size: int) -> Mapping[int, Urgent]:
    """Read the urgency of a list's rows from the list and from its amendments until then."""
    amendments = [each.id for each in batch.amendments if each.index < size]
    stored = await context.own.stores.record.find([batch.batch, *amendments])
    rows: dict[int, Urgent] = {}
    for id_ in (batch.batch, *amendments):
        data = document(stored[id_].parts if id_ in stored else ())
        if data is None:
            continue
        if id_ == batch.batch:
            rows |= {row.row: row for row in ListSheet.model_validate_json(data).rows}
        else:
            sheet = AmendmentSheet.model_validate_json(data)
            rows |= {row.row: row for row in (*sheet.added, *sheet.changed)}
    return rows
