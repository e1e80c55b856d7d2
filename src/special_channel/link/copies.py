"""Copies of single entries of a shared log, as the peer holds them, and their proof.

Asks for pages as the mirror does; believes nothing. Proves leaves against a root that the log's
owner signed. Does not write: `wiring/repairing.py` does, with the owner's role of the database.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from special_channel.broker.identity import Identity
from special_channel.broker.working import Place, stored
from special_channel.core import checkpoint
from special_channel.core.errors import ChannelError, Malformed
from special_channel.core.ids import Party, Position
from special_channel.core.leaf import Leaf
from special_channel.core.merkle import Frontier, leaf_hash
from special_channel.core.note import VerifierKey
from special_channel.link.checking import CheckedEntry, examine
from special_channel.link.client import PeerClient
from special_channel.link.pages import SentEntry
from special_channel.ports import Stored


@dataclass(frozen=True, slots=True)
class PeerCopy:
    """One entry as the peer sent it, with the checkpoint that covers it.

    Attributes:
        index: Its index.
        sent: What came. Nothing of it is checked.
        size: The log's size after its commit, as the peer tells it.
        note: The checkpoint of that size.
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
    """How much of a log's leaves is proven by a signed root, and the `count` nodes over them."""

    tree: Frontier = Frontier.EMPTY
    count: int = 0
    nodes: tuple[tuple[int, int, bytes], ...] = ()


async def fetch(client: PeerClient, identity: Identity, log: Party, index: int) -> PeerCopy | None:
    """Ask the peer for one entry of its own log, or of its mirror of ours; None if it has none.

    Raises:
        Unavailable: `peer-unreachable`.
        PeerAnswered: `peer-refused-request`.
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


def prove(
    leaves: Sequence[bytes], notes: Mapping[int, str], key: VerifierKey, origin: str
) -> Proven:
    """Compute the tree of as many of these leaves as the newest fitting checkpoint signs.

    Nothing is proven where no checkpoint of the owner's signs the root that they make.
    """
    proven, tree = Proven(), Frontier.EMPTY
    nodes: list[tuple[int, int, bytes]] = []
    for size in sorted(size for size in notes if size <= len(leaves)):
        tree, more = tree.append([leaf_hash(leaf) for leaf in leaves[tree.size : size]])
        nodes += more
        if signs(notes[size], tree, key, origin):
            proven = Proven(tree, len(nodes))
    return replace(proven, nodes=tuple(nodes[: proven.count]))


def signs(note: str, tree: Frontier, key: VerifierKey, origin: str) -> bool:
    """Tell whether a checkpoint is the owner's own over exactly this tree."""
    try:
        stated = checkpoint.parse(note)[1]
        if (stated.size, stated.root) != (tree.size, tree.root()):
            return False  # cheaper than a signature
        checkpoint.verify(note, key, origin=origin)
    except ChannelError:
        return False
    return True


def examined(copy: PeerCopy) -> CheckedEntry:
    """Compare what came with its leaf: envelope and parts that do not fit are left out.

    Raises:
        Malformed: `leaf-malformed`.
    """
    return examine(Leaf.parse(copy.leaf), copy.index, copy.sent)


def as_stored(log: Party, found: CheckedEntry, code: str) -> tuple[Stored, str]:
    """Return the entry as a mirror stores it, and the letters of its parts' roles."""
    leaf = found.leaf
    place = Place(Position(log, found.index), leaf.peer_frontier, leaf.accepted)
    if found.incoming is not None:
        entry = found.incoming.entry
        roles = "".join(ref.k[0] for ref in entry.optional("parts", ()))
        return replace(stored(found.incoming, place), code=code), roles
    bare = Stored(
        log=log,
        index=found.index,
        id=leaf.id,
        leaf=leaf.encode(),
        envelope=found.envelope,
        parts=found.parts,
        kind=leaf.kind,
        thread=leaf.thread,
        by="",
        accepted=leaf.accepted,
        frontier=leaf.peer_frontier,
        order=found.index + leaf.peer_frontier,
        code=code,
    )
    return bare, ""
