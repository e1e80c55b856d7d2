"""Threads as rows of a list: what they are about, what is open, who spoke last.

A fixed number of queries for any number of threads. Does not group or choose them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from special_channel.core.bytes.ids import EntryId, ThreadId
from special_channel.core.bytes.times import instant
from special_channel.core.rows.questions import QuestionRow
from special_channel.core.rows.threads import ThreadRow
from special_channel.messages.silence import short
from special_channel.ports import Stored
from special_channel.web.pages.inbox import LastWords
from special_channel.web.pages.inbox import ThreadRow as Row
from special_channel.web.shared.capitals import Due
from special_channel.web.shared.references import BatchRef, ask_number
from special_channel.web.shared.silence import known
from special_channel.web.shared.silence import standing as standing_of
from special_channel.web.shell.content import excerpt
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.ladders import Ladders, ladders
from special_channel.web.shell.last_heard import LastHeard, last_heard_of
from special_channel.web.shell.people import People, people
from special_channel.web.shell.threads import Subjects, batch_refs, subjects


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
    heard: LastHeard

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
        return known(about.outcome(), due, self.heard.at(about), self.context)

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
        last_heard_of(context, asks),
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
