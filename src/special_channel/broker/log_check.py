"""Check of one log block: leaves against the tree, envelopes against leaves, parts against hashes.

Pure. Does not read, store or repair anything. If a stored and a computed hash differ, the hash
that fits the signed tree is right; if neither fits, both are reported.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

from special_channel.core.bytes import dsse, parts
from special_channel.core.bytes.errors import ChannelError
from special_channel.core.entries import (
    COUNTED_KINDS,
    COUNTED_PRIVATE_KINDS,
    Entry,
    PartRef,
    parse,
)
from special_channel.core.log import checkpoint
from special_channel.core.log.leaf import Leaf
from special_channel.core.log.merkle import HASH_BYTES, Frontier, leaf_hash, root_nodes
from special_channel.core.log.numbering import LeafCounter
from special_channel.core.rows.log_keys import LogKeys, verify_checkpoint, window
from special_channel.core.rules.doubt import further_signers
from special_channel.ports.damage import Damage, LogBlock, RawEntry

BLOCK: Final = 64
"""Entries in a block, a power of two: some milliseconds of work."""

_UNKNOWN: Final = 8
"""Most leaves of a block with two candidate hashes: every combination is tried (2^8)."""


@dataclass(frozen=True, slots=True)
class LogOwner:
    """A log's origin, checkpoint keys and known refusals, for its check.

    Attributes:
        origin: The log's origin.
        keys: The owner's checkpoint keys up to the block, oldest first; empty while unknown.
        whole: True for our logs, shared or private: no entry is still to be fetched.
        refused: Codes of entries that the other log refuses, by index: ours of the peer's entries,
            the peer's of those of our entries that somebody made with our key (K30).
    """

    origin: str
    keys: LogKeys
    whole: bool
    refused: Mapping[int, str] = field(default_factory=dict)


def check_block(block: LogBlock, log: LogOwner) -> Iterator[Damage]:
    """Yield the damage in a block, in no particular order."""
    truth = _leaves(block, log)
    for index, right in truth.items():
        yield from _leaf_damage(block, index, right)
        entry = block.entries.get(index)
        if entry is not None and (right is None or leaf_hash(entry.leaf) == right):
            yield from _entry_damage(block, entry, log)
    yield from _tree_damage(block, truth, log)
    yield from _count_damage(block, truth)
    yield from _head_damage(block)


def _damage(block: LogBlock, index: int, what: str, place: str = "") -> Damage:
    return Damage(block.head.log, index, what, place)  # type: ignore[arg-type]  # a `What`


# The tree -----------------------------------------------------------------------------


def _leaves(block: LogBlock, log: LogOwner) -> dict[int, bytes | None]:
    """Return the leaf hash in the signed tree by index; None where unknown."""
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
        if _fits(block, [value for value in tried.values() if value is not None], log):
            return tried
    return truth | {index: None for index, _, _ in doubtful}


def _fits(block: LogBlock, hashes: Sequence[bytes], log: LogOwner) -> bool:
    """Tell whether leaf hashes give the signed root and the stored hash of their subtree."""
    before = _before(block)
    if before is None:
        return False
    signed = [(size, root) for size in block.notes if (root := _signed(block, size, log))]
    size, root = max(signed, default=(block.first, before.root()))
    if before.append(hashes[: size - block.first])[0].root() != root:
        return False
    level, index, top = before.append(hashes)[1][-1]
    if block.end - block.first == BLOCK:  # a complete subtree, whose hash is stored
        return block.nodes.get((level, index)) == top
    return size == block.end


def _before(block: LogBlock) -> Frontier | None:
    """Build the tree before the block from stored hashes; None if a hash is missing."""
    hashes = [_node(block, *node) for node in root_nodes(block.first)]
    known = tuple(value for value in hashes if value is not None)
    return Frontier(block.first, known) if len(known) == len(hashes) else None


def _node(block: LogBlock, level: int, index: int) -> bytes | None:
    """Return a stored hash; None if missing or of the wrong length."""
    stored = block.nodes.get((level, index))
    return stored if stored is not None and len(stored) == HASH_BYTES else None


def _signed(block: LogBlock, size: int, log: LogOwner) -> bytes | None:
    """Return the root of a checkpoint at `size`; None if size or owner's signature is wrong."""
    note, last = block.notes[size], block.entries.get(size - 1)
    try:
        if not log.keys:
            stated = checkpoint.parse(note)[1]
        else:
            at = size if last is None else window(size, Leaf.parse(last.leaf))
            stated = verify_checkpoint(note, log.keys, origin=log.origin, size=at)
    except ChannelError:
        return None
    return stated.root if stated.size == size else None


def _leaf_damage(block: LogBlock, index: int, right: bytes | None) -> Iterator[Damage]:
    entry, stored = block.entries.get(index), _node(block, 0, index)
    if entry is None:
        yield _damage(block, index, "entry")
    elif right is None or leaf_hash(entry.leaf) != right:
        yield _damage(block, index, "leaf")
    if stored is None or right is None or stored != right:
        yield _damage(block, index, "hash")


def _tree_damage(
    block: LogBlock, truth: Mapping[int, bytes | None], log: LogOwner
) -> Iterator[Damage]:
    """Compare stored inner hashes and checkpoints with the tree computed from the leaves."""
    tree = _before(block)
    for level, index in root_nodes(block.first):
        if _node(block, level, index) is None:
            yield _damage(block, -1, "node", f"{level}/{index}")
    if tree is None or None in truth.values() or block.first == block.end:
        return  # compared once the leaves are right
    at = block.first
    for size in sorted({*block.notes, block.end}):
        tree, nodes = tree.append([one for i in range(at, size) if (one := truth[i]) is not None])
        at = size
        yield from (
            _damage(block, -1, "node", f"{level}/{index}")
            for level, index, right in nodes
            if level and block.nodes.get((level, index)) != right
        )
        if size in block.notes and _signed(block, size, log) != tree.root():
            yield _damage(block, -1, "checkpoint", str(size))
    if block.end == block.head.size and block.end not in block.notes:
        yield _damage(block, -1, "checkpoint", str(block.end))


