"""Both nodes, alarmed after two seconds without delivery, with a line to cut in each direction."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from special_channel.broker.undelivered import OWN, PEER
from special_channel.core.bytes.ids import PARTIES, Party
from tests import servers
from tests.channel import Channel, channel
from tests.nodes.monitored import until


@asynccontextmanager
async def cuttable_channel(
    more: Mapping[Party, Mapping[str, Any]] | None = None,
) -> AsyncIterator[Channel]:
    """Run the channel; `more` replaces sections of a node's settings."""
    with servers.open_folder() as folder:
        async with channel(folder, proxied=True) as made:
            for party in PARTIES:
                await made.stop(party)
                node = await made.start(
                    party,
                    link={
                        "peer": f"http://127.0.0.1:{made.lines[party].port}",
                        "undelivered_seconds": 2,
                        "heartbeat_seconds": 1,
                    },
                    telemetry={"probe_seconds": 0.2},
                    **(more or {}).get(party, {}),
                )
                # The hour at which tests run is no matter: office hours have a test of their own.
                node.delivery.in_office = lambda _now: True
            await made.caught_up()
            yield made


async def calm(made: Channel) -> None:
    """Wait until all entries are delivered and both nodes know it; a cut freezes this state."""
    await made.caught_up()

    async def is_calm() -> bool:
        nodes = made.nodes.values()
        told = [node.link.status for node in nodes]
        return all(
            each.peer_told is not None and each.peer_undelivered is None for each in told
        ) and not any({OWN, PEER} & {*node.core.codes()} for node in nodes)

    await until(is_calm, bool)
