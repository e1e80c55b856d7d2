"""The rollback guard on disk: the largest of our checkpoints that may have been sent (rule 20).

Does not react to differences. One small file a log with two slots, written in turn, each with a
checksum: a torn write leaves the other slot intact. The folder must not be part of the database's
disk snapshots, or both would be rolled back together.

    slot = "scpub1" || 0a 00 || size, 8 bytes big-endian || root, 32 bytes
           || SHA-256 of the bytes before, 32 bytes; padded with zeros to 4096 bytes
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Final

from special_channel.core.bytes.errors import Corrupt, OutcomeUnknown
from special_channel.core.log import checkpoint
from special_channel.ports import LogName, Published

_MAGIC: Final = b"scpub1\n\x00"
_SLOT: Final = 4096
"""Bytes of a slot: a page, so that no device writes both slots at once."""

_ROOT: Final = 32
_CHECKED: Final = len(_MAGIC) + 8 + _ROOT
_EMPTY: Final = bytes(_SLOT)


class PublishedFiles:
    """Port `Published` on a folder. Any number of processes may share it."""

    def __init__(self, folder: Path) -> None:
        """Store the files in `folder`, an existing directory."""
        self._folder = folder

    def read(self, log: LogName) -> tuple[int, bytes] | None:
        """Return (size, root), or None if never written.

        Raises:
            Corrupt: `published-damaged`.
        """
        try:
            file = os.open(self._path(log), os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        try:
            data = os.pread(file, 2 * _SLOT, 0)
        finally:
            os.close(file)
        return max(_slots(data).values(), default=None)

    def write(self, log: LogName, size: int, root: bytes) -> None:
        """Store (size, root) durably; sizes below the last are ignored.

        Raises:
            Corrupt: `published-damaged`; `published-differs` if another root was published at
                this size.
            OutcomeUnknown: `guard-unavailable`: the folder or its disk takes no writes.
                Committed entries stay committed.
        """
        with _guard_errors():
            self._write(log, size, root)

    def renew(self, log: LogName, size: int, root: bytes) -> None:
        """Overwrite the file of a log with (size, root), without reading its content.

        For a damaged file once the peer's head of the log was seen, and for an accepted loss.
        Writes in place, since other processes have the file open.

        Raises:
            OutcomeUnknown: `guard-unavailable`.
        """
        with _guard_errors(), self._locked(log) as file:
            os.pwrite(file, _slot(size, root) + _EMPTY, 0)
            os.fsync(file)

    def give_up(self, log: LogName, size: int, id_: str) -> None:
        """Store that the guard is void once entry `id_` is at index `size` (an accepted loss).

        Raises:
            OutcomeUnknown: `guard-unavailable`.
        """
        with _guard_errors(), self._locked(log) as file:
            size_, root = max(_slots(os.pread(file, 2 * _SLOT, 0)).values())
            text = f"{size} {id_} {size_} {root.hex()}\n"
            write_durably(self._void_file(log), text.encode("ascii"))

    def given_up(self, log: LogName) -> tuple[int, str] | None:
        """Return (size, id) stored by `give_up`; None if the guard was written since."""
        try:
            size, id_, last, root = self._void_file(log).read_text(encoding="ascii").split()
        except (FileNotFoundError, ValueError):
            return None
        return (int(size), id_) if self.read(log) == (int(last), bytes.fromhex(root)) else None

    def keep_on(self, log: LogName) -> None:
        """Delete the note of `give_up`."""
        self._void_file(log).unlink(missing_ok=True)
        sync_folder(self._folder)

    def _void_file(self, log: LogName) -> Path:
        return self._folder / f"{log}.given-up"

    def _write(self, log: LogName, size: int, root: bytes) -> None:
        with self._locked(log) as file:
            slots = _slots(os.pread(file, 2 * _SLOT, 0))
            last = max(slots.values(), default=(-1, root))
            void = self.given_up(log) if size <= last[0] else None
            if void is not None and size > void[0]:
                # A loss was accepted, and the entry that states the loss is being sent.
                os.pwrite(file, _slot(size, root) + _EMPTY, 0)
                os.fsync(file)
                self.keep_on(log)
                return
            if size == last[0] and root != last[1]:
                raise Corrupt(
                    "published-differs", "Two roots were to be published at one size.", size=size
                )
            if size <= last[0]:
                return
            stale = 1 if slots.get(0) == last else 0
            os.pwrite(file, _slot(size, root), stale * _SLOT)
            os.fdatasync(file)

    def _path(self, log: LogName) -> str:
        return (
            f"{self._folder}/{log}.published"  # a string: used by each commit, and `Path` is slow
        )

    @contextlib.contextmanager
    def _locked(self, log: LogName) -> Iterator[int]:
        path, is_new = self._path(log), False
        try:
            file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            is_new = True
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            if os.fstat(file).st_size < 2 * _SLOT:
                # Allocated in advance, so that a full disk can't stop a later write.
                os.pwrite(file, _EMPTY + _EMPTY, 0)
                os.fsync(file)
            if is_new:
                sync_folder(self._folder)
            yield file
        finally:
            os.close(file)


class NoteGate:
    """Releases our checkpoints to readers only after the guard has stored them (rule 20).

    An append writes the guard after its commit, when other processes can read the commit
    already: readers wait here, or write the guard themselves. Caches the largest sizes.
    """

    def __init__(self, published: Published, own: frozenset[LogName]) -> None:
        """Guard the notes of the logs in `own`; the peer's notes need no guard."""
        self._published = published
        self._own = own
        self._sizes: dict[LogName, int] = {}
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="leaving")

    async def let(self, log: LogName, note: str) -> None:
        """Return once the guard has durably stored the note's size and root, or a larger size.

        Raises:
            Corrupt: `published-damaged`, `published-differs`.
            Malformed: `checkpoint-malformed`.
        """
        if log not in self._own:
            return
        _, head = checkpoint.parse(note)
        if head.size > self._sizes.get(log, 0):
            write_guard = partial(self._published.write, log, head.size, head.root)
            await asyncio.get_running_loop().run_in_executor(self._thread, write_guard)
            self._sizes[log] = max(head.size, self._sizes.get(log, 0))


