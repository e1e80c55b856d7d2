"""Sequential writer of a bundle's ZIP container: files stored uncompressed, in order of name.

Does not compress: a compressor's output depends on its version, but equal input must give equal
bytes. Does not know BagIt (`bag.py`).
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from typing import BinaryIO

from special_channel.export.spool import SpooledText
from special_channel.export.zip_records import Member, ending


class Writer:
    """Writes a container from files in order of name; buffers the directory in a temporary file."""

    def __init__(self, target: BinaryIO, directory: SpooledText) -> None:
        """Write to `target`; the caller closes `target` and `directory`, which is empty."""
        self._target = target
        self._directory = directory
        self._count = self._offset = 0
        self._last = ""

    def add(self, name: str, data: bytes) -> None:
        """Write a file from bytes."""
        self._add(name, len(data), zlib.crc32(data), (data,))

    def add_text(self, name: str, text: SpooledText) -> None:
        """Write a file from a temporary file."""
        self._add(name, len(text), text.crc, text.chunks())

    def _add(self, name: str, size: int, crc: int, pieces: Iterable[bytes]) -> None:
        assert name > self._last  # noqa: S101 - own bug
        member = Member(name, size, crc, self._offset)
        self._target.write(member.local())
        self._target.writelines(pieces)
        self._directory.write(member.central())
        self._count, self._offset, self._last = self._count + 1, member.end, name

    def close(self) -> None:
        """Write the directory."""
        self._target.writelines(self._directory.chunks())
        self._target.write(ending(self._count, len(self._directory), self._offset))
