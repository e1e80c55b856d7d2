"""View of notes to be acknowledged, for page and API."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlencode

from special_channel.core.bytes import canonical
from special_channel.web.shared.doubts import Doubt
from special_channel.web.shared.view import SizesView, View
from special_channel.web.shared.viewpoint import Author
from special_channel.web.shared.words import Pair, Words


class ReceivedNote(View):
    """A note of the other side without our acknowledgement.

    Attributes:
        position: Number of the note, such as CN-14.
        thread: Number of the thread; `thread_id`: id.
        words: Beginning of the text.
    """

    entry_id: str
    position: str
    thread: str
    thread_id: str
    title: Pair
    author: Author
    accepted: datetime
    words: Words
    doubt: Doubt | None = None

    @property
    def url(self) -> str:
        """Address of the note on the thread's page."""
        return f"/entries/{self.position}"


class ReceivedNotes(SizesView):
    """Notes of the other side without our acknowledgement, the earliest first.

    Attributes:
        total: Number of such notes, with notes beyond the limit of an entry.
        threads: Numbers of the chosen threads; empty for every thread.
        left: Numbers of the notes left out.
        goes_on: Address to go on to, if the page that led here named one.
    """

    total: int
    items: tuple[ReceivedNote, ...]
    threads: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    goes_on: str = ""

    @property
    def thread_id(self) -> str:
        """Id of the thread of the notes; empty for several threads (ADR 33)."""
        threads = {item.thread_id for item in self.items}
        return threads.pop() if len(threads) == 1 else ""

    @property
    def whole(self) -> str:
        """Address of the page with every note of the chosen threads."""
        return self._address(())

    @property
    def next_url(self) -> str:
        """Where the reader goes on after the signature: to the notes beyond the limit, if any."""
        if self.total > len(self.items):
            return self._address(self.left)
        return self.goes_on or "/inbox"

    def without(self, position: str) -> str:
        """Return the address of the page without a further note."""
        return self._address((*self.left, position))

    def _address(self, left: Sequence[str]) -> str:
        said = [*(("thread", each) for each in self.threads), *(("leave", each) for each in left)]
        said += [("next", self.goes_on)] if self.goes_on else []
        return f"/acknowledge?{urlencode(said)}" if said else "/acknowledge"

    @property
    def body(self) -> str:
        """Canonical JSON of the entry's body."""
        return canonical.dumps({"entries": [item.entry_id for item in self.items]}).decode()
