"""Random access to the lines of a log, without loading the log into memory.

Memory: eight bytes a line, and a cache of parsed leaves. Checks only the form of lines.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final, Protocol, overload

from special_channel.core.bytes.errors import Malformed
from special_channel.core.log.leaf import Leaf

BLOCK: Final = 1024 * 1024
_CACHED_WHOLE: Final = 16_384
"""Up to this number of leaves the cache contains the whole log."""

_CACHED_OF_LARGER: Final = 256
"""Cache size for larger logs, for repeated reads of a leaf."""

_NEWLINE: Final = re.compile(b"\n")


class Text(Protocol):
    """The bytes of a file, in memory or not."""

    def __len__(self) -> int:
        """Return the number of bytes."""
        ...

    def __getitem__(self, where: slice, /) -> bytes:
        """Return a slice of the bytes."""
        ...


class Leaves(Sequence[Leaf | None]):
    """A log's leaves by index; None for a malformed one.

    Attributes:
        whole: Whether the last line ends in a newline.
    """

    def __init__(self, text: Text) -> None:
        """Index the starts of lines; leaves are parsed on access."""
        self._text = text
        self._starts = array("Q", [0])
        for first in range(0, len(text), BLOCK):
            block = text[first : first + BLOCK]
            self._starts.extend(match.end() + first for match in _NEWLINE.finditer(block))
        self.whole = self._starts[-1] == len(text)
        if not self.whole:
            self._starts.append(len(text) + 1)
        # A pass over a larger log would evict each leaf before the next pass reads the leaf again.
        self._leaf = lru_cache(
            maxsize=_CACHED_WHOLE if len(self) <= _CACHED_WHOLE else _CACHED_OF_LARGER
        )(self._read)

    def __len__(self) -> int:
        return len(self._starts) - 1

    @overload
    def __getitem__(self, index: int) -> Leaf | None: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Leaf | None]: ...
    def __getitem__(self, index: int | slice) -> Leaf | Sequence[Leaf | None] | None:
        if isinstance(index, slice):
            return [self._leaf(each) for each in range(*index.indices(len(self)))]
        if not 0 <= index < len(self):
            raise IndexError(index)
        return self._leaf(index)

    def __iter__(self) -> Iterator[Leaf | None]:
        return map(self._leaf, range(len(self)))

    def line(self, index: int) -> bytes:
        """Return a line without its newline, malformed or not."""
        return self._text[self._starts[index] : self._starts[index + 1] - 1]

    def _read(self, index: int) -> Leaf | None:
        try:
            leaf = Leaf.parse(self.line(index))
        except Malformed:
            return None
        return leaf if len(leaf.frontier) == 1 else None
