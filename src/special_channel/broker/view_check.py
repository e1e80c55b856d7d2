"""Check of the views: rows against their documents and digests, and against a replay of the logs.

Does not judge entries again, and does not repair: `special-channel rebuild` does.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

import orjson

from special_channel.broker.rebuild import Pages, PrivateFold, causal, placed
from special_channel.core.bytes.errors import ChannelError
from special_channel.core.bytes.ids import PARTIES, Party
from special_channel.core.replay.fold import fold
from special_channel.core.rows.private import PrivateRow
from special_channel.core.rules.state import COMPARED, Row, RowKey, digest_of
from special_channel.ports import LogName, Stored
from special_channel.ports.damage import Area, Damage, RawRow
from special_channel.stores.check_reading import ViewSnapshot

Pause = Callable[[int], Awaitable[None]]
"""Called with the number of entries or rows just checked; lets other work go first."""


@dataclass(frozen=True, slots=True)
class RowForm:
    """Encodes and decodes the rows of tables.

    Attributes:
        write: Returns key, document, digest and the other columns of a table's row.
        read: Decodes a table's row from its document.
    """

    write: Callable[[str, str, Row | PrivateRow], tuple[object, ...]]
    read: Callable[[str, str], Row | PrivateRow]


SLICE: Final = 32
"""Entries folded between two pauses: a few milliseconds."""

PRIVATE: Final = ("escalation", "assignment", "columns", "access", "route")


class Replay:
    """A replay of all logs, page by page, for comparison with a snapshot of the views."""

    def __init__(self, form: RowForm, pause: Pause) -> None:
        self._form = form
        self._pause = pause
        self._rows: dict[RowKey, Row] = {}
        self._private = PrivateFold()
        self._sizes: dict[LogName, int] = {"eu": 0, "cn": 0, "private": 0}

    async def advance(self, pages: Pages, sizes: Mapping[LogName, int]) -> None:
        """Fold the logs up to `sizes`.

        Raises:
            ChannelError, ValueError: An entry can't be read, or the logs don't fit each other.
        """
        shared: dict[Party, int] = {party: sizes[party] for party in PARTIES}
        before: dict[Party, int] = {party: self._sizes[party] for party in PARTIES}
        async for entry in self._paused(causal(pages, shared, before)):
            if not entry.code:
                self._rows.update(fold(self._rows, placed(entry)))
        first, end = self._sizes["private"], sizes["private"]
        while first < end:
            page = await pages.entries("private", first, min(SLICE, end - first))
            if not page:
                raise ValueError("The private log is not whole.")
            for entry in page:
                self._private.add(entry)
            first += len(page)
            await self._pause(len(page))
        self._sizes = dict(sizes)

    async def _paused(self, entries: AsyncIterator[Stored]) -> AsyncIterator[Stored]:
        since = 0
        async for entry in entries:
            yield entry
            since += 1
            if since == SLICE:
                await self._pause(since)
                since = 0

    async def compare(self, snapshot: ViewSnapshot) -> AsyncIterator[Damage]:
        """Yield rows that differ from the replay, which must be at the snapshot's sizes."""
        for shared in COMPARED:
            rows = {key: row for (name, key), row in self._rows.items() if name == shared}
            async for damage in self._table(snapshot, shared, rows, "views"):
                yield damage
        for table in PRIVATE:
            private = {key: row for (name, key), row in self._private.rows.items() if name == table}
            async for damage in self._table(snapshot, table, private, "private-views"):
                yield damage
        if await snapshot.digest() != bytes.fromhex(digest_of(self._rows)):
            yield Damage("views", -1, "head", "digest")

    async def _table(
        self,
        snapshot: ViewSnapshot,
        table: str,
        rows: Mapping[str, Row | PrivateRow],
        area: Area,
    ) -> AsyncIterator[Damage]:
        left = dict(rows)
        async for some in snapshot.rows(table):
            for raw in some:
                row = left.pop(raw.key, None)
                if row is None or not _same(raw, self._form.write(table, raw.key, row)):
                    yield Damage(area, -1, "row", f"{table} {raw.key}")
            await self._pause(len(some))
        for key in left:
            yield Damage(area, -1, "row", f"{table} {key}")

    async def compare_alone(self, snapshot: ViewSnapshot) -> AsyncIterator[Damage]:
        """Yield rows that contradict their document or digest, for logs that can't be replayed."""
        areas: tuple[tuple[Area, tuple[str, ...]], ...] = (
            ("views", COMPARED),
            ("private-views", PRIVATE),
        )
        for area, tables in areas:
            for table in tables:
                async for some in snapshot.rows(table):
                    for raw in some:
                        if not self._is_consistent(table, raw):
                            yield Damage(area, -1, "row", f"{table} {raw.key}")
                    await self._pause(len(some))

    def _is_consistent(self, table: str, raw: RawRow) -> bool:
        try:
            row = self._form.read(table, raw.doc)
            return _same(raw, self._form.write(table, raw.key, row))
        except ChannelError:
            return False


def _same(raw: RawRow, right: tuple[object, ...]) -> bool:
    key, doc, digest, *columns = right
    if (raw.key, raw.digest) != (key, digest) or _plain(raw.columns) != _plain(tuple(columns)):
        return False
    return bool(orjson.loads(raw.doc) == orjson.loads(str(doc)))


def _plain(columns: tuple[object, ...]) -> list[object]:
    """Convert values to the driver's types: arrays to lists."""
    return [list(value) if isinstance(value, tuple | list) else value for value in columns]
