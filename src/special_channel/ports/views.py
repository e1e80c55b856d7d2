"""Reading the views: what pages and listings ask, each in one query.

Rows come as the core's own. Does not change anything.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from special_channel.core.bytes.ids import EntryId, KeyId, Party, Position, ThreadId
from special_channel.core.rows.applications import ApplicationRow
from special_channel.core.rows.batches import BatchRow, ListingRow
from special_channel.core.rows.directory import KeyRow
from special_channel.core.rows.questions import QuestionRow
from special_channel.core.rows.threads import NoteRow, ThreadRow
from special_channel.core.rules.private import EscalationRow
from special_channel.ports import Stored


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rows of a batch; empty strings mean all.

    Attributes:
        state: What either side holds to be the application's state.
        match: Of CN's answer to the row.
        differs: Only where the sides hold different states.
        text: Within the application's number, whatever the case.
    """

    state: str = ""
    match: str = ""
    differs: bool = False
    text: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a batch is. Dates are the newest `as of` of each side's states, or empty."""

    answered: int = 0
    differing: int = 0
    eu_as_of: str = ""
    cn_as_of: str = ""
    open_threads: int = 0


@dataclass(frozen=True, slots=True)
class Held:
    """Which of some threads are in somebody's hands on a side, and which in those of some keys."""

    threads: frozenset[ThreadId]
    by_these: frozenset[ThreadId]


@dataclass(frozen=True, slots=True)
class PrivateContent:
    """An entry of the private log that has parts, without them.

    Attributes:
        thread: Its thread's number, or empty.
        about: The list whose columns it keeps, or the draft that it sent back; else empty.
        here: Of each part in order, whether it is still here.
    """

    index: int
    id: EntryId
    kind: str
    thread: str
    about: str
    by: KeyId
    accepted: str
    here: tuple[bool, ...]


class ThreadViews(Protocol):
    """Threads and what is in them."""

    async def threads(
        self,
        *,
        show: Literal["open", "closed", "all"] = "open",
        batch: str | None = None,
        limit: int = 100,
        before: int | None = None,
        offset: int = 0,
        besides: Collection[ThreadId] = (),
    ) -> Sequence[ThreadRow]:
        """Return threads, the last moved first; `before` is a display order to go on from.

        Of those within `limit`, the ones in `besides` are left out.
        """
        ...

    async def thread_count(self, show: Literal["open", "closed", "all"]) -> int:
        """Return how many threads there are."""
        ...

    async def threads_by_id(self, threads: Sequence[ThreadId]) -> Mapping[ThreadId, ThreadRow]:
        """Return those of these threads that exist."""
        ...

    async def hands(
        self, threads: Sequence[ThreadId], party: Party
    ) -> Mapping[ThreadId, frozenset[KeyId]]:
        """Return in whose hands threads are on the own side `party`.

        The key that a thread is assigned to, else those that wrote notes in it; absent: nobody.
        """
        ...

    async def held(
        self, threads: Sequence[ThreadId], party: Party, keys: Collection[KeyId]
    ) -> Held:
        """Return which threads are in hands on the own side `party`, as `hands`, and in these."""
        ...

    async def thread(self, which: Position | ThreadId) -> ThreadRow | None:
        """Return a thread by its number or its id."""
        ...

    async def thread_entries(self, thread: ThreadId) -> Sequence[Stored]:
        """Return a thread's entries of both logs in display order, with their parts."""
        ...

    async def notes(self, threads: Sequence[ThreadId]) -> Sequence[NoteRow]:
        """Return the notes of these threads."""
        ...

    async def last_entries(self, threads: Sequence[ThreadId]) -> Mapping[ThreadId, Stored]:
        """Return the latest entry of each of these threads."""
        ...

    async def deliveries(self, positions: Sequence[Position]) -> Mapping[Position, str]:
        """Return the smallest kept cosigned note that covers each of these entries."""
        ...

    async def erased(self, ids: Sequence[EntryId]) -> Mapping[EntryId, Mapping[int, Position]]:
        """Return which parts of these entries are declared erased, and by which order.

        The order that was carried out here, else what a valid `part.erased` of either log says:
        a part that the peer ordered erased may still be here.
        """
        ...


