"""A bundle's files as the audit's input: mappings and texts that read lazily.

Does not check anything: `bag.py` compares digests, and `core.audit.audit` judges the content.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from special_channel.export.bag import Source

HEX64: Final = r"[0-9a-f]{64}"

AHEAD: Final = 64 * 1024
"""Bytes read at a time."""


class StoredFiles(Mapping[str, bytes]):
    """Files of a folder by id, read on lookup."""

    def __init__(self, source: Source, folder: str, count: int) -> None:
        """Read below `folder`, which has `count` files named by an id."""
        self._source = source
        self._folder = folder
        self._count = count
        self._path = re.compile(rf"{re.escape(folder)}({HEX64})\.json")

    def __getitem__(self, name: str) -> bytes:
        data = self._source.read(f"{self._folder}{name}.json")
        if data is None:
            raise KeyError(name)
        return data

    def get(self, name: str, default: Any = None) -> Any:  # noqa: ANN401 - as dict.get
        """Return a file's bytes; `default` if missing."""
        data = self._source.read(f"{self._folder}{name}.json")
        return default if data is None else data

    def __contains__(self, name: object) -> bool:
        return self._source.size(f"{self._folder}{name}.json") is not None

    def __iter__(self) -> Iterator[str]:
        paths = (self._path.fullmatch(path) for path, _ in self._source.listing())
        return (path[1] for path in paths if path)

    def __len__(self) -> int:
        return self._count


class StoredNotes(Mapping[int, bytes]):
    """A log's earlier checkpoints by size, read on lookup."""

    def __init__(self, source: Source, folder: str, sizes: Sequence[int]) -> None:
        self._source = source
        self._folder = folder
        self._sizes = sizes

    def __getitem__(self, size: int) -> bytes:
        data = self._source.read(f"{self._folder}{size}")
        if data is None:
            raise KeyError(size)
        return data

    def __iter__(self) -> Iterator[int]:
        return iter(self._sizes)

    def __len__(self) -> int:
        return len(self._sizes)


class AheadText(ABC):
    """Bytes by slice, with read-ahead of 64 KiB."""

    _block, _first = b"", 0

    @abstractmethod
    def __len__(self) -> int: ...

    @abstractmethod
    def read(self, first: int, length: int) -> bytes:
        """Return `length` bytes from `first` on; fewer at the end."""

    def __getitem__(self, where: slice, /) -> bytes:
        first, end, _ = where.indices(len(self))
        if not self._first <= first <= end <= self._first + len(self._block):
            if end - first > AHEAD:
                return self.read(first, end - first)
            self._block, self._first = self.read(first, AHEAD), first
        return self._block[first - self._first : end - self._first]


class StoredText(AheadText):
    """A file's bytes by slice."""

    def __init__(self, source: Source, path: str) -> None:
        self._source = source
        self._path = path
        self._size = source.length(path)

    def __len__(self) -> int:
        return self._size

    def read(self, first: int, length: int) -> bytes:
        """Return `length` bytes from `first` on; fewer at the end."""
        return self._source.part(self._path, first, length)
