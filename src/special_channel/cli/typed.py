"""Files that are named on the command line. Does not interpret them."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from special_channel.core.errors import Malformed, NotFound


def read_file(file: Path) -> bytes:
    """Return a file's bytes.

    Raises:
        NotFound: `file-unreadable`.
    """
    try:
        return file.read_bytes()
    except OSError as error:
        raise NotFound("file-unreadable", "The file can't be read.", file=file.name) from error


def write_whole(file: Path, data: bytes) -> None:
    """Write a file that is there whole or not at all.

    Raises:
        Malformed: `file-unwritable`.
    """
    part = file.parent / f"{file.name}.part"
    try:
        part.write_bytes(data)
        part.replace(file)
    except OSError as error:
        with suppress(OSError):
            part.unlink()
        raise unwritable(file) from error


def unwritable(file: Path) -> Malformed:
    """Return the refusal of a place where nothing can be written."""
    return Malformed("file-unwritable", "The file can't be written.", file=file.name)
