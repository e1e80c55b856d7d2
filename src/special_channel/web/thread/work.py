"""The acts of a reader who works through the inbox: on one thread, then on to the next.

Finds no neighbour: `/work` does (`web/inbox/walk.py`), when the reader goes on. Signs nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote, quote_plus

from special_channel.core.bytes import canonical
from special_channel.core.bytes.ids import Position
from special_channel.core.entries.header import MAX_NAMED
from special_channel.core.rows.threads import NoteRow
from special_channel.web.shared.query import NEAREST
from special_channel.web.shared.view import View
from special_channel.web.shell.content import entry_in
from special_channel.web.shell.context import PageContext
from special_channel.web.thread.address import ThreadQuery
from special_channel.web.thread.items import ThreadData
from special_channel.web.thread.views import ThreadView


class WorkBar(View):
    """What a reader who works through the inbox can do with a thread.

    Attributes:
        number: Number of the thread.
        place: The thread's place in the inbox.
        came: Place of the thread before; empty at the first one.
        body: JSON body of the entry that acknowledges every note of the other side; empty without
            such a note, and for a reader who may not sign.
        receipts: Numbers of the notes that `body` acknowledges.
        answer: Number of the nearest open question to us; empty without one.
        laid: Number of the thread before, if what the reader signed there waits for release.
    """

    number: str
    place: str
    came: str = ""
    body: str = ""
    receipts: tuple[str, ...] = ()
    answer: str = ""
    laid: str = ""

    @property
    def next_url(self) -> str:
        """Address of the next thread."""
        return f"/work?after={quote_plus(self.place)}"

    @property
    def previous_url(self) -> str:
        """Address of the thread before: where the reader came from, or the one above.

        A place in a selection names the threads to come alone: without `came` it is empty.
        """
        chosen, number = "~" in self.place.partition("!")[0], number_at(self.came)
        if number:
            asked = f"&answer={NEAREST}#compose" if chosen else "#newest"
            return f"/threads/{quote(number, safe='')}?work={quote_plus(self.came)}{asked}"
        return "" if chosen else f"/work?before={quote_plus(self.place)}"

    @property
    def answer_url(self) -> str:
        """Address of the form with the question ticked."""
        asked = f"&answer={quote(self.answer)}" if self.answer else ""
        return f"/threads/{self.number}?work={quote_plus(self.place)}{asked}#compose"

    def form_url(self, path: str) -> str:
        """Return the address of a form about the thread, from which the reader goes on or back."""
        mark = "&" if "?" in path else "?"
        following = self.next_url + (f"&came={quote_plus(self.came)}" if self.came else "")
        return f"{path}{mark}thread={self.number}&next={quote_plus(following)}"


def number_at(place: str) -> str:
    """Return the number of the thread at a place; empty without one."""
    return place.partition("!")[0].partition("~")[0].rpartition(".")[2]


async def work_bar(data: ThreadData, view: ThreadView, query: ThreadQuery) -> WorkBar:
    """Return the acts on a thread at a place in the inbox."""
    context = data.context
    notes: Sequence[NoteRow] = ()
    if context.writes:
        notes, _ = await context.own.stores.views.unacknowledged(
            context.peer, [data.row.thread], [], MAX_NAMED
        )
    named = [note.note for note in notes]
    asked = [ask for ask in view.asks if ask.is_open and ask.due.answering == context.party]
    nearest = min(asked, key=lambda ask: ask.due.at, default=None)
    return WorkBar(
        number=view.number,
        place=query.work,
        came=query.came,
        body=canonical.dumps({"entries": named}).decode() if named else "",
        receipts=tuple(str(Position(note.party, note.index)) for note in notes),
        answer=nearest.number if nearest else "",
        laid=await _laid_before(context, query) if query.laid else "",
    )


async def _laid_before(context: PageContext, query: ThreadQuery) -> str:
    """Return the number of the thread before if a draft of the reader waits in it, or nothing.

    The address alone is not believed: anybody can write one.
    """
    number = number_at(query.came)
    rows = await context.own.desk.clearances.waiting()
    drafts = [entry_in(row.envelope) for row in rows if row.by == context.reader.key]
    ids = {getattr(draft, "thread", "") for draft in drafts} - {"", None}
    threads = await context.own.stores.views.threads_by_id(sorted(ids)) if ids else {}
    return number if number in {str(row.position) for row in threads.values()} else ""
