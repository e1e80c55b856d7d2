"""Files named on the command line. Does not interpret content."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from special_channel.core.bytes.errors import Malformed, NotFound


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
    """Write a file atomically.

    Raises:
        Malformed: `file-unwritable`.
    """
    with written_whole(file) as target:
        target.write(data)


def write_new(file: Path, data: bytes) -> None:
    """Write a file, unless there is one of its name.

    Raises:
        Malformed: `file-exists`, `file-unwritable`.
    """
    try:
        with file.open("xb") as target:
            target.write(data)
    except FileExistsError as error:
        raise _exists(file) from error
    except OSError as error:
        raise unwritable(file) from error


def refuse_existing(file: Path) -> None:
    """Refuse a name that a file has, before anything is asked of the node.

    Raises:
        Malformed: `file-exists`.
    """
    if file.exists():
        raise _exists(file)


def _exists(file: Path) -> Malformed:
    return Malformed("file-exists", "There is such a file.", file=file.name)


@contextmanager
def written_whole(file: Path) -> Iterator[BinaryIO]:
    """Open a file for an atomic write.

    Raises:
        Malformed: `file-unwritable`.
    """
    part = file.parent / f"{file.name}.part"
    try:
        try:
            with part.open("wb") as target:
                yield target
            part.replace(file)
        except BaseException:
            with suppress(OSError):
                part.unlink()
            raise
    except OSError as error:
        raise unwritable(file) from error


def unwritable(file: Path) -> Malformed:
    """Return the error for a path without write access."""
    return Malformed("file-unwritable", "The file can't be written.", file=file.name)
