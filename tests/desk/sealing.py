"""Seals readings in a process of its own, to be killed: `NODE_URL LINK_URL FOLDER`."""

from __future__ import annotations

import asyncio
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

from special_channel.desk import readings
from special_channel.desk.readings import ReadingSealer
from special_channel.stores.reads import Readings
from tests.link.nodes import open_node
from tests.servers import Database
from tests.world import World


class _Named:
    """A database by the addresses of its roles."""

    def __init__(self, node: str, link: str) -> None:
        self._urls = {"channel_node": node, "channel_link": link}

    def dsn(self, role: str) -> str:
        return self._urls[role]


async def _seal(node_url: str, link_url: str, folder: Path) -> None:
    async def whole() -> None:
        return None

    database: Any = _Named(node_url, link_url)
    # Few at once: more transactions to be killed in.
    readings.AT_ONCE = 20  # type: ignore[misc]
    async with open_node(World.founded(), "eu", cast(Database, database), folder) as node:
        store = Readings(node.record.pool)
        append = node.appender.perform
        age = timedelta(days=400)
        sealer = ReadingSealer(append, node.identity, node.clock, whole, store, age)
        print("begins", flush=True)  # noqa: T201 - tells the test
        await sealer.step()


if __name__ == "__main__":
    asyncio.run(_seal(sys.argv[1], sys.argv[2], Path(sys.argv[3])))
