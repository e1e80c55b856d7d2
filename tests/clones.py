"""A fresh clone of the project: the files that git keeps, and an environment of its own.

The environment takes its packages from the one that runs the tests, so nothing is downloaded;
`scripts/pythons.sh` installs from the lock. Variables of the tests do not reach its commands.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sysconfig
import venv
from pathlib import Path
from typing import Final

from tests.architecture.project import ROOT, kept_files

# What would lead a command to the clone's original, or to another language.
FOREIGN: Final = (
    "COV_",
    "COVERAGE",
    "LANG",
    "LC_",
    "PYTHON",
    "SC_",
    "SPECIAL_CHANNEL_",
    "VIRTUAL_",
)


def fresh_clone(folder: Path) -> Path:
    """Lay the project out as a stranger gets it, with the environment of `./run`."""
    for path in kept_files():
        copy = folder / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, copy)
    venv.create(folder / ".venv", symlinks=True)
    [site] = (folder / ".venv/lib").glob("python3*/site-packages")
    packages = sysconfig.get_path("purelib")
    # Read after `special_channel.pth`, so that the clone's own source comes first.
    (site / "zz_packages.pth").write_text(f"import site; site.addsitedir({packages!r})\n", "utf-8")
    subprocess.run(
        ["/bin/sh", "-euc", ". scripts/environment.sh; _finish requirements-demo.lock"],
        cwd=folder,
        check=True,
    )
    return folder


def environment(**more: str) -> dict[str, str]:
    """Return the variables for a clone's commands."""
    mine = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
    return mine | {"LC_ALL": "C.UTF-8"} | more
