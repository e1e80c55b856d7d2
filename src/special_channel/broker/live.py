"""What is new since a cursor: the live stream, made of the record and a hint.

A cursor names sizes, so a stream can be taken up anywhere without anything kept for it.
Does not hold events: losing a hint only delays what the next one brings.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from special_channel.core.bytes.errors import Malformed
from special_channel.core.bytes.ids import PARTIES, Party, peer_of
from special_channel.ports import Clock, LogName, SharedRecord, Stored
from special_channel.ports.waiting import WaitingRoom

PAGE: Final = 200
"""Entries read at a time for one stream."""

HELD: Final = 16
"""Answers kept for other streams until the next change."""

LOOK_SECONDS: Final = 1.0
"""What was read longer ago is read again although nobody told of a change: a hint can be lost."""

OWN_STEPS: Final = frozenset({"escalation.raised", "escalation.acknowledged", "note.internal"})
"""Private kinds that pages show beside the shared record; who read what is none of them."""


_T = TypeVar("_T")


class Changes:
    """A counter that goes up when something changed, and lets others wait for that."""

    def __init__(self) -> None:
        self._version = 0
        self._waiters: set[asyncio.Future[None]] = set()

    @property
    def version(self) -> int:
        """How often something changed."""
        return self._version

    def notify(self) -> None:
        """Wake all who wait."""
        self._version += 1
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(None)
        self._waiters.clear()

    async def after(self, version: int, seconds: float) -> int:
        """Wait until the version is another than `version`, or that long; return it."""
        if self._version == version:
            waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiters.add(waiter)
            try:
                async with asyncio.timeout(seconds):
                    await waiter
            except TimeoutError:
                pass
            finally:
                self._waiters.discard(waiter)
        return self._version


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a reader is: sizes of both logs, and how much of the own log is delivered."""

    eu: int = 0
    cn: int = 0
    delivered: int = 0

    def __str__(self) -> str:
        return f"{self.eu}.{self.cn}.{self.delivered}"

    @classmethod
    def parse(cls, text: str) -> Cursor:
        """Read a cursor.

        Raises:
            Malformed: `cursor-malformed`.
        """
        fields = text.split(".")
        if len(fields) != len(("eu", "cn", "delivered")) or not all(
            field.isascii() and field.isdigit() and len(field) <= len("9007199254740991")
            for field in fields
        ):
            raise Malformed("cursor-malformed", "A cursor looks like 12.34.10.")
        return cls(*map(int, fields))

    def newest(self, other: Cursor) -> Cursor:
        """Return the further of two cursors, log by log."""
        return Cursor(
            max(self.eu, other.eu), max(self.cn, other.cn), max(self.delivered, other.delivered)
        )


@dataclass(frozen=True, slots=True)
class News:
    """One thing to tell a reader, and where they stand after it."""

    cursor: Cursor
    event: str
    data: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Moment:
    """How far all is that a stream tells of.

    Attributes:
        end: Both shared logs, and how much of the own one is delivered.
        private: Entries of the own private log.
        waits: The other side's entries that wait unchecked behind a gap.
    """

    end: Cursor
    private: int
    waits: int


class Front:
    """The record's newest end, read once after each change for all streams of this process."""

    def __init__(
        self, record: SharedRecord, room: WaitingRoom, own: Party, changes: Changes, clock: Clock
    ) -> None:
        self._record = record
        self._room = room
        self._own = own
        self._changes = changes
        self._clock = clock
        self._turn = asyncio.Lock()
        self._read: tuple[int, float, Moment] | None = None
        self._held: dict[Hashable, Any] = {}

    async def now(self) -> Moment:
        """Return how far all is, as of the last change or of no longer than a second ago.

        Raises:
            Unavailable: `database-unavailable`.
        """
        async with self._turn:
            version, at = self._changes.version, self._clock.monotonic()
            if self._read is None or self._read[0] != version or at - self._read[1] > LOOK_SECONDS:
                self._held.clear()
                heads = await self._record.heads()
                end = Cursor(heads["eu"].size, heads["cn"].size, heads[self._own].cosigned)
                private = (await self._record.head("private")).size
                waits = await self._room.many(peer_of(self._own))
                self._read = version, at, Moment(end, private, waits)
            return self._read[2]

    async def since(self, cursor: Cursor, end: Cursor) -> AsyncIterator[News]:
        """Yield what is new between two cursors, in the order of each log."""
        sizes = {"eu": cursor.eu, "cn": cursor.cn}
        for party in PARTIES:
            last = end.eu if party == "eu" else end.cn
            while sizes[party] < last:
                for entry in await self._entries(party, sizes[party], last):
                    sizes[party] = entry.index + 1
                    yield News(
                        Cursor(sizes["eu"], sizes["cn"], cursor.delivered),
                        "entry",
                        {
                            "position": f"{party.upper()}-{entry.index}",
                            "thread": entry.thread or "",
                            "id": entry.id,
                            "kind": entry.kind,
                        },
                    )
        if end.delivered > cursor.delivered:
            where = Cursor(sizes["eu"], sizes["cn"], end.delivered)
            yield News(where, "delivered", {"log": self._own, "size": end.delivered})

    async def own_steps(self, before: int, end: int) -> bool:
        """Tell whether pages show something of what came to the private log in between."""
        if end - before > PAGE:
            return True
        grown = await self._entries("private", before, end) if end > before else ()
        return any(entry.kind in OWN_STEPS for entry in grown)

    async def _entries(self, log: LogName, first: int, last: int) -> Sequence[Stored]:
        """Return up to a page of entries, read once for all who stand at the same place."""
        page = log, first, min(PAGE, last - first)
        return await self.once(page, lambda: self._record.entries(*page))

    async def once(self, name: Hashable, read: Callable[[], Awaitable[_T]]) -> _T:
        """Return what `read` gives, asked once until `now` reads anew."""
        async with self._turn:
            if name not in self._held:
                if len(self._held) >= HELD:
                    self._held.clear()
                self._held[name] = await read()
            found: _T = self._held[name]
            return found
