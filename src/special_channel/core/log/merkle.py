"""Merkle trees of RFC 6962: roots, inclusion proofs, consistency proofs.

Does not fetch hashes. `*_nodes` returns the nodes for a root or proof, a few times log2 of the
size; the caller reads their hashes in a batch and passes the mapping. Only hashes of complete
subtrees are stored, since they never change; other hashes are computed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import ClassVar, Final, TypeAlias

from special_channel.core.bytes.errors import Corrupt, Malformed, RuleBroken

HASH_BYTES: Final = 32
EMPTY_ROOT: Final = sha256(b"").digest()

Node: TypeAlias = tuple[int, int]
"""(level, index) of a complete subtree: over the leaves [index·2^level, (index+1)·2^level)."""

_Range: TypeAlias = tuple[int, int]
"""Leaves [first, second), a subtree of the recursion of RFC 6962, 2.1."""


def leaf_hash(leaf: bytes) -> bytes:
    """Return SHA-256(0x00 || leaf)."""
    return sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return SHA-256(0x01 || left || right)."""
    return sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Frontier:
    """The state for appending to a tree: the roots of its complete subtrees, left to right.

    Raises:
        Corrupt: `tree-frontier`: number or length of the hashes does not fit the size.
    """

    size: int
    hashes: tuple[bytes, ...]

    EMPTY: ClassVar[Frontier]

    def __post_init__(self) -> None:
        if (
            self.size < 0
            or self.size.bit_count() != len(self.hashes)
            or any(len(each) != HASH_BYTES for each in self.hashes)
        ):
            raise Corrupt("tree-frontier", "The stored frontier is not that of its size.")

    def append(self, leaf_hashes: Iterable[bytes]) -> tuple[Frontier, list[tuple[int, int, bytes]]]:
        """Append leaves.

        Returns:
            The new frontier, and every newly complete subtree as (level, index, hash),
            including the leaf hashes on level 0.
        """
        size, stack = self.size, list(self.hashes)
        complete: list[tuple[int, int, bytes]] = []
        for leaf in leaf_hashes:
            level, index, node = 0, size, leaf
            complete.append((level, index, node))
            while index & 1:
                node = node_hash(stack.pop(), node)
                level, index = level + 1, index >> 1
                complete.append((level, index, node))
            stack.append(node)
            size += 1
        return Frontier(size, tuple(stack)), complete

    def root(self) -> bytes:
        """Return the root of the whole tree."""
        return _fold(self.hashes) if self.hashes else EMPTY_ROOT


Frontier.EMPTY = Frontier(0, ())


def root_nodes(size: int) -> tuple[Node, ...]:
    """Return the nodes for `root`, left to right: the nodes of the frontier."""
    return _complete_subtrees((0, size))


def root(size: int, nodes: Mapping[Node, bytes]) -> bytes:
    """Compute the root of the tree of `size` leaves from stored hashes.

    Raises:
        Corrupt: `tree-node-missing`.
    """
    return _range_hash((0, size), nodes) if size else EMPTY_ROOT


def inclusion_nodes(index: int, size: int) -> tuple[Node, ...]:
    """Return the nodes for `inclusion_proof`.

    Raises:
        Malformed: `proof-malformed` unless 0 <= index < size.
    """
    return _nodes(_inclusion_ranges(index, size))


def inclusion_proof(index: int, size: int, nodes: Mapping[Node, bytes]) -> tuple[bytes, ...]:
    """Prove that the tree of `size` includes the leaf at `index` (RFC 6962, 2.1.1).

    Raises:
        Malformed: `proof-malformed` unless 0 <= index < size.
        Corrupt: `tree-node-missing`.
    """
    return tuple(_range_hash(each, nodes) for each in _inclusion_ranges(index, size))


def inclusion_proofs(first: int, size: int, nodes: Mapping[Node, bytes]) -> list[tuple[bytes, ...]]:
    """Prove each leaf from `first` to the end, like `inclusion_proof`, in a single walk.

    Raises:
        Malformed: `proof-malformed` unless 0 <= first < size.
        Corrupt: `tree-node-missing`.
    """
    if not 0 <= first < size:
        raise _malformed()
    proofs: list[tuple[bytes, ...]] = []
    pending: list[tuple[int, int, tuple[bytes, ...]]] = [(0, size, ())]
    while pending:
        start, end, above = pending.pop()
        if end - start == 1:
            proofs.append(above)
            continue
        split = _split(start, end)
        pending.append((split, end, (_range_hash((start, split), nodes), *above)))
        if first < split:
            pending.append((start, split, (_range_hash((split, end), nodes), *above)))
    return proofs


