"""The node's door: what it takes from its own people, beyond what the judge asks.

The rules are in `core/door.py`. Does not look at entries of the other side.
"""

from __future__ import annotations

from collections.abc import Sequence

from special_channel.broker.prover import at_entry
from special_channel.broker.receipts import Readable
from special_channel.core.door import screen
from special_channel.core.errors import Refused
from special_channel.core.submission import Incoming


async def screen_new(incoming: Sequence[Incoming], record: Readable) -> None:
    """Refuse what a reader would take for something else, unless it is stored already.

    Raises:
        Malformed: As `core.door.screen`, with `entry`, the place in the request.
    """
    try:
        for place, item in enumerate(incoming):
            at_entry(place, screen, item)
    except Refused:
        ids = [item.id for item in incoming]
        if len(await record.find(ids)) < len(set(ids)):
            raise
