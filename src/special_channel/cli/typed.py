"""Files that are named on the command line. Does not interpret them."""

from __future__ import annotations

from pathlib import Path

from special_channel.core.errors import NotFound


def read_file(file: Path) -> bytes:
    """Return a file's bytes.

    Raises:
        NotFound: `file-unknown`.
    """
    try:
        return file.read_bytes()
    except OSError as error:
        raise NotFound("file-unknown", "There is no such file.", file=file.name) from error


def write_whole(file: Path, data: bytes) -> None:
    """Write a file that is there whole or not at all."""
    part = file.with_name(f"{file.name}.part")
    part.write_bytes(data)
    part.replace(file)
