"""A log's Merkle tree in memory, appended leaf by leaf, with the root at every size.

Memory: 64 bytes a leaf. Does not make proofs; see `merkle.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from special_channel.core.log.merkle import EMPTY_ROOT, HASH_BYTES, node_hash

_CACHED_ROOTS = 1024
"""Cache size for roots: the root of a commit is compared with several notes."""


class Tree:
    """Hashes of all complete subtrees, packed, with an array for each level (RFC 9162, 2.1)."""

    def __init__(self, leaf_hashes: Iterable[bytes] = ()) -> None:
        self._levels: list[bytearray] = [bytearray()]
        self.size = 0
        self.extend(leaf_hashes)
        self._root = lru_cache(maxsize=_CACHED_ROOTS)(self._fold)

    def extend(self, leaf_hashes: Iterable[bytes]) -> None:
        """Append leaves."""
        levels, size = self._levels, self.size
        for leaf in leaf_hashes:
            node, level, index = leaf, 0, size
            levels[0] += node
            while index & 1:
                node = node_hash(bytes(levels[level][-2 * HASH_BYTES : -HASH_BYTES]), node)
                level, index = level + 1, index >> 1
                if level == len(levels):
                    levels.append(bytearray())
                levels[level] += node
            size += 1
        self.size = size

    def root(self, size: int) -> bytes | None:
        """Return the root of the first `size` leaves; None if the tree is smaller."""
        return self._root(size) if 0 <= size <= self.size else None

    def _fold(self, size: int) -> bytes:
        """Join the complete subtrees of a size, from right to left."""
        root = b""
        for level, hashes in enumerate(self._levels):
            if size >> level & 1:
                end = (size >> level) * HASH_BYTES
                subtree = bytes(hashes[end - HASH_BYTES : end])
                root = node_hash(subtree, root) if root else subtree
        return root or EMPTY_ROOT
