"""The journal of acts on people: `act.recorded` in the private log, signed by the node.

Used where something happens to a person or key that only our side should know: invitations, codes,
sessions ended, reasons. Does not read the journal.
"""

from __future__ import annotations

from special_channel.broker.act import Act
from special_channel.broker.append import Appender
from special_channel.broker.commit import Heads
from special_channel.broker.identity import Identity
from special_channel.broker.node_entries import NodeEntrySigner
from special_channel.core.bytes.times import timestamp
from special_channel.core.rows.submission import Authored
from special_channel.ports import Clock, Transaction


def recorded(signer: NodeEntrySigner, act: str, **facts: str) -> Authored:
    """Sign the `act.recorded` of an act whose entries are written in the same transaction.

    `facts`: person, key, of and reason, as the entry names them; empty ones are left out.
    """
    body = {name: value for name, value in facts.items() if value}
    return signer.private("act.recorded", {"act": act, **body})


async def record_act(
    appender: Appender, identity: Identity, clock: Clock, act: str, **facts: str
) -> None:
    """Write a line of the journal on its own; facts as `recorded`.

    While the private log takes no entries, the line waits for it.
    """

    async def decide(_transaction: Transaction, heads: Heads) -> Act:
        signer = NodeEntrySigner(identity, heads, timestamp(clock.now()))
        return Act(private=[recorded(signer, act, **facts)], may_follow=True)

    await appender.perform(decide)