def verify_inclusion(
    leaf_hash: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> None:
    """Check an inclusion proof (RFC 9162, 2.1.3.2).

    Raises:
        Malformed: `proof-malformed`: index, lengths or count can't be right.
        RuleBroken: `proof-mismatch`.
    """
    ranges = _inclusion_ranges(index, size)
    _check_hashes(len(ranges), proof, leaf_hash, root)
    node = leaf_hash
    for (start, _), sibling in zip(ranges, proof, strict=True):
        node = node_hash(node, sibling) if start > index else node_hash(sibling, node)
    if node != root:
        raise _mismatch()


def consistency_nodes(old: int, size: int) -> tuple[Node, ...]:
    """Return the nodes for `consistency_proof`.

    Raises:
        Malformed: `proof-malformed` unless 0 <= old <= size.
    """
    return _nodes(_consistency_ranges(old, size))


def consistency_proof(old: int, size: int, nodes: Mapping[Node, bytes]) -> tuple[bytes, ...]:
    """Prove that the tree of `size` begins with the tree of `old` leaves (RFC 6962, 2.1.2).

    Raises:
        Malformed: `proof-malformed` unless 0 <= old <= size.
        Corrupt: `tree-node-missing`.
    """
    return tuple(_range_hash(each, nodes) for each in _consistency_ranges(old, size))


def verify_consistency(
    old: int, size: int, proof: Sequence[bytes], old_root: bytes, root: bytes
) -> None:
    """Check a consistency proof (RFC 9162, 2.1.4.2).

    Raises:
        Malformed: `proof-malformed`: sizes, lengths or count can't be right.
        RuleBroken: `proof-mismatch`.
    """
    ranges = _consistency_ranges(old, size)
    _check_hashes(len(ranges), proof, old_root, root)
    if not ranges:  # RFC 9162 leaves to the caller: an empty old tree, or equal sizes
        if old_root != (root if old else EMPTY_ROOT):
            raise _mismatch()
        return
    hashes = list(proof)
    if old.bit_count() == 1:  # the old root is a subtree, so the proof omits it
        ranges, hashes = [(0, old), *ranges], [old_root, *hashes]
    before = after = hashes[0]
    for (start, _), sibling in zip(ranges[1:], hashes[1:], strict=True):
        if start >= old:
            after = node_hash(after, sibling)
        else:
            before, after = node_hash(sibling, before), node_hash(sibling, after)
    if before != old_root or after != root:
        raise _mismatch()


def _inclusion_ranges(index: int, size: int) -> list[_Range]:
    """Return the siblings on the path from the leaf to the root."""
    if not 0 <= index < size:
        raise _malformed()
    ranges: list[_Range] = []
    start, end = 0, size
    while end - start > 1:
        split = _split(start, end)
        if index < split:
            ranges.append((split, end))
            end = split
        else:
            ranges.append((start, split))
            start = split
    return ranges[::-1]


def _consistency_ranges(old: int, size: int) -> list[_Range]:
    """Return the ranges hashed by PROOF of RFC 6962, 2.1.2, in its order."""
    if not 0 <= old <= size:
        raise _malformed()
    if old in {0, size}:
        return []
    ranges: list[_Range] = []
    start, end = 0, size
    while end != old:
        split = _split(start, end)
        if old <= split:
            ranges.append((split, end))
            end = split
        else:
            ranges.append((start, split))
            start = split
    if start:
        ranges.append((start, end))
    return ranges[::-1]


def _split(start: int, end: int) -> int:
    """Return the split point of RFC 6962: after the largest power of two below the size."""
    return start + (1 << (end - start - 1).bit_length() - 1)


def _complete_subtrees(leaves: _Range) -> tuple[Node, ...]:
    """Return the complete subtrees of a range, left to right, larger ones first."""
    start, end = leaves
    nodes: list[Node] = []
    while start < end:
        level = (end - start).bit_length() - 1
        nodes.append((level, start >> level))
        start += 1 << level
    return tuple(nodes)


def _nodes(ranges: list[_Range]) -> tuple[Node, ...]:
    return tuple(node for each in ranges for node in _complete_subtrees(each))


def _range_hash(leaves: _Range, nodes: Mapping[Node, bytes]) -> bytes:
    try:
        start, end = leaves
        level = (end - start).bit_length() - 1
        if end - start == 1 << level:  # a complete subtree is stored
            return nodes[level, start >> level]
        return _fold([nodes[node] for node in _complete_subtrees(leaves)])
    except KeyError as error:
        raise Corrupt("tree-node-missing", "A stored hash of the tree is missing.") from error


def _fold(hashes: Sequence[bytes]) -> bytes:
    """Join complete subtrees, left to right and shrinking, from the right."""
    right = hashes[-1]
    for left in reversed(hashes[:-1]):
        right = node_hash(left, right)
    return right


def _check_hashes(count: int, proof: Sequence[bytes], *others: bytes) -> None:
    if len(proof) != count or any(len(each) != HASH_BYTES for each in (*proof, *others)):
        raise _malformed()


def _malformed() -> Malformed:
    return Malformed("proof-malformed", "The proof can't be one for this index and size.")


def _mismatch() -> RuleBroken:
    return RuleBroken("proof-mismatch", "The proof leads to another root.")
