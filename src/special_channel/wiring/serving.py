"""Open and run a node in one call; raise a single error instead of an exception group.

Does not assemble the node: `node.py` does.
"""

from __future__ import annotations

from collections.abc import Callable

from special_channel.config import Settings
from special_channel.core.bytes.errors import ChannelError
from special_channel.wiring.node import open_node


async def serve(settings: Settings, parts: tuple[str, ...], started: Callable[[int], None]) -> None:
    """Run a node until cancelled.

    Raises:
        ChannelError: The first error that prevents the start or stops the node.
    """
    try:
        async with open_node(settings, parts) as node:
            await node.run(started)
    except* ChannelError as several:
        raise several.exceptions[0] from several