class AskViews(Protocol):
    """Asks, and the own steps about them."""

    async def asks(
        self,
        *,
        threads: Sequence[ThreadId] | None = None,
        answering: Party | None = None,
        only_open: bool = False,
        limit: int = 1000,
    ) -> Sequence[QuestionRow]:
        """Return asks, the nearest due first."""
        ...

    async def ask(self, note: EntryId, q: str) -> QuestionRow | None:
        """Return one ask."""
        ...

    async def threads_asked(self, answering: Party) -> int:
        """Return how many threads hold an open ask that this side is to answer."""
        ...

    async def escalations(self, notes: Sequence[EntryId]) -> Sequence[EscalationRow]:
        """Return the own steps raised about asks of these notes."""
        ...


class BatchViews(Protocol):
    """Batches and applications."""

    async def batches(self, limit: int = 100, offset: int = 0) -> Sequence[BatchRow]:
        """Return batches, the newest first."""
        ...

    async def batch_count(self) -> int:
        """Return how many batches there are."""
        ...

    async def batches_by_id(self, batches: Sequence[EntryId]) -> Mapping[EntryId, BatchRow]:
        """Return those of these batches that exist."""
        ...

    async def batch(self, which: Position | EntryId) -> BatchRow | None:
        """Return a batch by its number or its id."""
        ...

    async def listings(self, batch: EntryId, first: int, limit: int) -> Sequence[ListingRow]:
        """Return rows of a batch, from row number `first` on."""
        ...

    async def last_answers(self, numbers: Sequence[str]) -> Mapping[str, ListingRow]:
        """Return, by number, in which row of any list applications were answered last.

        Those that were never answered are absent.
        """
        ...

    async def listing_page(
        self, batch: EntryId, wanted: Wanted, offset: int, limit: int
    ) -> tuple[Sequence[ListingRow], int]:
        """Return some of the rows that are wanted, and how many there are."""
        ...

    async def counts(
        self, batches: Sequence[EntryId], party: Party = "cn"
    ) -> Mapping[EntryId, Mapping[str, int]]:
        """Return, per batch, how many rows are in which state as this side holds it; "" none."""
        ...

    async def returned(self, batch: EntryId, party: Party) -> Mapping[str, int]:
        """Return, by source, how many rows of a batch this side holds to be `returned`.

        By whose word it is says what it is: an act by law, or what a supplier reports.
        """
        ...

    async def progress(self, batches: Sequence[EntryId]) -> Mapping[EntryId, Progress]:
        """Return how far these batches are."""
        ...

    async def applications_on(self, batch: EntryId) -> Mapping[str, ApplicationRow]:
        """Return the applications on a batch's list, by number."""
        ...

    async def applications(self, numbers: Sequence[str]) -> Mapping[str, ApplicationRow]:
        """Return applications by number."""
        ...


class DirectoryViews(Protocol):
    """Keys and the entries that prove them."""

    async def keys(self, keys: Sequence[KeyId] | None = None) -> Mapping[KeyId, KeyRow]:
        """Return these keys, or all."""
        ...

    async def directory_entries(self, party: Party) -> Sequence[Stored]:
        """Return a party's directory entries, in order."""
        ...


class PrivateViews(Protocol):
    """The own side's private log."""

    async def find_private(self, ids: Sequence[EntryId]) -> Mapping[EntryId, Stored]:
        """Return entries of the private log."""
        ...

    async def private_of_thread(self, thread: ThreadId) -> Sequence[Stored]:
        """Return the private entries of a thread that people wrote."""
        ...

    async def kept_columns(self, list_: str) -> str | None:
        """Return the canonical data of a list's one-side-only columns; empty if erased."""
        ...

    async def columns_stand(self, entry: EntryId) -> bool:
        """Tell whether this entry holds the columns of its list as they were kept last."""
        ...

    async def private_with_parts(
        self, words: str, *, before: int, limit: int
    ) -> Sequence[PrivateContent]:
        """Return entries with parts below an index, the newest first.

        With `words`: those of which a part here holds them, as they are typed.
        """
        ...

    async def erased_privately(self, ids: Sequence[EntryId]) -> Mapping[EntryId, Mapping[int, int]]:
        """Return which parts of these entries of the private log are erased, by which index."""
        ...


class Views(ThreadViews, AskViews, BatchViews, DirectoryViews, PrivateViews, Protocol):
    """All of them."""
