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
