"""PostgreSQL and Redis of a node: the servers named in the settings, otherwise embedded ones.

Embedded servers are stopped with the node and restarted if they die.
"""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from special_channel.config import Settings
from special_channel.core.bytes.errors import Malformed
from special_channel.launcher.servers import EmbeddedServers, embedded_servers
from special_channel.stores.migrations import LINK_ROLE, NODE_ROLE
from special_channel.wiring.sources import SystemRandomness


@dataclass(frozen=True, slots=True)
class Engines:
    """Addresses of the database, by role, and of Redis; `embedded`: None for external servers."""

    owner: str
    node: str
    link: str
    redis: str
    embedded: EmbeddedServers | None = None


@asynccontextmanager
async def engines(settings: Settings) -> AsyncIterator[Engines]:
    """Yield the addresses; start embedded servers unless the settings name servers.

    The owner's address is optional, since serving processes should not have it (`owner_of`
    requires it).

    Raises:
        Malformed: `settings-malformed` if only some of the other addresses are set.
        Unavailable, Refused: As `embedded_servers`.
    """
    owner = settings.database.owner_url.get_secret_value()
    named = {
        "database.url": settings.database.url.get_secret_value(),
        "database.link_url": settings.database.link_url.get_secret_value(),
        "redis.url": settings.redis.url.get_secret_value(),
    }
    if all(named.values()):
        yield Engines(
            owner,
            named["database.url"],
            named["database.link_url"],
            named["redis.url"],
        )
        return
    if owner or any(named.values()):
        missing = next(name for name, value in named.items() if not value)
        raise Malformed("settings-malformed", "Name all servers, or none.", setting=missing)
    settings.node.data.mkdir(parents=True, exist_ok=True)
    async with embedded_servers(
        settings.node.data,
        temporary=Path(tempfile.gettempdir()),
        token=SystemRandomness().bytes(4).hex(),
    ) as servers:
        yield Engines(
            servers.postgres.dsn(),
            servers.postgres.dsn(NODE_ROLE),
            servers.postgres.dsn(LINK_ROLE),
            servers.redis.url,
            servers,
        )


def owner_of(addresses: Engines) -> str:
    """Return the database owner's address.

    Raises:
        Malformed: `settings-malformed` if not set.
    """
    if not addresses.owner:
        raise Malformed(
            "settings-malformed",
            "Migrating needs the owner's address.",
            setting="database.owner_url",
        )
    return addresses.owner
