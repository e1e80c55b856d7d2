"""Quotas of a person: uploads without an entry, live streams, and requests that wait for a log.

Running uploads, streams and waits are counted in this process, stored files in the database.
`gate.py` has the rate limits; stores of drafts and challenges have their own quotas.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterator
from math import ceil
from typing import Final, TypeVar

from aiohttp import web

from special_channel.core.bytes.errors import RuleBroken, Unavailable
from special_channel.web.http.bodies import chunks
from special_channel.web.http.services import Limits, Services
from special_channel.web.http.sessions import Visitor

_K = TypeVar("_K")

STREAM_RETRY_SECONDS: Final = 30

MOST_ARRIVING: Final = 2
"""Uploads of one person at once: as many as a page sends."""

MOST_WAITING: Final = 20
"""Requests of one person that wait for a log at once; programs of one person wait in turn."""


class Quotas:
    """Streams, uploads and waits by person in this process."""

    def __init__(self) -> None:
        self._streams: defaultdict[str, set[asyncio.Transport]] = defaultdict(set)
        self._uploading: Counter[str] = Counter()
        self._arriving: Counter[str] = Counter()
        self._waiting: Counter[str] = Counter()

    @contextlib.contextmanager
    def stream(self, limits: Limits, who: Visitor, request: web.Request) -> Iterator[None]:
        """Count a live stream while its connection is open.

        Raises:
            Unavailable: `stream-limit`.
        """
        most, held = limits.streams_per_person, self._streams[who.person]
        # Whoever turns pages quickly leaves streams behind that end at their next write only.
        if sum(not each.is_closing() for each in held) >= most:
            raise Unavailable(
                "stream-limit", "Too many streams.", limit=most, seconds=STREAM_RETRY_SECONDS
            )
        line = request.transport
        if line is not None:
            held.add(line)
        try:
            yield
        finally:
            if line is not None:
                held.discard(line)
            if not held:
                self._streams.pop(who.person, None)

    @contextlib.contextmanager
    def waiting(self, who: Visitor, seconds: float) -> Iterator[None]:
        """Count a request while it waits for a log, for so many seconds at most.

        Raises:
            Unavailable: `wait-limit`.
        """
        if self._waiting[who.person] >= MOST_WAITING:
            raise Unavailable(
                "wait-limit", "Too many requests wait.", limit=MOST_WAITING, seconds=ceil(seconds)
            )
        with counted(self._waiting, who.person):
            yield

    @contextlib.asynccontextmanager
    async def upload(
        self, own: Services, who: Visitor, request: web.Request
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        """Yield the chunks of an upload within the person's quota.

        Running uploads of the same person count as stored.

        Raises:
            RuleBroken: `upload-limit`, before reading if the stated length exceeds the quota.
        """
        limits = own.limits
        most = limits.unnamed_file_bytes_per_person
        stored = await own.desk.uploads.unnamed(who.key)
        room = most - stored - self._uploading[who.person]
        announced = min(request.content_length or limits.file_bytes, limits.file_bytes)
        if room <= 0 or (request.content_length is not None and announced > room):
            raise _full(limits)
        with counted(self._uploading, who.person, min(announced, room)):
            yield _within(request, room, limits)

    @contextlib.asynccontextmanager
    async def arriving(self, places: asyncio.Semaphore, who: Visitor) -> AsyncIterator[None]:
        """Hold a place for an upload that arrives, at most `MOST_ARRIVING` for one person.

        Raises:
            Unavailable: `reader-busy`; nobody waits for clients that send slowly.
        """
        if self._arriving[who.person] >= MOST_ARRIVING or places.locked():
            raise Unavailable("reader-busy", "Too many files arrive at once.")
        with counted(self._arriving, who.person):
            async with places:
                yield


async def _within(request: web.Request, room: int, limits: Limits) -> AsyncIterator[bytes]:
    received = 0
    async for chunk in chunks(request):
        received += len(chunk)
        if received > room:
            raise _full(limits)
        yield chunk


def _full(limits: Limits) -> RuleBroken:
    return RuleBroken(
        "upload-limit",
        "Too many files that nothing names.",
        megabytes=limits.unnamed_file_bytes_per_person // (1024 * 1024),
        days=limits.unnamed_file_days,
    )


@contextlib.contextmanager
def counted(counter: Counter[_K], name: _K, count: int = 1) -> Iterator[None]:
    """Count something while it lasts; a counter has no names at 0."""
    counter[name] += count
    try:
        yield
    finally:
        counter[name] -= count
        if not counter[name]:
            del counter[name]


QUOTAS: web.AppKey[Quotas] = web.AppKey("quotas", Quotas)
