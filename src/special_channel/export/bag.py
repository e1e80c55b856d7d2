"""Checks bags by BagIt 1.0 (RFC 8493): names, manifests, digests. No fault ends the check.

Does not fetch: a bag with `fetch.txt` is refused. Does not check a bundle's content
(`verify.py`). `check` is strict BagIt; `check_profile` adds this project's rules.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Final, NamedTuple, Protocol

from special_channel.core.audit.findings import FindingCollector, Place, printable
from special_channel.export.manifest import Manifest, is_path

DECLARATION: Final = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
_MANIFEST: Final = re.compile(r"(?:tag)?manifest-([a-z0-9]+)\.txt")
_OXUM: Final = re.compile(r"^Payload-Oxum: (\d+)\.(\d+)$", re.MULTILINE)
MAX_TAG_BYTES: Final = 2 * 1024 * 1024 * 1024


class File(NamedTuple):
    """A file of a bag: path, stated size, true length in bytes, and SHA-256."""

    path: str
    size: int
    length: int
    digest: bytes


class Source(Protocol):
    """A bag's files, from a container or a folder, by path inside the bag."""

    def listing(self) -> Iterator[tuple[str, int]]:
        """Yield each file's path and length in bytes, in order of path."""
        ...

    def files(self) -> Iterator[File]:
        """Yield each file, in order of path."""
        ...

    def size(self, path: str) -> int | None:
        """Return a file's size in bytes; None if missing."""
        ...

    def read(self, path: str) -> bytes | None:
        """Return a file's bytes; None if missing."""
        ...

    def chunks(self, path: str) -> Iterator[bytes]:
        """Yield a file's bytes in chunks."""
        ...

    def length(self, path: str) -> int:
        """Return a file's true length in bytes; 0 if missing."""
        ...

    def part(self, path: str, first: int, length: int) -> bytes:
        """Return `length` bytes of a file from `first` on; fewer at its end."""
        ...


@dataclass(slots=True)
class Bag:
    """A bag being checked.

    Attributes:
        source: The bag's files.
        findings: Faults so far.
        digests: SHA-256 of each attachment, in hex.
        algorithms: (Is tag manifest, algorithm) of each manifest.
        unlisted: Tag files missing from the SHA-256 tag manifest.
    """

    source: Source
    findings: FindingCollector
    digests: dict[str, str] = field(default_factory=dict)
    algorithms: list[tuple[bool, str]] = field(default_factory=list)
    unlisted: list[str] = field(default_factory=list)

    def read(self, path: str) -> bytes:
        """Return a file's bytes; empty if missing."""
        return self.source.read(path) or b""

    def has(self, path: str) -> bool:
        """Tell whether a file exists."""
        return self.source.size(path) is not None

    def fault(self, code: str, path: str = "") -> None:
        """Add a finding at a file."""
        self.findings.add(code, Place(file=printable(path)))


def check(source: Source, findings: FindingCollector) -> Bag:
    """Check a bag by RFC 8493 alone."""
    bag = Bag(source, findings)
    names = _check_names(bag)
    _check_declaration(bag)
    manifests = [_read_manifest(bag, name) for name in names if _MANIFEST.fullmatch(name)]
    bag.algorithms = [(manifest.is_tag, manifest.algorithm) for manifest in manifests]
    if all(manifest.is_tag for manifest in manifests):
        bag.fault("bag-file-missing", "manifest-sha256.txt")
    _check_files(bag, manifests)
    return bag


def check_profile(bag: Bag) -> None:
    """Check this project's rules beyond RFC 8493: SHA-256 only, and every file listed."""
    for required in ("bag-info.txt", "manifest-sha256.txt", "tagmanifest-sha256.txt"):
        if not bag.has(required):
            bag.fault("bag-file-missing", required)
    for is_tag, algorithm in bag.algorithms:
        if algorithm != "sha256":
            bag.fault("bag-format", f"{'tag' * is_tag}manifest-{algorithm}.txt")
    for path in bag.unlisted:
        bag.fault("bag-file-unlisted", path)
    _check_has_oxum(bag)


def _check_has_oxum(bag: Bag) -> None:
    if bag.has("bag-info.txt") and not _OXUM.search(_text(bag, "bag-info.txt") or ""):
        bag.fault("bag-format", "bag-info.txt")


