"""How much of a sweep `./check` takes; the long gate takes all (`SPECIAL_CHANNEL_SWEEPS=all`)."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Final, TypeVar

import pytest

ALL: Final = os.environ.get("SPECIAL_CHANNEL_SWEEPS") == "all"

Each = TypeVar("Each")

whole = pytest.mark.skipif(not ALL, reason="long gate: SPECIAL_CHANNEL_SWEEPS=all")
"""Mark of a test that the long gate alone runs, since another one tries the same mechanism."""


def turn(many: Sequence[Each], number: int) -> Sequence[Each]:
    """Return the one whose turn it is, or all of them in the long gate."""
    return many if ALL else (many[number % len(many)],)
