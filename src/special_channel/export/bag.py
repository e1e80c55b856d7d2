"""BagIt 1.0 (RFC 8493): names, manifests, digests; every fault named, none fatal.

Does not fetch: a bag with `fetch.txt` is refused. Does not know what a bundle holds
(`verify.py`). `check` is strict BagIt; `PROFILE` faults beyond it are this project's own.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

from special_channel.core.findings import Collected, Place, printable

DECLARATION: Final = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
_ALGORITHMS: Final = {"sha256": 64, "sha512": 128}
_MANIFEST: Final = re.compile(r"(tag)?manifest-([a-z0-9]+)\.txt")
_LINE: Final = re.compile(r"([0-9a-f]+)[ \t]+(\S.*)", re.IGNORECASE)
_SEGMENT: Final = r"[A-Za-z0-9_][A-Za-z0-9._-]{0,120}"
_PATH: Final = re.compile(rf"{_SEGMENT}(?:/{_SEGMENT})*")
_OXUM: Final = re.compile(r"^Payload-Oxum: (\d+)\.(\d+)$", re.MULTILINE)
MAX_TAG_BYTES: Final = 2 * 1024 * 1024 * 1024


class Source(Protocol):
    """A bag's files, from a container or a folder, by path inside the bag."""

    @property
    def sizes(self) -> Mapping[str, int]:
        """Length of each file, in bytes."""
        ...

    def chunks(self, path: str) -> Iterator[bytes]:
        """Yield a file's bytes."""
        ...

    def digest(self, path: str) -> tuple[bytes, int]:
        """Return a file's SHA-256, and how many bytes it has in truth."""
        ...

    def length(self, path: str) -> int:
        """Return how many bytes a file has in truth, 0 if it is not there."""
        ...

    def part(self, path: str, first: int, length: int) -> bytes:
        """Return some of a file's bytes, fewer where it ends before."""
        ...


@dataclass(slots=True)
class Bag:
    """A bag being checked.

    Attributes:
        digests: SHA-256 of each attachment, in hex.
        manifests: Listed digests by (is tag manifest, algorithm) and path.
    """

    source: Source
    found: Collected
    digests: dict[str, str] = field(default_factory=dict)
    manifests: dict[tuple[bool, str], dict[str, bytes]] = field(default_factory=dict)

    def read(self, path: str) -> bytes:
        """Return a file's bytes, nothing if it is not there."""
        return b"".join(self.source.chunks(path)) if path in self.source.sizes else b""

    def fault(self, code: str, path: str = "") -> None:
        """Take a finding down at a file."""
        self.found.add(code, Place(file=printable(path)))


def is_path(path: str) -> bool:
    """Tell whether a path is plain: relative, no dots in front, no strange letters."""
    return _PATH.fullmatch(path) is not None


def check(source: Source, found: Collected) -> Bag:
    """Check a bag by RFC 8493 alone."""
    bag = Bag(source, found)
    _check_names(bag)
    _check_declaration(bag)
    for path in sorted(source.sizes):
        name = _MANIFEST.fullmatch(path)
        if name:
            bag.manifests[bool(name[1]), name[2]] = _read_manifest(bag, path, name[2])
    if not any(not is_tag for is_tag, _ in bag.manifests):
        bag.fault("bag-file-missing", "manifest-sha256.txt")
    payload = [manifest for (is_tag, _), manifest in bag.manifests.items() if not is_tag]
    for path in sorted(source.sizes):
        _check_digests(bag, path)
        if path.startswith("data/") and any(path not in manifest for manifest in payload):
            bag.fault("bag-file-unlisted", path)
    _check_listed(bag)
    _check_oxum(bag)
    return bag


def check_profile(bag: Bag) -> None:
    """Check what this project asks beyond RFC 8493: SHA-256 alone, and every file listed."""
    for required in ("bag-info.txt", "manifest-sha256.txt", "tagmanifest-sha256.txt"):
        if required not in bag.source.sizes:
            bag.fault("bag-file-missing", required)
    for is_tag, algorithm in bag.manifests:
        if algorithm != "sha256":
            bag.fault("bag-format", f"{'tag' * is_tag}manifest-{algorithm}.txt")
    listed = bag.manifests.get((True, "sha256"), {})
    for path in sorted(bag.source.sizes):
        if not path.startswith(("data/", "tagmanifest-")) and path not in listed:
            bag.fault("bag-file-unlisted", path)
    _check_has_oxum(bag)


