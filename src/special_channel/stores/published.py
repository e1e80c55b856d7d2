"""The rollback guard on disk: the largest own checkpoint that may have left (rule 20).

Does not decide what to do about a difference. One small file a log, with two slots that are
written in turn, each with a checksum: a write that is torn leaves the other slot whole. Must
not lie on the database's own disk snapshot, or both would go back together.

    slot = "scpub1" || 0a 00 || size, 8 bytes big-endian || root, 32 bytes
           || SHA-256 of all that, 32 bytes; padded with zeros to 4096 bytes
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

from special_channel.core import checkpoint
from special_channel.core.errors import Corrupt, OutcomeUnknown
from special_channel.ports import LogName, Published

_MAGIC: Final = b"scpub1\n\x00"
_SLOT: Final = 4096
"""Bytes a slot: a page, so that no device writes both slots as one."""

_ROOT: Final = 32
_CHECKED: Final = len(_MAGIC) + 8 + _ROOT
_EMPTY: Final = bytes(_SLOT)


class PublishedFiles:
    """Port `Published` on a folder. Any number of processes may share it."""

    def __init__(self, folder: Path) -> None:
        """Keep the files here; the folder must exist."""
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
        """Remember (size, root) durably; smaller sizes than the last are ignored.

        Raises:
            Corrupt: `published-damaged`; `published-differs` if another root was published at
                this size.
            OutcomeUnknown: `guard-unavailable`: the folder or its disk takes no writes. What
                was committed stays committed.
        """
        try:
            self._write(log, size, root)
        except OSError as error:
            raise OutcomeUnknown(
                "guard-unavailable", "The rollback guard can't be written; send it again."
            ) from error

    def renew(self, log: LogName, size: int, root: bytes) -> None:
        """Begin the file of a log again with (size, root), whatever it held.

        For a file that can't be read, once the peer's head of the log is seen, and for a loss
        that was accepted. In place: other processes hold the file open.

        Raises:
            OutcomeUnknown: `guard-unavailable`.
        """
        try:
            with self._held(log) as file:
                os.pwrite(file, _slot(size, root) + _EMPTY, 0)
                os.fsync(file)
        except OSError as error:
            raise OutcomeUnknown(
                "guard-unavailable", "The rollback guard can't be written; send it again."
            ) from error

    def give_up(self, log: LogName, size: int, id_: str) -> None:
        """Note that what is remembered counts no more once entry `id_` stands at index `size`.

        Raises:
            OutcomeUnknown: `guard-unavailable`.
        """
        try:
            with self._held(log) as file:
                size_, root = max(_slots(os.pread(file, 2 * _SLOT, 0)).values())
                part = Path(f"{self._given(log)}.part")
                part.write_text(f"{size} {id_} {size_} {root.hex()}\n", encoding="ascii")
                handle = os.open(part, os.O_RDONLY | os.O_CLOEXEC)
                os.fsync(handle)
                os.close(handle)
                part.replace(self._given(log))
                _sync_folder(self._folder)
        except OSError as error:
            raise OutcomeUnknown(
                "guard-unavailable", "The rollback guard can't be written; send it again."
            ) from error

    def given_up(self, log: LogName) -> tuple[int, str] | None:
        """Return what `give_up` has noted: (size, id). What it was noted of must be the last."""
        try:
            size, id_, last, root = self._given(log).read_text(encoding="ascii").split()
        except (FileNotFoundError, ValueError):
            return None
        return (int(size), id_) if self.read(log) == (int(last), bytes.fromhex(root)) else None

    def keep_on(self, log: LogName) -> None:
        """Forget what `give_up` has noted."""
        self._given(log).unlink(missing_ok=True)
        _sync_folder(self._folder)

    def _given(self, log: LogName) -> Path:
        return self._folder / f"{log}.given-up"

    def _write(self, log: LogName, size: int, root: bytes) -> None:
        with self._held(log) as file:
            slots = _slots(os.pread(file, 2 * _SLOT, 0))
            last = max(slots.values(), default=(-1, root))
            given = self.given_up(log) if size <= last[0] else None
            if given is not None and size > given[0]:
                # A loss was accepted, and the entry that says so is what leaves.
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
        return f"{self._folder}/{log}.published"  # text: each commit asks, and a `Path` takes time

    @contextlib.contextmanager
    def _held(self, log: LogName) -> Iterator[int]:
        path, is_new = self._path(log), False
        try:
            file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            is_new = True
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            if os.fstat(file).st_size < 2 * _SLOT:
                # Allocated before it counts, so that a full disk can't stop a later write.
                os.pwrite(file, _EMPTY + _EMPTY, 0)
                os.fsync(file)
            if is_new:
                _sync_folder(self._folder)
            yield file
        finally:
            os.close(file)


class Leaving:
    """Lets own notes leave a store only once the guard knows them (rule 20).

    The append writes the guard after its commit, when others can read what it committed
    already: they wait here, or write it themselves. Keeps the largest sizes in memory.
    """

    def __init__(self, published: Published, own: frozenset[LogName]) -> None:
        """Guard the notes of these logs; the peer's notes have left its node."""
        self._published = published
        self._own = own
        self._sizes: dict[LogName, int] = {}
        self._beside = ThreadPoolExecutor(1, thread_name_prefix="leaving")

    async def let(self, log: LogName, note: str) -> None:
        """Return once the guard durably knows this note's size and root, or a larger size.

        Raises:
            Corrupt: `published-damaged`, `published-differs`.
            Malformed: `checkpoint-malformed`.
        """
        if log not in self._own:
            return
        _, said = checkpoint.parse(note)
        if said.size > self._sizes.get(log, 0):
            noted = partial(self._published.write, log, said.size, said.root)
            await asyncio.get_running_loop().run_in_executor(self._beside, noted)
            self._sizes[log] = max(said.size, self._sizes.get(log, 0))


def _sync_folder(folder: Path) -> None:
    """Make a new name in a folder durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _slot(size: int, root: bytes) -> bytes:
    checked = _MAGIC + size.to_bytes(8) + root
    return (checked + sha256(checked).digest()).ljust(_SLOT, b"\x00")


def _slots(data: bytes) -> dict[int, tuple[int, bytes]]:
    """Return the whole slots.

    One torn slot is a write that was cut: what it was to hold has not left. Two are damage.
    """
    found: dict[int, tuple[int, bytes]] = {}
    torn = 0
    for place in (0, 1):
        slot = data[place * _SLOT : (place + 1) * _SLOT]
        checked, digest = slot[:_CHECKED], slot[_CHECKED : _CHECKED + 32]
        if checked.startswith(_MAGIC) and sha256(checked).digest() == digest:
            found[place] = (int.from_bytes(checked[8:16]), checked[16:])
        elif slot.strip(b"\x00"):
            torn += 1
    if torn == 2:  # noqa: PLR2004 - both
        raise Corrupt("published-damaged", "The file of published heads can't be read.")
    return found
