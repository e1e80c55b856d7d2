"""The dossier of a thread: its questions, our side's part, and the entries of both records.

A file has the whole thread, up to `FILED` entries; a page has a part (`thread/windows.py`).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace

from special_channel.core.rows.threads import ThreadRow
from special_channel.desk.dossiers import (
    Dossier,
    DossierPart,
    FiledEntry,
    FiledTable,
)
from special_channel.stores.thread_windows import END
from special_channel.web.dossiers.parts import AT_ONCE, FILED
from special_channel.web.dossiers.thread_parts import ThreadWriter
from special_channel.web.dossiers.writer import DossierWriter, Subject, dossier
from special_channel.web.shell.colleagues import Colleague
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.file_references import file_references
from special_channel.web.thread import queries
from special_channel.web.thread.items import ThreadData
from special_channel.web.thread.ours import read_ours
from special_channel.web.thread.views import (
    EventView,
    QuestionView,
)
from special_channel.web.thread.windows import PRINTED


async def read_thread_dossier(
    context: PageContext,
    row: ThreadRow,
    *,
    internal: bool,
    later_than: str = "",
    page: bool = False,
) -> tuple[Dossier, str]:
    """Read the dossier of a thread or of its next part, and the cursor to the part after it.

    Args:
        context: The request.
        row: The thread.
        internal: For our side alone, with its private entries.
        later_than: Number of the entry before the part; empty for the first part.
        page: Whether a page shows it, which has shorter parts than a file.

    Returns:
        The dossier, and the number of its last entry; empty at the thread's end.

    Raises:
        NotFound: `entry-unknown`.
    """
    writer, reading = DossierWriter(context, internal), _Reading()
    async for part in _parts(writer, row, later_than, page=page):
        await reading.add(part)
        if len(reading.entries) >= FILED:
            break
    first, last = reading.ends
    filed = await file_references(context, row.thread) if internal else ()
    shown = DossierPart("entries", writer.say("shared" if internal else "entries-of"))
    parts = [replace(shown, blocks=tuple(reading.entries))]
    if internal:
        parts.insert(0, last.our_part(reading.ours))
    facts = last.facts(
        first, len(reading.ours), reading.holder, filed[0].reference if filed else ""
    )
    made = await dossier(
        writer,
        Subject("thread", str(row.position), last.title),
        facts=facts,
        cover=(last.questions(reading.asks),),
        parts=parts,
    )
    return made, last.window.last if last.window.later else ""


async def _parts(
    writer: DossierWriter, row: ThreadRow, later_than: str, *, page: bool
) -> AsyncIterator[ThreadWriter]:
    """Read a thread part by part, so that no request waits for the whole; a page has one part."""
    while True:
        most = PRINTED if page else AT_ONCE
        data = await queries.read_print(writer.context, row, later_than, page=page, most=most)
        view = await queries.thread_view(data, shared=True)
        yield ThreadWriter(writer, data, view)
        if page or not view.window.later:
            break
        later_than = view.window.last


@dataclass
class _Reading:
    """What was read of a thread so far.

    Attributes:
        entries: Entries in display order.
        ours: Private entries of our side, oldest first.
        holder: To whom the thread is assigned; None for nobody.
    """

    entries: list[FiledEntry | FiledTable] = field(default_factory=list)
    ours: list[EventView] = field(default_factory=list)
    holder: Colleague | None = None
    _asks: dict[str, QuestionView] = field(default_factory=dict)
    _writers: list[ThreadWriter] = field(default_factory=list)

    async def add(self, part: ThreadWriter) -> None:
        """Write a part; with our side's own entries for the internal edition alone."""
        self._writers = [*self._writers[:1], part]
        self.entries += part.entries()
        self._asks |= {ask.number: ask for ask in part.asks}
        if part.to.internal:
            ours, holder = await _all_of_ours(part.data)
            # Steps of the ladder come with each part that asks, answers or passes.
            known = {event.position for event in self.ours}
            self.ours += [event for event in ours if event.position not in known]
            self.holder = self.holder or holder

    @property
    def ends(self) -> tuple[ThreadWriter, ThreadWriter]:
        """The first and the last part."""
        return self._writers[0], self._writers[-1]

    @property
    def asks(self) -> Sequence[QuestionView]:
        """The questions: open ones first, then by due time."""
        return sorted(self._asks.values(), key=lambda ask: (not ask.is_open, ask.due.at))


async def _all_of_ours(data: ThreadData) -> tuple[Sequence[EventView], Colleague | None]:
    """Read every private entry of our side between the part's first and last entry."""
    found: list[EventView] = []
    below, holder = END.order, None
    while True:
        ours = await read_ours(data, below)
        # Steps of the ladder come whole each time, written entries in parts.
        known = {event.position for event in found}
        found += [event for event in ours.events if event.position not in known]
        holder = holder or ours.holder
        if ours.older is None:
            break
        below = ours.older
    return sorted(found, key=lambda event: (event.accepted, event.position)), holder