def _count_damage(block: LogBlock, truth: Mapping[int, bytes | None]) -> Iterator[Damage]:
    """Compare the counts in each leaf with the leaves before it (K26)."""
    leaves = {index: _right_leaf(block, index, truth[index]) for index in truth}
    before = [_leaf(line) for line in block.before]
    if None in leaves.values() or None in before or bool(block.first) > bool(before):
        return  # compared once the leaves are right
    counter = LeafCounter(COUNTED_PRIVATE_KINDS if block.head.log == "private" else COUNTED_KINDS)
    for earlier in filter(None, before):
        counter.note(earlier)
    for index, leaf in leaves.items():
        if leaf is not None and not counter.follows(leaf):
            yield _damage(block, index, "ordinal")


def _right_leaf(block: LogBlock, index: int, right: bytes | None) -> Leaf | None:
    """Return the leaf at an index; None if the line or the columns are damaged."""
    entry = block.entries.get(index)
    if entry is None or leaf_hash(entry.leaf) != right:
        return None
    leaf = _leaf(entry.leaf)
    return leaf if leaf is not None and _equals_leaf(entry, leaf) else None


def _leaf(line: bytes) -> Leaf | None:
    """Parse a leaf line; None if malformed."""
    try:
        return Leaf.parse(line)
    except ChannelError:
        return None


def _head_damage(block: LogBlock) -> Iterator[Damage]:
    if block.end != block.head.size or block.first == block.end:
        return
    nodes = [block.nodes.get(node) for node in root_nodes(block.end)]
    last = block.entries.get(block.end - 1)
    leaf = _leaf(last.leaf) if last is not None else None
    miscounts = leaf is not None and leaf.directory != block.head.directory
    if miscounts or (None not in nodes and tuple(nodes) != block.head.frontier.hashes):
        yield _damage(block, -1, "head")


# Entries ------------------------------------------------------------------------------


def _entry_damage(block: LogBlock, stored: RawEntry, log: LogOwner) -> Iterator[Damage]:
    leaf = _leaf(stored.leaf)
    if leaf is None:
        yield _damage(block, stored.index, "leaf")
        return
    if not stored.envelope and not log.whole:
        if not _equals_leaf(stored, leaf):
            yield _damage(block, stored.index, "columns")
        return  # still to come from the peer: the link knows
    if sha256(stored.envelope).hexdigest() != leaf.envelope_digest:
        yield _damage(block, stored.index, "envelope")
        return
    entry = _read(stored.envelope)
    if not _equals_leaf(stored, leaf) or not _equals_entry(stored, entry, log):
        yield _damage(block, stored.index, "columns")
    if entry is not None:
        yield from _part_damage(block, stored, entry.optional("parts", ()), log)


def _read(envelope: bytes) -> Entry | None:
    """Parse an entry; None if malformed, as an entry of the peer may be (rule 18)."""
    try:
        return parse(dsse.decode(envelope).payload)
    except ChannelError:
        return None


def _equals_leaf(stored: RawEntry, leaf: Leaf) -> bool:
    """Compare the columns that repeat fields of the leaf."""
    order = sum(leaf.frontier) + (stored.index if len(leaf.frontier) == 1 else 0)
    words = leaf.id, leaf.kind, leaf.thread, leaf.accepted
    numbers = leaf.frontier[0], order, leaf.ordinal, leaf.directory
    return (stored.id, stored.kind, stored.thread, stored.accepted) == words and (
        (stored.frontier, stored.order, stored.ordinal, stored.directory) == numbers
    )


def _equals_entry(stored: RawEntry, entry: Entry | None, log: LogOwner) -> bool:
    """Compare the columns that repeat fields of the envelope, and the stored verdict."""
    refused = log.refused.get(stored.index, "" if log.whole else stored.code)
    # A peer may refuse an entry of ours that is valid here; then both nodes keep their verdict.
    if stored.code != refused and (stored.code or not log.whole):
        return False
    if (*stored.others,) != further_signers(stored.envelope, stored.by):
        return False
    if entry is None:
        return bool(stored.code)
    roles = "".join(ref.k[0] for ref in entry.optional("parts", ()))
    if not stored.code:
        return (stored.by, stored.roles) == (entry.by, roles)
    # A malformed entry without effect has neither author nor roles in its columns.
    return stored.by in {entry.by, ""} and stored.roles in {roles, ""}


def _part_damage(
    block: LogBlock, stored: RawEntry, refs: Sequence[PartRef], log: LogOwner
) -> Iterator[Damage]:
    unchecked = {part.ordinal: part for part in stored.parts}
    for ordinal, ref in enumerate(refs):
        part = unchecked.pop(ordinal, None)
        what = "data" if ref.k == "data" else "part"
        if part is not None and part.disclosure is not None:
            if (stored.index, ordinal) in block.erased:
                yield _damage(block, stored.index, "erased", str(ordinal))
            elif parts.commitment(part.disclosure) != ref.c or not part.described:
                yield _damage(block, stored.index, what, str(ordinal))
        elif part is None or (log.whole and (stored.index, ordinal) not in block.erased):
            yield _damage(block, stored.index, what, str(ordinal))
    for ordinal in unchecked:
        yield _damage(block, stored.index, "part", str(ordinal))
