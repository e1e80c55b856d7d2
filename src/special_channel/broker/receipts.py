"""Receipts, made from stored data alone: an entry's receipt always has the same bytes.

Does not sign: the checkpoint in a receipt was signed in the entry's commit.
"""

from __future__ import annotations

from dataclasses import dataclass

from special_channel.core.bytes.errors import Corrupt
from special_channel.core.bytes.ids import Party, Position
from special_channel.core.log.merkle import (
    Frontier,
    Node,
    inclusion_nodes,
    inclusion_proof,
    root_nodes,
)
from special_channel.core.log.receipt import Receipt
from special_channel.ports import SharedRecord, Stored


@dataclass(frozen=True, slots=True)
class Accepted:
    """An accepted entry: position and receipt.

    `log` is `private` for the private log. `known`: the entry was stored before this request.
    """

    id: str
    log: str
    index: int
    receipt: str
    known: bool = False

    @property
    def number(self) -> str:
        """The registration number, as EU-877."""
        return f"{self.log.upper()}-{self.index}"

    @property
    def position(self) -> Position:
        """The position in a shared log."""
        party: Party = "eu" if self.log == "eu" else "cn"
        return Position(party, self.index)


def frontier_nodes(frontier: Frontier) -> dict[Node, bytes]:
    """Return the complete subtrees of a frontier by (level, index)."""
    return dict(zip(root_nodes(frontier.size), frontier.hashes, strict=True))


def receipt_text(entry: Stored, proof: tuple[bytes, ...], note: str) -> str:
    """Encode the receipt of an entry with its proof in checkpoint `note`."""
    return Receipt(extra=entry.leaf, index=entry.index, proof=proof, checkpoint=note).encode()


async def receipt_of(record: SharedRecord, entry: Stored) -> str:
    """Compute a stored entry's receipt.

    Raises:
        Corrupt: `record-corrupt` if the checkpoint of its commit is missing.
    """
    covering = await record.checkpoint_covering(entry.log, entry.index)
    if covering is None:
        raise Corrupt("record-corrupt", "An entry has no checkpoint.", index=entry.index)
    size, note = covering
    nodes = await record.tree_nodes(entry.log, inclusion_nodes(entry.index, size))
    return receipt_text(entry, inclusion_proof(entry.index, size, nodes), note)
