"""Write test data for the node's probe: table `work.probe`, and a file in the guard's folder.

Does not interpret failures: `broker/probe.py` does.
"""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from typing import Final

from special_channel.core.bytes.errors import Unavailable
from special_channel.ports import LogName, Transaction
from special_channel.ports.conditions import GUARD

_WRITE: Final = """
INSERT INTO work.probe (process, at) VALUES ($1, $2)
ON CONFLICT (process) DO UPDATE SET at = excluded.at
"""


async def write_probe_row(transaction: Transaction, process: str, now: datetime) -> None:
    """Write this process's row; durable after the transaction's commit."""
    await transaction.execute(_WRITE, process, now)


class GuardFolderProbe:
    """Test whether the rollback guard can be written. Blocking; safe to run concurrently."""

    def __init__(self, folder: Path, log: LogName, process: str) -> None:
        """Probe the guard of a log in `folder`; each process writes a separate probe file."""
        self._guard = folder / f"{log}.published"
        self._file = folder / f"{process}.probe"

    def write(self) -> None:
        """Write and sync a file in the guard's folder, and open the guard itself for writing.

        Raises:
            Unavailable: `guard-unavailable`.
        """
        try:
            _write(self._file)
            if self._guard.exists():  # created with the first signed entry
                os.close(os.open(self._guard, os.O_RDWR | os.O_CLOEXEC))
        except OSError as error:
            raise Unavailable(GUARD, "The rollback guard can't be written.") from error


def _write(path: Path) -> None:
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        os.pwrite(file, b"probe\n", 0)
        os.fsync(file)
    finally:
        os.close(file)
