"""Lock data folders of private servers and create their socket folders.

Does not choose names or places. Never deletes data.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from special_channel.core.bytes.errors import Refused, Unavailable

MAX_SOCKET_PATH_BYTES: Final = 107
"""Length of sun_path without the final zero (unix(7)): PostgreSQL takes 107 bytes, Valkey 108."""


@contextlib.contextmanager
def locked_folder(folder: Path) -> Iterator[Path]:
    """Create a folder of mode 0700 and lock out other launchers.

    Yields:
        The folder's absolute path.

    Raises:
        Unavailable: `data-in-use` while another process holds the lock.
    """
    folder = folder.absolute()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / "lock").open("a", encoding="ascii") as lock:
        # A kernel lock ends with the process, even after a crash.
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
    """Create a folder for one server's sockets and remove the folder at the end.

    Only its owner can enter the folder. Call with a locked data folder: sockets left by a
    killed process are removed.

    Args:
        folder: Short absolute path in the system's temporary folder, with a random last part
            not used by another server.
        longest_name: Longest name of a socket in the folder.

    Raises:
        Refused: `socket-path-too-long`.
        Unavailable: `socket-folder-not-private` if another user created or may enter the folder.
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
    status = folder.lstat()
    if (
        not stat.S_ISDIR(status.st_mode)
        or status.st_uid != os.geteuid()
        or stat.S_IMODE(status.st_mode) & 0o077
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
    for file in folder.iterdir():
        file.unlink()
