"""What people offer to the append, looked at against what is stored. Writes nothing."""

from __future__ import annotations

from collections.abc import Sequence

from special_channel.broker.prover import at_entry
from special_channel.broker.receipts import Readable
from special_channel.core import dsse
from special_channel.core.door import screen
from special_channel.core.errors import Refused
from special_channel.core.ids import KeyId
from special_channel.core.submission import Incoming, Submission


async def screen_new(record: Readable, incoming: Sequence[Incoming]) -> None:
    """Refuse what a reader would take for something else, unless it is stored already.

    Raises:
        Refused: The codes of `door.screen`, with `entry`, the place in the request.
    """
    try:
        for place, item in enumerate(incoming):
            at_entry(place, screen, item)
    except Refused:
        ids = {item.id for item in incoming}
        if len(await record.find(list(ids))) < len(ids):
            raise


async def forged_at(record: Readable, offered: Submission, sender: KeyId | None) -> str:
    """Return the position of the stored entry that this is a forgery of, empty if of none (P2).

    Empty, too, for the session of somebody who did not sign that entry: anybody signed in could
    keep an alarm on by sending a changed copy. `sender` is None for this node itself.
    """
    offered_id = dsse.decode(offered.envelope).id
    held = (await record.find([offered_id])).get(offered_id)
    if held is None or held.code:
        return ""
    signers = {each.keyid for each in dsse.decode(held.envelope).signatures}
    return f"{held.log.upper()}-{held.index}" if sender is None or sender in signers else ""