def _check_names(bag: Bag) -> list[str]:
    """Check all paths; return the paths of top-level tag files."""
    capitals = {path.lower() for path, _ in bag.source.listing() if path != path.lower()}
    # On a disk that ignores case, two paths can collide only if either has a capital letter.
    folded: set[str] = set()
    tags = []
    for path, _ in bag.source.listing():
        lower = path.lower()
        if not is_path(path) or lower in folded:
            bag.fault("bag-path", path)
        if lower in capitals:
            folded.add(lower)
        if "/" not in path:
            tags.append(path)
    if bag.has("fetch.txt"):
        bag.fault("bag-format", "fetch.txt")
    return tags


def _check_declaration(bag: Bag) -> None:
    if not bag.has("bagit.txt"):
        bag.fault("bag-file-missing", "bagit.txt")
    elif bag.read("bagit.txt") != DECLARATION:
        bag.fault("bag-format", "bagit.txt")


def _text(bag: Bag, path: str) -> str | None:
    if not _is_readable(bag, path):
        return None
    try:
        return bag.read(path).decode()
    except UnicodeDecodeError:
        return None


def _is_readable(bag: Bag, path: str) -> bool:
    return (bag.source.size(path) or 0) <= MAX_TAG_BYTES


def _read_manifest(bag: Bag, path: str) -> Manifest:
    algorithm = path.rpartition("-")[2].removesuffix(".txt")
    chunks = partial(bag.source.chunks, path) if _is_readable(bag, path) else None
    manifest = Manifest(path, algorithm, chunks)
    for code, place in manifest.faults:
        bag.fault(code, place)
    return manifest


class _Cursor:
    """A cursor in a sorted manifest, advanced by looking up paths in order."""

    def __init__(self, bag: Bag, manifest: Manifest) -> None:
        self.manifest = manifest
        self._bag = bag
        self._lines = iter(manifest)
        self._next = next(self._lines, None)

    def digest(self, path: str) -> bytes | None:
        """Return a file's listed digest, None if not listed; report skipped paths as missing."""
        self._pass(path)
        if self._next is None or self._next[0] != path:
            return None
        digest = self._next[1]
        self._next = next(self._lines, None)
        return digest

    def finish(self) -> None:
        """Report the remaining listed files as missing."""
        self._pass(None)

    def _pass(self, path: str | None) -> None:
        while self._next is not None and (path is None or self._next[0] < path):
            self._bag.fault("bag-file-missing", self._next[0])
            self._next = next(self._lines, None)


def _check_files(bag: Bag, manifests: list[Manifest]) -> None:
    """Compare all files with all manifests in one merge pass, as both are sorted by path."""
    cursors = [_Cursor(bag, manifest) for manifest in manifests]
    payload_bytes = payload_files = 0
    for file in bag.source.files():
        is_payload = file.path.startswith("data/")
        if is_payload:
            payload_bytes, payload_files = payload_bytes + file.size, payload_files + 1
        _check_file(bag, cursors, file, is_payload=is_payload)
    for cursor in cursors:
        cursor.finish()
    if bag.has("bag-info.txt"):
        stated = _OXUM.search(_text(bag, "bag-info.txt") or "")
        if stated and (int(stated[1]), int(stated[2])) != (payload_bytes, payload_files):
            bag.fault("bag-format", "bag-info.txt")


def _check_file(bag: Bag, cursors: list[_Cursor], file: File, *, is_payload: bool) -> None:
    path, same = file.path, file.length == file.size
    is_tagged = path.startswith("tagmanifest-")
    for cursor in cursors:
        listed, manifest = cursor.digest(path), cursor.manifest
        is_sha256 = manifest.algorithm == "sha256"
        if listed is not None:
            digest = file.digest if is_sha256 else _hashed(bag, path, manifest.algorithm)
            same &= listed == digest
            is_tagged |= manifest.is_tag and is_sha256
        elif is_payload and not manifest.is_tag:
            bag.fault("bag-file-unlisted", path)
    if not same:
        bag.fault("bag-digest", path)
    if not is_payload and not is_tagged:
        bag.unlisted.append(path)
    if path.startswith("data/files/"):
        bag.digests[path] = file.digest.hex()


def _hashed(bag: Bag, path: str, algorithm: str) -> bytes:
    digest = hashlib.new(algorithm)
    for chunk in bag.source.chunks(path):
        digest.update(chunk)
    return digest.digest()


def info(fields: Mapping[str, str], payload_bytes: int, payload_files: int) -> bytes:
    """Encode `bag-info.txt`; values are single lines."""
    lines = [*fields.items(), ("Payload-Oxum", f"{payload_bytes}.{payload_files}")]
    return "".join(f"{label}: {value}\n" for label, value in lines).encode()


def manifest(digests: Mapping[str, str]) -> bytes:
    """Encode a manifest from hex digests by path."""
    return "".join(f"{digest}  {path}\n" for path, digest in sorted(digests.items())).encode()
