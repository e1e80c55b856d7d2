"""A bag's manifest (RFC 8493, 2.1.3), read line by line, without loading the whole file.

Only a manifest out of order, never written by this program, is loaded into memory.
Does not compare with the bag's files: `bag.py` does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final

ALGORITHMS: Final = {"sha256": 64, "sha512": 128}
"""Hex digits of a digest by algorithm."""

_LINE: Final = re.compile(r"([0-9a-f]+)[ \t]+(\S.*)", re.IGNORECASE)
_SEGMENT: Final = r"[A-Za-z0-9_][A-Za-z0-9._-]{0,120}"
_PATH: Final = re.compile(rf"{_SEGMENT}(?:/{_SEGMENT})*")


def is_path(path: str) -> bool:
    """Tell whether a path is relative, in plain ASCII, and no segment begins with a dot."""
    return _PATH.fullmatch(path) is not None


class Manifest:
    """Paths and digests of a manifest, in order of path, without duplicates.

    Attributes:
        is_tag: True for a tag manifest; false for a payload manifest.
        algorithm: Name of the digest algorithm.
        faults: Codes of malformed lines or paths, and the paths at fault.
    """

    def __init__(
        self, name: str, algorithm: str, chunks: Callable[[], Iterable[bytes]] | None
    ) -> None:
        """Check the form of all lines.

        Args:
            name: Path of the manifest.
            algorithm: Name of the digest algorithm.
            chunks: Reads the manifest from its beginning; None if too large.
        """
        self.is_tag = name.startswith("tag")
        self.algorithm = algorithm
        self.faults: list[tuple[str, str]] = []
        self._name = name
        self._chunks = chunks
        self._digits = ALGORITHMS.get(algorithm, 0)
        self._listed: dict[str, bytes] | None = None
        try:
            in_order = self._check()
        except ValueError:  # not UTF-8, or truncated
            self.faults, self._listed = [("bag-format", name)], {}
        else:
            if not in_order:
                self._load()

    def __iter__(self) -> Iterator[tuple[str, bytes]]:
        """Yield paths and digests."""
        if self._listed is not None:
            return iter(sorted(self._listed.items()))
        return (line for line in self._lines() if line is not None)

    def _check(self) -> bool:
        """Collect faults of all lines; tell whether the paths are strictly ascending."""
        in_order, last = True, ""
        for line in self._lines():
            if line is None:
                self.faults.append(("bag-format", self._name))
                continue
            path, _ = line
            if not is_path(path) or path.startswith("data/") == self.is_tag:
                self.faults.append(("bag-path", path))
            in_order &= last < path
            last = path
        return in_order

    def _load(self) -> None:
        """Load all lines; the first of equal paths counts."""
        self._listed = {}
        for line in self._lines():
            if line is not None and line[0] in self._listed:
                self.faults.append(("bag-format", self._name))
            elif line is not None:
                self._listed[line[0]] = line[1]

    def _lines(self) -> Iterator[tuple[str, bytes] | None]:
        """Yield path and digest of each line; None for a malformed line."""
        if self._chunks is None or not self._digits:
            raise ValueError(self.algorithm)
        for text in lines_of(self._chunks()):
            line = _LINE.fullmatch(text.decode())
            digest_fits = line is not None and len(line[1]) == self._digits
            yield (line[2], bytes.fromhex(line[1])) if line and digest_fits else None


def lines_of(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Split chunks into lines, without newlines.

    Raises:
        ValueError: The last line has no newline.
    """
    begun: list[bytes] = []
    for chunk in chunks:
        first, *others = chunk.split(b"\n")
        begun.append(first)
        if others:
            yield b"".join(begun)
            yield from others[:-1]
            begun = others[-1:]
    if any(begun):
        raise ValueError
