"""Count a log's leaves: entries of the directory, and entries of each thread (rules.md, K26).

The owner states both counts in each leaf, so a reader of few leaves sees every gap in a thread, and
knows how many directory entries there are. Counts what leaf lines say: an entry without effect is
counted as well. Does not read entries.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet

from special_channel.core.log.leaf import Leaf


class LeafCounter:
    """The two counts at one place of a log.

    Attributes:
        directory: Number of directory entries so far.
    """

    def __init__(
        self,
        counted: AbstractSet[str],
        directory: int = 0,
        ordinals: Mapping[str, int] | None = None,
    ) -> None:
        """Begin after some leaf of a log.

        Args:
            counted: Kinds of directory entries in this log.
            directory: DIRECTORY of the last leaf; 0 for an empty log.
            ordinals: Ordinal of each thread's last leaf; threads without a leaf are absent.
        """
        self._counted = counted
        self.directory = directory
        self._ordinals = dict(ordinals or {})

    def copy(self) -> LeafCounter:
        """Return a counter that goes on from here, for leaves that may be dropped again."""
        return LeafCounter(self._counted, self.directory, self._ordinals)

    def next(self, kind: str, thread: str | None) -> tuple[int, int]:
        """Return DIRECTORY and ordinal of the next entry; the ordinal is 0 without a thread."""
        ordinal = 0 if thread is None else self._ordinals.get(thread, 0) + 1
        return self.directory + (kind in self._counted), ordinal

    def count(self, kind: str, thread: str | None) -> tuple[int, int]:
        """Count the next entry, and return its counts as `next` does."""
        self.directory, ordinal = self.next(kind, thread)
        if thread is not None:
            self._ordinals[thread] = ordinal
        return self.directory, ordinal

    def follows(self, leaf: Leaf) -> bool:
        """Count a leaf, and tell whether both of its counts are right.

        Goes on from the leaf's own counts, so that a wrong leaf does not make later ones wrong.
        """
        right = self.next(leaf.kind, leaf.thread) == (leaf.directory, leaf.ordinal)
        self.note(leaf)
        return right

    def note(self, leaf: Leaf) -> None:
        """Go on from the counts of a leaf, without a check."""
        self.directory = leaf.directory
        if leaf.thread is not None:
            self._ordinals[leaf.thread] = leaf.ordinal


def last_ordinals(leaves: Iterable[Leaf]) -> dict[str, int]:
    """Return the ordinal of each thread's last leaf."""
    return {leaf.thread: leaf.ordinal for leaf in leaves if leaf.thread is not None}
