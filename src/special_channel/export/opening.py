"""Opens a bundle, packed or unpacked, and compares its size with the reader's limits.

Does not check a bundle's content (`verify.py`) or the rules of bags (`bag.py`).
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from special_channel.core.audit.findings import FindingCollector, Place, printable
from special_channel.core.audit.trust import Limits
from special_channel.core.bytes.errors import Malformed
from special_channel.export import container
from special_channel.export.bag import File, Source
from special_channel.export.manifest import is_path


def open_bundle(
    bundle: Path | bytes, limits: Limits, findings: FindingCollector, stack: ExitStack
) -> Source:
    """Open a ZIP from bytes or a file, or an unpacked folder; `stack` closes the file.

    Raises:
        Malformed: `bundle-unreadable`, `bundle-packed`, `bundle-too-large`.
    """
    try:
        if isinstance(bundle, bytes):
            return _zip(io.BytesIO(bundle), len(bundle), limits, findings)
        if bundle.is_dir():
            return read_folder(bundle, limits, findings)
        stream = stack.enter_context(bundle.open("rb"))
        return _zip(stream, bundle.stat().st_size, limits, findings)
    except OSError as error:
        raise Malformed("bundle-unreadable", "The bundle can't be read.") from error


@dataclass(frozen=True, slots=True)
class _Zip:
    """A bag in a container, below its only top folder."""

    reader: container.Reader
    top: str

    def listing(self) -> Iterator[tuple[str, int]]:
        top = self.top
        listing = self.reader.directory.listing()
        return ((name[len(top) :], size) for name, size in listing if name.startswith(top))

    def files(self) -> Iterator[File]:
        for name, size, length, digest in self.reader.files():
            if name.startswith(self.top):
                yield File(name[len(self.top) :], size, length, digest)

    def size(self, path: str) -> int | None:
        directory = self.reader.directory
        number = directory.find(f"{self.top}{path}")
        return None if number is None else directory.sizes[number]

    def read(self, path: str) -> bytes | None:
        return self.reader.read(f"{self.top}{path}")

    def chunks(self, path: str) -> Iterator[bytes]:
        return self.reader.chunks(f"{self.top}{path}")

    def length(self, path: str) -> int:
        return 0 if self.size(path) is None else self.reader.length(f"{self.top}{path}")

    def part(self, path: str, first: int, length: int) -> bytes:
        return self.reader.part(f"{self.top}{path}", first, length)


def _zip(stream: BinaryIO, size: int, limits: Limits, findings: FindingCollector) -> Source:
    reader = container.Reader(stream, size, max_files=limits.files)
    for name in reader.faults:
        findings.add("bag-format", Place(file=printable(name.partition("/")[2] or name)))
    directory = reader.directory
    found: set[str] = set()
    below = True
    for name, _ in directory.listing():
        top, slash, _ = name.partition("/")
        found.add(f"{top}/")
        below &= bool(slash)
    tops = sorted(found)
    if len(tops) != 1 or not is_path(tops[0][:-1]):
        for top in tops or [""]:
            findings.add("bag-path", Place(file=printable(top)))
    # Of several folders, the first with a declaration is the bag; other files are unlisted.
    declared = (name for name in tops if directory.find(f"{name}bagit.txt") is not None)
    top = next(declared, (tops or [""])[0])
    for name, _ in () if below and len(tops) == 1 else directory.listing():
        if not name.startswith(top):
            findings.add("bag-file-unlisted", Place(file=printable(name)))
    return _Zip(reader, top)


@dataclass(frozen=True, slots=True)
class _Folder:
    """An unpacked bag."""

    root: Path
    sizes: Mapping[str, int]

    def listing(self) -> Iterator[tuple[str, int]]:
        return iter(self.sizes.items())

    def size(self, path: str) -> int | None:
        return self.sizes.get(path)

    def read(self, path: str) -> bytes | None:
        return (self.root / path).read_bytes() if path in self.sizes else None

    def chunks(self, path: str) -> Iterator[bytes]:
        with (self.root / path).open("rb") as stream:
            while chunk := stream.read(container.CHUNK):
                yield chunk

    def files(self) -> Iterator[File]:
        for path, size in self.sizes.items():
            digest, length = sha256(), 0
            for chunk in self.chunks(path):
                digest.update(chunk)
                length += len(chunk)
            yield File(path, size, length, digest.digest())

    def length(self, path: str) -> int:
        return (self.root / path).stat().st_size if path in self.sizes else 0

    def part(self, path: str, first: int, length: int) -> bytes:
        with (self.root / path).open("rb") as stream:
            stream.seek(first)
            return stream.read(length)


def read_folder(root: Path, limits: Limits, findings: FindingCollector) -> Source:
    """List the files of an unpacked bag.

    Raises:
        Malformed: `bundle-unreadable`, `bundle-too-large`.
    """
    sizes: dict[str, int] = {}
    for path in root.rglob("*"):
        name = path.relative_to(root).as_posix()
        if path.is_symlink() or not (path.is_dir() or path.is_file()):
            findings.add("bag-path", Place(file=printable(name)))
        elif path.is_file():
            sizes[name] = path.stat().st_size
        if len(sizes) > limits.files:
            raise _too_large(limits.files)
    if not sizes:
        raise Malformed("bundle-unreadable", "There are no files.")
    return _Folder(root, dict(sorted(sizes.items())))


def size_within(source: Source, limits: Limits, findings: FindingCollector) -> int | None:
    """Return a bundle's size in bytes; None beyond the reader's limits, which are reported."""
    total, over = 0, False
    for path, size in source.listing():
        total += size
        if size > _limit(path, limits):
            over = True
            findings.add("bag-limit", Place(file=printable(path)), limit=_limit(path, limits))
    if total > limits.bytes:
        findings.add("bag-limit", limit=limits.bytes)
        return None
    return None if over else total


def _limit(path: str, limits: Limits) -> int:
    """Return a file's size limit in bytes; attachments have a separate limit."""
    return limits.file_bytes if path.startswith("data/files/") else limits.bytes


def _too_large(limit: int) -> Malformed:
    return Malformed("bundle-too-large", "The bundle has too many files.", limit=limit)
