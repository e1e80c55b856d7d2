"""Rows of an amendment of a list, before and after. Does not read lists."""

from __future__ import annotations

from dataclasses import dataclass

Priority = tuple[str, str, str]
"""Urgency code, rank, and stop date or nothing."""


@dataclass(frozen=True, slots=True)
class AmendedLine:
    """An added, changed or withdrawn row; `before` or `after` is None for a row not in the list."""

    row: int
    number: str
    before: Priority | None
    after: Priority | None
    reason: str = ""