def _check_has_oxum(bag: Bag) -> None:
    if "bag-info.txt" in bag.source.sizes and not _OXUM.search(_text(bag, "bag-info.txt") or ""):
        bag.fault("bag-format", "bag-info.txt")


def _check_names(bag: Bag) -> None:
    folded: set[str] = set()
    for path in sorted(bag.source.sizes):
        if not is_path(path) or path.lower() in folded:
            bag.fault("bag-path", path)
        folded.add(path.lower())
    if "fetch.txt" in bag.source.sizes:
        bag.fault("bag-format", "fetch.txt")


def _check_declaration(bag: Bag) -> None:
    if "bagit.txt" not in bag.source.sizes:
        bag.fault("bag-file-missing", "bagit.txt")
    elif bag.read("bagit.txt") != DECLARATION:
        bag.fault("bag-format", "bagit.txt")


def _text(bag: Bag, path: str) -> str | None:
    if bag.source.sizes[path] > MAX_TAG_BYTES:
        return None
    try:
        return bag.read(path).decode()
    except UnicodeDecodeError:
        return None


def _read_manifest(bag: Bag, path: str, algorithm: str) -> dict[str, bytes]:
    listed: dict[str, bytes] = {}
    text = _text(bag, path)
    if algorithm not in _ALGORITHMS or text is None or not (text.endswith("\n") or not text):
        bag.fault("bag-format", path)
        return listed
    for line in text.split("\n")[:-1]:
        entry = _LINE.fullmatch(line)
        if not entry or len(entry[1]) != _ALGORITHMS[algorithm] or entry[2] in listed:
            bag.fault("bag-format", path)
            continue
        listed[entry[2]] = bytes.fromhex(entry[1])
        if not is_path(entry[2]) or entry[2].startswith("data/") == path.startswith("tag"):
            bag.fault("bag-path", entry[2])
    return listed


def _check_digests(bag: Bag, path: str) -> None:
    digest, length = bag.source.digest(path)
    if path.startswith("data/files/"):
        bag.digests[path] = digest.hex()
    same = length == bag.source.sizes[path]
    for (_, algorithm), manifest in bag.manifests.items():
        listed = manifest.get(path)
        if listed is not None:
            same &= listed == (digest if algorithm == "sha256" else _hashed(bag, path, algorithm))
    if not same:
        bag.fault("bag-digest", path)


def _hashed(bag: Bag, path: str, algorithm: str) -> bytes:
    digest = hashlib.new(algorithm)
    for chunk in bag.source.chunks(path):
        digest.update(chunk)
    return digest.digest()


def _check_listed(bag: Bag) -> None:
    for manifest in bag.manifests.values():
        for path in manifest:
            if path not in bag.source.sizes:
                bag.fault("bag-file-missing", path)


def _check_oxum(bag: Bag) -> None:
    if "bag-info.txt" not in bag.source.sizes:
        return
    stated = _OXUM.search(_text(bag, "bag-info.txt") or "")
    payload = [size for path, size in bag.source.sizes.items() if path.startswith("data/")]
    if stated and (int(stated[1]), int(stated[2])) != (sum(payload), len(payload)):
        bag.fault("bag-format", "bag-info.txt")


def info(fields: Mapping[str, str], payload_bytes: int, payload_files: int) -> bytes:
    """Write `bag-info.txt`; values are single lines."""
    lines = [*fields.items(), ("Payload-Oxum", f"{payload_bytes}.{payload_files}")]
    return "".join(f"{label}: {value}\n" for label, value in lines).encode()


def manifest(digests: Mapping[str, str]) -> bytes:
    """Write a manifest from hex digests by path."""
    return "".join(f"{digest}  {path}\n" for path, digest in sorted(digests.items())).encode()
