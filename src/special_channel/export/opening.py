"""Opening a bundle: a container or an unpacked folder, and what a reader's limits say of it.

Does not know what a bundle holds (`verify.py`) or what a bag is (`bag.py`).
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from special_channel.core.errors import Malformed
from special_channel.core.findings import Collected, Place, printable
from special_channel.core.trust import Limits
from special_channel.export import bag, container
from special_channel.export.bag import Source


def open_bundle(bundle: Path | bytes, limits: Limits, found: Collected, stack: ExitStack) -> Source:
    """Open a ZIP, given as bytes or a file, or an unpacked folder; `stack` closes it.

    Raises:
        Malformed: `bundle-unreadable`, `bundle-packed`, `bundle-too-large`.
    """
    try:
        if isinstance(bundle, bytes):
            return _zip(io.BytesIO(bundle), len(bundle), limits, found)
        if bundle.is_dir():
            return read_folder(bundle, limits, found)
        stream = stack.enter_context(bundle.open("rb"))
        return _zip(stream, bundle.stat().st_size, limits, found)
    except OSError as error:
        raise Malformed("bundle-unreadable", "The bundle can't be read.") from error


class _Sizes(Mapping[str, int]):
    """Sizes of the files below one folder, without a second dictionary of their names."""

    def __init__(self, members: Mapping[str, container.Member], top: str) -> None:
        self._members = members
        self._top = top
        self._count = sum(name.startswith(top) for name in members)

    def __getitem__(self, path: str) -> int:
        return self._members[f"{self._top}{path}"].size

    def __contains__(self, path: object) -> bool:
        return f"{self._top}{path}" in self._members

    def __iter__(self) -> Iterator[str]:
        top = self._top
        return (name[len(top) :] for name in self._members if name.startswith(top))

    def __len__(self) -> int:
        return self._count


@dataclass(frozen=True, slots=True)
class _Zip:
    """A bag in a container, below its one top folder."""

    reader: container.Reader
    top: str
    sizes: Mapping[str, int]

    def chunks(self, path: str) -> Iterator[bytes]:
        return self.reader.chunks(f"{self.top}{path}")

    def digest(self, path: str) -> tuple[bytes, int]:
        return self.reader.digest(f"{self.top}{path}")

    def length(self, path: str) -> int:
        return self.digest(path)[1] if path in self.sizes else 0

    def part(self, path: str, first: int, length: int) -> bytes:
        return self.reader.part(f"{self.top}{path}", first, length)


def _zip(stream: BinaryIO, size: int, limits: Limits, found: Collected) -> Source:
    reader = container.Reader(stream, size, max_files=limits.files)
    for name in reader.faults:
        found.add("bag-format", Place(file=printable(name.partition("/")[2] or name)))
    tops = sorted({name.partition("/")[0] + "/" for name in reader.members})
    if len(tops) != 1 or not bag.is_path(tops[0][:-1]):
        for top in tops or [""]:
            found.add("bag-path", Place(file=printable(top)))
    # Of two folders the one with a declaration is the bag; the other's files are unlisted.
    top = next((each for each in tops if f"{each}bagit.txt" in reader.members), (tops or [""])[0])
    for name in reader.members:
        if not name.startswith(top):
            found.add("bag-file-unlisted", Place(file=printable(name)))
    return _Zip(reader, top, _Sizes(reader.members, top))


@dataclass(frozen=True, slots=True)
class _Folder:
    """A bag that was unpacked."""

    root: Path
    sizes: Mapping[str, int]

    def chunks(self, path: str) -> Iterator[bytes]:
        with (self.root / path).open("rb") as stream:
            while chunk := stream.read(container.CHUNK):
                yield chunk

    def digest(self, path: str) -> tuple[bytes, int]:
        digest, length = sha256(), 0
        for chunk in self.chunks(path):
            digest.update(chunk)
            length += len(chunk)
        return digest.digest(), length

    def length(self, path: str) -> int:
        return (self.root / path).stat().st_size if path in self.sizes else 0

    def part(self, path: str, first: int, length: int) -> bytes:
        with (self.root / path).open("rb") as stream:
            stream.seek(first)
            return stream.read(length)


def read_folder(root: Path, limits: Limits, found: Collected) -> Source:
    """List the files of an unpacked bag.

    Raises:
        Malformed: `bundle-unreadable`, `bundle-too-large`.
    """
    sizes: dict[str, int] = {}
    for path in root.rglob("*"):
        name = path.relative_to(root).as_posix()
        if path.is_symlink() or not (path.is_dir() or path.is_file()):
            found.add("bag-path", Place(file=printable(name)))
        elif path.is_file():
            sizes[name] = path.stat().st_size
        if len(sizes) > limits.files:
            raise _too_large(limits.files)
    if not sizes:
        raise Malformed("bundle-unreadable", "There are no files.")
    return _Folder(root, sizes)


def is_over_limits(source: Source, limits: Limits, found: Collected) -> bool:
    """Tell whether a bundle is larger than its reader allows, and name the files that are."""
    over = [path for path, size in source.sizes.items() if size > _limit(path, limits)]
    for path in over:
        found.add("bag-limit", Place(file=printable(path)), limit=_limit(path, limits))
    if sum(source.sizes.values()) > limits.bytes:
        found.add("bag-limit", limit=limits.bytes)
        return True
    return bool(over)


def _limit(path: str, limits: Limits) -> int:
    """Attachments have a limit of their own; what is read at once has one of the program's."""
    return limits.file_bytes if path.startswith("data/files/") else limits.bytes


def _too_large(limit: int) -> Malformed:
    return Malformed("bundle-too-large", "The bundle has too many files.", limit=limit)
