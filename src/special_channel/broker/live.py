"""What is new since a cursor: the live stream, made of the record and a hint.

A cursor names sizes, so a stream can be taken up anywhere without anything kept for it.
Does not hold events: losing a hint only delays what the next one brings.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Final

from special_channel.core.errors import Malformed
from special_channel.core.ids import PARTIES, Party
from special_channel.ports import SharedRecord

PAGE: Final = 200
"""Entries read at a time for one stream."""

OWN_STEPS: Final = frozenset({"escalation.raised", "escalation.acknowledged", "note.internal"})
"""Private kinds that pages show beside the shared record; who read what is none of them."""


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
    """One thing to tell a reader, and where she stands after it."""

    cursor: Cursor
    event: str
    data: Mapping[str, object]


async def now(record: SharedRecord, own: Party) -> Cursor:
    """Return the cursor of this moment."""
    heads = {party: await record.head(party) for party in PARTIES}
    return Cursor(heads["eu"].size, heads["cn"].size, heads[own].cosigned)


async def since(record: SharedRecord, own: Party, cursor: Cursor) -> AsyncIterator[News]:
    """Yield what is new since a cursor, in the order of each log."""
    end = await now(record, own)
    sizes = {"eu": cursor.eu, "cn": cursor.cn}
    for party in PARTIES:
        last = end.eu if party == "eu" else end.cn
        while sizes[party] < last:
            for entry in await record.entries(party, sizes[party], min(PAGE, last - sizes[party])):
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
        yield News(where, "delivered", {"log": own, "size": end.delivered})


async def own_side_since(record: SharedRecord, size: int) -> tuple[int, bool]:
    """Return the private log's size, and whether pages show something that came since `size`."""
    end = (await record.head("private")).size
    grown = await record.entries("private", max(size, end - PAGE), PAGE) if end > size else ()
    return end, end - size > PAGE or any(entry.kind in OWN_STEPS for entry in grown)
