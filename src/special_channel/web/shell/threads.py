"""Look up threads and weekly lists for pages of several nouns: rows, subjects and lists.

The number of queries does not grow with the number of threads.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Literal

from pydantic import computed_field

from special_channel.core.bytes.errors import Malformed, NotFound
from special_channel.core.bytes.ids import EntryId, Party, Position
from special_channel.core.rows.batches import BatchRow
from special_channel.core.rows.threads import ThreadRow
from special_channel.core.search.folding import fold
from special_channel.ports import Stored
from special_channel.web.shared.capitals import Due
from special_channel.web.shared.doubts import Doubt, doubt_at
from special_channel.web.shared.dues import Step
from special_channel.web.shared.marks import MarksView
from special_channel.web.shared.references import BatchRef, batch_ref
from special_channel.web.shared.view import View
from special_channel.web.shared.viewpoint import Author
from special_channel.web.shared.words import Pair, Words
from special_channel.web.shell.colleagues import Colleague, holders
from special_channel.web.shell.content import beginning, erased_of, title
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.translations import subject_of

MANY: Final = 10_000
"""Questions of a page of threads. Only a fault has more: the limit saves the memory."""

_JOINED: Final = str.maketrans("", "", "- ")


class LastWords(View):
    """The start of a thread's newest entry."""

    author: Author
    at: datetime
    words: Words
    number: str = ""
    doubt: Doubt | None = None


class ThreadItem(View):
    """A thread in a list. The API leaves out what only a page of the reader's side shows.

    Attributes:
        number: Registration number, such as EU-142.
        thread: Id.
        notes_eu: Number of the EU's notes; `notes_cn`: of CN's.
        order: Display order of the newest entry, for `before` of the API.
        unread: Whether it has entries new to the reader.
        due: Due time of the question that it is listed for.
        at: Time of the newest entry.
        answered: Number of answered questions of the open note, and of all.
        next_step: Present step of our ladder; `steps`: number of steps taken, and of all.
        about: Number of the question, such as `EU-877 Q1`.
        silence: Words on the question's outcome, if its due time is over or requested.
        known: Time up to which the other side's record is known, if only ours has no answer.
        doubt: The doubt about who opened it.
        holder: To whom it is assigned on our side; None for nobody.
        marks: The reader's marks.
    """

    type: Literal["thread"] = "thread"
    number: str
    thread: str
    title: Pair
    closed: bool
    notes_eu: int
    notes_cn: int
    order: int
    unread: bool | None = None
    due: Due | None = None
    at: datetime | None = None
    last: LastWords | None = None
    batch: BatchRef | None = None
    answered: tuple[int, int] | None = None
    next_step: Step | None = None
    steps: tuple[int, int] | None = None
    about: str | None = None
    silence: str | None = None
    known: str | None = None
    doubt: Doubt | None = None
    holder: Colleague | None = None
    marks: MarksView | None = None

    @computed_field
    def subjects(self) -> tuple[str, ...]:
        """The subject and its translation, as far as they are here."""
        both = (self.title.original, self.title.translation)
        return tuple(words.text for words in both if words and words.presence == "present")

    @property
    def url(self) -> str:
        """Address of the thread's page."""
        return f"/threads/{self.number}"


@dataclass(frozen=True, slots=True)
class Subjects:
    """Subjects of threads for readers of a side, from openings and later translations."""

    party: Party
    entries: Mapping[EntryId, Stored]
    erased: Mapping[EntryId, Mapping[int, Position]]

    def title(self, thread: ThreadRow) -> Pair:
        """Return a thread's subject."""
        opening = thread.opening
        # The part is another entry's: it has no ordinal here.
        later = {
            mark.id: replace(self._beginning(mark.id).original, ordinal=None)
            for mark in opening.translated
        }
        return subject_of(self.party, opening, self._beginning(opening.id), later)

    def _beginning(self, id_: EntryId) -> Pair:
        stored = self.entries.get(id_)
        return title(None) if stored is None else beginning(stored, self.erased.get(id_, ()))


async def find_thread(context: PageContext, which: str) -> ThreadRow:
    """Look up a thread by its number (EU-142) or its id.

    Raises:
        NotFound: `thread-unknown`.
    """
    try:
        key: Position | str = Position.parse(which)
    except Malformed:
        key = which
    row = await context.own.stores.views.thread(key)
    if row is None:
        raise NotFound("thread-unknown", "There is no such thread here.")
    return row


async def subjects(context: PageContext, threads: Iterable[ThreadRow]) -> Subjects:
    """Read the subjects of threads, with translations for our side."""
    openings = [row.opening for row in threads]
    later = (mark.id for opening in openings for mark in opening.translated)
    ids = [*(opening.id for opening in openings), *later]
    entries = await context.own.stores.record.find(ids)
    return Subjects(context.party, entries, await erased_of(context, [*entries.values()]))


async def thread_items(context: PageContext, rows: Sequence[ThreadRow]) -> tuple[ThreadItem, ...]:
    """Read items of threads with their subjects and holders alone."""
    titles = await subjects(context, rows)
    held = await holders(context, [row.thread for row in rows])
    return tuple(
        thread_item(context, row, titles.title(row), holder=held.get(row.thread)) for row in rows
    )


def thread_item(
    context: PageContext,
    row: ThreadRow,
    title: Pair,
    **details: Any,  # noqa: ANN401
) -> ThreadItem:
    """Return the item of a thread, with fields of `ThreadItem` as details."""
    position = row.position
    return ThreadItem(
        number=str(position),
        thread=row.thread,
        title=title,
        closed=row.is_closed(),
        notes_eu=row.notes_eu,
        notes_cn=row.notes_cn,
        order=row.order,
        doubt=doubt_at(context.doubts, position),
        **details,
    )


async def batch_refs(context: PageContext, batches: Sequence[str]) -> Mapping[str, BatchRef]:
    """Look up references to lists by id, with our side's counts."""
    ids = sorted({batch for batch in batches if batch != "standing"})
    if not ids:
        return {}
    rows = await context.own.stores.views.batches_by_id(ids)
    counts = await context.own.stores.views.counts(ids, context.party)
    return {id_: batch_ref(row, counts.get(id_, {})) for id_, row in rows.items()}


async def find_batch(context: PageContext, number: str) -> BatchRow:
    """Look up a weekly list by its batch's number, such as `EU-120`, or by its name.

    A name is found as search finds numbers: in any case and width, with or without hyphens.

    Raises:
        NotFound: `batch-unknown`.
    """
    views, typed = context.own.stores.views, fold(number).translate(_JOINED)
    try:
        row = await views.batch(Position.parse(number))
    except Malformed:
        row = None
    if row is None and typed:
        row = await views.batch_named(typed)
    if row is None:
        raise NotFound("batch-unknown", "There is no such batch here.")
    return row
