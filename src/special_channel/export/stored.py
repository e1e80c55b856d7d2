"""A bundle's files as the audit takes them: mappings and texts that read when they are asked.

Does not check anything: `bag.py` has compared digests, and `core.audit` judges the content.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from special_channel.export.bag import Bag, Source

AHEAD: Final = 64 * 1024
"""Bytes of a log's lines that are read at once."""


class StoredFiles(Mapping[str, bytes]):
    """Files of a folder by id, read when they are asked for."""

    def __init__(self, checked: Bag, folder: str, names: Sequence[str]) -> None:
        self._checked = checked
        self._folder = folder
        self._names = names

    def __getitem__(self, name: str) -> bytes:
        path = f"{self._folder}{name}.json"
        if path not in self._checked.source.sizes:
            raise KeyError(name)
        return self._checked.read(path)

    def __contains__(self, name: object) -> bool:
        return f"{self._folder}{name}.json" in self._checked.source.sizes

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


class StoredNotes(Mapping[int, bytes]):
    """A log's earlier notes by size, read when they are asked for."""

    def __init__(self, checked: Bag, folder: str, sizes: Sequence[str]) -> None:
        self._checked = checked
        self._folder = folder
        self._sizes = array("Q", map(int, sizes))

    def __getitem__(self, size: int) -> bytes:
        path = f"{self._folder}{size}"
        if path not in self._checked.source.sizes:
            raise KeyError(size)
        return self._checked.read(path)

    def __iter__(self) -> Iterator[int]:
        return iter(self._sizes)

    def __len__(self) -> int:
        return len(self._sizes)


class StoredText:
    """A file's bytes, cut where they are; what comes next is read ahead."""

    def __init__(self, source: Source, path: str) -> None:
        self._source = source
        self._path = path
        self._size = source.length(path)
        self._block, self._first = b"", 0

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, where: slice, /) -> bytes:
        first, end, _ = where.indices(self._size)
        if not self._first <= first <= end <= self._first + len(self._block):
            if end - first > AHEAD:
                return self._source.part(self._path, first, end - first)
            self._block, self._first = self._source.part(self._path, first, AHEAD), first
        return self._block[first - self._first : end - self._first]
