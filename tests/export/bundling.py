"""Make bundles of a world, take them apart, and reassemble them as a forger does."""

from __future__ import annotations

import asyncio
import io
import zipfile
from collections.abc import Iterable, Mapping
from contextlib import closing
from hashlib import sha256
from typing import BinaryIO

from special_channel.core.audit.scope import Scope
from special_channel.core.bytes.ids import Party, Position
from special_channel.export import bag
from special_channel.export.container_writer import Writer
from special_channel.export.spool import SpooledText
from special_channel.export.write import Request, Written, write_bundle
from tests.export.reading import HeldFiles, WorldRecord
from tests.stories import ATTACHED
from tests.world import World

AT = "2026-11-25T08:00:00Z"


def request(scope: Scope, by: Party = "eu", position: Position | None = None) -> Request:
    return Request(scope, by, "Fictional audit office", "Article 1", AT, position)


def written(
    world: World,
    asked: Request,
    files: HeldFiles | None = None,
    damaged: Mapping[Position, tuple[str, ...]] = {},
) -> tuple[bytes, Written]:
    target = io.BytesIO()
    record = WorldRecord(world.sides[asked.by], damaged)
    result = asyncio.run(write_bundle(target, record, files or HeldFiles(ATTACHED), asked))
    return target.getvalue(), result


def bundle(world: World, scope: Scope | None = None, by: Party = "eu") -> bytes:
    return written(world, request(scope or Scope("everything"), by))[0]


def unpacked(data: bytes) -> tuple[str, dict[str, bytes]]:
    """The bag's name and its files by path."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = archive.namelist()
        top = names[0].split("/")[0]
        return top, {name.removeprefix(f"{top}/"): archive.read(name) for name in names}


def write_container(target: BinaryIO, files: Iterable[tuple[str, bytes]]) -> None:
    """Write a container from names and bytes, in order of name."""
    with closing(SpooledText()) as directory:
        writer = Writer(target, directory)
        for name, data in files:
            writer.add(name, data)
        writer.close()


def packed(top: str, files: dict[str, bytes]) -> bytes:
    """A container of the unchanged files."""
    target = io.BytesIO()
    write_container(target, ((f"{top}/{path}", files[path]) for path in sorted(files)))
    return target.getvalue()


def repaired(files: dict[str, bytes]) -> dict[str, bytes]:
    """The same files with matching manifests and sizes, as a careful forger makes them."""
    payload = {path: data for path, data in files.items() if path.startswith("data/")}
    tags = {
        path: data for path, data in files.items() if path not in payload and "manifest" not in path
    }
    lines = tags.get("bag-info.txt", b"").decode().splitlines()
    kept = [line for line in lines if not line.startswith("Payload-Oxum")]
    oxum = f"Payload-Oxum: {sum(map(len, payload.values()))}.{len(payload)}"
    tags["bag-info.txt"] = "".join(f"{line}\n" for line in [*kept, oxum]).encode()
    tags["manifest-sha256.txt"] = bag.manifest(digests(payload))
    tags["tagmanifest-sha256.txt"] = bag.manifest(digests(tags))
    return tags | payload


def digests(files: dict[str, bytes]) -> dict[str, str]:
    return {path: sha256(data).hexdigest() for path, data in files.items()}


def flipped(data: bytes, offset: int, mask: int = 1) -> bytes:
    return data[:offset] + bytes([data[offset] ^ mask]) + data[offset + 1 :]


class HeldBag:
    """A bag in memory."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self._files = dict(sorted(files.items()))

    def listing(self):
        return ((path, len(data)) for path, data in self._files.items())

    def files(self):
        for path, data in self._files.items():
            yield bag.File(path, len(data), len(data), sha256(data).digest())

    def size(self, path):
        return len(self._files[path]) if path in self._files else None

    def read(self, path):
        return self._files.get(path)

    def chunks(self, path):
        yield self._files[path]

    def length(self, path):
        return len(self._files[path])

    def part(self, path, first, length):
        return self._files[path][first : first + length]
