"""The lines of a log where they are: cut when asked for, so that a log need not fit in memory.

Eight bytes a line, and the leaves that were read last. Does not check anything but their form.
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
_HELD: Final = 16_384
"""A log with no more leaves is parsed once, and its leaves are kept."""

_FEW: Final = 256
"""Leaves kept of a larger log, for those who ask for the same one several times."""

_NEWLINE: Final = re.compile(b"\n")


class Text(Protocol):
    """The bytes of a file, in memory or not."""

    def __len__(self) -> int:
        """Return how many there are."""
        ...

    def __getitem__(self, where: slice, /) -> bytes:
        """Return some of them."""
        ...


class Leaves(Sequence[Leaf | None]):
    """A log's leaves by index; None for a malformed one.

    Attributes:
        whole: The last line ends in a newline, too.
    """

    def __init__(self, text: Text) -> None:
        """Find the lines; nothing else is read yet."""
        self._text = text
        self._starts = array("Q", [0])
        for first in range(0, len(text), BLOCK):
            block = text[first : first + BLOCK]
            self._starts.extend(found.end() + first for found in _NEWLINE.finditer(block))
        self.whole = self._starts[-1] == len(text)
        if not self.whole:
            self._starts.append(len(text) + 1)
        # Passes over a larger log would push each leaf out before they come to it again.
        self._leaf = lru_cache(maxsize=_HELD if len(self) <= _HELD else _FEW)(self._read)

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
