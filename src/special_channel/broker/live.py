"""The live stream: events since a cursor, read from the record after each change hint.

A cursor consists of log sizes, so a stream can resume on any process without stored state.
Does not queue events: a lost hint only delays delivery until the next hint or poll.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from special_channel.core.audit.scope import is_across
from special_channel.core.bytes.errors import Malformed
from special_channel.core.bytes.ids import PARTIES, EntryId, Party, ThreadId
from special_channel.ports import Clock, Head, LogName, SharedRecord, Stored

PAGE: Final = 200
"""Entries read at a time for one stream."""

MAX_CACHED: Final = 16
"""Cached results, shared by all streams until the next change."""

LOOK_SECONDS: Final = 1.0
"""Age in seconds at which cached heads are read again, since a hint can be lost."""

PRIVATE_STEPS: Final = frozenset(
    {"escalation.raised", "escalation.acknowledged", "note.internal", "thread.assigned"}
)
"""Private kinds that pages show next to the shared record; read marks are not included."""


_CURSOR: Final = re.compile(r"[0-9]{1,16}(\.[0-9]{1,16}){2}")
_T = TypeVar("_T")


class Changes:
    """A change counter that tasks can wait on."""

    def __init__(self) -> None:
        self._version = 0
        self._waiters: set[asyncio.Future[None]] = set()

    @property
    def version(self) -> int:
        """Number of changes so far."""
        return self._version

    def notify(self) -> None:
        """Increment the counter and wake all waiting tasks."""
        self._version += 1
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(None)
        self._waiters.clear()

    async def after(self, version: int, seconds: float) -> int:
        """Wait until the version differs from `version`, at most `seconds`; return the version."""
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
    """A reader's position: sizes of both logs, and the delivered size of our log."""

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
        if not _CURSOR.fullmatch(text):
            raise Malformed("cursor-malformed", "A cursor looks like 12.34.10.")
        return cls(*map(int, text.split(".")))

    def newest(self, other: Cursor) -> Cursor:
        """Return the larger size of two cursors, log by log."""
        return Cursor(
            max(self.eu, other.eu), max(self.cn, other.cn), max(self.delivered, other.delivered)
        )


@dataclass(frozen=True, slots=True)
class News:
    """An event for a reader, and the cursor after the event."""

    cursor: Cursor
    event: str
    data: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Moment:
    """Newest sizes that a stream reports.

    Attributes:
        end: Sizes of both shared logs, and the delivered size of our log.
        heads: Heads of both shared logs.
        private: Entries of our private log.
        waits: Entries of the other side that wait unchecked behind a gap.
    """

    end: Cursor
    heads: Mapping[Party, Head]
    private: int
    waits: int


@dataclass(eq=False)
class Front:
    """Cache of the record's newest sizes and entries, shared by all streams of this process.

    Attributes:
        record: The shared logs.
        waits: Counts the entries that wait unchecked behind a gap.
        mentions: Looks up the threads that an entry without a thread is about.
        own: Our party.
        changes: Notifies of changes of the record.
        clock: Tells the age of what is cached.
    """

    record: SharedRecord
    waits: Callable[[], Awaitable[int]]
    mentions: Callable[[EntryId], Awaitable[Sequence[ThreadId]]]
    own: Party
    changes: Changes
    clock: Clock
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)
    _read: tuple[int, float, Moment] | None = field(default=None, init=False)
    _cache: dict[Hashable, Any] = field(default_factory=dict, init=False)

    async def now(self) -> Moment:
        """Return the newest sizes, read after the last change or at most a second ago.

        Raises:
            Unavailable: `database-unavailable`.
        """
        async with self._turn:
            version, at = self.changes.version, self.clock.monotonic()
            if self._read is None or self._read[0] != version or at - self._read[1] > LOOK_SECONDS:
                self._cache.clear()
                heads = await self.record.heads()
                end = Cursor(heads["eu"].size, heads["cn"].size, heads[self.own].cosigned)
                private = (await self.record.head("private")).size
                waits = await self.waits()
                self._read = version, at, Moment(end, heads, private, waits)
            return self._read[2]

    async def since(self, cursor: Cursor, end: Cursor) -> AsyncIterator[News]:
        """Yield the events between two cursors, in the order of each log."""
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
                            "threads": await self._threads(entry),
                            "id": entry.id,
                            "kind": entry.kind,
                        },
                    )
        if end.delivered > cursor.delivered:
            where = Cursor(sizes["eu"], sizes["cn"], end.delivered)
            yield News(where, "delivered", {"log": self.own, "size": end.delivered})

    async def _threads(self, entry: Stored) -> Sequence[ThreadId]:
        """Return the threads whose pages show an entry."""
        if is_across(entry.kind, entry.thread):
            return await self.mentions(entry.id)
        return [entry.thread] if entry.thread else []

    async def has_private_steps(self, before: int, end: int) -> bool:
        """Tell whether pages show any of the private log's entries from `before` to `end`."""
        if end - before > PAGE:
            return True
        entries = await self._entries("private", before, end) if end > before else ()
        return any(entry.kind in PRIVATE_STEPS for entry in entries)

    async def _entries(self, log: LogName, first: int, last: int) -> Sequence[Stored]:
        """Return up to a page of entries, cached for all streams at the same cursor."""
        page = log, first, min(PAGE, last - first)
        return await self.once(page, lambda: self.record.entries(*page))

    async def once(self, name: Hashable, read: Callable[[], Awaitable[_T]]) -> _T:
        """Return the result of `read`, cached until `now` reads new sizes."""
        async with self._turn:
            if name not in self._cache:
                if len(self._cache) >= MAX_CACHED:
                    self._cache.clear()
                self._cache[name] = await read()
            result: _T = self._cache[name]
            return result
