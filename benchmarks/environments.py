"""Environments of programs that are measured next to this one, each from a lock of its own.

Nothing else of this project uses them. They stand in `var/` and are made when first needed.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


class Absent(Exception):  # noqa: N818 - a state, not an error
    """A peer can't be measured here; the text says what is missing and what to install."""


def installed(lock: Path, place: Path) -> Path | None:
    """Return the environment's Python if it holds just what the lock names."""
    mark = place / lock.name
    if mark.is_file() and mark.read_bytes() == lock.read_bytes():
        return place / "bin" / "python"
    return None


def ensure_installed(lock: Path, place: Path) -> Path:
    """Return the environment's Python; make the environment when it is first needed.

    Raises:
        Absent: Its packages could not be installed.
    """
    if python := installed(lock, place):
        return python
    python = place / "bin" / "python"
    print(f"\ninstalling {lock.name} into {place.relative_to(ROOT)}", file=sys.stderr)
    made = subprocess.run([sys.executable, "-m", "venv", "--clear", place], check=False)
    options = ("--disable-pip-version-check", "--no-input", "--no-deps", "--require-hashes")
    if made.returncode == 0:
        made = subprocess.run(
            [python, "-m", "pip", "install", "--quiet", *options, "-r", lock],
            check=False,
            stdout=subprocess.DEVNULL,
        )
    if made.returncode:
        raise Absent(f"the packages of {lock.name} could not be installed")
    (place / lock.name).write_bytes(lock.read_bytes())
    return python
