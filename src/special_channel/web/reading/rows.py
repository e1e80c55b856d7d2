"""Threads as rows of a list: what they are about, what is open, who spoke last.

A fixed number of queries for any number of threads. Does not group or choose them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from special_channel.core.bytes.ids import EntryId, Position, ThreadId
from special_channel.core.bytes.times import instant
from special_channel.core.rows.batches import BatchRow
from special_channel.core.rows.questions import QuestionRow
from special_channel.core.rows.threads import ThreadRow
from special_channel.core.rules.private import EscalationRow
from special_channel.messages.silence import short
from special_channel.ports import Stored
from special_channel.web.pages.inbox import LastWords
from special_channel.web.pages.inbox import ThreadRow as Row
from special_channel.web.reading.dues import by_note, has_ladder, holders, standing, taken_over
from special_channel.web.reading.heard import Heard, heard_of, viewpoint
from special_channel.web.reading.words import beginning, excerpt, title
from special_channel.web.shared.bars import Bar, bar_of
from special_channel.web.shared.capitals import Due
from special_channel.web.shared.references import BatchRef, ask_number
from special_channel.web.shared.steps import Step, TakenOver
from special_channel.web.shared.words import Pair
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.people import People, people
from special_channel.web.silence import known
from special_channel.web.silence import standing as standing_of

MANY: Final = 10_000
"""Asks of a page of threads; a limit only so that a fault can't fill the memory."""


@dataclass(frozen=True, slots=True)
class Subjects:
    """What threads are about."""

    openings: Mapping[EntryId, Stored]
    erased: Mapping[EntryId, Mapping[int, Position]]

    def title(self, thread: ThreadRow) -> Pair:
        """Return a thread's subject."""
        opening = self.openings.get(thread.opening.id)
        erased = self.erased.get(thread.opening.id, ())
        return title(None) if opening is None else beginning(opening, erased)


@dataclass(frozen=True, slots=True)
class Ladders:
    """Where open asks are on the own ladder, as lists say it."""

    context: PageContext
    raised: Mapping[EntryId, Sequence[EscalationRow]]
    names: Mapping[int, str]
    over: Mapping[EntryId, TakenOver]

    def standing(self, ask: QuestionRow) -> tuple[Step | None, tuple[int, int]]:
        """Return the step that an ask is at, and how many are taken, of how many.

        None of what can't pass: nobody is told of it in steps.
        """
        if not has_ladder(ask):
            return None, (0, 0)
        return standing(self.context, ask, self.raised.get(ask.note, ()), self.names, self.over)


@dataclass(frozen=True, slots=True)
class Gathered:
    """All that the rows of one list need.

    Attributes:
        tallies: How many questions of a note are answered, of how many.
        news: Threads with something new to the reader.
    """

    context: PageContext
    subjects: Subjects
    last: Mapping[ThreadId, Stored]
    tallies: Mapping[EntryId, tuple[int, int]]
    ladders: Ladders
    batches: Mapping[str, BatchRef]
    news: frozenset[ThreadId]
    people: People
    heard: Heard

    def row(
        self, thread: ThreadRow, about: QuestionRow | None = None, due: Due | None = None
    ) -> Row:
        """Return a thread's row; `about` is the ask that it is listed for, due at `due`."""
        last = self.last.get(thread.thread)
        tally = None if about is None else self.tallies.get(about.note)
        step, reached = (None, (0, 0)) if about is None else self.ladders.standing(about)
        number = str(thread.position)
        return Row(
            number=number,
            url=f"/threads/{number}",
            title=self.subjects.title(thread),
            unread=thread.thread in self.news,
            due=due,
            at=instant(last.accepted if last else thread.opening.accepted),
            last=None if last is None else self._last(last),
            batch=self.batches.get(thread.opening.batch),
            answered=tally if tally is not None and tally[1] > 1 else None,
            next_step=step,
            steps=reached,
            closed=thread.is_closed(),
            about=ask_number(about) if about else "",
            silence=self._silence(about, due) if about and due else "",
            known=self._known(about, due) if about and due else "",
        )

    def _silence(self, about: QuestionRow, due: Due) -> str:
        seen = standing_of(about.outcome(), due, self.context.party)
        # While the date lies ahead, the row says how far.
        return "" if seen.case in {"open", "provisional"} else short(self.context.t, seen)

    def _known(self, about: QuestionRow, due: Due) -> str:
        return known(about.outcome(), due, self.heard.at(about), viewpoint(self.context))

    def _last(self, last: Stored) -> LastWords:
        author = self.people.author(last.by)
        return LastWords(author, instant(last.accepted), excerpt(last, self.context.lang))


async def gather(
    context: PageContext,
    threads: Sequence[ThreadRow],
    asks: Sequence[QuestionRow],
    news: frozenset[ThreadId],
) -> Gathered:
    """Read what the rows of these threads need, some listed for these asks."""
    last, about, tallies, standing_now, batches, known_at = await asyncio.gather(
        context.own.views.last_entries([row.thread for row in threads]),
        subjects(context, threads),
        context.own.past_asks.tallies(sorted({row.note for row in asks})),
        ladders(context, asks),
        batch_refs(context, [row.opening.batch for row in threads]),
        heard_of(context, asks),
    )
    return Gathered(
        context=context,
        subjects=about,
        last=last,
        tallies=tallies,
        ladders=standing_now,
        batches=batches,
        news=news,
        people=await people(context, [entry.by for entry in last.values()]),
        heard=known_at,
    )


async def subjects(context: PageContext, threads: Iterable[ThreadRow]) -> Subjects:
    """Read what these threads are about."""
    openings = await context.own.record.find([row.opening.id for row in threads])
    return Subjects(openings, await erased_of(context, [*openings.values()]))


async def ladders(context: PageContext, asks: Iterable[QuestionRow]) -> Ladders:
    """Read where those of these asks that are open are on the own ladder."""
    waiting = sorted({row.note for row in asks if row.is_open})
    raised = await context.own.views.escalations(waiting)
    names = holders(context.own.ladder, await context.own.officials.all())
    return Ladders(context, by_note(raised), names, await taken_over(context, raised))


async def erased_of(
    context: PageContext, entries: Sequence[Stored]
) -> Mapping[EntryId, Mapping[int, Position]]:
    """Return what is declared erased, asked only where some part is not here."""
    absent = [entry.id for entry in entries if None in entry.parts]
    return await context.own.views.erased(absent) if absent else {}


async def batch_refs(context: PageContext, batches: Sequence[str]) -> Mapping[str, BatchRef]:
    """Return batches by id, with the own side's counts."""
    ids = sorted({batch for batch in batches if batch != "standing"})
    if not ids:
        return {}
    found = await context.own.views.batches_by_id(ids)
    counts = await context.own.views.counts(ids, context.party)
    return {id_: batch_ref(row, counts.get(id_, {})) for id_, row in found.items()}


def batch_ref(row: BatchRow, counts: Mapping[str, int]) -> BatchRef:
    """Return how pages name a batch."""
    position = f"EU-{row.index}"
    return BatchRef(row.list, position, f"/batches/{position}", bar(counts))


def bar(counts: Mapping[str, int]) -> Bar:
    """Return the bar of counts by state; what a side has not stated is unknown."""
    return bar_of({code or "unknown": count for code, count in counts.items()})
