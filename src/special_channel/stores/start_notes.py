"""The start note next to the rollback guard, and the marks that identify database and guard.

Does not compare: `broker/starting.py` does.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import structlog

from special_channel.core.bytes.ids import Party
from special_channel.ports.start import AloneDecision, Marks, StartNote
from special_channel.stores.database_errors import database_errors
from special_channel.stores.published import write_durably
from special_channel.stores.sessions import Pool

log = structlog.get_logger(__name__)

_VERSION: Final = 1
_STAT_SECONDS: Final = 5.0

_DATABASE: Final = """
SELECT (SELECT system_identifier::text FROM pg_control_system()) AS system,
    ('x' || substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8))::bit(32)::int AS timeline,
    (SELECT oid::bigint FROM pg_database WHERE datname = current_database()) AS database,
    'record.heads'::regclass::oid::bigint AS heads
"""
"""The current timeline comes from the WAL position: the control file has a new timeline only
after the next checkpoint. Any role may call these functions."""


class StartNotes:
    """The note next to the guard, and the request to start alone: two JSON files.

    Stored outside the database, and shared by all processes of the node.
    """

    def __init__(self, folder: Path, party: Party) -> None:
        """Store the files next to the guard's; the folder must exist."""
        self._note = folder / f"{party}.start.json"
        self._request = folder / f"{party}.alone.json"

    def read(self) -> StartNote | None:
        """Return the note; None if missing or unreadable."""
        raw = _read(self._note)
        try:
            if raw is None or raw["v"] != _VERSION:
                return None
            alone = None if raw["alone"] is None else AloneDecision(**raw["alone"])
            return StartNote(Marks(**raw["marks"]), str(raw["at"]), alone)
        except (KeyError, TypeError):
            log.warning("start.note-damaged", file=self._note.name)
            return None

    def write(self, note: StartNote) -> None:
        """Replace the note durably."""
        _write(self._note, {"v": _VERSION, **asdict(note)})

    def ask_alone(self, alone: AloneDecision) -> None:
        """Store an operator's request to start without the peer."""
        _write(self._request, {"v": _VERSION, **asdict(alone)})

    def asked_alone(self) -> AloneDecision | None:
        """Return the stored request without deleting it."""
        raw = _read(self._request)
        try:
            return None if raw is None else AloneDecision(raw["by"], raw["reason"], raw["at"])
        except KeyError:
            return None

    def drop_request(self) -> None:
        """Delete the stored request, if any."""
        self._request.unlink(missing_ok=True)


class StartMarks:
    """Reads the marks of the database and of the guard's file of our side's log."""

    def __init__(self, pool: Pool, folder: Path, party: Party) -> None:
        self._pool = pool
        self._guard = folder / f"{party}.published"

    async def __call__(self) -> Marks:
        """Read the marks.

        Raises:
            Unavailable: `database-unavailable`.
        """
        with database_errors():
            [row] = await self._pool.fetch(_DATABASE)
            inode, born = await _file_marks(self._guard)
        return Marks(**row, inode=inode, born=born)


async def _file_marks(file: Path) -> tuple[int, str]:
    """Return a file's inode and birth time; 0 without the file, empty if unknown."""
    try:
        inode = (await asyncio.to_thread(os.stat, file)).st_ino
    except FileNotFoundError:
        return 0, ""
    born = await _born(file)
    if not born:
        log.info("start.no-birth-time", file=file.name)
    return inode, born


async def _born(file: Path) -> str:
    # By the program `stat`: before 3.15 Python's `os` lacks the birth time on Linux, and `ctypes`
    # needs writable and executable memory on some systems, which the shipped systemd units deny.
    program = shutil.which("stat")
    if program is None:
        return ""
    command = (program, "--format=%.9W", "--", str(file))
    pipe, nothing = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
    try:
        process = await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=nothing)
    except OSError:
        return ""
    try:
        async with asyncio.timeout(_STAT_SECONDS):
            output, _ = await process.communicate()
    except TimeoutError:
        process.kill()
        return ""
    text = output.decode("ascii", "replace").strip()
    seconds = text.partition(".")[0]
    # `stat` prints zero or a dash if the file system does not store birth times.
    return text if process.returncode == 0 and seconds.isdigit() and int(seconds) else ""


def _read(file: Path) -> dict[str, Any] | None:
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        log.warning("start.note-damaged", file=file.name)
        return None
    return document if isinstance(document, dict) else None


def _write(file: Path, document: dict[str, Any]) -> None:
    text = json.dumps(document, ensure_ascii=False, indent=1) + "\n"
    write_durably(file, text.encode())