@contextlib.contextmanager
def _guard_errors() -> Iterator[None]:
    """Map errors of the folder or its disk.

    Raises:
        OutcomeUnknown: `guard-unavailable`.
    """
    try:
        yield
    except OSError as error:
        raise OutcomeUnknown(
            "guard-unavailable", "The rollback guard can't be written; send it again."
        ) from error


def write_durably(file: Path, data: bytes) -> None:
    """Replace a file, readable by its owner alone; durable when the call returns."""
    part = file.with_suffix(f".{os.getpid()}.part")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        os.write(handle, data)
        os.fsync(handle)
    finally:
        os.close(handle)
    part.replace(file)
    sync_folder(file.parent)


def sync_folder(folder: Path) -> None:
    """Sync a folder, so that a new name in the folder is durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _slot(size: int, root: bytes) -> bytes:
    checked = _MAGIC + size.to_bytes(8) + root
    return (checked + sha256(checked).digest()).ljust(_SLOT, b"\x00")


def _slots(data: bytes) -> dict[int, tuple[int, bytes]]:
    """Return (size, root) of intact slots, by place.

    Raises:
        Corrupt: `published-damaged`: both slots are torn.
    """
    # One torn slot is an interrupted write, so its checkpoint was not sent.
    intact: dict[int, tuple[int, bytes]] = {}
    torn = 0
    for place in (0, 1):
        slot = data[place * _SLOT : (place + 1) * _SLOT]
        checked, digest = slot[:_CHECKED], slot[_CHECKED : _CHECKED + 32]
        if checked.startswith(_MAGIC) and sha256(checked).digest() == digest:
            intact[place] = (int.from_bytes(checked[8:16]), checked[16:])
        elif slot.strip(b"\x00"):
            torn += 1
    if torn == 2:  # noqa: PLR2004 - both
        raise Corrupt("published-damaged", "The file of published heads can't be read.")
    return intact
