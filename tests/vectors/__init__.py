"""Figures that others published, as small tables of our own. README.md names the sources."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

FOLDER: Final = Path(__file__).parent


def table(name: str) -> Any:
    """Read the table `name`."""
    return json.loads((FOLDER / f"{name}.json").read_bytes())
