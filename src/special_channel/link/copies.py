"""Fetch the peer's copies of single entries of a shared log, and prove them.

Fetches pages as the mirror does and trusts none: leaves are proven against a root that the log's
owner signed. Does not write: `wiring/repairing.py` does, with the database role of the owner.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from special_channel.broker.identity import Identity
from special_channel.core.bytes.errors import ChannelError, Malformed
from special_channel.core.bytes.ids import Party
from special_channel.core.log import checkpoint
from special_channel.core.log.leaf import Leaf
from special_channel.core.log.merkle import Frontier, leaf_hash
from special_channel.core.rows.log_keys import LogKeys, verify_checkpoint, window
from special_channel.link.checking import CheckedEntry, examine
from special_channel.link.client import PeerClient
from special_channel.link.pages import SentEntry


@dataclass(frozen=True, slots=True)
class PeerCopy:
    """One entry as the peer sent it, with the covering checkpoint; all fields are unchecked.

    Attributes:
        index: Index in the log.
        sent: Leaf, envelope and parts.
        size: The log's size after the entry's commit, as the peer states.
        note: The checkpoint at `size`.
    """

    index: int
    sent: SentEntry
    size: int
    note: str

    @property
    def leaf(self) -> bytes:
        """The leaf line."""
        return self.sent.leaf.encode()


@dataclass(frozen=True, slots=True)
class Proven:
    """The part of a log that a signed root proves: its tree and the `count` nodes of the tree."""

    tree: Frontier = Frontier.EMPTY
    count: int = 0
    nodes: tuple[tuple[int, int, bytes], ...] = ()


async def fetch(client: PeerClient, identity: Identity, log: Party, index: int) -> PeerCopy | None:
    """Fetch one entry of a log from the peer; None if the peer does not have the entry.

    Raises:
        Unavailable: `peer-unreachable`.
        PeerRefusedRequest: `peer-refused-request`.
        Malformed: `link-message-malformed`.
    """
    origin = identity.origin(log)
    page = await client.log(index, 1, log=origin)
    if not page.commits:
        return None
    if (page.log, page.first) != (origin, index):
        raise Malformed("link-message-malformed", "This is another page.", field="first")
    commit = page.commits[0]
    return PeerCopy(index, commit.entries[0], index + len(commit.entries), commit.note)


def prove(leaves: Sequence[bytes], notes: Mapping[int, str], keys: LogKeys, origin: str) -> Proven:
    """Compute the tree of the leaves up to the largest size with a fitting signed checkpoint.

    Args:
        leaves: All leaf lines of the log from index 0.
        notes: Checkpoints by size.
        keys: The owner's checkpoint keys.
        origin: The log's origin line.

    Returns:
        An empty tree if no checkpoint fits.
    """
    proven, tree = Proven(), Frontier.EMPTY
    nodes: list[tuple[int, int, bytes]] = []
    for size in sorted(size for size in notes if size <= len(leaves)):
        tree, more = tree.append([leaf_hash(leaf) for leaf in leaves[tree.size : size]])
        nodes += more
        last = Leaf.parse(leaves[size - 1])
        if signs(notes[size], tree, keys, origin, window(size, last)):
            proven = Proven(tree, len(nodes))
    return replace(proven, nodes=tuple(nodes[: proven.count]))


def signs(note: str, tree: Frontier, keys: LogKeys, origin: str, at: int) -> bool:
    """Return whether a checkpoint is signed by the owner over exactly this tree.

    `at`: size of the owner's shared log by which the key is chosen.
    """
    try:
        stated = checkpoint.parse(note)[1]
        if (stated.size, stated.root) != (tree.size, tree.root()):
            return False  # cheaper than a signature
        verify_checkpoint(note, keys, origin=origin, size=at)
    except ChannelError:
        return False
    return True


def examined(copy: PeerCopy) -> CheckedEntry:
    """Compare a copy with its leaf; an envelope and parts that do not fit are left out.

    Raises:
        Malformed: `leaf-malformed`.
    """
    return examine(Leaf.parse(copy.leaf), copy.index, copy.sent)
