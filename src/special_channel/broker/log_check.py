"""Check of one block of a log: leaves with the tree, envelopes with leaves, parts with commitments.

Pure. Does not read, keep or repair anything. Of two hashes that differ, the one that fits the
signed tree is right; where neither fits, both are named.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

from special_channel.core.bytes import dsse, parts
from special_channel.core.bytes.errors import ChannelError
from special_channel.core.entries import Entry, PartRef, parse
from special_channel.core.log import checkpoint
from special_channel.core.log.leaf import Leaf
from special_channel.core.log.merkle import HASH_BYTES, Frontier, leaf_hash, root_nodes
from special_channel.core.log.note import VerifierKey
from special_channel.ports.damage import Damage, LogBlock, RawEntry

BLOCK: Final = 64
"""Entries of a block, a power of two: some milliseconds of work."""

_UNKNOWN: Final = 8
"""Most leaves of one block between whose two hashes the tree is asked to choose."""


@dataclass(frozen=True, slots=True)
class LogKey:
    """What a log's checkpoints are checked against, and whether all of it must be here.

    Attributes:
        origin: The log's origin.
        key: The owner's checkpoint key; None while it is not known.
        whole: Our own log, shared or private: nothing of it is still to come.
        refused: Codes of the entries that our log refuses, by index.
    """

    origin: str
    key: VerifierKey | None
    whole: bool
    refused: Mapping[int, str] = field(default_factory=dict)


def check_block(block: LogBlock, log: LogKey) -> Iterator[Damage]:
    """Yield what is damaged in a block, in no particular order."""
    truth = _leaves(block, log)
    for index, right in truth.items():
        yield from _leaf_damage(block, index, right)
        entry = block.entries.get(index)
        if entry is not None and (right is None or leaf_hash(entry.leaf) == right):
            yield from _entry_damage(block, entry, log)
    yield from _tree_damage(block, truth, log)
    yield from _head_damage(block)


def _named(block: LogBlock, index: int, what: str, place: str = "") -> Damage:
    return Damage(block.head.log, index, what, place)  # type: ignore[arg-type]  # a `What`


# The tree -----------------------------------------------------------------------------


def _leaves(block: LogBlock, log: LogKey) -> dict[int, bytes | None]:
    """Return the leaf hash of each index that the signed tree holds; None where unknown."""
    truth: dict[int, bytes | None] = {}
    doubtful: list[tuple[int, bytes, bytes]] = []
    for index in range(block.first, block.end):
        entry, stored = block.entries.get(index), _node(block, 0, index)
        computed = None if entry is None else leaf_hash(entry.leaf)
        truth[index] = stored if stored is not None else computed
        if stored is not None and computed is not None and stored != computed:
            doubtful.append((index, stored, computed))
    if not doubtful or len(doubtful) > _UNKNOWN or None in truth.values():
        return truth | {index: None for index, _, _ in doubtful}
    for chosen in itertools.product(*[(stored, computed) for _, stored, computed in doubtful]):
        tried = truth | dict(zip([index for index, _, _ in doubtful], chosen, strict=True))
        if _fits(block, [one for one in tried.values() if one is not None], log):
            return tried
    return truth | {index: None for index, _, _ in doubtful}


def _fits(block: LogBlock, hashes: Sequence[bytes], log: LogKey) -> bool:
    """Tell whether these leaf hashes make the tree that was signed, and the hash above them all."""
    before = _before(block)
    if before is None:
        return False
    signed = [
        (size, root) for size in block.notes if (root := _signed(block.notes[size], size, log))
    ]
    size, root = max(signed, default=(block.first, before.root()))
    if before.append(hashes[: size - block.first])[0].root() != root:
        return False
    level, index, top = before.append(hashes)[1][-1]
    if block.end - block.first == BLOCK:  # a complete subtree, whose hash is stored
        return block.nodes.get((level, index)) == top
    return size == block.end


def _before(block: LogBlock) -> Frontier | None:
    """Return the tree before the block, of stored hashes; None if one is missing."""
    hashes = [_node(block, *node) for node in root_nodes(block.first)]
    known = tuple(one for one in hashes if one is not None)
    return Frontier(block.first, known) if len(known) == len(hashes) else None


def _node(block: LogBlock, level: int, index: int) -> bytes | None:
    """Return a stored hash; None for one that is missing or can't be a hash."""
    found = block.nodes.get((level, index))
    return found if found is not None and len(found) == HASH_BYTES else None


def _signed(note: str, size: int, log: LogKey) -> bytes | None:
    """Return the root that a checkpoint of this size states; None unless the owner signed it."""
    try:
        if log.key is None:
            found = checkpoint.parse(note)[1]
        else:
            found = checkpoint.verify(note, log.key, origin=log.origin)
    except ChannelError:
        return None
    return found.root if found.size == size else None


