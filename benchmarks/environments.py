"""Install other programs for measurements, each group from its own lock.

An environment is a folder in `var/`, created at first use. The product uses none of them.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


class Absent(Exception):  # noqa: N818 - a state, not an error
    """A program can't be measured here; the text names the missing package."""


def installed(lock: Path, place: Path) -> Path | None:
    """Return the environment's Python if the environment was installed from this lock."""
    mark = place / lock.name
    if mark.is_file() and mark.read_bytes() == lock.read_bytes():
        return place / "bin" / "python"
    return None


def ensure_installed(lock: Path, place: Path) -> Path:
    """Return the environment's Python; install the environment at first use.

    Raises:
        Absent: The packages could not be installed.
    """
    if python := installed(lock, place):
        return python
    python = place / "bin" / "python"
    print(f"\ninstalling {lock.name} into {place.relative_to(ROOT)}", file=sys.stderr)
    done = subprocess.run([sys.executable, "-m", "venv", "--clear", place], check=False)
    options = ("--disable-pip-version-check", "--no-input", "--no-deps", "--require-hashes")
    if done.returncode == 0:
        done = subprocess.run(
            [python, "-m", "pip", "install", "--quiet", *options, "-r", lock],
            check=False,
            stdout=subprocess.DEVNULL,
        )
    if done.returncode:
        raise Absent(f"the packages of {lock.name} could not be installed")
    (place / lock.name).write_bytes(lock.read_bytes())
    return python
