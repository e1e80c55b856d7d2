"""Threads as rows of a list: what they are about, what is open, who spoke last.

A fixed number of queries for any number of threads. Does not group or choose them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from special_channel.core.asks import AskRow
from special_channel.core.batches import BatchRow
from special_channel.core.ids import EntryId, KeyId, Party, Position, ThreadId
from special_channel.core.private import EscalationRow
from special_channel.core.threads import ThreadRow
from special_channel.core.times import instant
from special_channel.ports import Stored
from special_channel.ports.people import ReadMark
from special_channel.ports.views import Tip
from special_channel.web.pages.batch import Bar, BatchRef, bar_of
from special_channel.web.pages.frame import Pair
from special_channel.web.pages.inbox import LastWords, Step
from special_channel.web.pages.inbox import ThreadRow as Row
from special_channel.web.reading.dues import (
    by_note,
    due_of,
    holders,
    nearest,
    now_step,
    reached,
    steps,
)
from special_channel.web.reading.people import People, people
from special_channel.web.reading.scene import Scene
from special_channel.web.reading.words import content, excerpt, title

MANY: Final = 10_000
"""Asks of a page of threads; a limit only so that a fault can't fill the memory."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """All that the rows of one list need."""

    scene: Scene
    openings: Mapping[EntryId, Stored]
    erased: Mapping[EntryId, Mapping[int, Position]]
    last: Mapping[ThreadId, Stored]
    asks: Mapping[ThreadId, Sequence[AskRow]]
    raised: Mapping[EntryId, Sequence[EscalationRow]]
    batches: Mapping[str, BatchRef]
    marks: Mapping[ThreadId, ReadMark]
    tips: Mapping[ThreadId, Mapping[Party, Tip]]
    people: People
    holders: Mapping[int, str]

    def unread(self, thread: ThreadRow) -> bool:
        """Tell whether something is new to the reader; what she wrote herself is not."""
        mark = self.marks.get(thread.thread)
        return is_news(mark, self.tips.get(thread.thread, {}), self.scene.reader.key)

    def row(self, thread: ThreadRow, about: AskRow | None = None) -> Row:
        """Return a thread's row; `about` is the ask that it is listed for."""
        last = self.last.get(thread.thread)
        note = [] if about is None else [a for a in self._asks(thread) if a.note == about.note]
        ladder = () if about is None else self.ladder(about)
        return Row(
            number=str(thread.position),
            url=f"/threads/{thread.position}",
            title=self.title(thread),
            unread=self.unread(thread),
            due=None if about is None else due_of(self.scene, about),
            at=instant(last.accepted if last else thread.opening.accepted),
            last=None if last is None else self._last(last),
            batch=self.batches.get(thread.opening.batch),
            answered=(sum(bool(a.answers) for a in note), len(note)) if len(note) > 1 else None,
            next_step=now_step(ladder),
            steps=reached(ladder),
            closed=thread.is_closed(),
        )

    def ladder(self, about: AskRow) -> tuple[Step, ...]:
        """Return the own ladder for an ask of these threads."""
        return steps(self.scene, about, self.raised.get(about.note, ()), self.holders)

    def title(self, thread: ThreadRow) -> Pair:
        """Return a thread's subject."""
        opening = self.openings.get(thread.opening.id)
        erased = self.erased.get(thread.opening.id, ())
        return title(None if opening is None else content(opening, erased))

    def _asks(self, thread: ThreadRow) -> Sequence[AskRow]:
        return self.asks.get(thread.thread, ())

    def open_ask(self, thread: ThreadRow) -> AskRow | None:
        """Return the nearest ask of a thread that is open, for either side."""
        waiting = [row for row in self._asks(thread) if row.is_open]
        return nearest(waiting) if waiting else None

    def _last(self, last: Stored) -> LastWords:
        author = self.people.author(last.by)
        return LastWords(author, instant(last.accepted), excerpt(last, self.scene.lang))


@dataclass(frozen=True, slots=True)
class Seen:
    """How far a reader is in some threads, and how far they are."""

    marks: Mapping[ThreadId, ReadMark]
    tips: Mapping[ThreadId, Mapping[Party, Tip]]


async def seen_of(scene: Scene, threads: Sequence[ThreadRow]) -> Seen:
    """Read how far the reader is in these threads."""
    ids = [row.thread for row in threads]
    return Seen(await scene.own.reads.marks(scene.reader.key, ids), await scene.own.views.tips(ids))


UNSEEN: Final = Seen({}, {})
"""For rows that say nothing of the reader, nor of who spoke last."""


async def gather(scene: Scene, threads: Sequence[ThreadRow], seen: Seen | None = None) -> Gathered:
    """Read what these threads' rows need; how far the reader is, unless that is `seen`."""
    seen = seen or await seen_of(scene, threads)
    views = scene.own.views
    ids = [row.thread for row in threads]
    openings = await scene.own.record.find([row.opening.id for row in threads])
    last = {} if seen is UNSEEN else await views.last_entries(ids)
    asks = await views.asks(threads=ids, limit=MANY)
    waiting = sorted({row.note for row in asks if row.is_open})
    raised = await views.escalations(waiting)
    return Gathered(
        scene=scene,
        openings=openings,
        erased=await erased_of(scene, [*openings.values()]),
        last=last,
        asks=_by_thread(asks),
        raised=by_note(raised),
        batches=await batch_refs(scene, [row.opening.batch for row in threads]),
        marks=seen.marks,
        tips=seen.tips,
        people=await people(scene, [entry.by for entry in last.values()]),
        holders=holders(scene.own.ladder, await scene.own.officials.all()),
    )


def is_news(mark: ReadMark | None, tips: Mapping[Party, Tip], reader: KeyId) -> bool:
    """Tell whether a log's newest entry in a thread is beyond the mark, and another's."""
    read = mark or ReadMark()
    return any(tip.index >= read.of(log) and tip.by != reader for log, tip in tips.items())


async def erased_of(
    scene: Scene, entries: Sequence[Stored]
) -> Mapping[EntryId, Mapping[int, Position]]:
    """Return what is declared erased, asked only where some part is not here."""
    absent = [entry.id for entry in entries if None in entry.parts]
    return await scene.own.views.erased(absent) if absent else {}


async def batch_refs(scene: Scene, batches: Sequence[str]) -> Mapping[str, BatchRef]:
    """Return batches by id, with the own side's counts."""
    ids = sorted({batch for batch in batches if batch != "standing"})
    if not ids:
        return {}
    found = await scene.own.views.batches_by_id(ids)
    counts = await scene.own.views.counts(ids, scene.party)
    return {id_: batch_ref(row, counts.get(id_, {})) for id_, row in found.items()}


def batch_ref(row: BatchRow, counts: Mapping[str, int]) -> BatchRef:
    """Return how pages name a batch."""
    position = f"EU-{row.index}"
    return BatchRef(row.list, position, f"/batches/{position}", bar(counts))


def bar(counts: Mapping[str, int]) -> Bar:
    """Return the bar of counts by state; what a side has not stated is unknown."""
    return bar_of(code or "unknown" for code, count in counts.items() for _ in range(count))


def _by_thread(asks: Sequence[AskRow]) -> dict[ThreadId, list[AskRow]]:
    found: dict[ThreadId, list[AskRow]] = {}
    for row in asks:
        found.setdefault(row.thread, []).append(row)
    return found
