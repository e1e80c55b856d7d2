"""What loading the sample asks of an official at a node. Does not say how it is reached."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from special_channel.core.calendars import Calendar
from special_channel.core.charter import Charter
from special_channel.core.ids import EntryId, Party
from special_channel.core.submission import Submission
from special_channel.desk.payloads import Attachment, Author


@dataclass(frozen=True, slots=True)
class Sizes:
    """A log as one node holds it, and how much of it the other node has cosigned."""

    size: int
    delivered: int


class Official(Protocol):
    """An official with their key, at the own node."""

    @property
    def party(self) -> Party:
        """The own side."""
        ...

    async def author(self, *, private: bool = False) -> Author:
        """Return what the next entry is made with: log, time, what was seen."""
        ...

    async def send(self, entries: Sequence[Submission], *, private: bool = False) -> list[str]:
        """Send entries as one request, all or none; return their positions."""
        ...

    async def lay_before(self, entry: Submission) -> EntryId:
        """Lay a signed draft before a second official."""
        ...

    async def release(self, draft: EntryId) -> str:
        """Sign a waiting draft's same bytes and send it; return its position."""
        ...

    async def position(self, id_: EntryId) -> str | None:
        """Return where an entry stands in a shared log, None if it does not."""
        ...

    async def upload(self, name: str, type_: str, data: bytes) -> Attachment:
        """Upload a file."""
        ...

    async def charter(self) -> tuple[str, Charter]:
        """Return the digest of the charter in force, and the charter."""
        ...

    async def sizes(self) -> Mapping[Party, Sizes]:
        """Return both logs as the own node holds them."""
        ...

    async def until(self, party: Party, size: int, *, delivered: bool = False) -> None:
        """Wait until the own node holds so much of a log, or the peer has cosigned so much.

        Raises:
            Unavailable: `link-slow`.
        """
        ...


class Say(Protocol):
    """Takes a line of progress, by its English sentence, for a reader of any language."""

    def __call__(self, msgid: str, /, **facts: str | int) -> None:
        """Show the sentence with its placeholders filled; `side` is a party."""
        ...


class Journal(Protocol):
    """What was signed, by name, written down before it is sent: an interrupted load goes on."""

    def read(self, name: str) -> Submission | None:
        """Return what was written under a name."""
        ...

    def write(self, news: Mapping[str, Submission]) -> None:
        """Keep these, in place of what stood under their names."""
        ...


class Forgetful:
    """Keeps nothing: for a load that is never taken up again."""

    def read(self, name: str) -> Submission | None:
        """Find nothing."""
        del name
        return None

    def write(self, news: Mapping[str, Submission]) -> None:
        """Keep nothing."""
        del news


@dataclass(frozen=True, slots=True)
class Stage:
    """Where the sample is loaded.

    Attributes:
        officials: By the names that `threads.toml` uses.
        folder: The sample's folder.
        calendars: Both sides', as the charter has them.
        now: The clock.
        draw: Randomness.
        say: Takes one line of progress.
        journal: Keeps what is signed, for a load that is interrupted and goes on.
    """

    officials: Mapping[str, Official]
    folder: Path
    calendars: Mapping[Party, Calendar]
    now: Callable[[], datetime]
    draw: Callable[[int], bytes]
    say: Say
    journal: Journal = field(default_factory=Forgetful)
