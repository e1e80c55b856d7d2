"""Folders of private servers: held by one process, sockets where nobody else reaches.

Does not choose names or places. Does not clean up data, ever.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from special_channel.core.errors import Refused, Unavailable

MAX_SOCKET_PATH_BYTES: Final = 107
"""sun_path less its final zero (unix(7)): PostgreSQL takes 107 bytes, Valkey 108."""


@contextlib.contextmanager
def held(folder: Path) -> Iterator[Path]:
    """Make a folder of mode 0700 and keep every other launcher out of it.

    The lock is the kernel's: it goes with the process, however that ends.

    Yields:
        The folder's absolute path.

    Raises:
        Unavailable: `data-in-use` while another process holds it.
    """
    folder = folder.absolute()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / "lock").open("a", encoding="ascii") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as busy:
            raise Unavailable(
                "data-in-use",
                f"Another process is using {folder}. Stop it, or name another data folder.",
                folder=str(folder),
            ) from busy
        yield folder


@contextlib.contextmanager
def private_sockets(folder: Path, longest_name: str) -> Iterator[Path]:
    """Make the folder that one server's sockets stand in, and take it away at the end.

    Only its owner can enter it, so whoever reaches a socket in it could read the data as well.
    Call it while the data folder is held: what a killed process left here is removed.

    Args:
        folder: Short absolute path below the system's temporary folder, its last part random and
            no other server's.
        longest_name: Of the sockets that will stand in it.

    Raises:
        Refused: `socket-path-too-long`.
        Unavailable: `socket-folder-not-private` if somebody else made it or may enter it.
    """
    longest = len(os.fsencode(folder / longest_name))
    if longest > MAX_SOCKET_PATH_BYTES:
        raise Refused(
            "socket-path-too-long",
            f"A socket below {folder} would have a name of {longest} bytes; "
            f"the system allows {MAX_SOCKET_PATH_BYTES}. Name a shorter temporary folder.",
            folder=str(folder),
            limit=MAX_SOCKET_PATH_BYTES,
        )
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if (
        not stat.S_ISDIR(found.st_mode)
        or found.st_uid != os.geteuid()
        or stat.S_IMODE(found.st_mode) & 0o077
    ):
        raise Unavailable(
            "socket-folder-not-private",
            f"{folder} is not a folder that only this user can enter. Remove it and start again.",
            folder=str(folder),
        )
    _empty(folder)
    try:
        yield folder
    finally:
        _empty(folder)
        folder.rmdir()


def _empty(folder: Path) -> None:
    for left in folder.iterdir():
        left.unlink()
