"""A channel whose EU node runs on servers that a test can stop, stall and bring back.

A monitor asks its `/readyz` and `/metrics` over HTTP, as Prometheus does.
"""

from __future__ import annotations

import asyncio
import math
import os
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

import aiohttp
from prometheus_client.parser import text_string_to_metric_families

from special_channel.core.bytes.ids import Party
from special_channel.launcher.servers import EmbeddedServers, embedded_servers
from tests import servers
from tests.channel import PATIENCE, Channel, channel
from tests.proxy import Proxy, to_socket

QUICK: dict[str, Any] = {"telemetry": {"probe_seconds": 0.1}}
_SOCKET = ".s.PGSQL.5432"


class Figures(dict[tuple[str, ...], float]):
    """Values by the sample's name and its labels' values; one that is not there equals nothing."""

    def __missing__(self, _name: tuple[str, ...]) -> float:
        return math.nan

    def __repr__(self) -> str:
        return "\n".join(
            f"{name} {value}"
            for name, value in self.items()
            if name[0].startswith("sc_") and not name[0].endswith(("_bucket", "_created"))
        )


@dataclass
class Monitored:
    """The channel, the EU node's servers and its line to PostgreSQL, and the monitor."""

    made: Channel
    own: EmbeddedServers
    database: Proxy
    http: aiohttp.ClientSession

    @property
    def core(self) -> Any:
        return self.made.nodes["eu"].core

    def url(self, path: str, party: Party = "eu") -> str:
        return f"http://127.0.0.1:{self.made.nodes[party].port}{path}"

    async def ready(self, party: Party = "eu") -> tuple[int, dict[str, Any]]:
        async with self.http.get(self.url("/readyz", party)) as response:
            return response.status, await response.json()

    async def figures(self, party: Party = "eu") -> Figures:
        async with self.http.get(self.url("/metrics", party)) as response:
            text = await response.text()
        families = text_string_to_metric_families(text)
        samples = [sample for family in families for sample in family.samples]
        return Figures({(each.name, *each.labels.values()): each.value for each in samples})

    async def until_ready(self, holds: Callable[[int, dict[str, Any]], bool]) -> dict[str, Any]:
        """Repeat a request until the response fits; the failure shows the last response."""
        _, body = await until(self.ready, lambda answer: holds(*answer))
        return body

    async def until(self, holds: Callable[[Figures], bool], party: Party = "eu") -> Figures:
        """Scrape until this holds."""
        return await until(lambda: self.figures(party), holds)


_T = TypeVar("_T")


async def until(ask: Callable[[], Awaitable[_T]], holds: Callable[[_T], bool]) -> _T:
    """Ask from outside, where nothing tells when, until this holds of the answer."""
    last = await ask()
    for _ in range(int(PATIENCE / 0.05)):
        if holds(last):
            return last
        await asyncio.sleep(0.05)
        last = await ask()
    raise AssertionError(last)


def codes(body: dict[str, Any]) -> set[str]:
    """The codes in a body of `/readyz`."""
    return {each["code"] for each in body["alarms"]}


@asynccontextmanager
async def monitored(**more: Any) -> AsyncIterator[Monitored]:
    """Run the channel; `more` replaces sections of both nodes' settings."""
    with servers.open_folder() as folder, servers.open_folder() as socket:
        async with channel(folder, proxied=True, **QUICK | more) as made:
            await made.stop("eu")
            async with (
                embedded_servers(
                    folder / "eu", temporary=Path(tempfile.gettempdir()), token=os.urandom(4).hex()
                ) as own,
                aiohttp.ClientSession() as http,
            ):
                there = own.postgres.dsn().rpartition("host=")[2].partition("&")[0]
                real = Path(there.replace("%2F", "/"))
                async with to_socket(real / _SOCKET, socket / _SOCKET) as line:
                    near, far = quote(str(socket)), quote(str(real))
                    database = {
                        "url": own.postgres.dsn("channel_node").replace(far, near),
                        "link_url": own.postgres.dsn("channel_link").replace(far, near),
                        "owner_url": own.postgres.dsn(),
                    }
                    made.more |= {"database": database, "redis": {"url": own.redis.url}}
                    await made.start("eu")
                    try:
                        yield Monitored(made, own, line, http)
                    finally:
                        line.heal()
                        if "eu" in made.nodes:
                            await made.stop("eu")
