"""Ports of the views: queries of pages and listings, one SQL query for each method.

Returns core's row types. Read-only.
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
class ListingFilter:
    """Filter of a batch's rows; an empty string matches all.

    Attributes:
        state: The application's state as stated by either side.
        match: `match` of CN's answer to the row.
        differs: Only applications whose stated states differ.
        text: Part of the application's number; case is ignored.
    """

    state: str = ""
    match: str = ""
    differs: bool = False
    text: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """Progress of a batch. Dates are the newest `as of` of each side's states, or empty."""

    answered: int = 0
    differing: int = 0
    eu_as_of: str = ""
    cn_as_of: str = ""
    open_threads: int = 0


@dataclass(frozen=True, slots=True)
class HeldThreads:
    """Threads held by any key of a side, and threads held by one of some keys."""

    threads: frozenset[ThreadId]
    by_these: frozenset[ThreadId]


@dataclass(frozen=True, slots=True)
class PrivateContent:
    """A private entry with parts, without the parts' content.

    Attributes:
        thread: Number of the entry's thread, or empty.
        about: The list whose columns the entry keeps, or the draft that it sent back; else empty.
        here: For each part in order, whether it is still stored.
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
    """Queries of threads and their entries."""

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
        """Return threads, latest activity first; `before`: display order of the previous page.

        Threads in `besides` are left out after `limit` is applied.
        """
        ...

    async def thread_count(self, show: Literal["open", "closed", "all"]) -> int:
        """Count threads."""
        ...

    async def threads_by_id(self, threads: Sequence[ThreadId]) -> Mapping[ThreadId, ThreadRow]:
        """Look up threads by id; unknown ids are omitted."""
        ...

    async def hands(
        self, threads: Sequence[ThreadId], party: Party
    ) -> Mapping[ThreadId, frozenset[KeyId]]:
        """Return the keys of our side `party` that hold each thread.

        The assigned key; for an unassigned thread, the authors of its notes. Threads without
        either are omitted.
        """
        ...

    async def held(
        self, threads: Sequence[ThreadId], party: Party, keys: Collection[KeyId]
    ) -> HeldThreads:
        """Return threads held by any key of our side `party` (as in `hands`), and by `keys`."""
        ...

    async def thread(self, which: Position | ThreadId) -> ThreadRow | None:
        """Look up a thread by its number or its id."""
        ...

    async def thread_entries(self, thread: ThreadId) -> Sequence[Stored]:
        """Return a thread's entries in both logs, in display order, with their parts."""
        ...

    async def notes(self, threads: Sequence[ThreadId]) -> Sequence[NoteRow]:
        """Return the notes of threads."""
        ...

    async def last_entries(self, threads: Sequence[ThreadId]) -> Mapping[ThreadId, Stored]:
        """Return the last valid note, correction or opening of each thread."""
        ...

    async def deliveries(self, positions: Sequence[Position]) -> Mapping[Position, str]:
        """Return the smallest stored cosigned note that covers each entry."""
        ...

    async def erased(self, ids: Sequence[EntryId]) -> Mapping[EntryId, Mapping[int, Position]]:
        """Return erased parts by entry, with the erasure order.

        Prefers an order carried out on this node; otherwise a valid `part.erased` of either log.
        A part erased by an order of the peer may still be stored on this node.
        """
        ...


class QuestionViews(Protocol):
    """Queries of questions, and of our side's ladder steps about questions."""

    async def asks(
        self,
        *,
        threads: Sequence[ThreadId] | None = None,
        answering: Party | None = None,
        only_open: bool = False,
        limit: int = 1000,
    ) -> Sequence[QuestionRow]:
        """Return questions, nearest due time first."""
        ...

    async def ask(self, note: EntryId, q: str) -> QuestionRow | None:
        """Look up a question by its note and number."""
        ...

    async def threads_asked(self, answering: Party) -> int:
        """Count threads with an open question that a side has to answer."""
        ...

    async def escalations(self, notes: Sequence[EntryId]) -> Sequence[EscalationRow]:
        """Return our side's ladder steps raised about questions of notes."""
        ...


class BatchViews(Protocol):
    """Queries of batches and applications."""

    async def batches(self, limit: int = 100, offset: int = 0) -> Sequence[BatchRow]:
        """Return batches, newest first."""
        ...

    async def batch_count(self) -> int:
        """Count batches."""
        ...

    async def batches_by_id(self, batches: Sequence[EntryId]) -> Mapping[EntryId, BatchRow]:
        """Look up batches by id; unknown ids are omitted."""
        ...

    async def batch(self, which: Position | EntryId) -> BatchRow | None:
        """Look up a batch by its number or its id."""
        ...

    async def listings(self, batch: EntryId, first: int, limit: int) -> Sequence[ListingRow]:
        """Return rows of a batch, from row number `first` on."""
        ...

    async def last_answers(self, numbers: Sequence[str]) -> Mapping[str, ListingRow]:
        """Return the list row with the last answer, by application number.

        Applications without an answer are omitted.
        """
        ...

    async def listing_page(
        self, batch: EntryId, wanted: ListingFilter, offset: int, limit: int
    ) -> tuple[Sequence[ListingRow], int]:
        """Return a page of a batch's matching rows, and their total number."""
        ...

    async def counts(
        self, batches: Sequence[EntryId], party: Party = "cn"
    ) -> Mapping[EntryId, Mapping[str, int]]:
        """Return the number of rows by batch and by the state that a side states; "": none."""
        ...

    async def returned(self, batch: EntryId, party: Party) -> Mapping[str, int]:
        """Return the number of a batch's rows in state `returned`, by the statement's source."""
        # The source tells an act by law from a supplier's report.
        ...

    async def progress(self, batches: Sequence[EntryId]) -> Mapping[EntryId, Progress]:
        """Return progress by batch."""
        ...

    async def applications_on(self, batch: EntryId) -> Mapping[str, ApplicationRow]:
        """Return the applications on a batch's list, by number."""
        ...

    async def applications(self, numbers: Sequence[str]) -> Mapping[str, ApplicationRow]:
        """Look up applications by number."""
        ...


class DirectoryViews(Protocol):
    """Queries of keys and their directory entries."""

    async def keys(self, keys: Sequence[KeyId] | None = None) -> Mapping[KeyId, KeyRow]:
        """Look up keys by id, or return all."""
        ...

    async def directory_entries(self, party: Party) -> Sequence[Stored]:
        """Return a party's directory entries, in order."""
        ...


class PrivateViews(Protocol):
    """Queries of our side's private log."""

    async def find_private(self, ids: Sequence[EntryId]) -> Mapping[EntryId, Stored]:
        """Look up entries of the private log by id."""
        ...

    async def private_of_thread(self, thread: ThreadId) -> Sequence[Stored]:
        """Return a thread's private entries written by people."""
        ...

    async def kept_columns(self, list_: str) -> str | None:
        """Return the canonical data of a list's private columns; empty if erased."""
        ...

    async def columns_stand(self, entry: EntryId) -> bool:
        """Return whether an entry has the newest private columns of its list."""
        ...

    async def private_with_parts(
        self, words: str, *, before: int, limit: int
    ) -> Sequence[PrivateContent]:
        """Return entries with parts below index `before`, newest first.

        `words`: unless empty, a literal text to find in a stored part of the entry.
        """
        ...

    async def erased_privately(self, ids: Sequence[EntryId]) -> Mapping[EntryId, Mapping[int, int]]:
        """Return erased parts of private entries, with the index of the erasure order."""
        ...


class Views(ThreadViews, QuestionViews, BatchViews, DirectoryViews, PrivateViews, Protocol):
    """All queries of the views."""