def _leaf_damage(block: LogBlock, index: int, right: bytes | None) -> Iterator[Damage]:
    entry, stored = block.entries.get(index), _node(block, 0, index)
    if entry is None:
        yield _named(block, index, "entry")
    elif right is None or leaf_hash(entry.leaf) != right:
        yield _named(block, index, "leaf")
    if stored is None or right is None or stored != right:
        yield _named(block, index, "hash")


def _tree_damage(
    block: LogBlock, truth: Mapping[int, bytes | None], log: LogKey
) -> Iterator[Damage]:
    """Compare the hashes above the leaves and the checkpoints with what the leaves make."""
    tree = _before(block)
    for level, index in root_nodes(block.first):
        if _node(block, level, index) is None:
            yield _named(block, -1, "node", f"{level}/{index}")
    if tree is None or None in truth.values() or block.first == block.end:
        return  # compared once the leaves are right
    at = block.first
    for size in sorted({*block.notes, block.end}):
        tree, nodes = tree.append([one for i in range(at, size) if (one := truth[i]) is not None])
        at = size
        yield from (
            _named(block, -1, "node", f"{level}/{index}")
            for level, index, right in nodes
            if level and block.nodes.get((level, index)) != right
        )
        if size in block.notes and _signed(block.notes[size], size, log) != tree.root():
            yield _named(block, -1, "checkpoint", str(size))
    if block.end == block.head.size and block.end not in block.notes:
        yield _named(block, -1, "checkpoint", str(block.end))


def _head_damage(block: LogBlock) -> Iterator[Damage]:
    if block.end != block.head.size or block.first == block.end:
        return
    nodes = [block.nodes.get(node) for node in root_nodes(block.end)]
    if None not in nodes and tuple(nodes) != block.head.frontier.hashes:
        yield _named(block, -1, "head")


# Entries ------------------------------------------------------------------------------


def _entry_damage(block: LogBlock, stored: RawEntry, log: LogKey) -> Iterator[Damage]:
    try:
        leaf = Leaf.parse(stored.leaf)
    except ChannelError:
        yield _named(block, stored.index, "leaf")
        return
    if not stored.envelope and not log.whole:
        if not _as_its_leaf(stored, leaf):
            yield _named(block, stored.index, "columns")
        return  # still to come from the peer: the link knows
    if sha256(stored.envelope).hexdigest() != leaf.envelope_digest:
        yield _named(block, stored.index, "envelope")
        return
    entry = _read(stored.envelope)
    if not _as_its_leaf(stored, leaf) or not _as_its_entry(stored, entry, log):
        yield _named(block, stored.index, "columns")
    if entry is not None:
        yield from _part_damage(block, stored, entry.optional("parts", ()), log)


def _read(envelope: bytes) -> Entry | None:
    """Read an entry; None for one of the peer's whose form is wrong (rule 18)."""
    try:
        return parse(dsse.decode(envelope).payload)
    except ChannelError:
        return None


def _as_its_leaf(stored: RawEntry, leaf: Leaf) -> bool:
    """Compare the columns that repeat what the leaf says."""
    order = sum(leaf.frontier) + (stored.index if len(leaf.frontier) == 1 else 0)
    return (stored.id, stored.kind, stored.thread, stored.accepted) == (
        leaf.id,
        leaf.kind,
        leaf.thread,
        leaf.accepted,
    ) and (stored.frontier, stored.order) == (leaf.frontier[0], order)


def _as_its_entry(stored: RawEntry, entry: Entry | None, log: LogKey) -> bool:
    """Compare the columns that repeat what the envelope says, and the verdict."""
    if log.whole and stored.code:
        return False
    if stored.code != log.refused.get(stored.index, stored.code):
        return False
    if entry is None:
        return bool(stored.code)
    roles = "".join(ref.k[0] for ref in entry.optional("parts", ()))
    if not stored.code:
        return (stored.by, stored.roles) == (entry.by, roles)
    # Of an entry without effect neither is kept where its form was wrong.
    return stored.by in {entry.by, ""} and stored.roles in {roles, ""}


def _part_damage(
    block: LogBlock, stored: RawEntry, refs: Sequence[PartRef], log: LogKey
) -> Iterator[Damage]:
    held = {part.ordinal: part for part in stored.parts}
    for ordinal, ref in enumerate(refs):
        part = held.pop(ordinal, None)
        what = "data" if ref.k == "data" else "part"
        if part is not None and part.disclosure is not None:
            if (stored.index, ordinal) in block.erased:
                yield _named(block, stored.index, "erased", str(ordinal))
            elif parts.commitment(part.disclosure) != ref.c or not part.described:
                yield _named(block, stored.index, what, str(ordinal))
        elif part is None or (log.whole and (stored.index, ordinal) not in block.erased):
            yield _named(block, stored.index, what, str(ordinal))
    for ordinal in held:
        yield _named(block, stored.index, "part", str(ordinal))
