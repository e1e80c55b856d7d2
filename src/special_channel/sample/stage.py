"""Interfaces for loading the sample at a node. Does not define the transport."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from special_channel.core.bytes.ids import EntryId, Party
from special_channel.core.rows.charter import Charter
from special_channel.core.rows.submission import Submission
from special_channel.core.sense.reasons import GivenReason
from special_channel.core.time.calendars import Calendar
from special_channel.desk.payloads import Attachment, Author


@dataclass(frozen=True, slots=True)
class Sizes:
    """Size of a log on one node, and the size cosigned by the other node."""

    size: int
    delivered: int


class Official(Protocol):
    """An official with a key, at the node of their side."""

    @property
    def party(self) -> Party:
        """The official's side."""
        ...

    async def sign_in(self) -> None:
        """Sign in unless signed in, so that the next request is answered at once."""
        ...

    async def author(self, *, private: bool = False) -> Author:
        """Return signer, log, time and verified checkpoints for the next entry."""
        ...

    async def send(self, entries: Sequence[Submission], *, private: bool = False) -> list[str]:
        """Send entries as one request, all or none; return their positions."""
        ...

    async def lay_before(self, entry: Submission, confirmed: Sequence[Submission] = ()) -> EntryId:
        """Submit a signed draft to a second official, with signed reasons for findings."""
        ...

    async def all_reasons(
        self, given: Sequence[tuple[Submission, Sequence[GivenReason]]]
    ) -> Sequence[Submission]:
        """Sign reasons for findings on signed entries, in as many entries as they need."""
        ...

    async def asked(self, entries: Sequence[Submission]) -> Sequence[Mapping[str, Any]]:
        """Return for which findings in entries the author gives a reason (`EntryConfirm`)."""
        ...

    async def release(self, draft: EntryId) -> str:
        """Sign a waiting draft's bytes and send the entry; return its position."""
        ...

    async def position(self, id_: EntryId) -> str | None:
        """Return an entry's position in a shared log, or None."""
        ...

    async def upload(self, name: str, type_: str, data: bytes) -> Attachment:
        """Upload a file."""
        ...

    async def person(self) -> str:
        """Return the id of the official's person."""
        ...

    async def charter(self) -> tuple[str, Charter]:
        """Return the digest of the charter in force, and the charter."""
        ...

    async def sizes(self) -> Mapping[Party, Sizes]:
        """Return the sizes of both logs on the official's node."""
        ...

    async def until(self, party: Party, size: int) -> None:
        """Wait until the node has received this size of a log.

        Raises:
            Unavailable: `link-slow`.
        """
        ...

    async def until_mirrored(self) -> None:
        """Wait until our node has what the other side's officials stored of a past year.

        Raises:
            Unavailable: `link-slow`.
        """
        ...

    async def until_delivered(self) -> None:
        """Wait until the peer has cosigned all of the official's side's log.

        Raises:
            Unavailable: `link-slow`.
        """
        ...


class PastClock(Protocol):
    """A clock of nodes and signers, set forward by a demonstration through its past."""

    def now(self) -> datetime:
        """Return the demonstration's time."""
        ...

    def advance(self, to: datetime) -> None:
        """Set the clock forward to an instant; an earlier instant changes nothing."""
        ...

    def hand_over(self) -> None:
        """Show the present from now on."""
        ...


class Progress(Protocol):
    """Shows a line of progress, translated from its English sentence."""

    def __call__(self, msgid: str, /, **facts: str | int) -> None:
        """Show the sentence with its placeholders filled; `side` is a party."""
        ...


class Journal(Protocol):
    """Signed entries by name, stored before sending, to resume an interrupted load."""

    def read(self, name: str) -> Submission | None:
        """Return the entry stored under a name, or None."""
        ...

    def write(self, news: Mapping[str, Submission]) -> None:
        """Store entries, replacing earlier entries of the same names."""
        ...


class NullJournal:
    """Journal that stores nothing: for a load without resuming."""

    def read(self, name: str) -> Submission | None:
        """Return None."""
        del name
        return None

    def write(self, news: Mapping[str, Submission]) -> None:
        """Do nothing."""
        del news


@dataclass(frozen=True, slots=True)
class Stage:
    """Environment for loading the sample.

    Attributes:
        officials: By the names in `threads.toml`.
        folder: The sample's folder.
        calendars: Both sides' calendars of the charter.
        now: The clock.
        draw: Randomness.
        say: Shows a line of progress.
        journal: Stores signed entries, to resume an interrupted load.
        past: The clock of a demonstration with a past; None at nodes of the present.
    """

    officials: Mapping[str, Official]
    folder: Path
    calendars: Mapping[Party, Calendar]
    now: Callable[[], datetime]
    draw: Callable[[int], bytes]
    say: Progress
    journal: Journal = field(default_factory=NullJournal)
    past: PastClock | None = None
